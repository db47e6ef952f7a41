"""Ctrl+C in a waiting main thread: KeyboardInterrupt at once, no message lost, and a consistent queue."""

from collections.abc import Callable

import pytest

from msgmux import Consumer, Full, MessageQueue, Producer
from msgmux.reporting import Reporter
from support.interrupting import Interrupts
from support.patience import PATIENCE

ROUNDS = 20


def interrupted(wait: Callable[[], object]) -> None:
    """Interrupt ``wait``, which never returns by itself, several times while it waits."""
    for _ in range(ROUNDS):
        with pytest.raises(KeyboardInterrupt), Interrupts(most=1):
            wait()


@pytest.mark.parametrize(
    "wait",
    [
        lambda consumer: consumer.get(),
        lambda consumer: consumer.get(timeout=1000.0),
        lambda consumer: consumer.get_many(10),
        lambda consumer: list(consumer),
    ],
    ids=["get", "get with a timeout", "get_many", "iteration"],
)
def test_in_a_get(wait: Callable[[Consumer], object]) -> None:
    with MessageQueue() as queue:
        consumer, producer = queue.register_consumer("c"), queue.register_producer("p")
        interrupted(lambda: wait(consumer))
        producer.put_many(range(100))
        assert [consumer.get(PATIENCE).payload for _ in range(100)] == list(range(100))
        queue.check_structure()


@pytest.mark.parametrize(
    "wait",
    [
        lambda producer: producer.put("never"),
        lambda producer: producer.put("never", timeout=1000.0),
        lambda producer: producer.put_many(["never", "never"]),
    ],
    ids=["put", "put with a timeout", "put_many"],
)
def test_in_a_put(wait: Callable[[Producer], object]) -> None:
    queue = MessageQueue(max_messages=5)
    consumer, producer = queue.register_consumer("c", capacity=2), queue.register_producer("p", capacity=3)
    with pytest.raises(Full) as full:
        producer.put_many(range(100), timeout=0)
    accepted = list(range(full.value.accepted))
    interrupted(lambda: wait(producer))
    assert not queue.snapshot().producers["p"].blocked
    queue.check_structure()
    queue.close()
    assert [message.payload for message in consumer] == accepted


def test_in_a_close_that_waits() -> None:
    with MessageQueue(max_messages=5) as queue:
        consumer, producer = queue.register_consumer("c", capacity=2), queue.register_producer("p", capacity=3)
        with pytest.raises(Full) as full:
            producer.put_many(range(100), timeout=0)
        interrupted(lambda: producer.close(wait=True))
        got = [consumer.get(PATIENCE).payload for _ in range(full.value.accepted)]
        assert got == list(range(full.value.accepted))
        assert producer.close(wait=True, timeout=PATIENCE)
        assert queue.register_producer("p").name == "p", "the name is free again"


def test_in_a_wait_for_events() -> None:
    with MessageQueue() as queue, queue.subscribe() as events:
        interrupted(lambda: list(events))
        Reporter(queue).note("still there")
        assert next(iter(events)).kind == "note"
        assert events.missed == 0
