"""The numbers of a recording over time as columns, for tables and plots."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from msgmux.events import Reason
from msgmux.rates import Rates
from msgmux.recording import Timeline

K = TypeVar("K", bound=str)
T = TypeVar("T")
Column = list[int | None]
"""A number for each moment; None if it is unknown, or while the producer or consumer was not registered."""


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
    rates: dict[str, list[float | None]]
    """Messages a second of each producer, as a pane shows them: of the last two seconds."""


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
        rates=_rates(timeline, moments, list(dict.fromkeys([name for moment in producers for name in moment]))),
    )


def _rates(timeline: Timeline, moments: Sequence[float], names: Sequence[str]) -> dict[str, list[float | None]]:
    """A column for each producer: its rate at each moment; None where it was not there."""
    columns: dict[str, list[float | None]] = {name: [] for name in names}
    at = timeline.first
    rates = Rates(timeline.state_at(at), timeline.begin)
    for moment in moments:
        until = timeline.event_at_time(moment)
        rates.take(timeline.events_between(at, until), timeline.state_at(until), max(moment, timeline.begin))
        at = max(at, until)
        found = rates.producers()
        for name, column in columns.items():
            column.append(found[name].now if name in found else None)
    return columns


def _columns(there: Sequence[Mapping[K, T]], count: Callable[[T], int | None]) -> dict[K, Column]:
    """A column for each name that ever was there, in the order in which they came."""
    names = dict.fromkeys([name for moment in there for name in moment])
    return {name: [count(moment[name]) if name in moment else None for moment in there] for name in names}
