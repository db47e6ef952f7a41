"""An error at every point of every call: nothing is lost, doubled, torn, or left asleep, and close() ends.

KeyboardInterrupt, RecursionError and MemoryError, one point at a time. Only the message that the
interrupted call was about to return may be lost, as with :class:`queue.Queue`.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from msgmux import Closed, Consumer, Message, MessageQueue, Producer, fold
from msgmux.pacing import Constant, Fixed, Sending
from msgmux.reporting import Reporter
from support.injecting import Injector

PATIENCE = float(os.environ.get("PATIENCE", "60"))
EVERY = 1 if os.environ.get("SOAK_MINUTES") else 7
"""The step between tested points, starting from the first; in a soak all points are tested."""


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.0002)


class World:
    """A queue in use: ``mine`` belongs to the interrupted thread, ``other`` is read by a thread of its own."""

    def __init__(self, **settings: Any) -> None:
        self.queue = MessageQueue(**{"clean_every": 3600.0, "retention": 3600.0, **settings})
        self.events = self.queue.subscribe()
        self.p: Producer = self.queue.register_producer("p", capacity=8)
        self.mine: Consumer = self.queue.register_consumer("mine", capacity=4)
        self.other: Consumer = self.queue.register_consumer("other")
        self.heard: list[Message] = []
        self.got: list[Message] = []
        self.returned: list[int] = []
        self.iterator: Iterator[Message] | None = None
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        until(lambda: self.other._waiting, "the reader sleeps")

    def _read(self) -> None:
        for message in self.other:
            self.heard.append(message)

    def put(self, number: int) -> None:
        self.p.put(number)
        self.returned.append(number)

    def settled(self) -> bool:
        """Wait until every consumer has got all messages, and nothing is in progress."""
        state = self.queue.snapshot()
        return (
            all(entry.channel._level == 0 for entry in list(self.queue._store.producers.values()))
            and state.consumers["other"].cursor == state.tail_seq
            and self.other._dry
            and (self.heard[-1].seq if self.heard else 0) == state.tail_seq
        )


Act = Callable[[World], Any]
Prepare = Callable[[World], Callable[[], Any]]
"""Prepares a world, and returns the call that is to be interrupted."""


def ten_then(act: Act) -> Prepare:
    """Puts ten messages before the call ``act``."""

    def prepare(world: World) -> Callable[[], Any]:
        for number in range(10):
            world.put(number)
        until(world.settled, "ten are heard")
        return lambda: act(world)

    return prepare


def fresh(act: Act) -> Prepare:
    return lambda world: lambda: act(world)


def put_many(world: World) -> None:
    world.p.put_many([0, 1, 2])
    world.returned += [0, 1, 2]


def get(world: World) -> None:
    for _ in range(7):
        world.got.append(world.mine.get(5.0))


def get_many(world: World) -> None:
    for _ in range(4):
        world.got.extend(world.mine.get_many(3, 5.0))


def iterate(world: World) -> None:
    # Kept, because an exception raised while a generator is being deallocated can't be caught.
    world.iterator = iter(world.mine)
    for message in world.iterator:
        world.got.append(message)
        if len(world.got) == 7:
            break


def two_puts(world: World) -> None:
    world.put(0)
    world.put(1)


def puts_at_the_limit(world: World) -> None:
    world.mine.close()
    for number in range(9):
        world.put(number)


def configure(world: World) -> None:
    world.queue.configure(clean_every=5.0, max_messages=50, overflow="reject")


def leave(world: World) -> None:
    world.queue.unregister_consumer("mine")


def close_producer(world: World) -> None:
    world.put(0)
    world.p.close()


def subscribe(world: World) -> None:
    with world.queue.subscribe() as events:
        Reporter(world.queue).note("seen")
        assert [event.kind for event in events.drain()] == ["note"]


CALLS: dict[str, tuple[dict[str, Any], Prepare]] = {
    "put": ({}, fresh(two_puts)),
    "put_many": ({}, fresh(put_many)),
    "put at the limit": ({"max_messages": 4}, fresh(puts_at_the_limit)),
    "put that evicts": ({"max_messages": 4, "overflow": "evict-oldest"}, ten_then(lambda world: world.put(10))),
    "get": ({}, ten_then(get)),
    "get_many": ({}, ten_then(get_many)),
    "iterate": ({}, ten_then(iterate)),
    "register_producer": ({}, fresh(lambda world: world.queue.register_producer("new", pace=Sending(Constant(3.0))))),
    "register_consumer": ({}, ten_then(lambda world: world.queue.register_consumer("new", pace=Fixed(1.0)))),
    "unregister_consumer": ({"retention": 0.0}, ten_then(leave)),
    "close a producer": ({}, fresh(close_producer)),
    "configure": ({}, ten_then(configure)),
    "clean": ({"retention": 0.0}, ten_then(lambda world: world.queue.clean())),
    "close": ({}, ten_then(lambda world: world.queue.close())),
    "subscribe": ({}, fresh(subscribe)),
}
GETS = {"get": 1, "get_many": 3, "iterate": 1}


def check(world: World, name: str, place: str) -> None:
    queue = world.queue
    closing = name == "close"
    if closing:
        queue.close()
        world.reader.join(PATIENCE)
        assert not world.reader.is_alive(), f"{place}: the other reader is still asleep"
    else:
        until(world.settled, f"{place}: what is there is not delivered to a reader that waits")
    queue.check_structure()
    if not closing:
        assert world.queue.snapshot().consumers.keys() <= {"mine", "other"} | ({"new"} if "consumer" in name else set())
    state = queue.snapshot()
    seen = world.events.drain()
    assert world.events.missed == 0, f"{place}: a subscriber missed events"
    assert [event.number for event in seen] == list(range(1, len(seen) + 1)), place
    assert fold(world.events.start, seen).without_samples() == state.without_samples(), f"{place}: fold and snapshot"
    if not closing:
        # The queue is still usable.
        if state.settings.overflow == "reject":
            queue.configure(overflow="block")
        late = queue.register_producer("late")
        late.put("late")
        until(lambda: any(message.payload == "late" for message in world.heard), f"{place}: nobody hears the next put")
        queue.close()
        world.reader.join(PATIENCE)
        assert not world.reader.is_alive(), f"{place}: the other reader does not end"
    queue.close()
    heard = [message.seq for message in world.heard]
    assert heard == list(range(1, len(heard) + 1)), f"{place}: order, or a loss"
    numbers = [message.payload for message in world.heard if message.producer == "p"]
    assert numbers == list(range(len(numbers))), f"{place}: {numbers}"
    assert len(numbers) >= len(world.returned), f"{place}: accepted and lost"
    assert queue.snapshot().producers.get("p") is None or queue.snapshot().producers["p"].put == len(numbers)
    if name in ("put that evicts", "put at the limit", "unregister_consumer"):
        return
    try:
        while True:
            world.got.append(world.mine.get(0))
    except Closed:
        pass
    seqs = [message.seq for message in world.got]
    assert seqs == sorted(set(seqs)), f"{place}: {seqs}"
    missing = len(world.heard) - len(seqs)
    assert missing <= GETS.get(name, 0), f"{place}: {missing} messages are gone: {seqs}"


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RecursionError, MemoryError])
def test_an_interrupt_at_any_point_breaks_nothing(name: str, error: type[BaseException]) -> None:
    settings, prepare = CALLS[name]
    failures: list[str] = []
    # The first point is always reached; how many follow depends on what the queue's own threads have done already.
    at, points = 1, 0
    while True:
        world = World(**settings)
        call = prepare(world)
        injector = Injector(at, error=error)
        try:
            injector.run(call)
        except error:
            points += 1
        if not injector.raised:
            world.queue.close()
            break
        try:
            check(world, name, injector.place)
        except AssertionError as error:
            failures.append(f"{at}: {injector.place}: {str(error).splitlines()[0]}")
        at += EVERY
    assert points, "no point was reached"
    assert not failures, f"{len(failures)} of {points} points:\n" + "\n".join(failures)
