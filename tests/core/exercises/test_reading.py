"""Reading the folder of an exercise, and reporting all of its errors at once."""

import shutil
from pathlib import Path

import pytest

from msgmux.exercises import ORDER, ExerciseError, header_of, load_exercise, open_exercise, read_exercise
from msgmux.exercises.reading import BUNDLED

ASKS_TO_REACH = {"transfer", "cache", "dining-philosophers", "readers-writers", "copy-on-write"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid exercise in a folder of its own, which tests then damage."""
    made = tmp_path / "counter"
    shutil.copytree(BUNDLED / "counter", made)
    return made


def problems_of(folder: Path) -> str:
    with pytest.raises(ExerciseError) as raised:
        load_exercise(folder)
    return str(raised.value)


def test_fifteen_are_bundled_and_each_folder_is_in_the_list() -> None:
    folders = {path.name for path in BUNDLED.iterdir() if (path / "exercise.toml").exists()}
    assert len(ORDER) == 15
    assert set(ORDER) == folders


@pytest.mark.parametrize("name", ORDER)
def test_each_says_what_it_is_about(name: str) -> None:
    exercise = read_exercise(name)
    assert exercise.name == name
    assert exercise.hints
    assert exercise.tests
    assert bool(exercise.reach) == (name in ASKS_TO_REACH)
    assert (exercise.folder / "one_big_lock.py").exists() == (name in ASKS_TO_REACH)


@pytest.mark.parametrize("name", ORDER)
def test_the_student_does_not_get_the_solution(name: str) -> None:
    exercise = read_exercise(name)
    assert exercise.text("skeleton.py") != exercise.text("solution.py")
    assert header_of(exercise.text("skeleton.py")) == (name, exercise.version)


def test_an_unknown_name_is_reported_with_the_nearest_one() -> None:
    with pytest.raises(ExerciseError, match='is no bundled exercise; did you mean "counter"'):
        open_exercise("countre")


def test_a_folder_is_an_exercise_by_its_path(folder: Path) -> None:
    assert open_exercise(str(folder)).folder == folder.resolve()


def test_a_path_that_is_no_folder_is_reported(tmp_path: Path) -> None:
    assert "is no folder" in problems_of(tmp_path / "nowhere")


def test_every_problem_is_reported_at_once(folder: Path) -> None:
    text = (folder / "exercise.toml").read_text()
    (folder / "exercise.toml").write_text(text.replace("title =", "titel =").replace("version = 1", 'version = "1"'))
    (folder / "solution.py").write_text("class Counter:\n    def add(self:\n")
    (folder / "harness.py").unlink()
    said = problems_of(folder)
    assert "exercise.toml:1: version" in said
    assert 'exercise.toml:2: titel: is not a key here; did you mean "title"?' in said
    assert "solution.py:2: is no Python" in said
    assert "harness.py: is not there" in said


def test_files_must_define_what_the_harness_needs(folder: Path) -> None:
    (folder / "solution.py").write_text('"""msgmux exercise: counter, version 1"""\n')
    assert "solution.py: does not define Counter" in problems_of(folder)


def test_files_must_say_which_exercise_and_version_they_are_for(folder: Path) -> None:
    text = (folder / "skeleton.py").read_text()
    (folder / "skeleton.py").write_text(text.replace("version 1", "version 2"))
    assert 'must say "msgmux exercise: counter, version 1"' in problems_of(folder)


def test_a_harness_needs_a_test(folder: Path) -> None:
    (folder / "harness.py").write_text("def check():\n    pass\n")
    assert "harness.py: has no test; write a function test_…()" in problems_of(folder)


def test_a_folder_with_a_name_that_no_file_can_have_is_refused(folder: Path) -> None:
    folder = folder.rename(folder.with_name("My Counter"))
    assert "lower-case words with hyphens" in problems_of(folder)


def test_a_kind_without_a_bound_means_nothing(folder: Path) -> None:
    text = (folder / "exercise.toml").read_text()
    (folder / "exercise.toml").write_text(f'kind = "delay"\n{text}')
    assert 'kind: says what "bound" counts' in problems_of(folder)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ('"""msgmux exercise: counter, version 3\n\nwords"""\n', ("counter", 3)),
        ("'''msgmux exercise: counter, version 3'''", ("counter", 3)),
        ("#!/usr/bin/env python3\n# mine\n" + '"""msgmux exercise: a-b, version 12"""', ("a-b", 12)),
        ("x = 1\n", None),
        ("", None),
    ],
)
def test_the_header_of_a_students_file(text: str, header: tuple[str, int] | None) -> None:
    assert header_of(text) == header
