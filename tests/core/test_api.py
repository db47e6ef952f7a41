"""The public API."""

import threading
from typing import Any, NoReturn

import pytest

from msgmux import Batch, Closed, DuplicateName, Empty, Full, MessageQueue, QueueState, Settings, UnknownName, fold
from msgmux.events import Skipped
from msgmux.queue import Start
from msgmux.state import ConsumerState
from support.patience import PATIENCE


def test_the_lines_of_the_design_run_as_written() -> None:
    with MessageQueue(retention=30.0, clean_every=10.0, max_messages=None, overflow="block") as queue:
        orders = queue.register_producer("orders", capacity=64)
        audit = queue.register_consumer("audit", start="oldest", capacity=64)
        with queue.subscribe() as events:
            orders.put(b"paid")
            assert orders.put_many([b"packed", b"sent"]) == 2
            message = audit.get(timeout=1.0)
            rest: list[bytes] = []
            while len(rest) < 2:
                batch = audit.get_many(100, timeout=1.0)
                rest += batch.payloads
            seen = events.drain()
            assert events.missed == 0
        assert (message.seq, message.producer, message.producer_seq, message.payload) == (1, "orders", 1, b"paid")
        assert rest == [b"packed", b"sent"]
        assert [event.number for event in seen] == list(range(1, len(seen) + 1))
        assert fold(events.start, seen).tail_seq == 3
        assert queue.clean(now=None) == 0
        state = queue.snapshot()
        assert isinstance(state, QueueState)
        assert (state.head_seq, state.tail_seq, state.length) == (1, 3, 3)
        assert (state.consumers["audit"].cursor, state.consumers["audit"].lag) == (3, 0)
        assert state.producers["orders"].put == 3
        queue.configure(retention=5.0)
        queue.set_retention(4.0)
        assert queue.settings == Settings(4.0, 10.0, None, "block")
        orders.close()
        audit.close()
        assert [m.payload for m in audit] == []


def test_every_consumer_gets_every_message_in_the_one_order() -> None:
    with MessageQueue() as queue:
        consumers = [queue.register_consumer(f"c{n}") for n in range(3)]
        producers = [queue.register_producer(f"p{n}") for n in range(3)]
        for n in range(50):
            for producer in producers:
                producer.put(f"{producer.name} {n}")
    got = [[(m.seq, m.producer, m.producer_seq, m.payload) for m in consumer] for consumer in consumers]
    assert got[0] == got[1] == got[2]
    assert [seq for seq, *_ in got[0]] == list(range(1, 151))
    for producer in producers:
        assert [payload for _, name, _, payload in got[0] if name == producer.name] == [
            f"{producer.name} {n}" for n in range(50)
        ]


def test_names_are_unique_while_registered_and_free_afterwards() -> None:
    with MessageQueue() as queue:
        orders, audit = queue.register_producer("orders"), queue.register_consumer("audit")
        with pytest.raises(DuplicateName, match="'orders'"):
            queue.register_producer("orders")
        with pytest.raises(DuplicateName, match="'audit'"):
            queue.register_consumer("audit")
        assert orders.close(wait=True, timeout=PATIENCE)
        audit.close()
        again = queue.register_producer("orders")
        assert again.id > orders.id
        again.put("1")
        assert queue.register_consumer("audit").get(PATIENCE).producer_seq == 1
        with pytest.raises(UnknownName, match=r"'nobody'.*'audit'"):
            queue.unregister_consumer("nobody")


def test_a_producer_and_a_consumer_may_have_the_same_name() -> None:
    with MessageQueue() as queue:
        both = queue.register_producer("both"), queue.register_consumer("both")
        both[0].put("x")
        assert both[1].get(PATIENCE).payload == "x"


@pytest.mark.parametrize(
    ("start", "expected"),
    [("oldest", [1, 2, 3, 4]), ("newest", [4]), (3, [3, 4]), (99, [4]), (-5, [1, 2, 3, 4])],
)
def test_a_consumer_starts_where_it_asked_to(start: Start, expected: list[int]) -> None:
    queue = MessageQueue()
    producer = queue.register_producer("p")
    probe = queue.register_consumer("probe")
    producer.put_many(["1", "2", "3"])
    for _ in range(3):
        probe.get(PATIENCE)
    late = queue.register_consumer("late", start=start)
    producer.put("4")
    queue.close()
    assert [message.seq for message in late] == expected


def test_a_bad_start_or_setting_is_named() -> None:
    with MessageQueue() as queue:
        with pytest.raises(ValueError, match="start must be"):
            queue.register_consumer("c", start="latest")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="capacity of 'c'"):
            queue.register_consumer("c", capacity=0)
        with pytest.raises(ValueError, match="retention"):
            queue.configure(retention=-1.0)
        with pytest.raises(ValueError, match="overflow"):
            queue.configure(overflow="drop")  # type: ignore[arg-type]
        assert queue.settings == Settings()
    with pytest.raises(ValueError, match="clean_every"):
        MessageQueue(clean_every=0)


def test_get_and_get_many_give_up_when_their_time_is_up() -> None:
    with MessageQueue() as queue:
        consumer = queue.register_consumer("c")
        with pytest.raises(Empty, match="'c'"):
            consumer.get(timeout=0)
        with pytest.raises(Empty):
            consumer.get(timeout=0.01)
        batch = consumer.get_many(10, timeout=0.01)
        assert isinstance(batch, Batch)
        assert (len(batch), batch.payloads) == (0, [])
        with pytest.raises(ValueError, match="max"):
            consumer.get_many(0)


def test_a_batch_is_a_sequence_of_messages() -> None:
    queue = MessageQueue()
    p, q, consumer = queue.register_producer("p"), queue.register_producer("q"), queue.register_consumer("c")
    p.put_many(list("abc"))
    q.put_many(list("xyz"))
    queue.close()
    first = consumer.get()
    batch = consumer.get_many(4)
    assert len(batch) == 4
    assert [m.seq for m in batch] == [2, 3, 4, 5]
    assert [batch[n].seq for n in (0, 3, -1, -4)] == [2, 5, 5, 2]
    assert [m.seq for m in batch[1:3]] == [3, 4]
    assert batch.payloads == [m.payload for m in batch]
    assert first.payload + "".join(batch.payloads) + consumer.get().payload == "abcxyz"
    with pytest.raises(IndexError):
        batch[4]


def test_leaving_an_iteration_loses_nothing() -> None:
    queue = MessageQueue()
    producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
    producer.put_many(range(10))
    queue.close()
    for message in consumer:
        if message.payload == 3:
            break
    assert consumer.get().payload == 4
    assert [m.payload for m in consumer] == [5, 6, 7, 8, 9]


def test_threads_that_share_a_consumer_get_each_message_once() -> None:
    queue = MessageQueue()
    producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
    got: list[list[int]] = [[], [], []]

    def single() -> None:
        for message in consumer:
            got[0].append(message.payload)

    def gets() -> None:
        while True:
            try:
                got[1].append(consumer.get().payload)
            except Closed:
                return

    def batches() -> None:
        while True:
            try:
                got[2] += consumer.get_many(7).payloads
            except Closed:
                return

    threads = [threading.Thread(target=work) for work in (single, gets, batches)]
    for thread in threads:
        thread.start()
    for n in range(5_000):
        producer.put(n)
    queue.close()
    for thread in threads:
        thread.join(30)
    assert sorted(got[0] + got[1] + got[2]) == list(range(5_000))
    assert all(part == sorted(part) for part in got)


def test_payloads_that_can_change_are_copied_in_and_out() -> None:
    with MessageQueue() as queue:
        producer = queue.register_producer("p")
        a, b = queue.register_consumer("a"), queue.register_consumer("b")
        order = {"items": [1]}
        producer.put(order)
        order["items"].append(2)
        mine = a.get(PATIENCE).payload
        mine["items"].append(3)
        assert b.get(PATIENCE).payload == {"items": [1]}
        shared = (b"x" * 100, frozenset({1, 2}), None)
        producer.put(shared)
        assert a.get(PATIENCE).payload is b.get(PATIENCE).payload is shared
        producer.put(([],))
        assert a.get_many(9, 5.0).payloads == [([],)]


def test_a_payload_that_cannot_be_copied_raises_in_put() -> None:
    with MessageQueue() as queue:
        producer = queue.register_producer("p")
        with pytest.raises(TypeError):
            producer.put(threading.Lock())
        assert queue.snapshot().tail_seq == 0


@pytest.mark.parametrize("most", [1, 3, 100])
def test_a_payload_that_cannot_be_copied_for_a_consumer_costs_that_one_message(most: int) -> None:
    class Once:
        """Can be copied once: the copy, made in ``put``, can't be copied again."""

        def __deepcopy__(self, memo: object) -> object:
            return Never()

    class Never:
        def __deepcopy__(self, memo: object) -> NoReturn:
            raise RuntimeError("no copy of this")

    with MessageQueue() as queue:
        consumer, producer = queue.register_consumer("c"), queue.register_producer("p")
        producer.put_many([0, [1], Once(), [3], 4, Once(), [6]])
        assert producer.close(wait=True, timeout=PATIENCE)
        got: list[Any] = []
        refused = 0
        while len(got) < 5:
            try:
                got += consumer.get_many(most, timeout=PATIENCE).payloads
            except RuntimeError:
                refused += 1
        assert got == [0, [1], [3], 4, [6]]
        assert refused == 2
        assert queue.snapshot().consumers["c"].level == 0


def test_copy_payload_overrides_how_payloads_are_copied() -> None:
    with MessageQueue(copy_payload=lambda payload: payload) as queue:
        producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
        payload = [1]
        producer.put(payload)
        assert consumer.get(PATIENCE).payload is payload


def test_puts_after_the_end_raise_and_gets_read_what_is_left() -> None:
    queue = MessageQueue()
    producer, consumer = queue.register_producer("p"), queue.register_consumer("c", capacity=2)
    producer.put_many(range(10))
    queue.close()
    queue.close()
    with pytest.raises(Closed):
        producer.put(1)
    with pytest.raises(Closed) as error:
        producer.put_many([1, 2])
    assert error.value.accepted == 0
    with pytest.raises(Closed):
        queue.register_consumer("late")
    assert [m.payload for m in consumer] == list(range(10)), "drained regardless of the capacity"
    with pytest.raises(Closed, match="'c'"):
        consumer.get()


def test_leaving_by_an_exception_drops_what_is_not_delivered() -> None:
    with pytest.raises(RuntimeError, match="boom"), MessageQueue() as queue:
        consumer = queue.register_consumer("c", capacity=1)
        queue.register_producer("p").put_many(range(10))
        raise RuntimeError("boom")
    assert len(list(consumer)) <= 1


def test_a_handle_is_a_context_manager() -> None:
    with MessageQueue() as queue:
        with queue.register_producer("p") as producer, queue.register_consumer("c") as consumer:
            producer.put("x")
            assert consumer.get(PATIENCE).payload == "x"
        assert producer.closed
        assert consumer.closed


def test_full_is_raised_when_no_room_came_in_time() -> None:
    with MessageQueue(max_messages=2) as queue:
        producer = queue.register_producer("p", capacity=3)
        queue.register_consumer("c", capacity=1)
        with pytest.raises(Full) as error:
            producer.put_many(range(100), timeout=0)
        # One message was delivered and made room at the bound, two are in the list, three wait in the channel.
        assert error.value.accepted == 6
        with pytest.raises(Full, match="'p'"):
            producer.put("more", timeout=0.01)
        assert queue.snapshot().length == 2


def test_reject_refuses_in_put_and_keeps_what_was_accepted() -> None:
    queue = MessageQueue(max_messages=3, overflow="reject")
    producer, consumer = queue.register_producer("p"), queue.register_consumer("c", capacity=1)
    for n in range(3):
        producer.put(n)
    # A message that was delivered to all consumers makes room, even if none has read it from its channel.
    producer.put(3)
    with pytest.raises(Full, match="rejects"):
        producer.put(4)
    queue.close()
    assert [m.payload for m in consumer] == [0, 1, 2, 3]


def test_evict_oldest_tells_each_consumer_what_it_missed() -> None:
    queue = MessageQueue(max_messages=3, overflow="evict-oldest")
    slow, producer = queue.register_consumer("slow", capacity=1), queue.register_producer("p")
    with queue.subscribe() as events:
        for n in range(10):
            producer.put(n)
        assert producer.close(wait=True, timeout=PATIENCE)
        queue.close()
        skipped = [event for event in events.drain() if isinstance(event, Skipped)]
    got = [m.payload for m in slow]
    assert got[0] == 0
    assert got[-1] == 9
    assert slow.skipped == 10 - len(got) > 0
    assert sum(event.last - event.first + 1 for event in skipped) == slow.skipped


def test_the_bound_lets_go_of_what_everybody_had_first() -> None:
    with MessageQueue(max_messages=4, retention=None) as queue:
        producer, consumer = queue.register_producer("p"), queue.register_consumer("c")
        for n in range(20):
            producer.put(n, timeout=PATIENCE)
            assert consumer.get(PATIENCE).payload == n
        state = queue.snapshot()
        assert state.length <= 4
        assert state.cleaner.evicted == {"limit": 20 - state.length}


def test_a_bound_lowered_below_what_is_unread_lets_nothing_more_in() -> None:
    with MessageQueue() as queue:
        queue.register_consumer("c", capacity=1)
        with queue.register_producer("before") as before:
            before.put_many(range(20))
            assert before.close(wait=True, timeout=PATIENCE)
        queue.configure(max_messages=5)
        after = queue.register_producer("after", capacity=50)
        with pytest.raises(Full) as error:
            after.put_many(range(100), timeout=0)
        assert error.value.accepted == 50
        state = queue.snapshot()
        assert (state.tail_seq, state.length) == (20, 19), "one has been had by all, and has gone"


def test_state_says_which_consumer_lags() -> None:
    with MessageQueue() as queue:
        queue.register_consumer("slow", capacity=2)
        producer = queue.register_producer("p")
        producer.put_many(range(10))
        assert producer.close(wait=True, timeout=PATIENCE)
        slow = queue.snapshot().consumers["slow"]
        assert isinstance(slow, ConsumerState)
        assert (slow.cursor, slow.lag, slow.level, slow.behind, slow.full) == (2, 8, 2, 10, True)
