"""A search in worker processes, which share it: Python runs one thread at a time, and a search is all computing."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait

import msgspec

from msgmux.checker.program import Program
from msgmux.checker.search import Found, Search, SearchOptions, Tally
from msgmux.errors import MsgmuxError

EVERY = 0.2
"""Seconds between two messages of a worker."""


class News(msgspec.Struct):
    """What a worker tells. Its last message has ``over``, and an ``error`` where it has failed."""

    tally: Tally
    found: Found | None = None
    over: bool = False
    error: str = ""


def search_in_workers(
    program: Program, options: SearchOptions, seconds: float, workers: int, progress: Callable[[Tally], object]
) -> tuple[Tally, Found | None]:
    """Search as :class:`Search` does, shared by so many processes. Returns what was done, and what was found first.

    Raises :class:`MsgmuxError` where a process ends or fails. No process outlives the call, whatever ends it.
    """
    # Spawned, not forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    known: dict[Connection, News] = {}
    processes = []
    share = msgspec.structs.replace(options, schedules=max(1, options.schedules // workers), seconds=seconds)
    try:
        with _interrupts_held_back():
            for number in range(workers):
                here, there = context.Pipe(duplex=False)
                process = context.Process(target=work, args=(there, program, share, (number, workers)), daemon=True)
                processes.append(process)
                process.start()
                there.close()
                known[here] = News(Tally())
        found = _listen(known, progress)
    finally:
        for process in processes:
            # Not terminated: one that is stopped (SIGSTOP) would get that signal only when it is continued. They have
            # nothing to clean up.
            if process.pid is not None:
                process.kill()
                process.join()
    return _sum([news.tally for news in known.values()]), found


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Processes that are started here never get an interrupt: a terminal sends it to the whole group, and it is the
    parent that ends them. The parent gets its own when this is over.
    """
    # It is started with the first process, and lets interrupts in again for its starter.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _listen(known: dict[Connection, News], progress: Callable[[Tally], object]) -> Found | None:
    open_ends = list(known)
    while open_ends:
        for end in wait(open_ends):
            assert isinstance(end, Connection)
            try:
                news = msgspec.msgpack.decode(end.recv_bytes(), type=News)
            except EOFError:
                raise MsgmuxError("a process that searched has ended without a word; was it killed?") from None
            if news.error:
                raise MsgmuxError(f"a process that searched has failed: {news.error}")
            known[end] = news
            if news.over:
                open_ends.remove(end)
            if news.found is not None:
                return news.found
        progress(_sum([news.tally for news in known.values()]))
    return None


def _sum(tallies: list[Tally]) -> Tally:
    exhausted = [tally.exhausted for tally in tallies]
    return Tally(
        # Each of them runs the default schedule.
        bounded=sum([tally.bounded for tally in tallies]) - len(tallies) + 1,
        sampled=sum([tally.sampled for tally in tallies]),
        unknown=sum([tally.unknown for tally in tallies]),
        exhausted=None if None in exhausted else min([bound for bound in exhausted if bound is not None]),
        reason=next((tally.reason for tally in tallies if tally.reason), ""),
    )


def work(pipe: Connection, program: Program, options: SearchOptions, share: tuple[int, int]) -> None:
    """What a worker does: search, and tell of it. It ends without a word when nobody listens any more."""
    try:
        _search(pipe, program, options, share)
    except BrokenPipeError:
        # The parent was killed, and nobody is there to be told.
        return


def _search(pipe: Connection, program: Program, options: SearchOptions, share: tuple[int, int]) -> None:
    encode = msgspec.msgpack.Encoder().encode
    told = time.monotonic()
    search: Search | None = None

    def watch() -> None:
        nonlocal told
        if search is not None and time.monotonic() - told > EVERY:
            told = time.monotonic()
            pipe.send_bytes(encode(News(search.tally)))

    try:
        search = Search(program, options, share)
        search.go(options.schedules, options.seconds, watch=watch)
        news = News(search.tally, search.found, over=True)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - raised again by the parent, which tells it to a person
        news = News(Tally(), over=True, error=f"{type(error).__name__}: {error}")
    pipe.send_bytes(encode(news))
    pipe.close()
