"""Every bundled exercise: the skeleton fails, the solution passes under every schedule, and one big lock is refused."""

import shutil
from pathlib import Path

import pytest

from msgmux.exercises import ORDER, ExerciseError, load_exercise, read_exercise
from msgmux.exercises.grading import grade, validate_exercise
from msgmux.exercises.reading import BUNDLED
from msgmux.exercises.source import SourceError


@pytest.mark.parametrize("name", ORDER)
def test_the_skeleton_is_broken_with_a_story(name: str) -> None:
    exercise = read_exercise(name)
    found = grade(exercise, exercise.folder / "skeleton.py")
    assert found.verdict == "broken"
    assert found.broken is not None
    assert found.broken.failure
    assert any([line.file == "skeleton.py" and line.line for line in found.broken.story])


@pytest.mark.parametrize("name", ORDER)
def test_the_solution_is_solved_under_every_schedule(name: str) -> None:
    exercise = read_exercise(name)
    found = grade(exercise, exercise.folder / "solution.py")
    assert found.verdict == "solved", found
    assert all([test.every for test in found.tests])
    assert not found.missing


@pytest.mark.parametrize("name", [name for name in ORDER if read_exercise(name).reach])
def test_one_big_lock_is_refused(name: str) -> None:
    exercise = read_exercise(name)
    found = grade(exercise, exercise.folder / "one_big_lock.py")
    assert found.verdict == "refused"
    assert found.missing == exercise.reach
    assert all([test.verdict == "valid" for test in found.tests])


def test_a_file_that_leaves_out_a_name_is_reported_before_it_is_run(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("class Conter:\n    pass\n")
    with pytest.raises(SourceError, match="does not define Counter"):
        grade(read_exercise("counter"), tmp_path / "mine.py")


def test_peterson_is_to_be_solved_without_locks(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from threading import Lock\n\n\nclass Peterson:\n    lock = Lock()\n")
    with pytest.raises(SourceError, match=r"mine.py:1: imports threading, and this exercise is to be solved without"):
        grade(read_exercise("peterson"), tmp_path / "mine.py")


def test_a_teachers_folder_whose_skeleton_is_right_and_whose_solution_is_wrong_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "counter"
    shutil.copytree(BUNDLED / "counter", folder)
    validate_exercise(load_exercise(folder))
    skeleton, solution = folder / "skeleton.py", folder / "solution.py"
    right, wrong = solution.read_text(), skeleton.read_text()
    skeleton.write_text(right)
    solution.write_text(wrong)
    with pytest.raises(ExerciseError) as raised:
        validate_exercise(load_exercise(folder))
    said = str(raised.value)
    assert "skeleton.py: is to be broken, and is solved" in said
    assert "solution.py: is to be solved, and is broken: test_no_call_is_lost: assert: add() was called 4 times" in said
