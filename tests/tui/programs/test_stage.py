"""The child side of a live session, run in this process: a stage, and a session that follows it over a socket."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from msgmux.commands import AddProducer, Burst, Mark, PauseTime, ProducerSpec
from msgmux.events import Put
from msgmux.publishing import Publisher
from msgmux.scenario import Scenario, parse
from msgmux.workload import Constant
from msgmux_tui.programs.stage import Script, Stage
from msgmux_tui.session.feeds import socketpair_feed
from msgmux_tui.session.protocol import MOST_EVENTS, Frame
from msgmux_tui.session.remote import RemoteSession
from support.patience import PATIENCE
from support.sessions import EVENTFUL, SMALL

FLOOD = parse(
    "[queue]\nmax_messages = 10000\nretention = 0.1\nclean_every = 0.1\n"
    + "".join([f'[[producer]]\nname = "p{n}"\nrate = "100000/s"\n[[consumer]]\nname = "c{n}"\n' for n in range(3)]),
    "flood.toml",
)


class Followed:
    """A stage, and a session that follows it."""

    def __init__(self, scenario: Scenario, session: RemoteSession, stage: Stage) -> None:
        self.session, self.stage = session, stage
        self.told: list[str] = []
        self.gaps = 0
        self.puts = 0
        self.poll()
        self.until(lambda: self.frame.link.connected)

    def poll(self) -> Frame:
        self.frame = self.session.poll()
        self.gaps += self.frame.gap
        self.puts += len([event for event in self.frame.events if isinstance(event, Put)])
        self.told += [outcome.words for outcome in self.frame.outcomes if outcome.words]
        return self.frame

    def until(self, condition: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, "it did not come to be"
            time.sleep(0.005)
            self.poll()

    def agrees(self) -> bool:
        """Return whether the session shows the queue's state. Call it while the queue is paused."""
        shown, there = self.frame.state, self.stage.queue.snapshot()
        # A picture has its own number, which belongs to no event.
        return bool(
            (shown.head_seq, shown.tail_seq, shown.length) == (there.head_seq, there.tail_seq, there.length)
            and {name: one.delivered for name, one in shown.consumers.items()}
            == {name: one.delivered for name, one in there.consumers.items()}
        )


@contextmanager
def followed(scenario: Scenario) -> Iterator[Followed]:
    ours, theirs = socket.socketpair()
    stage = Stage(scenario)
    with Publisher(stage, "stage") as publisher:
        publisher.attend(theirs)
        session = RemoteSession(socketpair_feed(ours, "stage"))
        try:
            yield Followed(scenario, session, stage)
        finally:
            session.close()
            stage.close()


def test_it_accepts_every_command_and_starts_with_its_first_viewer() -> None:
    stage = Stage(SMALL)
    assert stage.queue.snapshot().producers == {}
    header = stage.header()
    try:
        assert header.start.event == 0
        assert set(stage.queue.snapshot().producers) == {"orders", "clicks"}
        assert header.scenario == SMALL.source
        assert {"add_producer", "stall", "pause_time", "retain", "step"} <= set(header.takes)
    finally:
        stage.close()


@pytest.mark.parametrize("scenario", [SMALL, EVENTFUL])
def test_what_is_performed_there_is_what_was_read_here(scenario: Scenario) -> None:
    assert Script.of(scenario).scenario() == scenario


def test_a_fault_in_a_command_does_not_end_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    with followed(SMALL) as watched:
        monkeypatch.setattr(watched.stage.cast, "burst", faulty)
        watched.session.command(Burst("orders"))
        watched.session.command(Mark())
        watched.until(lambda: not watched.session.busy)
    assert "this has failed by ZeroDivisionError" in watched.told[0]
    assert watched.told[1] == "marked: marker"


def test_too_many_events_are_skipped_and_the_end_is_right() -> None:
    with followed(SMALL) as watched:
        watched.session.command(AddProducer(ProducerSpec("flood", Constant(0.0), capacity=1)))
        watched.until(lambda: "flood" in watched.frame.state.producers)
        watched.session.command(Burst("flood", 2 * MOST_EVENTS))
        until = time.monotonic() + PATIENCE
        while watched.stage.queue.snapshot().producers["flood"].put < 2 * MOST_EVENTS:
            assert time.monotonic() < until
            time.sleep(0.02)
        watched.until(lambda: watched.gaps > 1)
        watched.session.command(PauseTime())
        watched.until(watched.agrees)
        assert watched.puts < 2 * MOST_EVENTS


def test_at_full_speed_the_screens_thread_never_waits() -> None:
    with followed(FLOOD) as watched:
        watched.until(lambda: watched.frame.state.tail_seq > 1_000)
        polled = threading.Thread(target=watched.poll)
        # A poll does not wait for the queue's lock.
        with watched.stage.queue._section.lock:
            polled.start()
            polled.join(PATIENCE)
            assert not polled.is_alive()
        watched.session.command(PauseTime())
        watched.until(watched.agrees)
