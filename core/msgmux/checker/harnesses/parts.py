"""Harnesses of single parts with a scheduling point at each line that touches shared data: the lock-free operations of
the channels, and the list under its lock.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from msgmux.checker.harness import Bench, Harness, Problems
from msgmux.checker.instrument import with_points
from msgmux.errors import Closed
from msgmux.handles import Producer
from msgmux.inlet import Inlet
from msgmux.linked_list import LinkedList
from msgmux.message import Chunk, Node, Origin
from msgmux.multiplexer import Multiplexer
from msgmux.outlet import Outlet
from msgmux.payloads import CopyPayload
from msgmux.queue import MessageQueue
from msgmux.runtime.interface import Lock, Runtime

LineInlet = with_points(Inlet, {"items", "_items", "closed", "_must_notify", "_limit", "_level", "_permits"})
LineOutlet = with_points(
    Outlet,
    {
        "chunks",
        "_chunks",
        "ready",
        "_ready",
        "closed",
        "_backpressured",
        "_wants_refill",
        "_waiting",
        "_moved",
        "_sent",
    },
)
LineList = with_points(LinkedList, {"head", "tail", "length", "nodes", "next", "prev", "start"})


# For a harness of the whole queue: points only at the lines where a put, which takes no lock, can race with a receiver
# that goes to sleep.
LineProducer = with_points(Producer, (), using={"Inlet": LineInlet})
LineMultiplexer = with_points(Multiplexer, {"must_notify", "_must_notify", "pending", "full"})


class LineQueue(MessageQueue):
    """The queue with points at these lines."""

    producer_class = LineProducer
    multiplexer_class = LineMultiplexer


class Alone:
    """A minimal dispatcher with a lock, for a channel that is checked without a queue."""

    def __init__(self, runtime: Runtime) -> None:
        self.lock: Lock = runtime.lock("queue")
        self.must_notify = False
        self.entered: dict[int, Callable[[], bool]] = {}
        self.pending: deque[Chunk] = deque()

    def wake(self) -> None:
        """Does nothing: this dispatcher has no threads to wake."""

    def alarm(self) -> None:
        """Does nothing: this dispatcher has no threads to wake."""

    def admit(self, inlet: Inlet, deadline: float | None) -> int:
        while True:
            with self.lock:
                if inlet.closed:
                    raise Closed(f"{inlet.name!r} is closed")
                room = inlet.capacity - inlet._level
            if room > 0:
                return room
            inlet._wait_for_room(deadline)

    def fetch(self, outlet: Outlet) -> None:
        with self.lock:
            self.deliver(outlet)
            if outlet._dry and not outlet.closed:
                outlet._waiting = True

    def refill(self, outlet: Outlet) -> None:
        with self.lock:
            outlet._set_backpressured(False)
            self.deliver(outlet)

    def deliver(self, outlet: Outlet) -> None:
        """Send the pending chunks while the channel has room. The caller holds the lock."""
        while self.pending:
            if outlet.capacity - outlet._level <= 0:
                outlet._set_backpressured(True)
                if outlet.capacity - outlet._level <= 0:
                    break
                outlet._set_backpressured(False)
            outlet._send(self.pending.popleft())
        if outlet._waiting and not outlet._dry:
            outlet._announce_arrival()


def _as_it_is(payload: object) -> object:
    return payload


_COPY: CopyPayload = _as_it_is


def _take(inlet: Inlet, n: int) -> list[Any]:
    """Take up to ``n`` payloads as the store does: from a closed channel under the channel's lock, since a put that
    finds it closed may withdraw its own message.
    """
    if inlet.closed:
        with inlet._lock:
            return inlet._take(n)
    return inlet._take(n)


def _inlet(bench: Bench) -> None:
    dispatcher = Alone(bench.runtime)
    inlet = LineInlet(bench.runtime, dispatcher, "P1", 1, _COPY)
    accepted: list[int] = []
    taken: list[int] = []

    def put() -> None:
        try:
            for n in range(2):
                inlet.put(n)
                accepted.append(n)
        except Closed:
            return

    def take() -> None:
        with dispatcher.lock:
            taken.extend(_take(inlet, min(inlet._level, 1)))
            inlet._announce_room()

    def close() -> None:
        with dispatcher.lock:
            inlet._shut()
            taken.extend(_take(inlet, inlet._level))

    def check() -> Problems:
        if taken != accepted:
            yield "lost", f"{accepted} were accepted, {taken} were taken"

    bench.does("putter", put)
    bench.does("taker", take)
    bench.does("closer", close)
    bench.checks.append(check)


def _two_putters(bench: Bench) -> None:
    dispatcher = Alone(bench.runtime)
    inlet = LineInlet(bench.runtime, dispatcher, "P1", 2, _COPY)
    accepted: list[str] = []
    taken: list[str] = []

    def put(word: str) -> None:
        try:
            inlet.put(word)
            accepted.append(word)
        except Closed:
            return

    def close() -> None:
        with dispatcher.lock:
            inlet._shut()
            taken.extend(_take(inlet, inlet._level))

    def check() -> Problems:
        if sorted(taken) != sorted(accepted):
            yield "lost", f"{accepted} were accepted, {taken} were taken"

    bench.does("putter 1", lambda: put("one"))
    bench.does("putter 2", lambda: put("two"))
    bench.does("closer", close)
    bench.checks.append(check)


def _outlet(bench: Bench) -> None:
    dispatcher = Alone(bench.runtime)
    outlet = LineOutlet(bench.runtime, dispatcher, "C1", 1, _COPY)
    got: list[int] = []

    def send() -> None:
        for seq in (1, 2):
            with dispatcher.lock:
                dispatcher.pending.append(Chunk("P1", seq, seq, 0.0, [seq]))
                dispatcher.deliver(outlet)

    def take() -> None:
        got.append(outlet.get().payload)

    def check() -> Problems:
        if sorted(got) != [1, 2]:
            yield "lost" if len(got) < 2 else "duplicated", f"1 and 2 were sent, {got} were got"

    bench.does("sender", send)
    bench.does("reader 1", take)
    bench.does("reader 2", take)
    bench.checks.append(check)


def _list(bench: Bench) -> None:
    runtime = bench.runtime
    lock, chain = runtime.lock("queue"), LineList()
    origin = Origin("P1", 1, "P1")
    tail = [0]

    def append() -> None:
        with lock:
            tail[0] += 1
            chain.append(Node(origin, tail[0], tail[0], 0.0, ["payload"]))

    def evict() -> None:
        with lock:
            chain.evict(1, [])

    def read() -> None:
        with lock:
            found = chain.find(tail[0])
            assert found is None or found.seq == tail[0]

    def check() -> Problems:
        try:
            chain.check()
        except AssertionError as error:
            yield "list", str(error)

    for name, work in (("appender 1", append), ("appender 2", append), ("evictor", evict), ("reader", read)):
        bench.does(name, work)
    bench.checks.append(check)


def _ringing(bench: Bench) -> None:
    if bench.queue_class is MessageQueue:
        bench.queue_class = LineQueue
    queue = bench.make_queue()
    queue.register_consumer("C1")
    bench.puts(queue.register_producer("P1"), 2)


RINGING = Harness("ringing", "puts without a lock, and a receiver that goes to sleep, line by line", _ringing)

PARTS = (
    Harness("inlet", "a producer's channel of one message: a putter, a taker and a closer, line by line", _inlet),
    Harness("putters", "a producer's channel that two threads put into while it is closed, line by line", _two_putters),
    Harness("outlet", "a consumer's channel of one message: a sender and two readers, line by line", _outlet),
    Harness("list", "the list under its lock: two links, an eviction and a look, line by line", _list),
)
