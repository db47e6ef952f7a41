"""A search in child processes, which share it: Python runs one thread at a time, and a search is all computing."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

import msgspec

from msgmux.checker.program import Program
from msgmux.checker.search import Found, Search, SearchOptions, Tally
from msgmux.errors import MsgmuxError

EVERY = 0.2
"""Seconds between two messages of a child."""


class News(msgspec.Struct):
    """What a child tells. The last one has ``over``; ``error`` where it has died."""

    tally: Tally
    found: Found | None = None
    over: bool = False
    error: str = ""


def search_in_children(
    program: Program, options: SearchOptions, seconds: float, workers: int, progress: Callable[[Tally], object]
) -> tuple[Tally, Found | None]:
    """Search as :class:`Search` does, shared by so many processes. Returns what was done, and what was found first."""
    # Spawned, not forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    known: dict[Connection, News] = {}
    children = []
    share = msgspec.structs.replace(options, schedules=max(1, options.schedules // workers), seconds=seconds)
    for number in range(workers):
        here, there = context.Pipe(duplex=False)
        child = context.Process(target=work, args=(there, program, share, (number, workers)), daemon=True)
        child.start()
        there.close()
        known[here] = News(Tally())
        children.append(child)
    try:
        found = _listen(known, progress)
    finally:
        for child in children:
            child.terminate()
            child.join()
    return _sum([news.tally for news in known.values()]), found


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
                raise MsgmuxError(f"a process that searched has died: {news.error}")
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
    """A child's life: search, and tell of it."""
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
    except KeyboardInterrupt:
        # The parent has got it too, and ends us.
        return
    except Exception as error:  # noqa: BLE001 - raised again by the parent, which has a person to tell it to
        news = News(Tally(), over=True, error=f"{type(error).__name__}: {error}")
    pipe.send_bytes(encode(news))
    pipe.close()
