"""Carries out commands on a cast and its queue: those of a scenario's steps, and those that people give."""

import logging
from collections.abc import Callable, Container
from typing import assert_never

from msgspec.structs import replace

from msgmux import commands as do
from msgmux.commands import AnyCommand, ConsumerSpec, Outcome, Placed, ProducerSpec, Selection
from msgmux.errors import MsgmuxError
from msgmux.pacing import Fixed, Service
from msgmux.performing import change_queue, no_further
from msgmux.scenario.adjust import quicker_arrivals, quicker_service
from msgmux.scenario.cast import Cast, find
from msgmux.workload import ConsumerWorkload, ProducerWorkload

MOST = 32
"""Most producers, and most consumers, that people's commands can lead to."""

EndStall = Callable[[str, float], None]
"""Called with (consumer, seconds): plan that the stalled consumer goes on after so many seconds."""

_log = logging.getLogger(__name__)


class Performer:
    """Carries out commands on ``cast`` and its queue. It may wait for locks. One call at a time.

    ``end_stall`` is called when a person stalls a consumer for a limited time.
    """

    def __init__(self, cast: Cast, end_stall: EndStall) -> None:
        self._cast = cast
        self._end_stall = end_stall
        # Producers and consumers that people have removed, with their tags; the most recent one is the last.
        self._removed: list[tuple[ProducerSpec | ConsumerSpec, str]] = []

    def perform(self, command: AnyCommand, *, who: str = "you", placed: Placed | None = None) -> Outcome:
        """Carry out a person's command, and publish it as an event with its outcome.

        A command that is refused, or that fails by a fault of msgmux, raises nothing: the outcome says so.
        """
        try:
            outcome = self._do(command)
        except (MsgmuxError, ValueError) as error:
            outcome = Outcome(str(error), ok=False)
        except Exception as error:  # noqa: BLE001 - a fault of ours: shown and logged; the session must go on
            _log.exception("a command has failed")
            text = f"this has failed by {type(error).__name__}: a fault of msgmux; the log (--log) tells more"
            outcome = Outcome(text, ok=False)
        self._cast.reporter.commanded(command, outcome.ok, outcome.text, who, placed)
        return outcome

    def perform_step(self, command: AnyCommand) -> None:
        """Carry out a step of a scenario. Raises :class:`MsgmuxError` if it cannot be done. No event is published for
        the command itself, since the scenario already says who did it.
        """
        self._enact(command)

    # For people's commands only: bounds, and what undo needs

    def _do(self, command: AnyCommand) -> Outcome:
        cast = self._cast
        match command:
            case do.AddProducer() if len(cast.producers) >= MOST:
                raise MsgmuxError(f"there are {MOST} producers, and no more can be added; remove one first")
            case do.AddConsumer() if len(cast.consumers) >= MOST:
                raise MsgmuxError(f"there are {MOST} consumers, and no more can be added; remove one first")
            case do.RemoveProducer(name):
                producer = find(cast.producers, "producer", name)
                spec = cast.remove_producer(name)
                self._removed.append((spec, producer.tag))
                return _removed(producer, "what it has put stays")
            case do.RemoveConsumer(name):
                consumer = find(cast.consumers, "consumer", name)
                reader = cast.remove_consumer(name)
                self._removed.append((replace(reader, start=consumer.cursor + 1), consumer.tag))
                return _removed(consumer, "it holds nothing any more")
            case do.Crash(name) if (consumer := find(cast.consumers, "consumer", name)).failed:
                return Outcome(f"{label(consumer)} has crashed already", "<consumer.stall> starts it again", ok=False)
            case do.Stall(name, float() as seconds) if not find(cast.consumers, "consumer", name).stalled:
                outcome = self._enact(command)
                self._end_stall(name, seconds)
                return outcome
            case _:
                return self._enact(command)

    # What each command does

    def _enact(self, command: AnyCommand) -> Outcome:
        cast = self._cast
        match command:
            case do.AddProducer(spec):
                producer = cast.add_producer(spec or ProducerSpec(self._free_name("P", cast.producers)))
                return Outcome(f"{label(producer)} joins and puts {producer.rate}", select=_selection(producer))
            case do.AddConsumer(reader):
                if reader is None:
                    reader = ConsumerSpec(self._free_name("C", cast.consumers), work=Fixed(0.1))
                consumer = cast.add_consumer(reader)
                return Outcome(f"{label(consumer)} joins, from the {_start(reader)}", select=_selection(consumer))
            case do.RemoveProducer(name):
                cast.remove_producer(name)
                return Outcome(f"{name} is removed")
            case do.RemoveConsumer(name):
                cast.remove_consumer(name)
                return Outcome(f"{name} is removed")
            case do.Undo():
                return self._undo()
            case do.Adjust(who, direction):
                return self._adjust(who, direction)
            case do.SetProducer(name, rate, payload):
                producer = find(cast.producers, "producer", name)
                if rate is not None and rate != producer.rate:
                    cast.set_pace(name, rate)
                if payload is not None and payload != producer.payload:
                    cast.set_payload(name, payload)
                return Outcome(f'{label(producer)} puts {producer.rate}, "{producer.payload}"')
            case do.SetConsumer(name, work):
                consumer = find(cast.consumers, "consumer", name)
                cast.set_pace(name, work)
                return Outcome(f"{label(consumer)} {_works(work)} on each message")
            case do.Stall(name):
                consumer = find(cast.consumers, "consumer", name)
                cast.stall(name)
                return Outcome(f"{label(consumer)} stops reading", "<consumer.stall> lets it go on")
            case do.Resume(name):
                consumer = find(cast.consumers, "consumer", name)
                cast.resume(name)
                return Outcome(f"{label(consumer)} reads again")
            case do.Crash(name):
                consumer = find(cast.consumers, "consumer", name)
                cast.fail(name)
                text = f"{label(consumer)} crashes, at its next message at the latest"
                return Outcome(text, "<consumer.stall> starts it again")
            case do.Burst(name, count):
                producer = find(cast.producers, "producer", name)
                cast.burst(name, count)
                return Outcome(f"{label(producer)} puts {count} at once")
            case do.Configure() | do.Retain() | do.Clean() | do.Mark():
                return change_queue(cast.queue, command)
            case do.PauseTime() | do.ResumeTime() | do.SetSpeed() | do.Step():
                raise MsgmuxError("time is for whoever looks at a session, and nothing that its queue or cast can do")
            case _:
                assert_never(command)

    def _undo(self) -> Outcome:
        if not self._removed:
            raise MsgmuxError("nobody was removed, so there is nobody to bring back")
        spec, tag = self._removed[-1]
        if isinstance(spec, ProducerSpec):
            producer = self._cast.add_producer(spec, tag=tag)
            outcome = Outcome(f"{label(producer)} is back", select=_selection(producer))
        else:
            outcome = self._bring_back_consumer(spec, tag)
        self._removed.pop()
        return outcome

    def _bring_back_consumer(self, spec: ConsumerSpec, tag: str) -> Outcome:
        assert isinstance(spec.start, int)
        # A lower bound: the head may move on, never back, until the consumer is registered again.
        missed = max(0, self._cast.queue.snapshot().head_seq - spec.start)
        consumer = self._cast.add_consumer(spec, tag=tag)
        where = f"after #{spec.start - 1}" if not missed else f"at the head: {_messages(missed)} evicted meanwhile"
        return Outcome(f"{label(consumer)} is back, {where}", select=_selection(consumer))

    def _adjust(self, who: Selection, direction: int) -> Outcome:
        cast = self._cast
        if who.role == "producer":
            producer = find(cast.producers, "producer", who.name)
            arrivals = quicker_arrivals(producer.rate, direction)
            if arrivals is None:
                raise MsgmuxError(f"{label(producer)} puts {producer.rate}: {no_further(direction)}")
            cast.set_pace(who.name, arrivals)
            return Outcome(f"{label(producer)} now puts {arrivals}")
        consumer = find(cast.consumers, "consumer", who.name)
        service = quicker_service(consumer.work, direction)
        if service is None:
            raise MsgmuxError(f"{label(consumer)}, {consumer.work}: {no_further(-direction)}")
        cast.set_pace(who.name, service)
        return Outcome(f"{label(consumer)} now {_works(service)} on each message")

    def _free_name(self, letter: str, taken: Container[str]) -> str:
        state = self._cast.queue.snapshot()
        return free_name(letter, state.producer_tags if letter == "P" else state.consumer_tags, taken)


def free_name(letter: str, tags: int, taken: Container[str]) -> str:
    """A free name like the next tag: ``letter`` and the first number above ``tags`` that is not in ``taken``.

    ``tags`` is the number of tags given so far, so unless that name is taken the queue gives the same tag.
    """
    number = tags + 1
    while f"{letter}{number}" in taken:
        number += 1
    return f"{letter}{number}"


def label(workload: ProducerWorkload | ConsumerWorkload) -> str:
    """Tag and name, ``C2 billing``; only the tag if the name is the same."""
    return workload.tag if workload.name == workload.tag else f"{workload.tag} {workload.name}"


def _selection(workload: ProducerWorkload | ConsumerWorkload) -> Selection:
    return Selection("producer" if isinstance(workload, ProducerWorkload) else "consumer", workload.name)


def _removed(workload: ProducerWorkload | ConsumerWorkload, what_stays: str) -> Outcome:
    return Outcome(f"{label(workload)} is removed", f"{what_stays}. <cast.undo> brings it back")


def _works(service: Service) -> str:
    """``works 50 ms``; for times that vary, ``has work mostly short, 50ms on average``."""
    words = str(service).removeprefix("work ")
    return f"works {words}" if isinstance(service, Fixed) else f"has {service}"


def _messages(count: int) -> str:
    return "1 message was" if count == 1 else f"{count:,} messages were"


def _start(spec: ConsumerSpec) -> str:
    return f"message #{spec.start} on" if isinstance(spec.start, int) else f"{spec.start} message on"
