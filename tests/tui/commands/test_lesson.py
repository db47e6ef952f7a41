"""``msgmux-tui lesson``: the list, the template, and a lesson as text without a screen."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from msgmux_tui import lessons
from msgmux_tui.cli import program
from msgmux_tui.lessons.notes import Following
from msgmux_tui.lessons.progress import Progress, Reached


def lesson(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["lesson", *arguments])


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_without_a_name_all_are_listed_with_what_was_reached_and_what_comes_next() -> None:
    assert "Next: msgmux-tui lesson cursor" in lesson().stdout
    Progress().reach("cursor", Reached(5, 6, 1, done=True))
    Progress().reach("one-copy", Reached(1, 5))
    listed = lesson()
    assert listed.exit_code == 0
    first, second, *others = listed.stdout.splitlines()
    assert first.split()[:3] == ["1", "cursor", "done"]
    assert second.split()[:5] == ["2", "one-copy", "2", "of", "5"]
    assert len(others) == len(lessons.ORDER)
    assert others[-1] == "Next: msgmux-tui lesson one-copy"
    assert max([len(line) for line in listed.stdout.splitlines()]) <= 80


def test_where_there_is_no_terminal_it_is_told_in_words_from_start_to_end() -> None:
    told = lesson("lost-wakeup")
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0] == "The lost wake-up"
    assert "  = 1 (found by the checker)" in lines
    assert "  lost: C1 waits for a message although a message lies in the channel of C1: nobody wakes it" in lines
    assert re.fullmatch(r"The repaired code: No fault: all \d+ schedules with up to 2 delays were tried\.", lines[-1])
    assert told.stderr == "msgmux-tui: no terminal here, so this is `msgmux-tui lesson lost-wakeup --plain`\n"


def test_a_number_is_that_of_the_list_and_words_are_the_same_every_time() -> None:
    assert lesson("2", "--plain").stdout == lesson("one-copy").stdout
    assert lesson("2", "--plain").stdout.startswith("One copy for everybody\n")


def test_ascii_is_ascii() -> None:
    assert lesson("order", "--ascii").stdout.isascii()


def test_a_file_of_ones_own_is_taken_and_one_that_does_not_hold_is_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(lesson("--template").stdout, "utf-8")
    assert lesson(str(path)).exit_code == 0
    path.write_text(path.read_text("utf-8").replace("answer = 2", "answer = 1"), "utf-8")
    contradicted = lesson(str(path))
    assert contradicted.exit_code == 1
    assert contradicted.stderr.endswith("\nproblem: card 3: the file says 'shorter'; a run says otherwise\n")


@pytest.mark.parametrize(("name", "words"), [("curser", 'did you mean "cursor"?'), ("nowhere.toml", "cannot be read")])
def test_bad_input_is_told_in_a_line(name: str, words: str) -> None:
    ended = subprocess.run([sys.executable, "-m", "msgmux_tui", "lesson", name], capture_output=True, text=True)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_notes_follow_the_lesson_on_another_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "no lesson is shown yet" in lesson("--notes").stdout
    begun = lesson("lag", "--notes").stdout
    assert "1  Three in, two out" in begun
    assert "Moment: lag('billing') >= 4" in begun
    now = [time.time()]
    following = Following(clock=lambda: now[0])
    now[0] += 65
    following.say(lessons.read("deadlock"), 1)
    followed = lesson("lag", "--notes").stdout
    assert "2  A and B" in followed
    assert "Answer: 2 both take the locks in the same order, always" in followed
    assert "Next: 3  What is broken?" in followed
    # Another lesson that ends is not the one that is followed.
    Following(clock=lambda: now[0] - 9.0).end()
    assert "2  A and B" in lesson("lag", "--notes").stdout
    following.end()
    assert "1  Three in, two out" in lesson("lag", "--notes").stdout


@pytest.mark.parametrize("name", lessons.ORDER)
def test_every_card_of_a_bundled_lesson_has_notes_for_the_speaker(name: str) -> None:
    assert all([card.notes for card in lessons.read(name).cards])
