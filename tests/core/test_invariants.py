"""The invariants hold over sound runs, and name the event that breaks one."""

import pytest

from msgmux.checker import Invariants
from msgmux.events import Delivered, Event, Evicted, Put
from msgmux.scenario import parse, perform

SCENARIO = """
title = "skips and bounds"
duration = "5s"
[queue]
retention = "500ms"
clean_every = "200ms"
max_messages = 5
overflow = "evict-oldest"
[[producer]]
name = "p"
rate = "20/s"
[[consumer]]
name = "slow"
work = "300ms"
capacity = 1
[[consumer]]
name = "fast"
"""


def recorded():
    starts, events = [], []
    perform(parse(SCENARIO), on_start=starts.append, on_event=events.append)
    return starts[0], events


def broken(start, events: list[Event]) -> dict[str, str]:
    invariants = Invariants(start)
    for event in events:
        invariants.look(event)
    return {verdict.name: verdict.violation for verdict in invariants.verdicts() if verdict.violation}


def test_a_sound_run_breaks_none_and_counts_each():
    start, events = recorded()
    invariants = Invariants(start)
    for event in events:
        invariants.look(event)
    assert all(not verdict.violation and verdict.count > 0 for verdict in invariants.verdicts())


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Put, "order"), (Delivered, "once")],
    ids=["a link that is missing", "a delivery that is missing"],
)
def test_what_is_missing_is_found(kind, name):
    start, events = recorded()
    dropped = [n for n, event in enumerate(events) if isinstance(event, kind)][5]
    assert name in broken(start, events[:dropped] + events[dropped + 1 :])


def test_a_delivery_made_twice_is_found():
    start, events = recorded()
    at = next(n for n, event in enumerate(events) if isinstance(event, Delivered))
    assert "again" in broken(start, events[: at + 1] + events[at:])["once"]


def test_an_eviction_of_unread_messages_is_found():
    start, events = recorded()
    at = next(n for n, event in enumerate(events) if isinstance(event, Put) and n > 20)
    evil = Evicted(0, 0.0, 1, events[at].seq, 1, 0.0, "expired")
    assert "unread" in broken(start, [*events[: at + 1], evil])


def test_of_a_gap_nothing_is_known():
    start, _ = recorded()
    invariants = Invariants(start)
    invariants.resync(start, 12)
    assert all(verdict.unknown == 12 and not verdict.violation for verdict in invariants.verdicts())
