"""The channels' fast paths: permits, types that need no copy, and which thread refills a channel."""

import time
from contextlib import suppress
from functools import partial
from itertools import cycle, islice

import pytest

from msgmux import Full, MessageQueue, Producer
from msgmux.events import Put
from msgmux.runtime.strategies import Fifo
from msgmux.runtime.virtual import VirtualRuntime
from support.injecting import Injector
from support.patience import PATIENCE

KINDS = (b"bytes", "text", 7, 1.5, None, True, ("a", 1), frozenset({2}))


@pytest.mark.parametrize("capacity", [3, 64, 100, 1_024])
@pytest.mark.parametrize("size", [1, 100, 700])
def test_what_is_put_in_pieces_of_any_size_arrives_once_and_in_order(capacity: int, size: int) -> None:
    with MessageQueue() as queue:
        producer = queue.register_producer("p", capacity=capacity)
        consumer = queue.register_consumer("c", capacity=capacity)
        for first in range(0, 2_100, size):
            assert producer.put_many(range(first, first + size)) == size
            producer.put("between")
        assert producer.close(wait=True, timeout=PATIENCE)
        queue.close()
        got = [message.payload for message in consumer]
    assert [payload for payload in got if payload != "between"] == list(range(2_100))
    assert got[size :: size + 1] == ["between"] * (2_100 // size)


def test_payloads_of_every_type_in_turn_arrive_as_they_were() -> None:
    payloads = list(islice(cycle(KINDS), 600))
    with MessageQueue() as queue:
        producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
        for payload in payloads:
            producer.put(payload)
        producer.put_many(payloads)
        got = [consumer.get(timeout=PATIENCE).payload for _ in range(1_200)]
    assert [(type(payload), payload) for payload in got] == [(type(payload), payload) for payload in payloads * 2]


@pytest.mark.parametrize("many", [False, True])
def test_a_mutable_payload_is_copied_whatever_came_before_it(many: bool) -> None:
    with MessageQueue() as queue:
        producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
        mine = [1]
        payloads = [b"x", mine, "y", mine]
        if many:
            producer.put_many(payloads)
        else:
            for payload in payloads:
                producer.put(payload)
        mine.append(2)
        got = [consumer.get(timeout=PATIENCE).payload for _ in range(4)]
    assert got == [b"x", [1], "y", [1]]


@pytest.mark.parametrize(
    ("payloads", "size"),
    [([b"four", "five5"], 9), ([b"four", 7, "five5", None], 9), ([["a"], b"four"], 4), ([1, 2], 0)],
)
def test_the_size_of_a_put_counts_bytes_and_characters_alone(payloads: list[object], size: int) -> None:
    with MessageQueue() as queue, queue.subscribe() as events:
        producer = queue.register_producer("p")
        producer.put_many(payloads)
        assert producer.close(wait=True, timeout=PATIENCE)
        assert sum([event.size for event in events.drain() if isinstance(event, Put)]) == size


def test_a_channel_never_holds_more_than_its_capacity_however_it_is_filled() -> None:
    with MessageQueue(max_messages=1) as queue:
        queue.register_consumer("c", capacity=1)
        producer = queue.register_producer("p", capacity=8)
        accepted = 0
        with pytest.raises(Full):
            while True:
                producer.put(accepted, timeout=0)
                accepted += 1
                try:
                    accepted += producer.put_many([accepted, accepted + 1], timeout=0)
                except Full as error:
                    accepted += error.accepted
        state = queue.snapshot()
        assert state.producers["p"].level == 8
        assert state.tail_seq + 8 == accepted


def test_a_bound_lowered_below_the_lists_length_takes_nothing_and_keeps_nobody_busy() -> None:
    runtime = VirtualRuntime(Fifo())
    queue = MessageQueue(retention=None, runtime=runtime)
    producer = queue.register_producer("p", capacity=4)

    def use() -> None:
        for number in range(5):
            producer.put(number)
            runtime.sleep(0.1)
        queue.configure(max_messages=1)
        producer.put_many([5, 6, 7])

    runtime.spawn(use, "user")
    runtime.run(until=5.0)
    state = queue.snapshot()
    assert (state.length, state.producers["p"].level) == (5, 3)
    runtime.spawn(queue.close, "closer", daemon=False)
    runtime.run()


def test_a_small_channel_is_refilled_at_every_message_and_a_large_one_when_it_is_dry() -> None:
    with MessageQueue() as queue:
        small, large = queue.register_consumer("small", capacity=4), queue.register_consumer("large", capacity=100)
        producer = queue.register_producer("p")
        producer.put_many(range(250))
        assert producer.close(wait=True, timeout=PATIENCE)
        assert (small.cursor, large.cursor) == (4, 100)
        small.get()
        assert small.cursor == 5
        small.get_many(3)
        assert small.cursor == 8
        large.get_many(99)
        assert large.cursor == 100
        large.get()
        assert large.cursor == 100
        large.get()
        assert large.cursor == 200


@pytest.mark.parametrize("capacity", [1, 2, 9, 300])
@pytest.mark.parametrize("gap", [1, 2, 3])
def test_whatever_another_thread_puts_in_the_midst_of_a_put_the_capacity_is_exceeded_by_that_put_alone(
    capacity: int, gap: int
) -> None:
    """The other thread comes in between at two points that lie so many apart: one for the count, one for the grant."""
    first = 1
    while True:
        with MessageQueue(max_messages=1) as queue:
            queue.register_consumer("c", capacity=1)
            producer = queue.register_producer("p", capacity=capacity)
            # The list is full with the second one. What is put from then on stays in the channel.
            producer.put_many([0, 1])
            while queue.snapshot().consumers["c"].cursor < 1 or producer.qsize():
                time.sleep(0)
            injector = Injector(first)

            def fill(injector: Injector = injector, producer: Producer = producer, first: int = first) -> None:
                if injector.at == first:
                    injector.at = first + gap
                with suppress(Full):
                    while True:
                        producer.put(0, timeout=0)

            injector.act = fill
            with suppress(Full):
                injector.run(partial(producer.put, 0, timeout=0))
            fill()
            assert producer.qsize() <= capacity + 1, injector.place
        if injector.count < first:
            break
        first += 1
    assert first > 1
