"""Folding the published events gives the queue's own snapshot."""

import threading
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from msgmux import Closed, Consumer, Empty, Full, Message, MessageQueue, Producer
from msgmux.events import Event
from msgmux.pacing import Fixed
from msgmux.queue import Start
from msgmux.reporting import Reporter
from msgmux.runtime.strategies import RandomWalk
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.settings import Overflow
from msgmux.state import Fold

NAMES = ["ann", "bob", "cat"]


class QueueMachine(RuleBasedStateMachine):
    """All operations on a queue, in any order; after each one the fold equals the snapshot."""

    @initialize(
        retention=st.sampled_from([None, 0.0, 1.0, 5.0]),
        bound=st.sampled_from([None, 1, 4]),
        overflow=st.sampled_from(["block", "evict-oldest", "reject"]),
        seed=st.integers(0, 1000),
    )
    def begin(self, retention: float | None, bound: int | None, overflow: Overflow, seed: int) -> None:
        self.runtime = VirtualRuntime(RandomWalk(seed))
        self.queue = MessageQueue(
            retention=retention, clean_every=1.5, max_messages=bound, overflow=overflow, runtime=self.runtime
        )
        self.events = self.queue.subscribe()
        self.fold = Fold(self.events.start)
        self.producers: dict[str, Producer] = {}
        self.consumers: dict[str, Consumer] = {}
        self.sent: dict[str, list[int]] = {}
        self.got: dict[int, list[Message]] = {}
        self.n = 0

    def act(self, function: Callable[[], object]) -> None:
        """Run ``function`` as a task, then run all tasks until none can run at this moment."""
        self.runtime.spawn(function, "you")
        self.runtime.run(until=self.runtime.now())

    @rule(name=st.sampled_from(NAMES), capacity=st.integers(1, 5))
    def register_producer(self, name: str, capacity: int) -> None:
        if name not in self.queue.snapshot().producers:
            self.act(lambda: self.producers.update({name: self.queue.register_producer(name, capacity)}))

    @rule(name=st.sampled_from(NAMES), capacity=st.integers(1, 5), start=st.sampled_from(["oldest", "newest", 3]))
    def register_consumer(self, name: str, capacity: int, start: Start) -> None:
        if name not in self.queue.snapshot().consumers:
            self.act(lambda: self.consumers.update({name: self.queue.register_consumer(name, start, capacity)}))

    @rule(name=st.sampled_from(NAMES), count=st.integers(1, 7), wait=st.booleans())
    def put(self, name: str, count: int, wait: bool) -> None:
        def put() -> None:
            batch = list(range(self.n, self.n + count))
            self.n += count
            with suppress(Full, Closed):
                self.producers[name].put_many(batch, None if wait else 0)

        if name in self.producers:
            self.act(put)

    @rule(name=st.sampled_from(NAMES), count=st.integers(1, 7))
    def get(self, name: str, count: int) -> None:
        def get() -> None:
            consumer = self.consumers[name]
            try:
                self.got.setdefault(consumer.id, []).extend(consumer.get_many(count, 0))
                self.got[consumer.id].append(consumer.get(0))
            except (Closed, Empty):
                pass

        if name in self.consumers:
            self.act(get)

    @rule(name=st.sampled_from(NAMES))
    def close_producer(self, name: str) -> None:
        if name in self.producers:
            self.act(self.producers[name].close)

    @rule(name=st.sampled_from(NAMES))
    def close_consumer(self, name: str) -> None:
        if name in self.consumers:
            self.act(self.consumers[name].close)

    @rule(seconds=st.floats(0.01, 4.0))
    def time_passes(self, seconds: float) -> None:
        self.runtime.run(until=self.runtime.now() + seconds)

    @rule()
    def clean(self) -> None:
        self.act(self.queue.clean)

    @rule(
        bound=st.sampled_from([None, 1, 4]),
        retention=st.sampled_from([None, 0.0, 2.0]),
        overflow=st.sampled_from(["block", "evict-oldest", "reject"]),
        every=st.sampled_from([0.5, 3.0]),
    )
    def configure(self, bound: int | None, retention: float | None, overflow: Overflow, every: float) -> None:
        self.act(
            lambda: self.queue.configure(max_messages=bound, retention=retention, overflow=overflow, clean_every=every)
        )

    @precondition(lambda self: self.queue.snapshot().consumers)
    @rule()
    def stall_and_fail(self) -> None:
        name = next(iter(self.queue.snapshot().consumers))
        self.act(lambda: Reporter(self.queue).stalled(name))
        self.act(lambda: Reporter(self.queue).failed("consumer", name, RuntimeError()))
        self.act(lambda: Reporter(self.queue).paced(name, Fixed(1.0)))

    @invariant()
    def the_fold_equals_the_snapshot(self) -> None:
        if hasattr(self, "queue"):
            state = self.queue.snapshot()
            self.fold.apply_all(self.events.drain())
            assert self.fold.state().without_samples() == state.without_samples()

    @invariant()
    def the_list_is_well_formed(self) -> None:
        if hasattr(self, "queue"):
            self.queue.check_structure()

    @invariant()
    def consumers_get_dense_or_skipped_seqs_in_order(self) -> None:
        for messages in getattr(self, "got", {}).values():
            seqs = [message.seq for message in messages]
            assert seqs == sorted(set(seqs))

    def teardown(self) -> None:
        if hasattr(self, "queue"):
            self.runtime.spawn(self.queue.close, "closer", daemon=False)
            self.runtime.run()
            self.fold.apply_all(self.events.drain())
            assert self.fold.state().without_samples() == self.queue.snapshot().without_samples()
            self.runtime.close()


QueueMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestTheFold = QueueMachine.TestCase


@pytest.mark.parametrize("seed", range(5))
def test_the_fold_equals_the_snapshot_under_real_threads(seed: int) -> None:
    """They can be compared at any moment, because a snapshot names its last event."""
    random = Random(seed)
    queue = MessageQueue(retention=0.005, clean_every=0.002, max_messages=40)
    events = queue.subscribe()
    fold = Fold(events.start)
    backlog: list[Event] = []
    compared = 0

    def produce(n: int) -> None:
        for round in range(10):
            with queue.register_producer(f"p{n}-{round}", capacity=8) as producer:
                producer.put_many(range(100))

    def consume(n: int) -> None:
        with queue.register_consumer(f"c{n}", capacity=4) as consumer:
            for message in consumer:
                if message.payload == 99 and random.random() < 0.2:
                    queue.configure(retention=random.choice([0.001, 0.01]))

    readers = [threading.Thread(target=consume, args=(n,)) for n in range(3)]
    writers = [threading.Thread(target=produce, args=(n,)) for n in range(3)]
    for thread in readers + writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        state = queue.snapshot()
        backlog += events.drain()
        while backlog and backlog[0].number <= state.event:
            fold.apply(backlog.pop(0))
        assert fold.state().without_samples() == state.without_samples()
        compared += 1
    queue.close()
    for thread in readers:
        thread.join(30)
        assert not thread.is_alive()
    backlog += events.drain()
    fold.apply_all(backlog)
    assert fold.state().without_samples() == queue.snapshot().without_samples()
    assert events.missed == 0
    assert compared > 1
