"""The invariants, watched on the events as they come: each is counted while it holds, and says where it broke.

*order*: sequence numbers are dense, and so are each producer's own. *once*: every consumer is sent every message from
its start on, exactly once, in order. *unread*: nothing is evicted before every consumer has had it, save what it was
told that it missed. *bound*: a link never exceeds ``max_messages``.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from msgmux import events as ev
from msgmux.state import QueueState

ORDER, ONCE, UNREAD, BOUND = "order", "once", "unread", "bound"


class Verdict(msgspec.Struct, frozen=True):
    """How often an invariant was found to hold, where it broke first, and of how many events nothing is known."""

    name: str
    count: int
    violation: str
    unknown: int


class Invariants:
    """Looks at events that follow on a state without a gap; :meth:`resync` begins anew after one."""

    def __init__(self, state: QueueState) -> None:
        self._counts = {ORDER: 0, ONCE: 0, UNREAD: 0, BOUND: 0}
        self._violations: dict[str, str] = {}
        self._unknown = 0
        self._begin(state)

    def _begin(self, state: QueueState) -> None:
        self._head, self._tail = state.head_seq, state.tail_seq
        self._bound = state.settings.max_messages
        self._put = {name: producer.put for name, producer in state.producers.items()}
        self._cursors = {name: consumer.cursor for name, consumer in state.consumers.items()}

    def resync(self, state: QueueState, missed: int) -> None:
        """Go on from ``state``; of ``missed`` events nothing is known."""
        self._unknown += missed
        self._begin(state)

    def look(self, event: ev.Event) -> None:
        """Take one event in."""
        step = self._STEPS.get(type(event))
        if step is not None:
            step(self, event)

    def verdicts(self) -> tuple[Verdict, ...]:
        """One for each invariant."""
        return tuple(
            [Verdict(name, n, self._violations.get(name, ""), self._unknown) for name, n in self._counts.items()]
        )

    def _broken(self, name: str, event: ev.Event, words: str) -> None:
        # The first violation stays: those after it are mostly its consequences.
        self._violations.setdefault(name, f"event {event.number}: {words}")

    def _on_put(self, event: ev.Put) -> None:
        before = self._put.get(event.producer, 0)
        if event.seq != self._tail + 1:
            self._broken(ORDER, event, f"#{event.seq} was linked after #{self._tail}")
        elif event.producer_seq != before + 1:
            self._broken(ORDER, event, f"{event.producer} put its {event.producer_seq}. message after its {before}.")
        else:
            self._counts[ORDER] += event.count
        self._put[event.producer] = event.producer_seq + event.count - 1
        self._tail = event.seq + event.count - 1
        if self._bound is not None and self._tail - self._head + 1 > self._bound:
            self._broken(BOUND, event, f"{self._tail - self._head + 1} messages; the limit is {self._bound}")
        else:
            self._counts[BOUND] += 1

    def _on_moved(self, event: ev.Delivered | ev.Skipped) -> None:
        cursor = self._cursors.get(event.consumer, event.first - 1)
        if event.first <= cursor:
            self._broken(ONCE, event, f"{event.consumer} got #{event.first} again after #{cursor}")
        elif event.first != cursor + 1:
            self._broken(ONCE, event, f"{event.consumer} got #{event.first} right after #{cursor}")
        else:
            self._counts[ONCE] += event.last - event.first + 1
        self._cursors[event.consumer] = event.last

    def _on_evicted(self, event: ev.Evicted) -> None:
        for name, cursor in self._cursors.items():
            if cursor < event.last:
                self._broken(UNREAD, event, f"#{event.last} was evicted; {name} has had no more than #{cursor}")
                break
        else:
            self._counts[UNREAD] += event.last - event.first + 1
        self._head = event.last + 1

    def _on_producer(self, event: ev.ProducerRegistered) -> None:
        self._put[event.name] = 0

    def _on_consumer(self, event: ev.ConsumerRegistered) -> None:
        self._cursors[event.name] = event.cursor

    def _on_producer_gone(self, event: ev.ProducerUnregistered) -> None:
        self._put.pop(event.name, None)

    def _on_consumer_gone(self, event: ev.ConsumerUnregistered) -> None:
        self._cursors.pop(event.name, None)

    def _on_settings(self, event: ev.SettingsChanged) -> None:
        self._bound = event.max_messages

    def _on_violation(self, event: ev.Violation) -> None:
        self._counts.setdefault(event.invariant, 0)
        self._broken(event.invariant, event, event.detail)

    _STEPS: ClassVar[dict[type[ev.Event], Callable[["Invariants", Any], None]]] = {
        ev.Put: _on_put,
        ev.Delivered: _on_moved,
        ev.Skipped: _on_moved,
        ev.Evicted: _on_evicted,
        ev.ProducerRegistered: _on_producer,
        ev.ConsumerRegistered: _on_consumer,
        ev.ProducerUnregistered: _on_producer_gone,
        ev.ConsumerUnregistered: _on_consumer_gone,
        ev.SettingsChanged: _on_settings,
        ev.Violation: _on_violation,
    }
