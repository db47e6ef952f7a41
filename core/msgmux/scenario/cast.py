"""A queue and the sample producers and consumers that work at it: who is there, and what they can be told."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from msgmux.commands import ConsumerSpec, ProducerSpec
from msgmux.documents.problems import suggestion
from msgmux.errors import UnknownName
from msgmux.handles import Consumer, Producer
from msgmux.message import Message
from msgmux.pacing import Arrivals, Bursts, Constant, OnOff, Poisson, Sending, Service
from msgmux.queue import MessageQueue
from msgmux.reporting import Reporter
from msgmux.restoring import restore
from msgmux.runtime import Runtime
from msgmux.scenario.model import Scenario
from msgmux.scenario.resume import as_it_put, as_it_worked
from msgmux.settings import Settings
from msgmux.state import QueueState
from msgmux.workload import ConsumerWorkload, ProducerWorkload

W = TypeVar("W", ProducerWorkload, ConsumerWorkload)


class Cast:
    """A queue with sample producers and consumers that come, go and change as they are told, from any thread.

    What is done is an event of the queue. ``on_message(name, message)`` gets what each consumer gets, in that
    consumer's thread.
    """

    def __init__(
        self,
        settings: Settings,
        runtime: Runtime,
        seed: int,
        on_message: Callable[[str, Message], None] | None = None,
        queue_class: type[MessageQueue] = MessageQueue,
    ) -> None:
        self.runtime = runtime
        self.seed = seed
        self.queue = queue_class(
            retention=settings.retention,
            clean_every=settings.clean_every,
            max_messages=settings.max_messages,
            overflow=settings.overflow,
            runtime=runtime,
        )
        self.reporter = Reporter(self.queue)
        # Replaced, never changed, so that anybody may read them at any time.
        self.producers: Mapping[str, ProducerWorkload] = {}
        self.consumers: Mapping[str, ConsumerWorkload] = {}
        self._on_message = on_message
        # Guards who is there: the replacing of the above, and the below. Nobody is told anything with it held.
        self._lock = runtime.lock("cast")
        # All who ever were here, with what they were made from.
        self._producer_specs: dict[ProducerWorkload, ProducerSpec] = {}
        self._consumer_specs: dict[ConsumerWorkload, ConsumerSpec] = {}

    # Going on from a state

    def restore(self, state: QueueState, scenario: Scenario) -> None:
        """Instead of empty, begin with what ``state`` says, and with everybody who is there in it.

        They go at the pace that it tells, and send what ``scenario`` says. To be called first, and once. Raises
        :class:`Closed` for the state of a closed queue.
        """
        restored = restore(self.queue, state)
        producers = {spec.name: spec for spec in scenario.producers}
        for name, producer in restored.producers.items():
            seen = state.producers[name]
            sender = self._employ_producer(producer, as_it_put(producers.get(name, ProducerSpec(name)), seen))
            sender.sent = seen.put + (seen.level or 0)
        consumers = {spec.name: spec for spec in scenario.consumers}
        for name, consumer in restored.consumers.items():
            known = state.consumers[name]
            reader = self._employ_consumer(consumer, as_it_worked(consumers.get(name, ConsumerSpec(name)), known))
            reader.taken = known.delivered if known.taken is None else known.taken
            if known.status == "stalled":
                reader.stall()
            elif known.status == "failed":
                reader.fail()

    # Coming and going

    def add_producer(self, spec: ProducerSpec, *, tag: str | None = None) -> ProducerWorkload:
        """Register a producer and start it. Raises :class:`DuplicateName`; ``tag``: one that it had before."""
        return self.enlist_producer(spec, tag).start()

    def add_consumer(self, spec: ConsumerSpec, *, tag: str | None = None) -> ConsumerWorkload:
        """Register a consumer and start it. Raises :class:`DuplicateName`; ``tag``: one that it had before."""
        return self.enlist_consumer(spec, tag).start()

    def remove_producer(self, name: str) -> ProducerSpec:
        """Stop and unregister a producer, blocked or not. Returns what :meth:`add_producer` brings it back with."""
        with self._lock:
            workload = find(self.producers, "producer", name)
            self.producers = {key: other for key, other in self.producers.items() if key != name}
        workload.stop()
        return replace(self._producer_specs[workload], rate=workload.rate, payload=workload.payload)

    def remove_consumer(self, name: str) -> ConsumerSpec:
        """Stop and unregister a consumer; what its channel holds stays unread. Returns what would bring it back."""
        with self._lock:
            workload = find(self.consumers, "consumer", name)
            self.consumers = {key: other for key, other in self.consumers.items() if key != name}
        workload.stop()
        return replace(self._consumer_specs[workload], work=workload.work)

    def enlist_producer(self, spec: ProducerSpec, tag: str | None = None) -> ProducerWorkload:
        """Register a producer that is started later."""
        return self._employ_producer(
            self.queue.register_producer(
                spec.name, spec.capacity, tag=tag, pace=Sending(spec.rate, spec.payload, spec.messages)
            ),
            spec,
        )

    def _employ_producer(self, handle: Producer, spec: ProducerSpec) -> ProducerWorkload:
        workload = ProducerWorkload(
            self.queue, handle, spec.rate, payload=spec.payload, messages=spec.messages, seed=self.seed
        )
        with self._lock:
            self.producers = {**self.producers, spec.name: workload}
            self._producer_specs[workload] = spec
        return workload

    def enlist_consumer(self, spec: ConsumerSpec, tag: str | None = None) -> ConsumerWorkload:
        """Register a consumer that is started later."""
        return self._employ_consumer(
            self.queue.register_consumer(spec.name, spec.start, spec.capacity, tag=tag, pace=spec.work), spec
        )

    def _employ_consumer(self, handle: Consumer, spec: ConsumerSpec) -> ConsumerWorkload:
        on_message = None if self._on_message is None else partial(self._on_message, spec.name)
        workload = ConsumerWorkload(self.queue, handle, spec.work, seed=self.seed, on_message=on_message)
        with self._lock:
            self.consumers = {**self.consumers, spec.name: workload}
            self._consumer_specs[workload] = spec
        return workload

    # What those who are there can be told; UnknownName where they are not

    def set_pace(self, name: str, pace: Arrivals | Service) -> None:
        """Let a producer's messages arrive, or a consumer's work last, like this from now on."""
        if isinstance(pace, Constant | Poisson | Bursts | OnOff):
            find(self.producers, "producer", name).set_rate(pace)
        else:
            find(self.consumers, "consumer", name).set_work(pace)

    def set_payload(self, name: str, payload: str) -> None:
        """Let a producer send this from now on: a template with ``{n}`` and ``{name}``."""
        find(self.producers, "producer", name).set_payload(payload)

    def burst(self, name: str, count: int = 10) -> None:
        """Let a producer send so many more, at once."""
        find(self.producers, "producer", name).burst(count)
        self.reporter.note(f"{name}: a burst of {count}", "burst")

    def stall(self, name: str) -> bool:
        """Let a consumer stop reading. Returns whether it was reading until now."""
        return find(self.consumers, "consumer", name).stall()

    def resume(self, name: str) -> None:
        """Let a stalled or failed consumer go on."""
        find(self.consumers, "consumer", name).resume()

    def fail(self, name: str) -> None:
        """Let a consumer's thread raise, and die of it."""
        find(self.consumers, "consumer", name).fail()

    # What has come of it

    def totals(self) -> tuple[dict[str, int], dict[str, int]]:
        """Messages sent by each producer and taken by each consumer, those that have left included, by name."""
        sent: Counter[str] = Counter()
        taken: Counter[str] = Counter()
        for workload in self.everybody():
            if isinstance(workload, ProducerWorkload):
                sent[workload.name] += workload.sent
            else:
                taken[workload.name] += workload.taken
        return dict(sent), dict(taken)

    def played_out(self) -> bool:
        """Whether all producers have sent all they will, and consumers, but those that hang, have taken it all."""
        if not all([producer.done for producer in self.producers.values()]):
            return False
        state = self.queue.snapshot()
        for name, producer in self.producers.items():
            if name in state.producers and state.producers[name].put != producer.sent:
                return False
        for name, consumer in self.consumers.items():
            if name in state.consumers and not (consumer.stalled or consumer.failed):
                seen = state.consumers[name]
                if seen.lag or seen.delivered != consumer.taken:
                    return False
        return True

    def everybody(self) -> list[ProducerWorkload | ConsumerWorkload]:
        """All who ever were here; those who have left may still be on their way out."""
        with self._lock:
            return [*self._producer_specs, *self._consumer_specs]


def find(workloads: Mapping[str, W], role: str, name: str) -> W:
    """The workload of that name. Raises :class:`UnknownName`, with the names that there are."""
    workload = workloads.get(name)
    if workload is None:
        raise UnknownName(f"no {role} named {name!a} is here; {suggestion(name, workloads)}")
    return workload
