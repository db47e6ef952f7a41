"""Viewers come and go while the queue runs at full speed: folding what each was sent gives the queue's state."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest

import msgmux
from msgmux import Empty, MessageQueue
from msgmux.events import Event
from msgmux.publishing import gears
from msgmux.recording import Header, KeyFrame
from msgmux.recording.format import Line
from msgmux.reporting import Reporter
from msgmux.state import Fold, QueueState
from support.patience import PATIENCE
from support.viewers import PlainViewer, eventually


class Rush:
    """Two producers and two consumers at full speed, which can be paused."""

    def __init__(self, queue: MessageQueue) -> None:
        self.queue = queue
        self.over = False
        self._going = False
        self._standing = 0
        self._changed = threading.Condition()
        producers = [queue.register_producer(f"producer {n}") for n in range(2)]
        consumers = [queue.register_consumer(f"consumer {n}") for n in range(2)]
        self._threads = [threading.Thread(target=self._put, args=(p,)) for p in producers]
        self._threads += [threading.Thread(target=self._get, args=(c,)) for c in consumers]
        for thread in self._threads:
            thread.start()

    def _put(self, producer: msgmux.Producer) -> None:
        rounds = 0
        while not self.over:
            self._stand()
            producer.put_many([b"x"] * 5, timeout=60)
            rounds += 1
            if not rounds % 50:
                self.queue.clean()
                Reporter(self.queue).note("fifty rounds")
                self.queue.register_consumer(f"guest of {producer.name} {rounds}", start="newest").close()

    def _get(self, consumer: msgmux.Consumer) -> None:
        while not self.over:
            self._stand()
            with suppress(Empty):
                consumer.get_many(20, timeout=0.01)

    def _stand(self) -> None:
        with self._changed:
            self._standing += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._going)
            self._standing -= 1

    def go(self) -> None:
        with self._changed:
            self._going = True
            self._changed.notify_all()

    def stand_still(self) -> None:
        """Pause them. Returns when nothing is in progress any more."""
        with self._changed:
            self._going = False
            assert self._changed.wait_for(lambda: self._standing == len(self._threads), PATIENCE)

    def end(self) -> None:
        self.over = True
        self.go()
        for thread in self._threads:
            thread.join()


@contextmanager
def rushing() -> Iterator[Rush]:
    with MessageQueue(retention=0.0, clean_every=1e6) as queue:
        rush = Rush(queue)
        try:
            yield rush
        finally:
            rush.end()


class Folding:
    """A viewer that folds the lines that it receives."""

    def __init__(self, viewer: PlainViewer, *, every_event: bool) -> None:
        self._viewer = viewer
        self._decode = msgspec.json.Decoder(Line).decode
        viewer.say(want="follow", version=1, every_event=every_event)
        self.fold = Fold(msgspec.json.decode(viewer.file.readline(), type=Header).start)
        self.events = self.frames = 0

    def read(self) -> None:
        """Receive and fold one line."""
        record = self._decode(self._viewer.file.readline())
        if isinstance(record, Event):
            self.fold.apply(record)
            self.events += 1
        elif isinstance(record, KeyFrame):
            assert record.state.event >= self.fold.event
            self.fold = Fold(record.state)
            self.frames += 1


def come_and_go(rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    events = frames = 0
    with rushing() as rush, msgmux.publish(rush.queue, "rush") as published:
        rush.stand_still()
        for _ in range(rounds):
            rush.go()
            with PlainViewer(published.address) as viewer:
                every_event = chance.random() < 0.7
                folding = Folding(viewer, every_event=every_event)
                for _ in range(chance.randrange(2_000 if every_event else 6)):
                    folding.read()
                rush.stand_still()
                while not agrees(folding.fold, rush.queue):
                    folding.read()
                events, frames = events + folding.events, frames + folding.frames
        rush.go()
        eventually(lambda: not rush.queue._store.log.active)
        assert published.viewers == 0
    # Both gears were used.
    assert events
    assert frames


def agrees(fold: Fold, queue: MessageQueue) -> bool:
    """Return whether the fold has caught up with the queue. A difference then fails the test."""
    if not queue._store.log.active:
        return False  # without a subscription the queue does not number events, so the numbers can't be compared
    held = queue.snapshot()
    if fold.event != held.event:
        return False
    seen = fold.state()
    if len(seen.nodes) < len(held.nodes):
        return False  # a picture, which omits the older nodes; a complete key frame follows
    assert plain(seen) == plain(held)
    return True


def plain(state: QueueState) -> QueueState:
    return state.without_samples()


@pytest.fixture(autouse=True)
def changes_gear_often(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    monkeypatch.setattr(gears, "MANY", 10)
    monkeypatch.setattr(gears, "FEW", 5)
    monkeypatch.setattr(gears, "PICTURE", 0.05)
    monkeypatch.setattr(gears, "PROBE", 0.05)
    monkeypatch.setattr(gears, "LONGEST_PROBE", 0.05)


def test_viewers_come_and_go_at_full_speed() -> None:
    come_and_go(12, seed=1)


@pytest.mark.soak
def test_viewers_come_and_go_two_hundred_times() -> None:
    come_and_go(200, seed=2)
