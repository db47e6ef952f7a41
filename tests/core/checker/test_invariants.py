"""The invariants hold over sound runs, and name the event that breaks one."""

import pytest

from msgmux.checker import Invariants
from msgmux.events import ConsumerRegistered, Delivered, Event, Evicted, Failed, Put, Violation
from msgmux.scenario import parse, perform
from msgmux.state import QueueState
from support.events_made_up import empty_state

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


def recorded() -> tuple[QueueState, list[Event]]:
    events: list[Event] = []
    starts: list[QueueState] = []
    perform(parse(SCENARIO), on_start=starts.append, on_event=events.append)
    return starts[0], events


def broken(start: QueueState, events: list[Event]) -> dict[str, str]:
    invariants = Invariants(start)
    for event in events:
        invariants.look(event)
    return {verdict.name: verdict.violation for verdict in invariants.reports() if verdict.violation}


def test_a_sound_run_breaks_none_and_counts_each() -> None:
    start, events = recorded()
    invariants = Invariants(start)
    for event in events:
        invariants.look(event)
    assert not invariants.violations
    # This run has nothing for these invariants to check: no crash, no deadlock, no name used twice.
    assert {verdict.name for verdict in invariants.reports() if not verdict.count} <= {"crash", "deadlock"}
    assert [verdict.name for verdict in invariants.summary()] == ["order", "once", "unread", "bound"]
    assert all(verdict.count > 0 for verdict in invariants.summary())


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Put, "reordered"), (Put, "list"), (Delivered, "poll-skip")],
    ids=[
        "a link that is missing, to its producer",
        "a link that is missing, to the list",
        "a delivery that is missing",
    ],
)
def test_what_is_missing_is_found(kind: type[Event], name: str) -> None:
    start, events = recorded()
    dropped = [n for n, event in enumerate(events) if isinstance(event, kind)][5]
    assert name in broken(start, events[:dropped] + events[dropped + 1 :])


def test_a_delivery_made_twice_is_found() -> None:
    start, events = recorded()
    at = next(n for n, event in enumerate(events) if isinstance(event, Delivered))
    assert "again" in broken(start, events[: at + 1] + events[at:])["duplicated"]


def test_an_eviction_of_unread_messages_is_found() -> None:
    start, events = recorded()
    at, put = next((n, event) for n, event in enumerate(events) if isinstance(event, Put) and n > 20)
    evil = Evicted(0, 0.0, 1, put.seq, 1, 0.0, "expired")
    assert {"unread", "lost"} <= broken(start, [*events[: at + 1], evil]).keys()


def test_of_a_gap_nothing_is_known() -> None:
    start, _ = recorded()
    invariants = Invariants(start)
    invariants.resync(start, 12)
    assert all(verdict.unknown == 12 and not verdict.violation for verdict in invariants.reports())


def test_a_cursor_that_goes_back_or_runs_ahead_is_found() -> None:
    start, events = recorded()
    last = [event for event in events if isinstance(event, Delivered)][-1]
    back = Delivered(0, 0.0, last.consumer, last.id, 1, 1)
    assert {"nonmonotonic-poll", "duplicated", "cursor"} <= broken(start, [*events, back]).keys()
    ahead = Delivered(0, 0.0, last.consumer, last.id, last.last + 1, 10_000)
    assert "unexpected" in broken(start, [*events, ahead])


def test_a_name_that_is_taken_and_a_thread_that_dies_are_found() -> None:
    start, events = recorded()
    again = next(event for event in events if isinstance(event, ConsumerRegistered))
    assert "name" in broken(start, [*events, again])
    assert "crash" in broken(start, [*events, Failed(0, 0.0, "queue", "receiver", "KeyError")])
    assert "crash" not in broken(start, [*events, Failed(0, 0.0, "consumer", "slow", "KeyError")])


def test_a_list_beyond_its_bound_is_found() -> None:
    start, events = recorded()
    assert "bound" in broken(start, [event for event in events if not isinstance(event, Evicted)])


def test_what_others_find_is_summed_up_under_its_own_name_before_the_rest() -> None:
    start, _ = recorded()
    invariants = Invariants(start)
    invariants.look(Violation(1, 0.0, "deadlock", "a waits for b"))
    invariants.report("reordered", "seen by a reader")
    assert [verdict.name for verdict in invariants.summary()] == ["deadlock", "reordered", "once", "unread", "bound"]
    assert invariants.violations["deadlock"] == "event 1: a waits for b"


def test_a_violated_invariant_stays_violated() -> None:
    invariants = Invariants(empty_state())
    for number, seq in enumerate([1, 2, 3], 1):
        invariants.look(Put(number, 0.0, "orders", 1, seq, 1, seq, 1, "x"))
    invariants.look(Put(4, 0.0, "orders", 1, 4, 1, 7, 1, "x"))
    invariants.look(Put(5, 0.0, "orders", 1, 5, 1, 8, 1, "x"))
    broken = next(verdict for verdict in invariants.reports() if verdict.name == "reordered")
    assert (broken.count, broken.violation) == (3, "event 4: orders put its 7. message after its 3.")
