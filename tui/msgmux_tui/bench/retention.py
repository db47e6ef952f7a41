"""The cost of retained messages: bytes of structure for each, the time to evict them, the longest hold of the lock."""

import gc
import threading
import time
import tracemalloc
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import Queue, SimpleQueue
from statistics import median
from typing import Any

from msgmux import MessageQueue
from msgmux.message import NODE_CAPACITY
from msgmux.runtime import ThreadRuntime
from msgmux.runtime.interface import Lock
from msgmux_tui.bench.measuring import PAYLOAD, Effort, Say
from msgmux_tui.bench.report import Cells, Table

CONSUMERS = (1, 3, 8)
EVICTED = 100_000
BYTES_GOAL, EVICTION_GOAL, HOLD_GOAL = 10.0, 20.0, 1.0


class TimedLock:
    """A lock that measures its longest hold, in seconds of its holder's CPU time: wall time has other load in it."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._lock = threading.Lock()
        self._since = 0.0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        got = self._lock.acquire(blocking, timeout)
        if got:
            self._since = time.thread_time()
        return got

    def release(self) -> None:
        self.longest = max(self.longest, time.thread_time() - self._since)
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class TimedRuntime(ThreadRuntime):
    """The runtime on OS threads, except that the queue's lock is a :class:`TimedLock`."""

    def __init__(self) -> None:
        super().__init__()
        self.timed = TimedLock()

    def lock(self, name: str) -> Lock:
        return self.timed if name == "queue" else super().lock(name)


def fill(queue: MessageQueue, messages: int) -> None:
    """Put so many messages in batches that each fill a node, and wait until they are linked."""
    with queue.register_producer("filler", capacity=NODE_CAPACITY) as filler:
        for _ in range(0, messages, NODE_CAPACITY):
            filler.put_many([PAYLOAD] * NODE_CAPACITY)
        filler.close(wait=True)


def measure(effort: Effort, say: Say) -> list[Table]:
    """Bytes a message, compared with one queue for each consumer; eviction and holds of the lock, of msgmux only."""
    say("bytes of a retained message")
    messages = 20_000 if effort.quick else 200_000
    sizes: dict[str, Cells] = {
        "msgmux": tuple([_bytes(partial(_queue, count), messages) for count in CONSUMERS]),
        "SimpleQueue": tuple([_bytes(partial(_peer, SimpleQueue, count), messages) for count in CONSUMERS]),
        "queue.Queue": tuple([_bytes(partial(_peer, Queue, count), messages) for count in CONSUMERS]),
        "deque": tuple([_bytes(partial(_deques, count), messages) for count in CONSUMERS]),
    }
    say(f"eviction of {EVICTED:,} messages")
    costs, holds = zip(*[_evict() for _ in range(effort.rounds)], strict=True)
    return [
        Table(
            "bytes", "Structure of a retained message, over its payload", "bytes", "less",
            tuple([f"{count} consumers" for count in CONSUMERS]), sizes, {"msgmux": (BYTES_GOAL,) * len(CONSUMERS)},
            "full nodes; the others hold the message once for each consumer", plotted=True,
        ),
        Table(
            "eviction", f"Eviction of {EVICTED:,} messages in full nodes", "ns a message; ms", "less",
            ("ns a message", "longest hold, ms"), {"msgmux": (median(costs), median(holds))},
            {"msgmux": (EVICTION_GOAL, HOLD_GOAL)}, "CPU time",
        ),
    ]  # fmt: skip


def _bytes(make: Callable[[int], object], messages: int) -> float:
    """Bytes for each message that a structure with so many messages takes."""
    made: list[object] = []
    tracemalloc.start()
    try:
        sizes: list[int] = []
        for count in (0, messages):
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            made.append(make(count))
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0] - before)
        empty, full = sizes
        return (full - empty) / messages
    finally:
        tracemalloc.stop()
        for each in made:
            if isinstance(each, MessageQueue):
                each.close(drain=False)


def _queue(consumers: int, messages: int) -> MessageQueue:
    queue = MessageQueue(retention=None)
    for number in range(consumers):
        queue.register_consumer(f"c{number}")
    fill(queue, messages)
    return queue


def _peer(make: Callable[[], Any], consumers: int, messages: int) -> object:
    queues = [make() for _ in range(consumers)]
    for queue in queues:
        for _ in range(messages):
            queue.put(PAYLOAD)
    return queues


def _deques(consumers: int, messages: int) -> object:
    return [deque([PAYLOAD] * messages) for _ in range(consumers)]


def _evict() -> tuple[float, float]:
    """Nanoseconds of CPU time a message, and the longest hold of the queue's lock in milliseconds."""
    runtime = TimedRuntime()
    with MessageQueue(retention=None, clean_every=3_600, runtime=runtime) as queue:
        fill(queue, EVICTED)
        queue.configure(retention=0.0)
        runtime.timed.longest = 0.0
        start = time.thread_time()
        evicted = queue.clean()
        seconds = time.thread_time() - start
        return 1e9 * seconds / evicted, 1e3 * runtime.timed.longest
