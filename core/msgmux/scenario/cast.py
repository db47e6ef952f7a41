"""A queue with its sample producers and consumers, which can be added, removed and changed while they run."""

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
    """A queue with sample producers and consumers. All methods but :meth:`restore` may be called from any thread.

    Changes show as events of the queue. ``on_message(consumer, message)`` is called for each message that a consumer
    gets, in that consumer's thread. ``seed``: for the random times of all workloads.
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
        # Never modified, only replaced (with the lock held), so any thread may read them without the lock.
        self.producers: Mapping[str, ProducerWorkload] = {}
        self.consumers: Mapping[str, ConsumerWorkload] = {}
        self._on_message = on_message
        # Guards the replacement of the two mappings above, and the two below. No method of a workload or of the queue
        # is called with it held.
        self._lock = runtime.lock("cast")
        # Every workload there ever was, removed ones included, with the specification it was made from.
        self._producer_specs: dict[ProducerWorkload, ProducerSpec] = {}
        self._consumer_specs: dict[ConsumerWorkload, ConsumerSpec] = {}

    # Going on from a state

    def restore(self, state: QueueState, scenario: Scenario) -> None:
        """Begin with the messages and registrations of ``state`` instead of an empty queue.

        Rates, payloads and work are those of ``state`` where it has them, else those of ``scenario``. The workloads are
        not started. Must be called once, before anything else. Raises :class:`Closed` if the queue was closed.
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
        """Register a producer and start it. ``tag``: that of a removed producer which comes back.

        Raises :class:`DuplicateName` if the name is taken, :class:`Closed` if the queue is closed.
        """
        return self.enlist_producer(spec, tag).start()

    def add_consumer(self, spec: ConsumerSpec, *, tag: str | None = None) -> ConsumerWorkload:
        """Register a consumer and start it. ``tag``: that of a removed consumer which comes back.

        Raises :class:`DuplicateName` if the name is taken, :class:`Closed` if the queue is closed.
        """
        return self.enlist_consumer(spec, tag).start()

    def remove_producer(self, name: str) -> ProducerSpec:
        """Stop and unregister a producer, even if it is blocked. Returns its specification as it is now, with which
        :meth:`add_producer` brings it back. Raises :class:`UnknownName`.
        """
        with self._lock:
            workload = find(self.producers, "producer", name)
            self.producers = {key: other for key, other in self.producers.items() if key != name}
        workload.stop()
        return replace(self._producer_specs[workload], rate=workload.rate, payload=workload.payload)

    def remove_consumer(self, name: str) -> ConsumerSpec:
        """Stop and unregister a consumer; messages in its channel stay unread. Returns its specification as it is now,
        with which :meth:`add_consumer` brings it back. Raises :class:`UnknownName`.
        """
        with self._lock:
            workload = find(self.consumers, "consumer", name)
            self.consumers = {key: other for key, other in self.consumers.items() if key != name}
        workload.stop()
        return replace(self._consumer_specs[workload], work=workload.work)

    def enlist_producer(self, spec: ProducerSpec, tag: str | None = None) -> ProducerWorkload:
        """Register a producer without starting it. Raises as :meth:`add_producer` does."""
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
        """Register a consumer without starting it. Raises as :meth:`add_consumer` does."""
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

    # Changing a workload; each of these raises UnknownName if nobody of that name is there

    def set_pace(self, name: str, pace: Arrivals | Service) -> None:
        """Set a producer's rate (if ``pace`` is one of arrivals) or a consumer's work on each message."""
        if isinstance(pace, Constant | Poisson | Bursts | OnOff):
            find(self.producers, "producer", name).set_rate(pace)
        else:
            find(self.consumers, "consumer", name).set_work(pace)

    def set_payload(self, name: str, payload: str) -> None:
        """Set a producer's payload: a template with ``{n}`` (counts from 0) and ``{name}``."""
        find(self.producers, "producer", name).set_payload(payload)

    def burst(self, name: str, count: int = 10) -> None:
        """Let a producer send ``count`` more messages at once."""
        find(self.producers, "producer", name).burst(count)
        self.reporter.note(f"{name}: a burst of {count}", "burst")

    def stall(self, name: str) -> bool:
        """Let a consumer stop reading. True if it was reading before."""
        return find(self.consumers, "consumer", name).stall()

    def resume(self, name: str) -> None:
        """Let a stalled or failed consumer read again."""
        find(self.consumers, "consumer", name).resume()

    def fail(self, name: str) -> None:
        """Let a consumer's thread end with an exception, at its next message at the latest."""
        find(self.consumers, "consumer", name).fail()

    # Results

    def totals(self) -> tuple[dict[str, int], dict[str, int]]:
        """Two counts of messages by name: sent by each producer, and taken by each consumer; removed ones included."""
        sent: Counter[str] = Counter()
        taken: Counter[str] = Counter()
        for workload in self.everybody():
            if isinstance(workload, ProducerWorkload):
                sent[workload.name] += workload.sent
            else:
                taken[workload.name] += workload.taken
        return dict(sent), dict(taken)

    def played_out(self) -> bool:
        """Whether every producer has sent all its messages, and every consumer that is neither stalled nor failed has
        taken all of them.
        """
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
        """Every workload there ever was. The threads of removed ones may not have ended yet."""
        with self._lock:
            return [*self._producer_specs, *self._consumer_specs]


def find(workloads: Mapping[str, W], role: str, name: str) -> W:
    """The workload of that name. Raises :class:`UnknownName`, with the names that there are."""
    workload = workloads.get(name)
    if workload is None:
        raise UnknownName(f"no {role} named {name!a} is here; {suggestion(name, workloads)}")
    return workload
