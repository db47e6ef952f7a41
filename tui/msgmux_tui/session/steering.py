"""What a person's commands do to a cast. They may wait for locks: a session has them done off the screen's thread."""

from collections.abc import Container

from msgspec.structs import replace

from msgmux.errors import MsgmuxError
from msgmux.scenario import Changes, ConsumerSpec, Director, ProducerSpec
from msgmux.scenario.cast import find
from msgmux.state import QueueState
from msgmux.units import seconds_text
from msgmux.workload import Arrivals, ConsumerWorkload, Fixed, ProducerWorkload, Service
from msgmux_tui.session.adjust import quicker_arrivals, quicker_service, retention_rung
from msgmux_tui.session.protocol import MOST, Outcome
from msgmux_tui.session.records import Selection


class Steering:
    """The commands of a session, each of which says what came of it: to its caller, and in the log of events, as a note
    about "you". What can't be done raises :class:`MsgmuxError`, and is not logged. Not for two threads at a time.
    """

    def __init__(self, director: Director) -> None:
        self._director = director
        # The highest number of any tag that was ever given, by its letter: tags are never reused.
        self._numbers = {"P": 0, "C": 0}
        # Who was removed, with the tag, the last one last.
        self._removed: list[tuple[ProducerSpec | ConsumerSpec, str]] = []

    def saw(self, tag: str) -> None:
        """A producer or consumer of this tag was registered, by whomever."""
        letter, number = tag[:1], tag[1:]
        if letter in self._numbers and number.isdecimal():
            self._numbers[letter] = max(self._numbers[letter], int(number))

    def saw_all(self, state: QueueState) -> None:
        """All who are there in ``state`` were registered some time before."""
        for tag in [p.tag for p in state.producers.values()] + [c.tag for c in state.consumers.values()]:
            self.saw(tag)

    def add_producer(self, spec: ProducerSpec | None) -> Outcome:
        if len(self._director.producers) >= MOST:
            raise MsgmuxError(f"there are {MOST} producers, and no more can be added; remove one first")
        workload = self._director.add_producer(spec or ProducerSpec(self.free_name("P", self._director.producers)))
        return self._done(f"{label(workload)} joins and puts {workload.rate}", select=_selection(workload))

    def add_consumer(self, spec: ConsumerSpec | None) -> Outcome:
        if len(self._director.consumers) >= MOST:
            raise MsgmuxError(f"there are {MOST} consumers, and no more can be added; remove one first")
        if spec is None:
            spec = ConsumerSpec(self.free_name("C", self._director.consumers), work=Fixed(0.1))
        workload = self._director.add_consumer(spec)
        return self._done(f"{label(workload)} joins, from the {_start(spec)}", select=_selection(workload))

    def remove_producer(self, name: str) -> Outcome:
        workload = find(self._director.producers, "producer", name)
        self._removed.append((self._director.remove_producer(name), workload.tag))
        return self._done(f"{label(workload)} is removed", "what it has put stays. <cast.undo> brings it back")

    def remove_consumer(self, name: str) -> Outcome:
        workload = find(self._director.consumers, "consumer", name)
        spec = self._director.remove_consumer(name)
        self._removed.append((replace(spec, start=workload.cursor + 1), workload.tag))
        return self._done(f"{label(workload)} is removed", "it holds nothing any more. <cast.undo> brings it back")

    def undo(self) -> Outcome:
        if not self._removed:
            raise MsgmuxError("nobody was removed, so there is nobody to bring back")
        spec, tag = self._removed[-1]
        if isinstance(spec, ProducerSpec):
            outcome = self._bring_back_producer(spec, tag)
        else:
            outcome = self._bring_back_consumer(spec, tag)
        self._removed.pop()
        return outcome

    def _bring_back_producer(self, spec: ProducerSpec, tag: str) -> Outcome:
        workload = self._director.add_producer(spec, tag=tag)
        return self._done(f"{label(workload)} is back", select=_selection(workload))

    def _bring_back_consumer(self, spec: ConsumerSpec, tag: str) -> Outcome:
        assert isinstance(spec.start, int)
        # Evicted before it is back, or while it comes: the head can only move on.
        missed = max(0, self._director.queue.snapshot().head_seq - spec.start)
        workload = self._director.add_consumer(spec, tag=tag)
        where = f"after #{spec.start - 1}" if not missed else f"at the head: {_messages(missed)} evicted meanwhile"
        return self._done(f"{label(workload)} is back, {where}", select=_selection(workload))

    def quicken(self, who: Selection, direction: int) -> Outcome:
        director = self._director
        if who.role == "producer":
            producer = find(director.producers, "producer", who.name)
            arrivals = quicker_arrivals(producer.rate, direction)
            if arrivals is None:
                raise MsgmuxError(f"{label(producer)} puts {producer.rate}: {_no_further(direction)}")
            director.set_pace(who.name, arrivals)
            return self._done(f"{label(producer)} now puts {arrivals}")
        consumer = find(director.consumers, "consumer", who.name)
        service = quicker_service(consumer.work, direction)
        if service is None:
            raise MsgmuxError(f"{label(consumer)}, {consumer.work}: {_no_further(-direction)}")
        director.set_pace(who.name, service)
        return self._done(f"{label(consumer)} now has {service} on each message")

    def stall(self, name: str) -> Outcome:
        consumer = find(self._director.consumers, "consumer", name)
        self._director.stall(name)
        return self._done(f"{label(consumer)} stops reading", "<consumer.stall> lets it go on")

    def resume(self, name: str) -> Outcome:
        consumer = find(self._director.consumers, "consumer", name)
        self._director.resume(name)
        return self._done(f"{label(consumer)} reads again")

    def crash(self, name: str) -> Outcome:
        consumer = find(self._director.consumers, "consumer", name)
        if consumer.failed:
            raise MsgmuxError(f"{label(consumer)} has crashed already; <consumer.stall> starts it again")
        self._director.fail(name)
        return self._done(
            f"{label(consumer)} crashes, at its next message at the latest", "<consumer.stall> starts it again"
        )

    def burst(self, name: str, count: int) -> Outcome:
        producer = find(self._director.producers, "producer", name)
        self._director.burst(name, count)
        return self._done(f"{label(producer)} puts {count} at once")

    def retention(self, direction: int) -> Outcome:
        before = self._director.queue.settings.retention
        after = retention_rung(before, direction)
        if after == before:
            raise MsgmuxError(f"{_retained(before)}: {_no_further(direction)}")
        self._director.configure(retention=after)
        return self._done(_retained(after))

    def set_producer(self, name: str, rate: Arrivals, payload: str) -> Outcome:
        producer = find(self._director.producers, "producer", name)
        if rate != producer.rate:
            self._director.set_pace(name, rate)
        if payload != producer.payload:
            self._director.set_payload(name, payload)
        return self._done(f'{label(producer)} puts {rate}, "{payload}"')

    def set_consumer(self, name: str, work: Service) -> Outcome:
        consumer = find(self._director.consumers, "consumer", name)
        self._director.set_pace(name, work)
        return self._done(f"{label(consumer)} has {work} on each message")

    def configure(self, changes: Changes) -> Outcome:
        self._director.configure(**changes)
        # The queue's own event says what is new; this one, who did it.
        return self._done(f"the queue is set: {', '.join(key.replace('_', ' ') for key in changes)}")

    def marker(self, text: str) -> Outcome:
        # A note by itself: none about it is needed.
        self._director.queue.note(text, "marker")
        return Outcome(f"marked: {text}")

    def _done(self, what: str, hint: str = "", *, select: Selection | None = None) -> Outcome:
        """What was done, for the log; and with a hint at what can be done next, for whoever did it."""
        self._director.queue.note(what, "you")
        return Outcome(f"{what}; {hint}" if hint else what, select)

    def free_name(self, letter: str, taken: Container[str]) -> str:
        """The next tag, as a name; the queue gives the same one as the tag, to whoever joins next."""
        number = self._numbers[letter] + 1
        while f"{letter}{number}" in taken:
            number += 1
        return f"{letter}{number}"


def label(workload: ProducerWorkload | ConsumerWorkload) -> str:
    """``C2 billing``; only ``P4`` for one that is called by its tag."""
    return workload.tag if workload.name == workload.tag else f"{workload.tag} {workload.name}"


def _selection(workload: ProducerWorkload | ConsumerWorkload) -> Selection:
    return Selection("producer" if isinstance(workload, ProducerWorkload) else "consumer", workload.name)


def _messages(count: int) -> str:
    return "1 message was" if count == 1 else f"{count:,} messages were"


def _start(spec: ConsumerSpec) -> str:
    return f"message #{spec.start} on" if isinstance(spec.start, int) else f"{spec.start} message on"


def _no_further(direction: int) -> str:
    return "it can't be more" if direction > 0 else "it can't be less"


def _retained(retention: float | None) -> str:
    if retention is None:
        return "retention off: every message is kept"
    if retention == 0:
        return "retention 0: a message may go as soon as everybody has had it"
    return f"retention {seconds_text(retention)}: no message goes before"
