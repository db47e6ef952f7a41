"""The known faults of the original program do not occur here."""

import threading

import pytest

from msgmux import Closed, MessageQueue, Producer
from msgmux.events import Blocked
from msgmux.log import Subscription
from msgmux.runtime import ThreadRuntime
from msgmux.runtime.interface import Condition
from support.patience import PATIENCE


def until_blocked(events: Subscription, name: str) -> None:
    """Wait for the event that says that ``name`` is blocked."""
    for event in events:
        if isinstance(event, Blocked) and event.producer == name:
            return


def test_a_consumer_that_stops_reading_delays_nobody_and_can_be_unregistered_at_once() -> None:
    with MessageQueue() as queue:
        stuck, lively = queue.register_consumer("stuck", capacity=2), queue.register_consumer("lively")
        producer = queue.register_producer("p")
        for n in range(1_000):
            producer.put(n)
            assert lively.get(PATIENCE).payload == n
        stuck.close()
        assert "stuck" not in queue.snapshot().consumers
        assert len(list(stuck)) == 2


def test_closing_a_producer_that_is_blocked_in_put_is_clean() -> None:
    with MessageQueue(max_messages=1) as queue, queue.subscribe() as events:
        queue.register_consumer("c", capacity=1)
        producer = queue.register_producer("p", capacity=1)
        raised: list[Closed] = []

        def put() -> None:
            try:
                while True:
                    producer.put("x")
            except Closed as error:
                raised.append(error)

        thread = threading.Thread(target=put)
        thread.start()
        until_blocked(events, "p")
        producer.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert "'p'" in str(raised[0])


@pytest.mark.parametrize("how", ["unregister", "close the queue"])
def test_closing_the_queue_ends_a_consumer_that_waits_in_get(how: str) -> None:
    queue = MessageQueue()
    consumer = queue.register_consumer("c")
    ended = threading.Event()

    def read() -> None:
        with pytest.raises(Closed):
            consumer.get()
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    if how == "unregister":
        queue.unregister_consumer("c")
    else:
        queue.close()
    assert ended.wait(10)
    thread.join()
    queue.close()


def test_a_put_that_races_a_close_is_delivered_or_raises() -> None:
    for _ in range(300):
        queue = MessageQueue()
        consumer, producer = queue.register_consumer("c"), queue.register_producer("p")
        accepted: list[int] = []
        start = threading.Barrier(2)

        def put(
            producer: Producer = producer, accepted: list[int] = accepted, start: threading.Barrier = start
        ) -> None:
            start.wait()
            for n in range(50):
                try:
                    producer.put(n)
                except Closed:
                    return
                accepted.append(n)

        thread = threading.Thread(target=put)
        thread.start()
        start.wait()
        producer.close()
        thread.join()
        queue.close()
        assert [m.payload for m in consumer] == accepted


def test_leaving_with_never_hangs() -> None:
    for reading in (False, True):
        with MessageQueue(max_messages=2) as queue, queue.subscribe() as events:
            consumer = queue.register_consumer("c", capacity=1)
            producer = queue.register_producer("p", capacity=1)

            def put(producer: Producer = producer) -> None:
                with pytest.raises(Closed):
                    while True:
                        producer.put("x")

            thread = threading.Thread(target=put)
            thread.start()
            until_blocked(events, "p")
            if reading:
                consumer.get(PATIENCE)
        thread.join(PATIENCE)
        assert not thread.is_alive()


class CountingRuntime(ThreadRuntime):
    """Counts how often a thread begins to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = 0

    def wait(self, condition: Condition, timeout: float | None = None) -> bool:
        self.waits += 1
        return super().wait(condition, timeout)


def test_nobody_spins() -> None:
    """With blocked producers, waiting consumers and a stalled one, only the cleaner wakes, once for each pass."""
    runtime = CountingRuntime()
    queue = MessageQueue(max_messages=3, clean_every=0.02, runtime=runtime)
    with queue, queue.subscribe() as events:
        queue.register_consumer("stalled", capacity=1)
        waiting = queue.register_consumer("waiting", capacity=8)
        producer = queue.register_producer("p", capacity=2)

        def put() -> None:
            with pytest.raises(Closed):
                while True:
                    producer.put("x")

        def get() -> None:
            for _ in waiting:
                pass

        threads = [threading.Thread(target=put), threading.Thread(target=get)]
        for thread in threads:
            thread.start()
        until_blocked(events, "p")
        passes = (event for event in events if event.kind == "cleaner_pass")
        # First let everything that has started come to rest.
        for _ in range(5):
            next(passes)
        before = runtime.waits
        for _ in range(20):
            next(passes)
        waits = runtime.waits - before
    for thread in threads:
        thread.join(PATIENCE)
    # For each pass there is one wait of the cleaner, and one of this thread, which reads the events.
    assert waits <= 2 * 20 + 5
