"""Real threads that come and go at random: no message lost, doubled, reordered or evicted unread; all threads end."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from msgmux import Closed, Consumer, Empty, Full, Message, MessageQueue, UnknownName
from support.audit import Audit

ROUNDS = 200


@pytest.fixture
def hasty() -> Iterator[None]:
    """Make CPython switch threads at nearly every opportunity."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


class Crash(Exception):
    pass


def one_round(seed: int) -> None:
    random = Random(seed)
    before = threading.active_count()
    audit = Audit()
    queue = MessageQueue(
        retention=random.choice([0.0, 0.001, None]),
        clean_every=0.001,
        max_messages=random.choice([None, None, 5, 50]),
    )
    steady = [queue.register_consumer(f"steady_{n}", capacity=random.choice([1, 3, 64, 1024])) for n in range(2)]
    trouble: list[BaseException] = []

    def produce(name: str, seed: int) -> None:
        random = Random(seed)
        producer = queue.register_producer(name, capacity=random.choice([1, 4, 300]))
        accepted = audit.accepted[name] = []
        n = 0
        for _ in range(random.randrange(40)):
            count = random.choice([1, 1, 1, 7])
            batch = [(name, n + k) for k in range(count)]
            try:
                done = (
                    producer.put_many(batch)
                    if count > 1
                    else (producer.put(batch[0], random.choice([None, 5.0])), 1)[1]
                )
            except (Closed, Full) as error:
                accepted += [n + k for k in range(error.accepted)]
                return
            accepted += [n + k for k in range(done)]
            n += count
        producer.close()

    def consume(consumer: Consumer, sink: list[Message], seed: int) -> None:
        random = Random(seed)
        while True:
            try:
                if random.random() < 0.5:
                    sink.append(consumer.get(random.choice([None, 0.001])))
                else:
                    sink.extend(consumer.get_many(random.choice([1, 3, 100]), random.choice([None, 0.001])))
            except Empty:
                continue
            except Closed:
                return

    def visit(name: str, seed: int) -> None:
        """Register, read a little, perhaps stall or crash, and unregister."""
        random = Random(seed)
        sink = audit.got[name] = []
        consumer = queue.register_consumer(name, random.choice(["oldest", "newest"]), capacity=random.choice([1, 5]))
        try:
            for _ in range(random.randrange(12)):
                sink.append(consumer.get(0.01))
            if random.random() < 0.3:
                raise Crash
        except (Empty, Crash, Closed):
            pass
        consumer.close()
        sink.extend(consumer)

    def guarded(work: Callable[..., None], *args: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*args)
            except BaseException as error:
                trouble.append(error)
                raise

        return threading.Thread(target=run)

    for consumer in steady:
        audit.got[consumer.name] = []
    readers = [guarded(consume, consumer, audit.got[consumer.name], random.random()) for consumer in steady]
    writers = [guarded(produce, f"p{n}", random.random()) for n in range(3)]
    visitors = [guarded(visit, f"v{n}", random.random()) for n in range(3)]
    for thread in readers + writers + visitors:
        thread.start()
    if random.random() < 0.3:
        queue.configure(retention=0.0, max_messages=random.choice([None, 10]))
    if random.random() < 0.3:
        victim = f"p{random.randrange(3)}"
        # The consumer may not be registered yet, or not any more.
        with suppress(UnknownName):
            queue.unregister_producer(victim)
    for thread in writers + visitors:
        thread.join(60)
        assert not thread.is_alive(), f"round {seed}: {thread} hangs"
    queue.check_structure()
    queue.close()
    for thread in readers:
        thread.join(60)
        assert not thread.is_alive(), f"round {seed}: {thread} hangs"
    assert not trouble
    for name in audit.got:
        assert audit.problems(name, whole=name.startswith("steady")) == [], f"round {seed}"
    assert threading.active_count() == before, f"round {seed}: a thread was left behind"


@pytest.mark.alone
def test_random_churn_loses_doubles_and_reorders_nothing() -> None:
    for seed in range(ROUNDS):
        one_round(seed)


@pytest.mark.alone
def test_random_churn_at_a_hasty_switch_interval(hasty: None) -> None:
    for seed in range(ROUNDS):
        one_round(1_000_000 + seed)
