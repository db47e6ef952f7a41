"""The command line, as a shell sees it."""

import json
import subprocess
import sys

import pytest

from msgmux.recording import read_recording


def program(*arguments: str, **more):
    return subprocess.run(
        [sys.executable, "-m", "msgmux_tui", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        **more,
    )


def test_run_prints_a_trace_and_a_summary():
    done = program("run", "sample")
    assert done.returncode == 0
    assert "hello from producer_1 [0]" in done.stdout
    assert "hello from producer_3 [4]" in done.stdout
    assert next(line for line in done.stdout.splitlines() if line.startswith("consumer_3 ")).split()[1] == "45"
    assert program("run", "sample").stdout == done.stdout, "exact: the same words each time"


def test_run_writes_what_each_consumer_got_and_a_recording(tmp_path):
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


def test_json_is_one_object():
    summary = json.loads(program("run", "sample", "--json").stdout)
    assert summary["taken"] == {"consumer_1": 45, "consumer_2": 45, "consumer_3": 45}
    assert all(expectation["met"] for expectation in summary["expectations"])


def test_a_failed_expectation_is_exit_code_1(tmp_path):
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
def test_bad_usage_is_exit_code_2_and_no_traceback(arguments, words):
    done = program(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_validate_names_file_line_and_key(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('title = "x"\n[[producer]]\nname = "p"\nrat = "1/s"\n')
    done = program("validate", str(path))
    assert done.returncode == 2
    assert f"{path}:4: " in done.stderr
    assert "rate" in done.stderr


def test_without_a_terminal_the_session_becomes_a_run_and_says_so():
    done = program()
    assert done.returncode == 0
    assert "no terminal" in done.stderr
    assert "cleaner stops at" in done.stdout


def test_a_reader_that_has_had_enough_is_no_error():
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m msgmux_tui run default | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_run_never_loads_textual():
    code = "import sys; sys.argv = ['x', 'run', 'sample', '--quiet']\nfrom msgmux_tui.cli import main\n"
    code += "try: main()\nfinally: assert 'textual' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_schema_is_json():
    assert json.loads(program("schema").stdout)["type"] == "object"
