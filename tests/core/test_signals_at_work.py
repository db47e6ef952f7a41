"""Real SIGINTs at random moments of a working main thread: only the interrupted call may have no effect.

``test_injected_interrupts.py`` tests all points at which CPython may raise, one by one; this module shows that real
signals are raised at no other points.
"""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from random import Random
from types import FrameType

import pytest

import msgmux
from msgmux import Consumer, Message, MessageQueue, fold
from support.patience import PATIENCE

OURS = str(Path(msgmux.__file__).parent)
INTERRUPTS = 60
"""The number of interrupts raised in msgmux's code; those in the test's own code do not count."""


class Sigints:
    """Sends SIGINT to the main thread repeatedly. While ``armed``, the first one that hits our code is raised."""

    def __init__(self, seed: int) -> None:
        self.raised = 0
        self.armed = False
        self._taken = threading.Event()
        self._leave = threading.Event()
        self._random = Random(seed)
        self._main = threading.get_ident()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def _send(self) -> None:
        while not self._leave.wait(self._random.random() * 3e-4):
            self._taken.clear()
            signal.pthread_kill(self._main, signal.SIGINT)
            self._taken.wait(0.01)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._taken.set()
        if self.armed and frame is not None and frame.f_code.co_filename.startswith(OURS):
            self.raised += 1
            self.armed = False
            raise KeyboardInterrupt

    def __enter__(self) -> "Sigints":
        self._before = signal.signal(signal.SIGINT, self._handle)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join()
        signal.signal(signal.SIGINT, self._before)


class World:
    """A queue in use. ``other`` is read by a thread of its own; ``mine`` by the main thread."""

    def __init__(self) -> None:
        self.queue = MessageQueue(retention=0.01, clean_every=0.005)
        self.events = self.queue.subscribe(size=1_000_000)
        self.producer = self.queue.register_producer("p", capacity=8)
        self.mine = self.queue.register_consumer("mine", capacity=4)
        self.other = self.queue.register_consumer("other")
        self.heard: list[Message] = []
        self.got: list[Message] = []
        self.accepted: list[int] = []
        self.number = 0
        self.left: list[Consumer] = []
        self.reader = threading.Thread(target=lambda: self.heard.extend(self.other), daemon=True)
        self.reader.start()

    def put(self) -> None:
        self.number += 1
        self.producer.put(self.number)
        self.accepted.append(self.number)

    def put_many(self) -> None:
        numbers = range(self.number + 1, self.number + 6)
        self.number += 5
        self.producer.put_many(numbers)
        self.accepted += numbers

    def get(self) -> None:
        self.put()
        self.got.append(self.mine.get(PATIENCE))

    def get_many(self) -> None:
        self.put_many()
        self.got.extend(self.mine.get_many(3, PATIENCE))

    def come_and_go(self) -> None:
        self.number += 1
        consumer = self.queue.register_consumer(f"visitor {self.number}", capacity=2)
        self.left.append(consumer)
        consumer.close()
        self.queue.clean()
        self.queue.configure(clean_every=0.001 * (1 + self.number % 5))


@pytest.mark.parametrize("act", [World.put, World.put_many, World.get, World.get_many, World.come_and_go])
def test_nothing_but_what_was_interrupted_is_lost(act: Callable[[World], None]) -> None:
    world = World()
    if act in (World.put, World.put_many):
        world.mine.close()
    with Sigints(seed=1) as sigints:
        until = time.monotonic() + PATIENCE
        while sigints.raised < INTERRUPTS and time.monotonic() < until:
            sigints.armed = True
            with suppress(KeyboardInterrupt):
                act(world)
    raised = sigints.raised
    assert raised >= INTERRUPTS
    queue = world.queue
    for consumer in world.left:
        consumer.close()
    queue.check_structure()
    assert not [name for name in queue.snapshot().consumers if name.startswith("visitor")]
    state = queue.snapshot()
    assert fold(world.events.start, world.events.drain()[: state.event]).without_samples() == state.without_samples()
    assert world.events.missed == 0
    queue.close()
    world.reader.join(PATIENCE)
    assert not world.reader.is_alive()
    heard = [message.payload for message in world.heard]
    # In order and without duplicates, and everything that put accepted is there.
    assert all(a < b for a, b in pairwise(heard))
    assert set(world.accepted) <= set(heard)
    assert [message.seq for message in world.heard] == list(range(1, len(heard) + 1))
    # The interrupted call may lose only what it was about to return.
    mine = [*world.got, *world.mine] if act in (World.get, World.get_many) else []
    assert all(a.seq < b.seq for a, b in pairwise(mine))
    if mine:
        assert len(heard) - len(mine) <= raised * (3 if act is World.get_many else 1)
