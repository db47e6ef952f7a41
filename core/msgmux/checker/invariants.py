"""The invariants, each small and named, which are watched on the events as they come.

The names are those of Jepsen's checkers for queues (``total-queue``) and logs (``kafka``), for each consumer on its
own. Each invariant counts how often it held, and says where it was violated first. The same classes guard the live
session, ``run`` and ``check``. What events do not show (payloads, structure, deadlocks) a check looks at separately
(:mod:`msgmux.checker.history`, :meth:`MessageQueue.check_structure`), and reports here under the same names.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from msgmux import events as ev
from msgmux.state import QueueState


class InvariantReport(msgspec.Struct, frozen=True):
    """How often an invariant held, where it was violated first, and how many events could not be judged."""

    name: str
    count: int
    violation: str
    unknown: int


class Seen:
    """The state that the events so far lead to, as far as the invariants need it. ``put`` is the last producer_seq of
    each registered producer, ``cursors`` are those of the registered consumers.
    """

    def __init__(self, state: QueueState) -> None:
        self.head, self.tail = state.head_seq, state.tail_seq
        self.bound = state.settings.max_messages
        self.put = {name: producer.put for name, producer in state.producers.items()}
        self.cursors = {name: consumer.cursor for name, consumer in state.consumers.items()}

    def take(self, event: ev.Event) -> None:
        """Take an event over as it is, be it right or wrong, so that one fault is not reported again and again."""
        step = self._STEPS.get(type(event))
        if step is not None:
            step(self, event)

    def _on_put(self, event: ev.Put) -> None:
        self.tail = event.seq + event.count - 1
        self.put[event.producer] = event.producer_seq + event.count - 1

    def _on_moved(self, event: ev.Delivered | ev.Skipped) -> None:
        self.cursors[event.consumer] = event.last

    def _on_evicted(self, event: ev.Evicted) -> None:
        self.head = event.last + 1

    def _on_settings(self, event: ev.SettingsChanged) -> None:
        self.bound = event.max_messages

    def _on_producer(self, event: ev.ProducerRegistered) -> None:
        self.put[event.name] = 0

    def _on_consumer(self, event: ev.ConsumerRegistered) -> None:
        self.cursors[event.name] = event.cursor

    def _on_producer_gone(self, event: ev.ProducerUnregistered) -> None:
        self.put.pop(event.name, None)

    def _on_consumer_gone(self, event: ev.ConsumerUnregistered) -> None:
        self.cursors.pop(event.name, None)

    _STEPS: ClassVar[dict[type[ev.Event], Callable[["Seen", Any], None]]] = {
        ev.Put: _on_put,
        ev.Delivered: _on_moved,
        ev.Skipped: _on_moved,
        ev.Evicted: _on_evicted,
        ev.SettingsChanged: _on_settings,
        ev.ProducerRegistered: _on_producer,
        ev.ConsumerRegistered: _on_consumer,
        ev.ProducerUnregistered: _on_producer_gone,
        ev.ConsumerUnregistered: _on_consumer_gone,
    }


class Invariant(ABC):
    """One thing that must hold. ``look`` gets an event and the state before it.

    ``group`` is the short word for several invariants in the screen's header; ``watches``: the events that ``look``
    gets. An event counts once for each of its messages, or with ``by_event`` once.
    """

    name: ClassVar[str]
    group: ClassVar[str]
    watches: ClassVar[tuple[type[ev.Event], ...]] = ()
    by_event: ClassVar[bool] = False

    @abstractmethod
    def look(self, event: Any, seen: Seen) -> str | None:
        """What is wrong with this event; None if nothing is."""


class Reordered(Invariant):
    """Messages of a producer are linked in the order in which it put them, and none is left out."""

    name, group, watches = "reordered", "order", (ev.Put,)

    def look(self, event: ev.Put, seen: Seen) -> str | None:
        before = seen.put.get(event.producer, 0)
        if event.producer_seq == before + 1:
            return None
        return f"{event.producer} put its {event.producer_seq}. message after its {before}."


class WellFormed(Invariant):
    """The list is one chain: it grows at the tail and shrinks at the head, and its seqs are dense."""

    name, group, watches = "list", "order", (ev.Put, ev.Evicted)

    def look(self, event: ev.Put | ev.Evicted, seen: Seen) -> str | None:
        if isinstance(event, ev.Put):
            return None if event.seq == seen.tail + 1 else f"#{event.seq} was linked after #{seen.tail}"
        if event.first == seen.head and event.last <= seen.tail:
            return None
        return f"#{event.first} to #{event.last} were evicted from a list of #{seen.head} to #{seen.tail}"


class Duplicated(Invariant):
    """No consumer is sent a message twice."""

    name, group, watches = "duplicated", "once", (ev.Delivered,)

    def look(self, event: ev.Delivered, seen: Seen) -> str | None:
        cursor = seen.cursors.get(event.consumer, event.first - 1)
        return f"{event.consumer} got #{event.first} again after #{cursor}" if event.first <= cursor else None


class NonmonotonicPoll(Invariant):
    """A cursor never goes back."""

    name, group, watches = "nonmonotonic-poll", "once", (ev.Delivered, ev.Skipped)

    def look(self, event: ev.Delivered | ev.Skipped, seen: Seen) -> str | None:
        cursor = seen.cursors.get(event.consumer, event.last)
        return (
            f"the cursor of {event.consumer} went from #{cursor} back to #{event.last}" if event.last < cursor else None
        )


class PollSkip(Invariant):
    """A cursor never jumps over a message, except where the consumer is told what it has missed."""

    name, group, watches = "poll-skip", "once", (ev.Delivered, ev.Skipped)

    def look(self, event: ev.Delivered | ev.Skipped, seen: Seen) -> str | None:
        cursor = seen.cursors.get(event.consumer, event.first - 1)
        return f"{event.consumer} got #{event.first} right after #{cursor}" if event.first > cursor + 1 else None


class Unexpected(Invariant):
    """No consumer is sent a message that was never put."""

    name, group, watches = "unexpected", "once", (ev.Delivered,)

    def look(self, event: ev.Delivered, seen: Seen) -> str | None:
        return f"{event.consumer} got #{event.last}; only #{seen.tail} was put" if event.last > seen.tail else None


class Lost(Invariant):
    """What was put reaches every consumer registered then, except what the consumer is told that it has missed."""

    name, group, watches = "lost", "once", (ev.Evicted,)

    def look(self, event: ev.Evicted, seen: Seen) -> str | None:
        for name, cursor in seen.cursors.items():
            if cursor < event.last:
                return f"{name} will never get #{max(cursor + 1, event.first)}: it is evicted"
        return None


class Unread(Invariant):
    """No message is evicted before every consumer was sent it, or was told that it has missed it."""

    name, group, watches = "unread", "unread", (ev.Evicted,)

    def look(self, event: ev.Evicted, seen: Seen) -> str | None:
        for name, cursor in seen.cursors.items():
            if cursor < event.last:
                return f"#{event.last} was evicted; {name} has had no more than #{cursor}"
        return None


class BehindHead(Invariant):
    """No cursor stands behind the head: what a consumer is to get next is still there."""

    name, group, watches = "cursor", "unread", (ev.ConsumerRegistered, ev.Delivered)

    def look(self, event: ev.ConsumerRegistered | ev.Delivered, seen: Seen) -> str | None:
        if isinstance(event, ev.Delivered):
            gone = event.first < seen.head
            return f"{event.consumer} got #{event.first}, but the list begins at #{seen.head}" if gone else None
        behind = event.cursor < seen.head - 1
        return f"{event.name} starts after #{event.cursor}, but the list begins at #{seen.head}" if behind else None


class Bounded(Invariant):
    """A link never makes the list longer than ``max_messages``."""

    name, group, watches = "bound", "bound", (ev.Put,)
    by_event = True

    def look(self, event: ev.Put, seen: Seen) -> str | None:
        length = event.seq + event.count - seen.head
        return (
            f"{length} messages; the limit is {seen.bound}" if seen.bound is not None and length > seen.bound else None
        )


class UniqueNames(Invariant):
    """A name is registered by one producer and by one consumer at a time."""

    name, group, watches = "name", "names", (ev.ProducerRegistered, ev.ConsumerRegistered)

    def look(self, event: ev.ProducerRegistered | ev.ConsumerRegistered, seen: Seen) -> str | None:
        taken = event.name in (seen.put if isinstance(event, ev.ProducerRegistered) else seen.cursors)
        return f"{event.name} ({event.tag}) was registered, although that name was taken" if taken else None


class NoCrash(Invariant):
    """No thread of the queue's own fails."""

    name, group, watches = "crash", "threads", (ev.Failed,)

    def look(self, event: ev.Failed, seen: Seen) -> str | None:
        return f"the {event.name} died of {event.error}" if event.role == "queue" else None


class NoDeadlock(Invariant):
    """No thread waits for ever. Events do not show it; the deterministic runtime does, and a check reports it."""

    name, group = "deadlock", "threads"


EVERY: tuple[type[Invariant], ...] = (
    Reordered,
    WellFormed,
    Lost,
    Duplicated,
    Unexpected,
    PollSkip,
    NonmonotonicPoll,
    Unread,
    BehindHead,
    Bounded,
    UniqueNames,
    NoCrash,
    NoDeadlock,
)
"""All of them, in the order in which they are shown."""

_WATCHING: dict[type[ev.Event], tuple[Invariant, ...]] = {
    event: tuple([kind() for kind in EVERY if event in kind.watches])
    for event in dict.fromkeys([event for kind in EVERY for event in kind.watches])
}
"""The invariants that look at each kind of event. They have no state of their own, so all :class:`Invariants` share
them.
"""

GROUPS = {"order": "reordered", "once": "poll-skip", "unread": "unread", "bound": "bound"}
"""What the screen's header shows while nothing is violated: groups, and for each the invariant that is counted."""


def _messages(event: ev.Event) -> int:
    """How many messages an event is about; 1 where it is about none."""
    if isinstance(event, ev.Put):
        return event.count
    return event.last - event.first + 1 if isinstance(event, ev.Delivered | ev.Skipped | ev.Evicted) else 1


class Invariants:
    """Looks at the events that follow a state, without a gap; after a gap :meth:`resync` begins from another state."""

    def __init__(self, state: QueueState) -> None:
        self._seen = Seen(state)
        self._unknown = 0
        self._counts = {invariant.name: 0 for invariant in EVERY}
        # The first violation of each invariant, by name, in the order in which they were found.
        self.violations: dict[str, str] = {}

    def resync(self, state: QueueState, missed: int) -> None:
        """Go on from ``state``; of ``missed`` events nothing is known."""
        self._unknown += missed
        self._seen = Seen(state)

    def look(self, event: ev.Event) -> None:
        """Take one event in."""
        times = _messages(event)
        for invariant in _WATCHING.get(type(event), ()):
            name = invariant.name
            wrong = invariant.look(event, self._seen)
            if wrong is not None:
                self.report(name, f"event {event.number}: {wrong}")
            elif name not in self.violations:
                # The count of a violated invariant stays as it was at the violation.
                self._counts[name] += 1 if invariant.by_event else times
        if isinstance(event, ev.Violation):
            self.report(event.invariant, f"event {event.number}: {event.detail}")
        self._seen.take(event)

    def report(self, name: str, words: str) -> None:
        """Add a violation that was found elsewhere. The first of a name is kept: later ones mostly follow from it."""
        self._counts.setdefault(name, 0)
        self.violations.setdefault(name, words)

    def reports(self) -> tuple[InvariantReport, ...]:
        """One for each invariant."""
        return tuple(
            [InvariantReport(name, n, self.violations.get(name, ""), self._unknown) for name, n in self._counts.items()]
        )

    def summary(self) -> tuple[InvariantReport, ...]:
        """One for each of :data:`GROUPS`, and one for each invariant that is broken, under its own name."""
        broken_groups = [kind.group for kind in EVERY if kind.name in self.violations]
        sound = [
            InvariantReport(group, self._counts[counted], "", self._unknown)
            for group, counted in GROUPS.items()
            if group not in broken_groups
        ]
        broken = [
            InvariantReport(name, self._counts[name], words, self._unknown) for name, words in self.violations.items()
        ]
        return (*broken, *sound)
