"""The command line, run as from a shell."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from msgmux.recording import read_recording

# So that the packages are found from any directory.
INSTALLED = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.abspath(path) for path in sys.path if path])}
LATE = ("P1 chat", "C1 host", "C2 curious", "C3 modern")


def program(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "msgmux_tui", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        **more,
    )


def test_run_prints_a_trace_and_a_summary() -> None:
    done = program("run", "sample")
    assert done.returncode == 0
    assert "hello from producer_1 [0]" in done.stdout
    assert "hello from producer_3 [4]" in done.stdout
    assert next(line for line in done.stdout.splitlines() if line.startswith("consumer_3 ")).split()[1] == "45"
    assert program("run", "sample").stdout == done.stdout, "exact: the same words each time"


def test_run_writes_what_each_consumer_got_and_a_recording(tmp_path: Path) -> None:
    record, out = tmp_path / "run.jsonl", tmp_path / "out"
    done = program("run", "sample", "--quiet", "--record", str(record), "--out", str(out))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for n in (1, 2, 3):
        lines = (out / f"consumer_{n}.txt").read_text().splitlines()
        assert len(lines) == 45
        for producer, count in (("producer_1", 25), ("producer_2", 15), ("producer_3", 5)):
            assert [line for line in lines if producer in line] == [
                f"hello from {producer} [{k}]" for k in range(count)
            ]
    assert read_recording(record).cut is None


def test_json_is_one_object() -> None:
    summary = json.loads(program("run", "sample", "--json").stdout)
    assert summary["taken"] == {"consumer_1": 45, "consumer_2": 45, "consumer_3": 45}
    assert all(expectation["met"] for expectation in summary["expectations"])


def test_a_failed_expectation_is_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('title = "x"\nduration = "2s"\n[[step]]\nat = "1s"\nexpect = "length() == 5"\n')
    done = program("run", str(path), "--quiet")
    assert done.returncode == 1
    assert "length() == 5" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "sampel"), "sample"),
        (("run", "no/such/file.toml"), "file.toml"),
        (("run",), "SCENARIO"),
        (("run", "sample", "--record", "/no/such/folder/x.jsonl"), "/no/such/folder"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_bad_usage_is_exit_code_2_and_no_traceback(arguments: tuple[str, ...], words: str) -> None:
    done = program(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("option", "path", "reason"),
    [
        ("--record", "none/run.jsonl", "No such file or directory"),
        ("--record", "file/run.jsonl", "Not a directory"),
        ("--record", "folder", "Is a directory"),
        ("--record", "read-only/run.jsonl", "Permission denied"),
        ("--record", "/dev/full", "No space left on device"),
        ("--out", "file/out", "Not a directory"),
        ("--out", "file", "File exists"),
        ("--out", "read-only/out", "Permission denied"),
        ("--out", "full", "No space left on device"),
    ],
)
def test_a_file_that_cannot_be_written_is_reported_with_its_name(
    option: str, path: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    (tmp_path / "read-only").mkdir(mode=0o500)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "consumer_2.txt").symlink_to("/dev/full")
    if "full" in path and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    if "read-only" in path and os.access(tmp_path / "read-only", os.W_OK):
        pytest.skip("nothing is read-only for root")
    done = program("run", "sample", "--quiet", option, path, cwd=tmp_path, env=INSTALLED)
    assert done.returncode == 2
    named = "full/consumer_2.txt" if path == "full" else path
    assert done.stderr == f"msgmux-tui: {named}: cannot be written: {reason}; choose another place for it\n"


def test_validate_names_file_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('title = "x"\n[[producer]]\nname = "p"\nrat = "1/s"\n')
    done = program("validate", str(path))
    assert done.returncode == 2
    assert f"{path}:4: " in done.stderr
    assert "rate" in done.stderr


def test_without_a_terminal_the_session_becomes_a_run_and_says_so() -> None:
    done = program()
    assert done.returncode == 0
    assert "no terminal" in done.stderr
    assert "cleaner stops at" in done.stdout


@pytest.mark.parametrize("arguments", [("--plain",), ("play", "sample", "--plain")])
def test_plain_words_instead_of_a_screen_are_those_of_run(arguments: tuple[str, ...]) -> None:
    done = program(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    name = "sample" if "sample" in arguments else "default"
    assert done.stdout == program("run", name).stdout


def test_who_comes_later_has_a_column_too() -> None:
    lines = program("run", "late-joiner").stdout.splitlines()
    columns = {name: next(line for line in lines if f"{name} joins" in line).index(name[:2]) for name in LATE}
    assert len(set(columns.values())) == len(LATE)


def test_the_scenarios_are_listed_with_one_line_each_that_fits() -> None:
    lines = program("scenarios").stdout.splitlines()
    assert len(lines) == 14
    assert all(len(line) <= 80 for line in lines)
    assert next(line for line in lines if line.startswith("backpressure ")).endswith("the producers must wait")


def test_validate_tells_of_every_file_at_once(tmp_path: Path) -> None:
    good, bad, worse = (tmp_path / name for name in ("good.toml", "bad.toml", "worse.toml"))
    good.write_text('[[consumer]]\nname = "c"\n')
    bad.write_text('[[consumer]]\nname = "c"\nwrok = "1s"\n[[step]]\nat = "now"\nstall = "d"\n')
    worse.write_text("= 1\n")
    done = program("validate", str(bad), str(good), str(worse), str(tmp_path / "none.toml"))
    assert done.returncode == 2
    assert done.stdout == f"{good}: fine\n"
    assert [line.removeprefix(f"{tmp_path}/") for line in done.stderr.splitlines()] == [
        'bad.toml:3: consumer[0].wrok: is not a key here; did you mean "work"?',
        'bad.toml:5: step[0].at: "now" is not a duration; write it as "200ms", "5s" or "2m", or as a number of seconds',
        "bad.toml:6: step[0].stall: no consumer of this scenario is named 'd'; it can be \"c\"",
        "worse.toml:1: is not TOML at column 1: invalid statement; check quotes and brackets",
        "none.toml: cannot be read: No such file or directory; give the path of a TOML file",
    ]


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m msgmux_tui run default | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_run_never_loads_textual() -> None:
    code = "import sys; sys.argv = ['x', 'run', 'sample', '--quiet']\nfrom msgmux_tui.cli import main\n"
    code += "try: main()\nfinally: assert 'textual' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_schema_is_json() -> None:
    assert json.loads(program("schema").stdout)["type"] == "object"
