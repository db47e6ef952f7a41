"""The invariants: each is one small named class that judges the events as they come.

The names are those of Jepsen's checkers for queues (``total-queue``) and logs (``kafka``), applied to each consumer
separately. Each invariant counts how often it held, and says where it was violated first. The same classes are used by
the live session, ``run`` and ``check``. What events do not show (payloads, structure, deadlocks) is checked elsewhere
(:mod:`msgmux.checker.history`, :meth:`MessageQueue.check_structure`) and reported here under the same names.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from msgmux import events as ev
from msgmux.state import QueueState


class InvariantReport(msgspec.Struct, frozen=True):
    """``count``: how often the invariant held, in messages or events. ``violation``: its first violation in words;
    empty if there is none. ``unknown``: how many events were missed and so could not be judged.
    """

    name: str
    count: int
    violation: str
    unknown: int


class Seen:
    """The part of the queue's state that the invariants need, derived from the events so far.

    It is kept apart from :class:`~msgmux.state.Fold` on purpose, since the invariants must not trust the queue's own
    state. ``put``: the last producer_seq of each registered producer; ``cursors``: the cursor of each registered
    consumer; ``bound``: ``max_messages``.
    """

    def __init__(self, state: QueueState) -> None:
        self.head, self.tail = state.head_seq, state.tail_seq
        self.bound = state.settings.max_messages
        self.put = {name: producer.put for name, producer in state.producers.items()}
        self.cursors = {name: consumer.cursor for name, consumer in state.consumers.items()}

    def take(self, event: ev.Event) -> None:
        """Apply an event even if it violates an invariant, so that one fault is reported only once."""
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
    """One rule that must hold. :meth:`look` gets an event and the state before it.

    ``group``: the word under which the screen's header shows this and similar invariants. ``watches``: the kinds of
    events that ``look`` gets. An event that satisfies the rule adds the number of its messages to the count; with
    ``by_event`` it adds 1.
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
    """The list grows only at the tail, shrinks only at the head, and its seqs have no gaps."""

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
    """A cursor never passes over a message, except where a ``Skipped`` event tells the consumer of it."""

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
    """Every message that is put is delivered to every consumer registered then, or reported to it as skipped."""

    name, group, watches = "lost", "once", (ev.Evicted,)

    def look(self, event: ev.Evicted, seen: Seen) -> str | None:
        for name, cursor in seen.cursors.items():
            if cursor < event.last:
                return f"{name} will never get #{max(cursor + 1, event.first)}: it is evicted"
        return None


class Unread(Invariant):
    """No message is evicted before it was delivered to every consumer, or reported to it as skipped."""

    name, group, watches = "unread", "unread", (ev.Evicted,)

    def look(self, event: ev.Evicted, seen: Seen) -> str | None:
        for name, cursor in seen.cursors.items():
            if cursor < event.last:
                return f"#{event.last} was evicted; {name} has had no more than #{cursor}"
        return None


class BehindHead(Invariant):
    """No cursor is behind the head: the message that a consumer gets next is still in the list."""

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
    """At any time at most one producer and at most one consumer is registered under a name."""

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
    """No thread waits for ever. No event shows this: the deterministic runtime finds it and the checker reports it."""

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
"""All invariants, in the order in which they are shown."""

_WATCHING: dict[type[ev.Event], tuple[Invariant, ...]] = {
    event: tuple([kind() for kind in EVERY if event in kind.watches])
    for event in dict.fromkeys([event for kind in EVERY for event in kind.watches])
}
"""For each kind of event, the invariants that watch it. They are stateless, so all :class:`Invariants` share them."""

GROUPS = {"order": "reordered", "once": "poll-skip", "unread": "unread", "bound": "bound"}
"""What the screen's header shows while nothing is violated: each group, and the invariant whose count it shows."""


def _messages(event: ev.Event) -> int:
    """The number of messages in an event; 1 for a kind that has none."""
    if isinstance(event, ev.Put):
        return event.count
    return event.last - event.first + 1 if isinstance(event, ev.Delivered | ev.Skipped | ev.Evicted) else 1


class Invariants:
    """Judges the events that follow ``state``, in order. After a gap in the events, call :meth:`resync`."""

    def __init__(self, state: QueueState) -> None:
        self._seen = Seen(state)
        self._unknown = 0
        self._counts = {invariant.name: 0 for invariant in EVERY}
        # The first violation of each invariant, by name, in the order in which they were found.
        self.violations: dict[str, str] = {}

    def resync(self, state: QueueState, missed: int) -> None:
        """Go on from ``state`` after a gap; the ``missed`` events of the gap count as unknown."""
        self._unknown += missed
        self._seen = Seen(state)

    def look(self, event: ev.Event) -> None:
        """Judge the next event."""
        times = _messages(event)
        for invariant in _WATCHING.get(type(event), ()):
            name = invariant.name
            wrong = invariant.look(event, self._seen)
            if wrong is not None:
                self.report(name, f"event {event.number}: {wrong}")
            elif name not in self.violations:
                # After its first violation the count of an invariant no longer changes.
                self._counts[name] += 1 if invariant.by_event else times
        if isinstance(event, ev.Violation):
            self.report(event.invariant, f"event {event.number}: {event.detail}")
        self._seen.take(event)

    def report(self, name: str, words: str) -> None:
        """Add a violation that was found elsewhere. Of each name only the first is kept: the others mostly follow from
        it. A name that is no invariant of this module is added.
        """
        self._counts.setdefault(name, 0)
        self.violations.setdefault(name, words)

    def reports(self) -> tuple[InvariantReport, ...]:
        """One report for each invariant."""
        return tuple(
            [InvariantReport(name, n, self.violations.get(name, ""), self._unknown) for name, n in self._counts.items()]
        )

    def summary(self) -> tuple[InvariantReport, ...]:
        """First one report for each violated invariant, under its own name; then one for each of :data:`GROUPS` in
        which nothing is violated.
        """
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
