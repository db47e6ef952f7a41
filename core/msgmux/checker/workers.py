"""A search that is divided among worker processes, since Python's threads do not compute in parallel."""

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
"""Seconds of wall time between two messages of a worker."""


class News(msgspec.Struct):
    """A message from a worker. The last one has ``over`` set, and a text in ``error`` if the worker has failed."""

    tally: Tally
    found: Found | None = None
    over: bool = False
    error: str = ""


def search_in_workers(
    program: Program, options: SearchOptions, seconds: float, workers: int, progress: Callable[[Tally], object]
) -> tuple[Tally, Found | None]:
    """Divide a :class:`Search` among ``workers`` processes, for at most ``seconds`` of wall time.

    Returns the sum of their counts, and the first violation that one of them found. ``progress`` is called with the
    sum after each message. Raises :class:`MsgmuxError` if a process ends early or fails. All processes have ended when
    this returns or raises.
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
            # kill, not terminate: a process that is stopped (SIGSTOP) would get SIGTERM only when it is continued. The
            # workers have nothing to clean up.
            if process.pid is not None:
                process.kill()
                process.join()
    return _sum([news.tally for news in known.values()]), found


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Block SIGINT while processes are started; they inherit that and never get an interrupt.

    A terminal sends an interrupt to the whole process group, but the parent alone must end the workers. An interrupt of
    the parent that comes meanwhile is delivered when this ends.
    """
    # multiprocessing starts its resource tracker with the first process, and unblocks SIGINT in the parent by that. So
    # it is started before.
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
        # Each worker has run the default schedule; it counts once.
        bounded=sum([tally.bounded for tally in tallies]) - len(tallies) + 1,
        sampled=sum([tally.sampled for tally in tallies]),
        unknown=sum([tally.unknown for tally in tallies]),
        exhausted=None if None in exhausted else min([bound for bound in exhausted if bound is not None]),
        reason=next((tally.reason for tally in tallies if tally.reason), ""),
    )


def work(pipe: Connection, program: Program, options: SearchOptions, share: tuple[int, int]) -> None:
    """The main function of a worker: search and send :class:`News`. It returns when the parent has closed the pipe."""
    try:
        _search(pipe, program, options, share)
    except BrokenPipeError:
        # The parent has ended, so there is nobody to report to.
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
