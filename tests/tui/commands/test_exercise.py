"""``msgmux-tui exercise``: the list, the skeleton, hints. Grading is tested in ``tests/core/exercises``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from msgmux.errors import MsgmuxError
from msgmux.exercises import ORDER, read_exercise
from msgmux_tui.cli import program
from msgmux_tui.exercises.solved import Solved


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def exercise(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["exercise", *arguments])


def test_the_list_says_what_is_solved_and_what_is_next() -> None:
    assert "Next: msgmux-tui exercise counter" in exercise().output
    Solved().solve(read_exercise("counter"))
    lines = exercise().output.splitlines()
    assert [line.split()[0] for line in lines[:15]] == list(ORDER)
    assert "solved" in lines[0]
    assert "solved" not in lines[1]
    assert lines[-1] == f"Next: msgmux-tui exercise {ORDER[1]}"


def test_an_exercise_of_an_older_version_is_solved_once_more() -> None:
    solved = Solved()
    solved.solve(read_exercise("counter"))
    path = Path("state/msgmux/exercises.json")
    path.write_text(path.read_text().replace("1", "0"))
    assert "version 0 solved" in exercise().output
    assert "Next: msgmux-tui exercise counter" in exercise().output


def test_a_broken_list_of_what_is_solved_is_reported_and_does_no_harm() -> None:
    path = Path("state/msgmux/exercises.json")
    path.parent.mkdir(parents=True)
    path.write_text("{")
    result = exercise()
    assert result.exit_code == 0
    assert "what you have solved so far can't be read" in result.stderr


def test_the_skeleton_is_written_and_never_over_anything() -> None:
    result = exercise("bounded-buffer")
    assert "msgmux-tui exercise --grade bounded_buffer.py" in result.output
    written = Path("bounded_buffer.py")
    assert written.read_text() == read_exercise("bounded-buffer").text("skeleton.py")
    written.write_text("mine")
    with pytest.raises(MsgmuxError, match="is there already, and is not written over"):
        CliRunner().invoke(program, ["exercise", "bounded-buffer"], catch_exceptions=False)
    assert written.read_text() == "mine"


def test_the_skeleton_can_go_elsewhere() -> None:
    exercise("counter", "--to", "a.py")
    assert Path("a.py").exists()
    Path("there").mkdir()
    exercise("counter", "--to", "there")
    assert Path("there/counter.py").exists()


def test_hints_come_one_by_one() -> None:
    hints = read_exercise("counter").hints
    assert exercise("counter", "--hint", "2").output == hints[1] + "\n"
    with pytest.raises(MsgmuxError, match="has 3 hints"):
        CliRunner().invoke(program, ["exercise", "counter", "--hint", "4"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json",), "--json is for --grade FILE"),
        (("--hint", "1"), "name the exercise"),
        (("counter", "--to", "a.py", "--hint", "1"), "give one of them"),
        (("--watch", "counter.py"), "watching a file needs a terminal"),
    ],
)
def test_wrong_usage_is_reported(arguments: tuple[str, ...], said: str) -> None:
    result = exercise(*arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_file_must_say_for_which_exercise_it_is() -> None:
    Path("mine.py").write_text("x = 1\n")
    with pytest.raises(MsgmuxError, match=r"mine.py:1: does not say for which exercise it is"):
        CliRunner().invoke(program, ["exercise", "--grade", "mine.py"], catch_exceptions=False)
    Path("mine.py").write_text('"""msgmux exercise: countr, version 1"""\n')
    with pytest.raises(MsgmuxError, match='did you mean "counter"'):
        CliRunner().invoke(program, ["exercise", "--grade", "mine.py"], catch_exceptions=False)


def test_the_schema_is_of_the_format() -> None:
    result = CliRunner().invoke(program, ["schema", "exercise"])
    assert set(json.loads(result.output)["required"]) == {"version", "title", "learn", "fault", "needs"}


def test_grading_says_what_breaks_and_remembers_what_is_solved() -> None:
    exercise("counter")
    broken = exercise("--grade", "counter.py")
    assert broken.exit_code == 1
    assert "why: T1 writes what it read before T2 wrote: a lost update." in broken.output
    Path("counter.py").write_text(read_exercise("counter").text("solution.py"))
    solved = exercise("--grade", "counter.py", "--json")
    assert solved.exit_code == 0
    assert json.loads(solved.output)["verdict"] == "solved"
    assert "solved" in exercise().output.splitlines()[0]


def test_one_big_lock_is_told_to_be_refused() -> None:
    Path("cache.py").write_text(read_exercise("cache").text("one_big_lock.py"))
    refused = exercise("--grade", "cache.py")
    assert refused.exit_code == 1
    assert "two keys computed at once: whoever computes one key" in refused.output
