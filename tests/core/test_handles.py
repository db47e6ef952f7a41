"""The handles' methods known from :class:`queue.Queue`, and the arguments that they refuse."""

from collections.abc import Callable

import pytest

from msgmux import Closed, Consumer, Empty, Full, MessageQueue, Producer
from support.patience import PATIENCE

CALLS: dict[str, Callable[[Producer, Consumer], object]] = {
    "get": lambda _, consumer: consumer.get(True),
    "get, no": lambda _, consumer: consumer.get(False),
    "get_many": lambda _, consumer: consumer.get_many(1, True),
    "get_many, no": lambda _, consumer: consumer.get_many(1, timeout=False),
    "put": lambda producer, _: producer.put(b"more", True),
    "put, no": lambda producer, _: producer.put(b"more", timeout=False),
    "put_many": lambda producer, _: producer.put_many([b"more"], True),
    "close": lambda producer, _: producer.close(True, True),
    "close, no": lambda producer, _: producer.close(wait=True, timeout=False),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_bool_is_no_timeout(call: Callable[[Producer, Consumer], object]) -> None:
    with MessageQueue(max_messages=1, overflow="reject") as queue:
        producer = queue.register_producer("p", capacity=1)
        consumer = queue.register_consumer("c", start="newest")
        # The bound is reached, so that the next put has to use its timeout.
        other = queue.register_consumer("other")
        producer.put(b"first")
        assert other.get(PATIENCE).payload == b"first"
        while consumer.qsize():
            consumer.get(PATIENCE)
        with pytest.raises(TypeError, match="timeout must be a number of seconds"):
            call(producer, consumer)
        assert not producer.closed


def test_nowait_gives_and_takes_what_is_there() -> None:
    with MessageQueue(max_messages=2, overflow="reject") as queue:
        producer = queue.register_producer("p")
        consumer = queue.register_consumer("c", capacity=1)
        with pytest.raises(Empty):
            consumer.get_nowait()
        producer.put_nowait(b"1")
        assert consumer.get(PATIENCE).payload == b"1"
        producer.close()
        with pytest.raises(Closed):
            producer.put_nowait(b"2")


def test_put_nowait_raises_full_where_put_would_wait() -> None:
    with MessageQueue(max_messages=1, overflow="block") as queue:
        producer = queue.register_producer("p", capacity=1)
        consumer = queue.register_consumer("c", capacity=1)
        accepted = 0
        with pytest.raises(Full):
            while accepted < 100:
                producer.put_nowait(accepted)
                accepted += 1
        # One message each in the two channels and in the list.
        assert 1 <= accepted <= 3
        assert producer.qsize() <= 1
        assert [consumer.get(PATIENCE).payload for _ in range(accepted)] == list(range(accepted))


def test_qsize_counts_what_is_yet_to_be_read() -> None:
    with MessageQueue() as queue:
        producer = queue.register_producer("p")
        consumer = queue.register_consumer("c", capacity=2)
        assert (producer.qsize(), consumer.qsize()) == (0, 0)
        producer.put_many(range(10))
        producer.close(wait=True)
        for left in range(10, 0, -1):
            assert consumer.qsize() == left
            consumer.get(PATIENCE)
        assert (producer.qsize(), consumer.qsize()) == (0, 0)


def test_qsize_of_a_closed_consumer_is_what_its_channel_holds() -> None:
    with MessageQueue() as queue:
        producer = queue.register_producer("p")
        consumer = queue.register_consumer("c", capacity=2)
        producer.put_many(range(10))
        producer.close(wait=True)
        consumer.close()
        assert consumer.qsize() == len(list(consumer)) <= 2
        assert consumer.qsize() == 0
