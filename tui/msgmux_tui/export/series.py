"""What went on in a stretch of a recording, as columns of numbers: for tables and plots."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from msgmux.events import Reason
from msgmux.recording import Timeline

K = TypeVar("K", bound=str)
T = TypeVar("T")
Column = list[int | None]
"""A number for each moment; None where there was nobody to count for."""


class Series(msgspec.Struct, frozen=True):
    """Counts at each of the ``times`` (seconds). ``lags``, ``levels`` and ``delivered`` are by consumer, ``puts`` by
    producer, ``evicted`` by reason; the last three count from the beginning of a registration, or of all.
    """

    times: list[float]
    lengths: list[int]
    lags: dict[str, Column]
    levels: dict[str, Column]
    delivered: dict[str, Column]
    puts: dict[str, Column]
    evicted: dict[Reason, list[int]]


def series(timeline: Timeline, moments: Sequence[float]) -> Series:
    """The recording at these moments, which are in order."""
    # Without the list's nodes, of which thousands of states would be too many.
    states = [replace(timeline.state_at_time(moment), nodes=()) for moment in moments]
    consumers = [state.consumers for state in states]
    producers = [state.producers for state in states]
    evicted = [state.cleaner.evicted for state in states]
    return Series(
        times=list(moments),
        lengths=[state.length for state in states],
        lags=_columns(consumers, lambda consumer: consumer.lag),
        levels=_columns(consumers, lambda consumer: consumer.level),
        delivered=_columns(consumers, lambda consumer: consumer.delivered),
        puts=_columns(producers, lambda producer: producer.put),
        evicted={name: [count or 0 for count in column] for name, column in _columns(evicted, int).items()},
    )


def rates(times: Sequence[float], counts: Sequence[int | None]) -> list[float | None]:
    """How fast a count grew up to each moment, a second; None where it wasn't there, or began anew."""
    found: list[float | None] = [None]
    for n in range(1, len(times)):
        before, now, span = counts[n - 1], counts[n], times[n] - times[n - 1]
        if now is None or span <= 0 or (before is not None and now < before):
            found.append(None)
        else:
            found.append((now - (before or 0)) / span)
    return found


def _columns(there: Sequence[Mapping[K, T]], count: Callable[[T], int]) -> dict[K, Column]:
    """A column for each name that ever was there, in the order in which they came."""
    names = dict.fromkeys([name for moment in there for name in moment])
    return {name: [count(moment[name]) if name in moment else None for moment in there] for name in names}
