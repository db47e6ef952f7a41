"""``msgmux-tui check mine.py``, run as a command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from msgmux.checker.code.saving import load
from msgmux.recording import RecordingError

LOST = """
import threading
total = 0
def add():
    global total
    total += 1
threads = [threading.Thread(target=add) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert total == 2, "one is lost"
"""


def typed(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "msgmux_tui", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})


def test_a_fault_is_reported_by_its_source_with_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(LOST)
    done = typed("check", "mine.py", "--save", "found.jsonl", folder=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "checking mine.py: as __main__; points: shared accesses (1 race)"
    assert lines[1].split() == ["assert:", "one", "is", "lost", "mine.py:10"]
    assert any(["total += 1" in line and "reads 0; writes 1; has ended" in line for line in lines])
    assert any(["← over Thread-2's" in line for line in lines])
    assert "why: Thread-1 writes what it read before Thread-2 wrote: a lost update." in lines
    assert "play it: msgmux-tui play --step mine.py --schedule found.jsonl" in lines
    program, schedule = load(tmp_path / "found.jsonl")
    assert program.path == "mine.py"
    assert len(schedule)


def test_a_saved_schedule_knows_its_file_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(LOST)
    typed("check", "mine.py", "--save", "found.jsonl", folder=tmp_path)
    load(Path("found.jsonl"))
    Path("mine.py").write_text(LOST + "\n")
    with pytest.raises(RecordingError, match=r"mine\.py has changed since"):
        load(Path("found.jsonl"))


def test_a_file_whose_threads_are_in_a_function_is_told_how_to_name_it(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import threading\ndef main(): threading.Thread(target=print).start()\n")
    done = typed("check", "mine.py", folder=tmp_path)
    assert done.returncode == 0
    assert "no two threads met; to check one of its functions: mine.py::NAME" in done.stdout


def test_json_for_graders(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from msgmux.explore import explore\n"
        "def test_fine(): assert True\n"
        "@explore\ndef broken(): assert False, 'always'\n"
        "def helper(): assert False\n"
    )
    done = typed("check", "test_mine.py", "--json", folder=tmp_path)
    assert done.returncode == 1
    programs = json.loads(done.stdout)["programs"]
    assert [(one["title"], one["verdict"]) for one in programs] == [
        ("test_mine.py::test_fine", "valid"),
        ("test_mine.py::broken", "violated"),
    ]
    one = typed("check", "test_mine.py::helper", "--json", folder=tmp_path)
    assert json.loads(one.stdout)["counterexample"]["kind"] == "assert"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.py", None, "none.py: there is no such file; name a Python file, such as mine.py"),
        ("bad.py", "def f(:\n", "bad.py:1: invalid syntax"),
        ("mine.py::nothing", "def f(): ...\n", "mine.py: has no function 'nothing'; it has: f"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / name.partition("::")[0]).write_text(text)
    done = typed("check", name, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip() == f"msgmux-tui: {said}"
    assert done.stdout == ""


def test_what_cannot_be_decided_is_exit_code_3(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("while True:\n    pass\n")
    done = typed("check", "mine.py", folder=tmp_path)
    assert done.returncode == 3
    assert "unknown: the loop at mine.py:1 goes round" in done.stdout


@pytest.mark.parametrize(
    "module", ["msgmux_tui.lessons", "msgmux_tui.scenarios", "msgmux.recording", "msgmux.scenario"]
)
def test_no_other_way_leads_to_it(module: str) -> None:
    code = f"import sys, {module}; print([name for name in sys.modules if name.startswith('msgmux.checker.code')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
