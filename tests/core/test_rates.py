"""Rates are counted from events, and do not depend on how often they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.events import Event, ProducerRegistered, Put
from msgmux.rates import BAR, NOW_BARS, Rates
from msgmux.settings import Settings
from msgmux.state import CleanerState, Fold, QueueState

EMPTY = QueueState(0, 1, 0, {}, {}, Settings(), CleanerState(), (), 0)
GAPS = st.lists(st.floats(0, 1.3), min_size=1, max_size=40)


def puts(gaps: list[float], begin: float) -> list[Event]:
    """Put events: one message after each gap, in seconds."""
    events: list[Event] = [ProducerRegistered(1, begin, "p", 1, "P1", 8)]
    time = begin
    for n, gap in enumerate(gaps, 1):
        time += gap
        events.append(Put(n + 1, time, "p", 1, n, 1, n, 1, "x"))
    return events


@given(gaps=GAPS, begin=st.floats(0, 100), looks=st.lists(st.floats(0, 1), max_size=8))
def test_it_does_not_depend_on_when_somebody_looked_before(gaps: list[float], begin: float, looks: list[float]) -> None:
    events = puts(gaps, begin)
    end = events[-1].time + 0.1
    once, often = Rates(EMPTY, begin), Rates(EMPTY, begin)
    fold = Fold(EMPTY)
    for look in sorted(looks):
        moment = begin + look * (end - begin)
        due = [event for event in events if fold.event < event.number and event.time <= moment]
        fold.apply_all(due)
        often.take(due, fold.state(), moment)
    rest = [event for event in events if event.number > fold.event]
    fold.apply_all(rest)
    often.take(rest, fold.state(), end)
    once.take(events, fold.state(), end)
    assert often.producers()["p"] == once.producers()["p"]


@given(gaps=GAPS, begin=st.floats(0, 100))
def test_it_counts_the_messages_of_the_last_bars_and_the_running_one(gaps: list[float], begin: float) -> None:
    events = puts(gaps, begin)
    end = events[-1].time + 0.1
    fold = Fold(EMPTY)
    fold.apply_all(events)
    rates = Rates(EMPTY, begin)
    rates.take(events, fold.state(), end)
    since = end - end % BAR - NOW_BARS * BAR
    seen = len([event for event in events if isinstance(event, Put) and event.time > max(since, begin)])
    found = rates.producers()["p"].now
    assert found == pytest.approx(seen / (end - max(since, begin)), rel=1e-6)
    assert rates.now_of(1) == found


def test_an_unknown_registration_has_rate_0() -> None:
    assert Rates(EMPTY, 0.0).now_of(7) == 0.0
