"""Any number of consistent events without a queue: numbered without gaps, and foldable."""

from collections.abc import Iterator

from msgmux import MessageQueue
from msgmux import events as ev
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.state import QueueState

CONSUMERS = ("audit", "billing", "search")
KEEP = 3_000
"""The number of messages that stay in the list."""


def empty_state() -> QueueState:
    """The state of a new queue."""
    with VirtualRuntime() as runtime:
        return MessageQueue(runtime=runtime).snapshot()


def made_up_events(count: int) -> Iterator[ev.Event]:
    """Puts, each delivered to three consumers, with some evictions, notes and markers between."""
    number = seq = head = 0

    def next_number() -> int:
        nonlocal number
        number += 1
        return number

    yield ev.ProducerRegistered(next_number(), 0.0, "orders", 1, "P1", 16)
    for n, name in enumerate(CONSUMERS):
        yield ev.ConsumerRegistered(next_number(), 0.0, name, n + 2, f"C{n + 1}", 16, 0)
    while number < count:
        time = number * 0.001
        seq += 1
        yield ev.Put(next_number(), time, "orders", 1, seq, 1, seq, 20, f"order {seq} from orders")
        for n, name in enumerate(CONSUMERS):
            if number < count:
                yield ev.Delivered(next_number(), time, name, n + 2, seq, seq)
        if seq - head > KEEP + 50 and number < count:
            yield ev.Evicted(next_number(), time, head + 1, head + 50, 50, 3.0, "expired")
            head += 50
        if seq % 5_000 == 0 and number < count:
            yield ev.Note(next_number(), time, f"at {seq}", "marker")
