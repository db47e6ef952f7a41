"""The step session of a Python file of the user's: picks, sentences, undo, schedules, and programs that misbehave."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from msgmux import MsgmuxError
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.saving import load
from msgmux.checker.code.stepping import CodeStepper
from msgmux.commands import AddProducer, Mark, ResumeTime, Step
from msgmux_tui.session import Stepping, runs_exactly, stepping
from msgmux_tui.session.code import CodeSession
from support.programs import COUNTER_FILE, LOOP_FILE
from support.sessions import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(COUNTER_FILE)
    return path


@pytest.fixture
def session(path: Path, clock: HandClock) -> Iterator[CodeSession]:
    session = CodeSession(CodeProgram(str(path)), clock=clock)
    yield session
    session.close()


def go(session: CodeSession, *tasks: int) -> None:
    for task in tasks:
        session.pick(task)
        session.settle()


def to_the_end(session: CodeSession) -> int:
    """How many steps the strategy takes until nobody can go on."""
    for steps in range(100):
        if session.stepper.stood.suggested is None:
            return steps
        session.command(Step(False))
        session.settle()
    raise AssertionError("it does not end")


def told(session: CodeSession) -> list[str]:
    return [outcome.words for outcome in session.poll().outcomes if outcome.words]


def test_it_keeps_the_protocol_and_waits_for_somebody_to_be_picked(session: CodeSession, clock: HandClock) -> None:
    kept: Stepping = session
    assert stepping(kept) is session
    assert runs_exactly(session)
    clock.now = 5.0
    assert session.poll().now == 0.0
    assert [task.name for task in session.threads.tasks] == ["MainThread"]
    assert session.threads.shared == ()


def test_a_step_is_told_with_the_values_that_were_read_and_written(session: CodeSession) -> None:
    go(session, 1, 1, 1, 2, 2)
    assert session.threads.said == "2 Thread-1 reads self.value (reads 0)"
    go(session, 3, 3, 3)
    assert session.threads.said == "3 Thread-2 writes self.value, and has ended (writes 1)"
    go(session, 2)
    assert session.threads.said == "2 Thread-1 writes self.value, and has ended (writes 1 over what Thread-2 wrote)"


def test_each_step_makes_another_frame(session: CodeSession) -> None:
    before = session.poll()
    assert session.poll().state is before.state
    go(session, 1)
    assert session.poll().state is not before.state


def test_what_breaks_is_the_alarm_until_it_is_undone(session: CodeSession) -> None:
    go(session, 1, 1, 1, 2, 2, 3, 3, 3, 2)
    to_the_end(session)
    assert session.poll().alarm.startswith("assert: assert counter.value == 2")
    assert session.threads.broken[0].name == "assert"
    assert session.threads.printed == ("there are 1",)
    session.pick(1)
    assert told(session)[-1].startswith("assert")
    session.step_back()
    session.settle()
    assert session.poll().alarm == ""
    session.turn_back()
    session.settle()
    assert session.stepper.stood.picks[-1] == 2


def test_the_selected_task_goes_on_until_it_waits(session: CodeSession) -> None:
    session.choose(1)
    session.command(Step(True))
    session.settle()
    assert session.threads.said == "1 MainThread goes on until it waits for the end of Thread-1"


def test_the_strategy_goes_on_by_itself_and_stops_at_the_end(session: CodeSession, clock: HandClock) -> None:
    session.command(ResumeTime())
    said: list[str] = []
    for _ in range(100):
        if session.paused:
            break
        clock.now += 0.25
        said = told(session)
        session.settle()
    assert session.threads.at_rest
    assert session.paused
    assert said == ["all has come to its end, and nothing is broken"]


def test_what_cannot_go_on_is_said(session: CodeSession) -> None:
    session.pick(7)
    assert told(session) == ["there is no task 7 (any more)"]
    session.step_back()
    assert told(session) == ["this is the beginning"]
    session.command(AddProducer())
    session.command(Mark("here"))
    assert [words.partition(":")[0] for words in told(session)] == [
        "here you decide who goes on, and nothing else",
        "a step session has no marks",
    ]


def test_the_steps_are_saved_as_a_schedule_that_leads_to_the_same(session: CodeSession, tmp_path: Path) -> None:
    go(session, 1, 1, 1, 2, 2, 3, 3, 3, 2)
    to_the_end(session)
    session.save(tmp_path / "found.jsonl")
    program, schedule = load(tmp_path / "found.jsonl")
    stepper = CodeStepper(program, schedule)
    assert stepper.stood.ahead == len(session.stepper.stood.picks)
    stepper.close()
    again = CodeSession(program, schedule=schedule, breaks="assert: it")
    try:
        assert "steps, breaks it: assert: it" in again.threads.said
        to_the_end(again)
        assert again.threads.broken == session.threads.broken
    finally:
        again.close()


def test_the_schedule_of_an_exercise_is_not_kept(path: Path, tmp_path: Path) -> None:
    harness = tmp_path / "harness.py"
    harness.write_text("import given\n\ndef test_it():\n    pass\n")
    session = CodeSession(CodeProgram(str(harness), "test_it", given=(("given", str(path)),)))
    try:
        with pytest.raises(MsgmuxError, match="is not kept"):
            session.save(tmp_path / "found.jsonl")
    finally:
        session.close()


def test_a_step_that_does_not_end_is_told_and_can_be_taken_back(path: Path, clock: HandClock) -> None:
    path.write_text(LOOP_FILE)
    session = CodeSession(CodeProgram(str(path), points="sync"), clock=clock)
    try:
        go(session, 1, 1)
        session.pick(2)
        clock.now += 1.0
        session.poll()
        assert "has not come to a point yet" in session.threads.said
        session.pick(1)
        assert "has not ended yet" in told(session)[-1]
        session.step_back()
        session.settle()
        assert session.threads.said == "the step that did not end is taken back"
        assert session.threads.steps == 2
    finally:
        session.close()
