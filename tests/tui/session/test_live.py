"""The live session: real threads in a child process, a clock that can be paused, and a child that always ends."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from msgmux.commands import (
    AddConsumer,
    AddProducer,
    Adjust,
    Crash,
    Mark,
    PauseTime,
    RemoveConsumer,
    Resume,
    ResumeTime,
    Selection,
    SetSpeed,
    Stall,
    Step,
    Undo,
)
from msgmux.errors import MsgmuxError
from msgmux.events import Commanded, ConsumerRegistered, Event, Note
from msgmux.recording import read_recording
from msgmux.scenario import Scenario, parse
from msgmux.state import QueueState
from msgmux_tui.session import Frame, LiveSession
from support.patience import PATIENCE
from support.sessions import SMALL


class Watched:
    """A live session, and the events and outcomes of its frames so far."""

    def __init__(self, scenario: Scenario = SMALL) -> None:
        self.session = LiveSession(scenario)
        self.events: list[Event] = []
        self.told: list[str] = []
        self.gaps = 0
        self.selected: list[Selection] = []
        self.poll()
        self.until(lambda: self.frame.link.connected)

    def poll(self) -> Frame:
        self.frame = self.session.poll()
        self.events += self.frame.events
        self.gaps += self.frame.gap
        self.told += [outcome.words for outcome in self.frame.outcomes if outcome.words]
        self.selected += [outcome.select for outcome in self.frame.outcomes if outcome.select]
        return self.frame

    @property
    def state(self) -> QueueState:
        return self.frame.state

    def until(self, condition: Callable[[], object]) -> None:
        """Poll until the condition holds."""
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, "it did not come to be"
            time.sleep(0.005)
            self.poll()

    def settle(self) -> None:
        """While paused: poll until the child has done all that it was told, and nothing changes any more.

        The session's own clock stops as soon as pausing is asked for; the child's may still run then.
        """
        self.until(lambda: self.session._steering == 0)
        self.until(self._still)

    def show_that_time_stands(self) -> None:
        """Command and answer fifty times, at a speed at which every producer would put meanwhile if the clock ran."""
        for _ in range(50):
            self.session.command(SetSpeed(100.0))
            self.until(lambda: self.session._steering == 0)
        self.session.command(SetSpeed(1.0))
        self.settle()

    def _still(self) -> bool:
        frame = self.frame
        for _ in range(10):
            time.sleep(0.005)
            if (self.poll().now, self.frame.state) != (frame.now, frame.state):
                return False
        return True


@pytest.fixture
def watched() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    watched.session.close()


def test_messages_flow_from_the_start(watched: Watched) -> None:
    watched.until(lambda: watched.state.tail_seq >= 4)
    assert set(watched.state.producers) == {"orders", "clicks"}
    assert watched.session.kind == "threads"


def test_nothing_ages_while_it_is_paused(watched: Watched) -> None:
    watched.until(lambda: watched.state.tail_seq >= 2)
    watched.session.command(PauseTime())
    watched.settle()
    before = watched.frame
    watched.show_that_time_stands()
    after = watched.poll()
    assert (after.now, after.state) == (before.now, before.state)
    watched.session.command(ResumeTime())
    watched.until(lambda: watched.state.tail_seq > before.state.tail_seq)


def test_time_can_be_sped_up(watched: Watched) -> None:
    watched.session.command(SetSpeed(100.0))
    watched.until(lambda: watched.frame.now > 20)
    watched.until(lambda: watched.state.cleaner.total > 10)
    assert watched.session.speed == 100.0


def test_a_step_goes_on_to_an_event_and_pauses_again(watched: Watched) -> None:
    watched.session.command(PauseTime())
    watched.settle()
    before = watched.frame
    watched.session.command(Step())
    watched.until(lambda: watched.state.event > before.state.event)
    watched.settle()
    assert watched.session.paused
    assert watched.frame.now > before.now
    clock = watched.frame.now
    watched.show_that_time_stands()
    assert watched.poll().now == clock


def test_resuming_during_a_step_goes_on_for_good(watched: Watched) -> None:
    watched.session.command(PauseTime())
    watched.settle()
    watched.session.command(Step())
    watched.session.command(ResumeTime())
    seen = watched.state.tail_seq
    watched.until(lambda: watched.state.tail_seq >= seen + 5)
    assert not watched.session.paused


def test_commands_return_at_once_and_their_outcome_comes_with_a_frame(watched: Watched) -> None:
    watched.session.command(AddProducer())
    watched.session.command(AddConsumer())
    watched.until(lambda: len(watched.selected) == 2)
    assert watched.selected == [Selection("producer", "P3"), Selection("consumer", "C3")]
    watched.until(lambda: "C3" in watched.state.consumers)
    watched.session.command(RemoveConsumer("C3"))
    watched.session.command(Undo())
    watched.until(lambda: "C3 is back" in watched.told[-1])
    watched.until(lambda: watched.state.consumers["C3"].tag == "C3")


def test_stall_crash_resume_and_pace(watched: Watched) -> None:
    watched.until(lambda: "billing" in watched.state.consumers)
    watched.session.command(Stall("billing"))
    watched.until(lambda: watched.state.consumers["billing"].status == "stalled")
    watched.until(lambda: watched.state.consumers["billing"].full)
    watched.session.command(Resume("billing"))
    watched.until(lambda: watched.state.consumers["billing"].status == "running")
    watched.session.command(Crash("billing"))
    watched.until(lambda: watched.state.consumers["billing"].status == "failed")
    watched.session.command(Adjust(Selection("producer", "orders"), 1))
    watched.until(lambda: str(watched.state.producers["orders"].pace) == "4/s")


def test_what_you_did_is_in_the_log(watched: Watched) -> None:
    watched.session.command(Stall("billing"))
    watched.until(lambda: watched.told)
    noted = [event.text for event in watched.events if isinstance(event, Commanded)]
    assert noted == ["C2 billing stops reading"]
    assert watched.told == ["C2 billing stops reading; <consumer.stall> lets it go on"]


def test_a_refused_command_is_reported(watched: Watched) -> None:
    watched.session.command(Stall("nobody"))
    watched.until(lambda: watched.told)
    assert "no consumer named 'nobody'" in watched.told[0]


@pytest.mark.parametrize("paused", [False, True])
def test_closing_ends_the_process(paused: bool) -> None:
    before = set(threading.enumerate())
    watched = Watched()
    watched.until(lambda: watched.state.tail_seq >= 1)
    watched.session.command(Stall("billing"))
    if paused:
        watched.session.command(PauseTime())
        watched.settle()
        watched.session.command(Step())
    watched.session.close()
    assert watched.session.wait_closed(PATIENCE)
    assert set(threading.enumerate()) <= before
    watched.session.close()
    watched.poll()


def test_steps_of_a_busy_queue_pause_again_each_time() -> None:
    session = Watched(parse('[[producer]]\nname = "p"\nrate = "1000/s"\n[[consumer]]\nname = "c"\n', "quick.toml"))
    try:
        session.session.command(PauseTime())
        session.settle()
        for _ in range(20):
            session.session.command(Step())
            session.settle()
        assert session.session.paused
    finally:
        session.session.close()
    assert not [words for words in session.told if "failed" in words]


def test_a_scenario_that_pauses_pauses_the_session() -> None:
    watched = Watched(
        parse(
            '[[producer]]\nname = "p"\n[[consumer]]\nname = "c"\n[[step]]\nat = "200ms"\npause = "look here"\n',
            "pausing.toml",
        )
    )
    try:
        watched.until(lambda: watched.session.paused)
        watched.until(lambda: "look here  (<time.pause> goes on)" in watched.told)
        watched.settle()
        seen = watched.frame.now
        watched.session.command(ResumeTime())
        watched.until(lambda: watched.frame.now > seen)
        assert not watched.session.paused
    finally:
        watched.session.close()


def test_a_process_that_is_killed_is_reported_and_its_past_stays(watched: Watched) -> None:
    watched.until(lambda: watched.state.tail_seq >= 3)
    os.kill(watched.session.pid, signal.SIGKILL)
    watched.until(lambda: watched.frame.link.phase == "gone")
    assert watched.frame.alarm.startswith("the process of this session was killed by signal 9")
    assert watched.state.tail_seq >= 3
    assert watched.session.timeline.last == watched.state.event
    watched.session.command(AddProducer())
    watched.until(lambda: watched.told)
    assert "this session has ended" in watched.told[-1]


def test_a_process_that_has_died_by_a_fault_says_which() -> None:
    # The scenario's source is invalid; only the child parses it, so the child reports that.
    watched = LiveSession(Scenario("broken.toml", source="[[producer]"))
    try:
        until = time.monotonic() + PATIENCE
        while (frame := watched.poll()).link.phase != "gone":
            assert time.monotonic() < until
            time.sleep(0.01)
        assert "has ended with code 1" in frame.alarm
        assert "broken.toml" in frame.alarm
    finally:
        watched.close()


MAKES_A_SESSION = """
import sys, time
from msgmux_tui import scenarios
from msgmux_tui.session import LiveSession
session = LiveSession(scenarios.read("sample"))
print(session.pid, flush=True)
while True:
    session.poll()
    time.sleep(0.05)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_ends_with_the_screens_process_however_that_ends(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAKES_A_SESSION], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as ours:
        assert ours.stdout is not None
        child = int(ours.stdout.readline())
        assert os.path.exists(f"/proc/{child}")
        ours.send_signal(number)
        ours.wait(PATIENCE)
    until = time.monotonic() + PATIENCE
    while _runs(child):
        assert time.monotonic() < until, "it has outlived its parent"
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_where_no_process_can_be_started_it_says_what_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    with pytest.raises(MsgmuxError, match=r"Resource temporarily unavailable.*--exact"):
        LiveSession(SMALL)


RUSH = parse(
    """
title = "a rush"
[[producer]]
name = "quick"
rate = "20000/s"
[[producer]]
name = "quicker"
rate = "50000/s"
[[consumer]]
name = "audit"
""",
    "rush.toml",
)


def test_everything_that_is_rare_is_in_the_history_and_the_recording_at_full_speed(tmp_path: Path) -> None:
    watched = Watched(RUSH)
    session = watched.session
    try:
        session.start_recording(tmp_path / "rush.jsonl")
        # While the stream changes from events to pictures, and later when it tries whether it can go back.
        for number in range(40):
            session.command(Mark(f"mark {number}"))
            if number % 4 == 0:
                session.command(AddConsumer())
            tail = watched.state.tail_seq
            watched.until(lambda tail=tail: watched.state.tail_seq > tail)  # type: ignore[misc]
        watched.until(lambda: len([event for event in watched.events if isinstance(event, Commanded)]) >= 50)
        assert watched.gaps
        session.stop_recording()
        timeline = session.timeline
        held = timeline.events_between(timeline.first, timeline.last)
    finally:
        session.close()
    recorded = read_recording(tmp_path / "rush.jsonl")
    assert recorded.cut is None
    for events in (watched.events, held, recorded.events):
        marks = [event.text for event in events if isinstance(event, Note) and event.about == "marker"]
        assert marks == [f"mark {number}" for number in range(40)]
        assert len([event for event in events if isinstance(event, Commanded)]) == 50
        registered = [event.name for event in events if isinstance(event, ConsumerRegistered)]
        assert len(set(registered)) == len(registered) >= 10
