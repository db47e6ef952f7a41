"""``msgmux-tui check``: exit codes, words and JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from msgmux.checker.counterexample import load
from msgmux.errors import MsgmuxError
from msgmux.recording import read_recording
from msgmux_tui.cli import program


def check(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["check", "--workers", "1", "--seconds", "600", *arguments])


def test_valid_is_0_and_says_what_was_exhausted() -> None:
    result = check("single", "--bound", "1")
    assert result.exit_code == 0
    assert result.stdout.startswith("checking single: a message, its producer and its consumer\n")
    assert "valid: all " in result.stdout
    assert " schedules with up to 1 delay were tried" in result.stdout


def test_violated_is_1_with_the_story_and_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    result = check("--variant", "check-then-act", "--save", str(path))
    assert result.exit_code == 1
    assert "name: event 2: audit (C2) was registered, although that name was taken" in result.stdout
    assert "it takes 1 preemption, 1 choice" in result.stdout
    assert "   5  second: registers audit; has ended" in result.stdout
    assert f"saved as {path}" in result.stdout
    assert read_recording(path).cut is None


def test_where_nothing_is_found_nothing_is_saved(tmp_path: Path) -> None:
    assert check("single", "--bound", "0", "--save", str(tmp_path / "none.jsonl")).exit_code == 0
    assert not list(tmp_path.iterdir())


def test_only_a_recording_is_written_over(tmp_path: Path) -> None:
    scenario, found = tmp_path / "mine.toml", tmp_path / "found.jsonl"
    scenario.write_text('title = "mine"')
    result = check("--variant", "lost-wakeup", "--save", str(scenario))
    assert isinstance(result.exception, MsgmuxError)
    assert "mine.toml: is there already, and is no recording" in str(result.exception)
    assert scenario.read_text() == 'title = "mine"'
    for variant in ("lost-wakeup", "lock-order"):
        assert check("--variant", variant, "--save", str(found)).exit_code == 1
    assert load(found)[0].variant == "lock-order"


def test_a_program_that_cannot_show_a_fault_says_which_one_does() -> None:
    result = check("pairs", "--variant", "lock-order", "--bound", "0")
    assert result.exit_code == 0
    assert "note: this program may be unable to show the fault 'lock-order'; 'leaving' shows it" in result.stdout
    assert "msgmux-tui check --variant lock-order" in result.stdout
    result = check("leaving", "--variant", "lock-order", "--bound", "0", "--schedules", "3")
    assert "the fault 'lock-order' shows at delay bound 1" in result.stdout
    assert "note:" not in check("leaving", "--bound", "0").stdout


def test_unknown_is_3_and_says_that_the_bound_was_not_exhausted() -> None:
    result = check("pairs", "--bound", "3", "--schedules", "50")
    assert result.exit_code == 3
    assert "unknown: not every schedule with up to 3 delays was tried" in result.stdout


def test_json_is_one_object_with_both_sources_and_nothing_else() -> None:
    result = check("--variant", "lost-wakeup", "--json", "--seed", "4")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["verdict"], report["seed"]) == (1, "violated", 4)
    assert (report["bound"], report["bound_exhausted"], report["by"]) == (2, False, "delay")
    assert report["counterexample"]["failure"]["invariant"] == "lost"
    assert [source["text"].startswith("def _wait_for_arrival") for source in report["source"]] == [True, True]
    assert json.loads(check("single", "--bound", "0", "--json").stdout)["counterexample"] is None


def test_progress_is_reported_as_json_lines_on_stderr() -> None:
    result = check("pairs", "--bound", "2", "--json", "--progress")
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert lines
    assert all(line["bounded"] > 0 for line in lines)
    assert json.loads(result.stdout)["verdict"] == "valid"


def test_a_scenario_can_be_named_and_a_small_harness_searched_by_preemptions() -> None:
    assert "(bound not exhausted)" in check("sample", "--bound", "1", "--schedules", "5").stdout
    assert (
        "with up to 1 preemption were tried (bound exhausted)"
        in check("inlet", "--by", "preemption", "--bound", "1").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere"),
        (["pairs", "--variant", "x"], "there is no variant 'x'; there are: lost-update"),
        ([], "--list"),
        (["pairs", "--bound", "-1"], "--bound"),
        (["pairs", "--save", "/no/such/folder/x.jsonl"], "/no/such/folder/x.jsonl: cannot be written: No such file or"),
        (["pairs", "--save", "/dev/null"], "/dev/null: is no file"),
        (["pears"], 'did you mean "pairs"?'),
        (["nowhere"], "harnesses: pairs, single"),
        (["nowhere"], "scenarios: backpressure"),
    ],
)
def test_bad_input_is_refused_in_a_line(arguments: tuple[str, ...], words: str) -> None:
    ended = subprocess.run([sys.executable, "-m", "msgmux_tui", "check", *arguments], capture_output=True, text=True)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_list_names_all_that_can_be_checked() -> None:
    told = check("--list").stdout
    assert "pairs" in told
    assert "cleaner-ignores-cursors" in told
