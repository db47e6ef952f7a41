"""Stepping through a Python file in a child process: picks, undo, schedules of `check`, and programs that misbehave."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from msgmux import MsgmuxError
from msgmux.checker.code.parent import explore_in_child
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring, PointsKind
from msgmux.checker.code.saving import load, save
from msgmux.checker.code.stepping import CodeStepper, Perform, Pick, Stood
from msgmux.checker.counterexample import empty_queue
from msgmux.exercises import ORDER, read_exercise
from msgmux.exercises.grading import grade
from msgmux.runtime.schedule import Schedule
from support.programs import COUNTER_FILE, LOOP_FILE, WORK_FILE

Opened = Callable[..., CodeStepper]


class HandClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Writes a file and steps through it; what was opened is closed."""
    steppers: list[CodeStepper] = []

    def open_file(
        text: str, schedule: Schedule | None = None, clock: HandClock | None = None, points: PointsKind = "shared"
    ) -> CodeStepper:
        path = tmp_path / "mine.py"
        path.write_text(text)
        stepper = CodeStepper(CodeProgram(str(path), points=points), schedule, clock=clock or HandClock())
        steppers.append(stepper)
        return stepper

    yield open_file
    for stepper in steppers:
        stepper.close()


def go(stepper: CodeStepper, *tasks: int) -> Stood:
    for task in tasks:
        stepper.ask(Pick(task))
        stepper.wait()
    return stepper.stood


def along(stepper: CodeStepper) -> list[Stood]:
    """What there is after each suggested step, to the end."""
    stood = [stepper.stood]
    while stood[-1].suggested is not None and len(stood) < 500:
        stood.append(go(stepper, stood[-1].suggested))
    return stood


def back(stepper: CodeStepper, picks: tuple[int, ...]) -> Stood:
    stepper.ask(Perform(picks))
    stepper.wait()
    return stepper.stood


def doing(stood: Stood, task: int) -> str:
    return next((view.operation.object for view in stood.tasks if view.id == task), "ended")


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_threads_stop_before_each_half_of_an_access_that_races(opened: Opened) -> None:
    stepper = opened(COUNTER_FILE)
    stood = go(stepper, 1, 1, 1, 2)
    assert doing(stood, 2) == "read self.value"
    stood = go(stepper, 2)
    assert doing(stood, 2) == "write self.value"
    assert [(touch.wrote, touch.value) for touch in stood.touches] == [(False, "0")]
    assert stood.tasks[1].code == "self.value += 1"


def test_a_lost_update_by_hand_names_who_is_overwritten(opened: Opened) -> None:
    stepper = opened(COUNTER_FILE)
    stood = go(stepper, 1, 1, 1, 2, 2, 3, 3, 3)
    (value,) = [one for one in stood.shared if one.name == "Counter.value"]
    assert (value.value, value.writer, value.place, value.races) == ("1", "Thread-2", "mine.py:9", True)
    stood = go(stepper, 2)
    assert stood.touches[-1].over == "Thread-2 (work)"
    last = along(stepper)[-1]
    assert [failure.invariant for failure in last.failures] == ["assert"]
    assert last.printed == ("there are 1",)
    assert last.over


def test_every_step_can_be_undone_and_done_again(opened: Opened) -> None:
    stepper = opened(COUNTER_FILE)
    forward = along(stepper)
    for stood in reversed(forward[:-1]):
        assert back(stepper, stood.picks) == stood
    assert along(stepper) == forward


def test_a_task_goes_on_until_it_must_wait(opened: Opened) -> None:
    stepper = opened(COUNTER_FILE)
    stepper.ask(Pick(1, 100))
    stepper.wait()
    assert doing(stepper.stood, 1) == "Thread-1"
    assert not stepper.stood.tasks[0].can_go


def test_a_pick_that_cannot_go_on_is_refused_and_changes_nothing(opened: Opened) -> None:
    stepper = opened(COUNTER_FILE)
    stood = go(stepper, 7)
    assert "7" in stood.problem
    assert stood.picks == ()


def test_a_schedule_of_check_is_followed_to_what_it_breaks(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(COUNTER_FILE)
    found = explore_in_child(CodeProgram(str(path)), Exploring()).counterexample
    assert found is not None
    save(tmp_path / "found.jsonl", found, empty_queue())
    program, schedule = load(tmp_path / "found.jsonl")
    with_schedule = CodeStepper(program, schedule)
    try:
        ahead = with_schedule.stood.ahead
        steps = along(with_schedule)
        assert ahead == len(steps) - 1
        assert steps[-1].failures[0].invariant == found.kind
        assert back(with_schedule, steps[2].picks).ahead == ahead - 2
        other = next(task.id for task in with_schedule.stood.tasks if task.can_go)
        if other != with_schedule.stood.suggested:
            assert go(with_schedule, other).ahead is None
    finally:
        with_schedule.close()


@pytest.mark.parametrize("name", ["transfer", "bounded-buffer", "peterson", "latch"])
def test_what_breaks_an_exercise_is_reached_step_by_step(name: str) -> None:
    exercise = read_exercise(name)
    assert name in ORDER
    found = grade(exercise, exercise.folder / "skeleton.py").broken
    assert found is not None
    assert found.found is not None
    stepper = CodeStepper(found.found.program, found.found.schedule)
    try:
        last = along(stepper)[-1]
        assert last.failures[0].invariant == found.failure.partition(":")[0]
    finally:
        stepper.close()


def test_a_changed_file_begins_anew(opened: Opened, tmp_path: Path) -> None:
    stepper = opened(COUNTER_FILE)
    go(stepper, 1, 1, 1)
    (tmp_path / "mine.py").write_text(COUNTER_FILE.replace("self.value += 1", "self.value += 5"))
    stood = back(stepper, (1, 1))
    assert "mine.py has changed" in stood.problem
    assert stood.picks == ()
    assert along(stepper)[-1].printed == ("there are 10",)


def test_a_loop_without_points_is_told_and_ended_and_going_back_begins_another_child(opened: Opened) -> None:
    clock = HandClock()
    stepper = opened(LOOP_FILE, clock=clock, points="sync")
    picks = go(stepper, 1, 1).picks
    process = stepper.process
    stepper.ask(Pick(2))
    assert not stepper.poll()
    clock.now += 1_000.0
    stepper.wait()
    assert "the program does not go on" in stepper.stood.unknown
    assert (stepper.stood.over, stepper.stood.picks) == (True, (*picks, 2))
    assert process is not None
    assert is_gone(process)
    with pytest.raises(MsgmuxError, match="undo"):
        stepper.ask(Pick(2))
    stood = back(stepper, picks)
    assert (stood.picks, stood.unknown) == (picks, "")


def test_a_step_that_does_not_end_can_be_interrupted(opened: Opened) -> None:
    stepper = opened(LOOP_FILE, points="sync")
    picks = go(stepper, 1, 1).picks
    process = stepper.process
    stepper.ask(Pick(2))
    with pytest.raises(MsgmuxError, match="has not ended yet"):
        stepper.ask(Pick(1))
    stepper.interrupt()
    stepper.wait()
    assert stepper.stood.picks == picks
    assert process is not None
    assert is_gone(process)


def test_an_endless_loop_from_the_start_leaves_the_program_to_be_stepped_through(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(LOOP_FILE)
    stepper = CodeStepper(CodeProgram(str(path)), patience=1.0)
    try:
        assert [task.name for task in stepper.stood.tasks] == ["MainThread"]
    finally:
        stepper.close()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import os\n    os._exit(3)", "os._exit"),
        ("import os, signal\n    os.fork()", "forks a process"),
        ("open('/dev/zero').read()", "no ordinary file"),
        ("import ctypes\n    ctypes.string_at(0)", "SIGSEGV"),
    ],
)
def test_a_program_that_ends_or_leaves_its_process_is_told(body: str, words: str, opened: Opened) -> None:
    stepper = opened(WORK_FILE.format(body=body))
    last = along(stepper)[-1]
    assert words in last.unknown
    assert last.over
    assert back(stepper, last.picks[:-1]).unknown == ""


def test_a_flood_of_prints_is_cut(opened: Opened) -> None:
    stepper = opened(WORK_FILE.format(body="print('x' * 10**8)\n    print('end')"))
    last = along(stepper)[-1]
    assert not last.failures
    assert sum([len(line) for line in last.printed]) <= 600


def test_the_child_ends_with_the_stepper(opened: Opened) -> None:
    stepper = opened(COUNTER_FILE)
    process = stepper.process
    assert process is not None
    stepper.close()
    stepper.close()
    assert is_gone(process)


def test_a_file_with_a_syntax_error_is_refused_before_there_is_a_child(opened: Opened) -> None:
    with pytest.raises(MsgmuxError, match=r"mine\.py:1"):
        opened("def (:\n")


def test_a_schedule_that_does_not_fit_is_refused(opened: Opened) -> None:
    with pytest.raises(MsgmuxError, match="does not fit"):
        opened(COUNTER_FILE, Schedule.of([1, 9, 9]))
