"""What the cleaner evicts, what it keeps, and the reasons that it gives."""

import pytest

from msgmux import MessageQueue
from msgmux.events import Evicted
from msgmux.runtime.interface import Lock
from msgmux.state import hold
from support.patience import PATIENCE


def filled(queue: MessageQueue, n: int, name: str = "p") -> None:
    """Put n messages and wait until they are linked."""
    producer = queue.register_producer(name)
    producer.put_many(range(n))
    assert producer.close(wait=True, timeout=PATIENCE)


def later(queue: MessageQueue, seconds: float) -> float:
    return queue.runtime.now() + seconds


def test_it_evicts_what_everybody_had_and_what_is_old_enough() -> None:
    with MessageQueue(retention=5.0) as queue:
        fast, slow = queue.register_consumer("fast"), queue.register_consumer("slow", capacity=3)
        filled(queue, 10)
        assert len(fast.get_many(10, 5.0)) == 10
        assert queue.clean() == 0, "too young"
        assert queue.clean(later(queue, 4.0)) == 0
        assert queue.clean(later(queue, 5.0)) == 3, "slow has been sent three"
        slow.get_many(10, 5.0)
        slow.get_many(10, 5.0)
        state = queue.snapshot()
        assert (state.head_seq, state.length) == (4, 7)
        assert state.cleaner.stop == "consumer"
        assert state.cleaner.consumers == ("slow",)


def test_retention_none_keeps_all_and_zero_keeps_only_the_unread() -> None:
    with MessageQueue(retention=None) as queue:
        queue.register_consumer("c", capacity=4)
        filled(queue, 10)
        assert queue.clean(later(queue, 1e9)) == 0
        assert queue.snapshot().cleaner.stop == "kept"
        queue.set_retention(0)
        assert queue.clean() == 4


def test_without_consumers_age_alone_decides() -> None:
    with MessageQueue(retention=5.0) as queue:
        filled(queue, 10)
        assert queue.clean() == 0
        assert queue.snapshot().cleaner.stop == "age"
        assert queue.clean(later(queue, 5.0)) == 10
        assert queue.snapshot().head_seq == 11
        assert queue.snapshot().cleaner.stop == "empty"


def test_a_consumer_that_has_had_nothing_holds_everything_from_its_start() -> None:
    """The original program compares nil with the node, takes that as consumed, and evicts unread messages."""
    with MessageQueue(retention=0.0) as queue:
        late = queue.register_consumer("late", capacity=1)
        filled(queue, 1, "first")
        filled(queue, 5)
        assert queue.clean() == 1
        assert queue.clean() == 0
        assert [late.get(PATIENCE).seq for _ in range(6)] == [1, 2, 3, 4, 5, 6]


def test_the_cleaner_comes_by_itself() -> None:
    with MessageQueue(retention=0.01, clean_every=0.02) as queue, queue.subscribe() as events:
        filled(queue, 10)
        reasons = next(event.reason for event in events if isinstance(event, Evicted))
        assert reasons == "expired"


def test_a_changed_interval_holds_at_once() -> None:
    with MessageQueue(retention=0.0, clean_every=3600.0) as queue, queue.subscribe() as events:
        filled(queue, 3)
        queue.configure(clean_every=0.01)
        assert next(event.last for event in events if isinstance(event, Evicted)) == 3


def test_unregistering_frees_what_only_that_consumer_held() -> None:
    with MessageQueue(retention=0.0) as queue:
        queue.register_consumer("fast")
        slow = queue.register_consumer("slow", capacity=1)
        filled(queue, 10)
        queue.clean()
        assert queue.snapshot().length == 9
        slow.close()
        state = queue.snapshot()
        assert state.length == 0
        assert state.cleaner.evicted == {"expired": 1, "left": 9}


def test_a_node_is_cut_message_by_message() -> None:
    queue = MessageQueue(retention=0.0)
    half, rest = queue.register_consumer("half", capacity=3), queue.register_consumer("rest")
    filled(queue, 8)
    queue.clean()
    state = queue.snapshot()
    assert state.nodes[0].seq == 4
    assert sum(node.count for node in state.nodes) == state.length == 5
    queue.check_structure()
    queue.close()
    assert [m.payload for m in half] == [m.payload for m in rest] == list(range(8))


def test_the_state_says_why_the_head_stays() -> None:
    with MessageQueue(retention=10.0) as queue:
        assert hold(queue.snapshot(), 0.0) is None
        queue.register_consumer("billing", capacity=1)
        filled(queue, 3)
        queue.clean(later(queue, 10.0))
        now = queue.runtime.now()
        why = hold(queue.snapshot(), now)
        assert why is not None
        assert (why.seq, why.consumers) == (2, ("billing",))
        assert why.seconds is not None
        assert why.seconds <= 10.0


def test_however_many_nodes_have_expired_no_hold_of_the_lock_evicts_more_than_a_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counts nodes instead of time, because a time would depend on the machine's load."""
    from msgmux import store

    holds: list[int] = []

    class Counted:
        def __init__(self, lock: Lock) -> None:
            self.lock = lock

        def __enter__(self) -> None:
            self.lock.acquire()
            self.nodes = queue._store.list.nodes

        def __exit__(self, *_: object) -> None:
            holds.append(self.nodes - queue._store.list.nodes)
            self.lock.release()

    with MessageQueue(retention=0.0, clean_every=3600.0) as queue:
        producer = queue.register_producer("p")
        consumer = queue.register_consumer("c", capacity=20_000)
        for n in range(10_000):
            producer.put(n)
            queue._store.section.lock.acquire()
            queue._multiplexer.make_pass()
            queue._store.section.lock.release()
        assert queue.snapshot().node_count == 10_000
        lock = queue._store.section.lock
        monkeypatch.setattr(queue._store.section, "lock", Counted(lock))
        assert queue.clean() == 10_000
        monkeypatch.setattr(queue._store.section, "lock", lock)
        assert max(holds) == store.EVICT_NODES
        assert sum(holds) == 10_000
        assert consumer.get(0).seq == 1
