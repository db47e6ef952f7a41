"""The systems that a Python programmer would use instead. A library is imported only when it is measured."""

import queue
import threading
from collections import deque
from itertools import repeat
from typing import TYPE_CHECKING, Any

from msgmux_tui.bench.systems import MANY, Get, Put, System, to_each

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


class SimpleQueues(System):
    """The yardstick: the standard library's queue in C, one for each consumer."""

    name = "SimpleQueue"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        self.queues: list[queue.SimpleQueue[Any]] = [queue.SimpleQueue() for _ in range(consumers)]

    def putter(self, producer: int) -> Put:
        return to_each([each.put for each in self.queues])

    def getter(self, consumer: int) -> Get:
        return self.queues[consumer].get


class SimpleQueuesOfLists(SimpleQueues):
    """The yardstick with lists of 100 messages as items, for comparison with ``put_many``."""

    name = "SimpleQueue of lists"

    def send(self, producer: int, messages: int, payload: bytes) -> None:
        puts = [each.put for each in self.queues]
        full, rest = divmod(messages, MANY)
        for size in [*repeat(MANY, full), rest]:
            items = [payload] * size
            for put in puts:
                put(items)

    def receive(self, consumer: int, messages: int) -> None:
        get = self.queues[consumer].get
        got = 0
        while got < messages:
            for _ in get():
                got += 1


class Queues(System):
    """The standard library's queue in Python, one for each consumer."""

    name = "queue.Queue"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        self.queues: list[queue.Queue[bytes]] = [queue.Queue() for _ in range(consumers)]

    def putter(self, producer: int) -> Put:
        return to_each([each.put for each in self.queues])

    def getter(self, consumer: int) -> Get:
        return self.queues[consumer].get


class Deques(System):
    """A deque and a condition for each consumer: the simplest queue that one writes by hand."""

    name = "deque + Condition"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        self.pairs: list[tuple[deque[bytes], threading.Condition]] = [
            (deque(), threading.Condition()) for _ in range(consumers)
        ]

    def putter(self, producer: int) -> Put:
        pairs = self.pairs

        def put(payload: bytes) -> None:
            for items, arrival in pairs:
                with arrival:
                    items.append(payload)
                    arrival.notify()

        return put

    def getter(self, consumer: int) -> Get:
        items, arrival = self.pairs[consumer]

        def get() -> bytes:
            with arrival:
                while not items:
                    arrival.wait()
                return items.popleft()

        return get


class Culsans(System):
    """culsans: queues that threads and event loops share; only their methods for threads are used."""

    name = module = "culsans"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        import culsans

        self.queues: list[Any] = [culsans.Queue() for _ in range(consumers)]

    def putter(self, producer: int) -> Put:
        return to_each([each.sync_q.put for each in self.queues])

    def getter(self, consumer: int) -> Get:
        get: Get = self.queues[consumer].sync_q.get
        return get


class Janus(Culsans):
    """janus: as culsans, but its queues belong to a running event loop, which has a thread of its own here."""

    name = module = "janus"

    def __init__(self, producers: int, consumers: int) -> None:
        System.__init__(self, producers, consumers)
        import asyncio

        import janus

        self._loop: AbstractEventLoop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

        async def make() -> list[Any]:
            return [janus.Queue() for _ in range(consumers)]

        self.queues = asyncio.run_coroutine_threadsafe(make(), self._loop).result()

    def close(self) -> None:
        import asyncio

        async def shut() -> None:
            for each in self.queues:
                await each.aclose()

        asyncio.run_coroutine_threadsafe(shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class ZmqInproc(System):
    """pyzmq: one PUSH socket for each producer and consumer, since a socket belongs to one thread; memory transport."""

    name = "pyzmq inproc"
    module = "zmq"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        import zmq

        self._context = zmq.Context()
        self._pulls = [self._context.socket(zmq.PULL) for _ in range(consumers)]
        self._pushes = [[self._context.socket(zmq.PUSH) for _ in range(consumers)] for _ in range(producers)]
        for number, pull in enumerate(self._pulls):
            pull.set_hwm(0)
            pull.bind(f"inproc://consumer-{number}")
            for pushes in self._pushes:
                pushes[number].set_hwm(0)
                pushes[number].connect(f"inproc://consumer-{number}")

    def putter(self, producer: int) -> Put:
        return to_each([push.send for push in self._pushes[producer]])

    def getter(self, consumer: int) -> Get:
        get: Get = self._pulls[consumer].recv
        return get

    def close(self) -> None:
        self._context.destroy(linger=0)


class Reactive(System):
    """reactivex: no queue at all: each put calls the consumers one after the other, in the producer's own thread.

    One at a time, since the contract of an observable forbids calls from two threads at once.
    """

    name = module = "reactivex"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        from reactivex import Subject

        self._subject: Any = Subject()
        self._turn = threading.Lock()
        self._counts = [0] * consumers
        self._sending = producers
        self._done = threading.Event()
        for number in range(consumers):
            self._subject.subscribe(self._counter(number))

    def _counter(self, number: int) -> Put:
        counts = self._counts

        def count(payload: bytes) -> None:
            counts[number] += 1

        return count

    def putter(self, producer: int) -> Put:
        call, turn = self._subject.on_next, self._turn

        def put(payload: bytes) -> None:
            with turn:
                call(payload)

        return put

    def send(self, producer: int, messages: int, payload: bytes) -> None:
        super().send(producer, messages, payload)
        with self._turn:
            self._sending -= 1
            if not self._sending:
                self._done.set()

    def receive(self, consumer: int, messages: int) -> None:
        # The producers' threads do the work; the consumer's thread only waits until all of it is done.
        self._done.wait()
        assert self._counts[consumer] == messages


YARDSTICK = SimpleQueues
OTHERS: tuple[type[System], ...] = (Queues, Deques, Culsans, Janus, ZmqInproc)
"""The peers with a get: those whose latency can be measured too."""
ALL_OTHERS: tuple[type[System], ...] = (*OTHERS, Reactive)
