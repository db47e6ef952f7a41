"""``play --step mine.py``: which program and schedule are meant, and what is refused in words."""

from pathlib import Path

import click
import msgspec
import pytest

from msgmux import MsgmuxError
from msgmux.checker.code.parent import explore_in_child
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.saving import save, save_run
from msgmux.checker.code.words import how_to_keep
from msgmux.checker.counterexample import empty_queue
from msgmux.runtime.schedule import Schedule
from msgmux_tui.commands.inputs import Look
from msgmux_tui.commands.play import play
from msgmux_tui.commands.step import play_steps
from msgmux_tui.commands.step_code import scheduled, the_program
from support.programs import COUNTER_FILE

TWO = "def test_one():\n    pass\n\ndef test_two():\n    pass\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(COUNTER_FILE)
    Path("two.py").write_text(TWO)
    return tmp_path


def found() -> Path:
    """The schedule of a counterexample of ``mine.py``."""
    report = explore_in_child(CodeProgram("mine.py"), Exploring())
    assert report.counterexample is not None
    save(Path("found.jsonl"), report.counterexample, empty_queue())
    return Path("found.jsonl")


def test_a_file_is_one_program_and_of_several_tests_one_is_named() -> None:
    assert the_program("mine.py") == CodeProgram("mine.py")
    assert the_program("two.py::test_two").name == "test_two"
    with pytest.raises(MsgmuxError, match=r"has 2 tests.*test_one, test_two"):
        the_program("two.py")


def test_a_saved_schedule_comes_with_what_it_breaks() -> None:
    program, schedule, breaks = scheduled("mine.py", found())
    assert program.learned
    assert len(schedule) > 0
    assert breaks.startswith("assert: ")


def test_a_schedule_of_another_file_or_of_a_changed_one_is_refused() -> None:
    file = found()
    with pytest.raises(MsgmuxError, match=r"is a schedule of mine\.py, not of two\.py"):
        scheduled("two.py::test_one", file)
    Path("mine.py").write_text(COUNTER_FILE + "\n# another line\n")
    with pytest.raises(MsgmuxError, match="has changed since"):
        scheduled("mine.py", file)


def test_a_schedule_cannot_name_files_to_be_run() -> None:
    Path("other.py").write_text("raise SystemExit('this was run')\n")
    program = msgspec.structs.replace(CodeProgram("mine.py"), given=(("helper", "other.py"),))
    save_run(Path("bad.jsonl"), program, Schedule.of([]), None, empty_queue())
    with pytest.raises(MsgmuxError, match="is a schedule of an exercise"):
        scheduled("mine.py", Path("bad.jsonl"))


def test_a_schedule_alone_runs_nothing_and_says_how() -> None:
    with pytest.raises(MsgmuxError, match=r"play --step mine\.py --schedule found\.jsonl"):
        play_steps(str(found()), None, None, Look())


@pytest.mark.parametrize(
    ("scenario", "options", "words"),
    [
        ("mine.py", {}, r"play --step mine\.py"),
        ("default", {"schedule": Path("found.jsonl")}, "--schedule is for --step"),
    ],
)
def test_options_that_do_not_go_together_are_refused(scenario: str, options: dict[str, Path], words: str) -> None:
    with pytest.raises(click.UsageError, match=words):
        play(scenario, Look(), exact=False, step=False, variant=None, schedule=options.get("schedule"))


def test_variants_and_schedules_are_for_one_kind_of_program_each() -> None:
    with pytest.raises(click.UsageError, match="a Python file has its own"):
        play_steps("mine.py", "lost-wakeup", None, Look())
    with pytest.raises(click.UsageError, match="is for a Python file"):
        play_steps("pairs", None, Path("found.jsonl"), Look())


def test_what_check_saves_can_be_played() -> None:
    assert how_to_keep("mine.py", Path("a.jsonl")) == ["play it: msgmux-tui play --step mine.py --schedule a.jsonl"]
    assert "--explore-replay a.jsonl" in how_to_keep("t.py::test_it", Path("a.jsonl"))[-1]
