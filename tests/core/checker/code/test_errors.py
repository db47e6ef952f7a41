"""If a file does something that can't be explored, the report says what, and the child process ends."""

import os
import sys
from pathlib import Path

import pytest

from msgmux.checker.code import parent
from msgmux.checker.code.parent import explore_in_child
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.report import CodeReport
from msgmux.errors import MsgmuxError
from msgmux.explore import run

THREADS = """
import threading
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def told(path: Path, text: str, *, patience: float = 60.0, **wanted: object) -> CodeReport:
    file = path / "mine.py"
    file.write_text(text)
    asked = Exploring(**{"seconds": 60.0, **wanted})  # type: ignore[arg-type]
    return explore_in_child(CodeProgram(str(file)), asked, patience=patience)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("open('/dev/zero').read()", "no ordinary file"),
        ("import os\nos.fork()", "mine.py:2: forks a process (os.fork)"),
        ("import subprocess\nsubprocess.run(['true'])", "mine.py:2: starts a process (subprocess.Popen)"),
        ("import socket\nsocket.create_connection(('localhost', 9))", "mine.py:2: "),
        ("open('written.txt', 'w')", "mine.py:1: opens 'written.txt' for writing"),
        ("import os\nos._exit(3)", "the program has ended its process"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", "mine.py:2: sends a signal"),
    ],
    ids=["/dev/zero", "fork", "subprocess", "socket", "writing", "_exit", "kill"],
)
def test_what_leaves_the_process_is_refused(tmp_path: Path, text: str, said: str) -> None:
    report = told(tmp_path, text)
    assert report.verdict == "unknown"
    assert said in report.unknown


def test_what_is_allowed_is_done(tmp_path: Path) -> None:
    report = told(tmp_path, f"open({str(tmp_path / 'written.txt')!r}, 'w').write('x')", allow=("open",))
    assert report.verdict == "valid"
    assert (tmp_path / "written.txt").read_text() == "x"


def test_a_loop_without_any_point_is_reported_with_its_line(tmp_path: Path) -> None:
    report = told(tmp_path, "n = 0\nfor _ in iter(int, 1):\n    pass\n", patience=2.0)
    assert report.verdict == "unknown"
    assert "the program does not go on at mine.py:" in report.unknown


def test_a_while_loop_that_never_ends_is_reported(tmp_path: Path) -> None:
    report = told(tmp_path, "while True:\n    pass\n")
    assert report.verdict == "unknown"
    assert "the loop at mine.py:1 goes round" in report.unknown


def test_a_real_wait_is_ended(tmp_path: Path) -> None:
    report = told(tmp_path, "import select, os\nselect.select([os.pipe()[0]], [], [])\n", patience=2.0)
    assert "the program does not go on at mine.py:2" in report.unknown


def test_too_deep_a_recursion_is_an_exception_of_the_program(tmp_path: Path) -> None:
    found = told(tmp_path, "def deep():\n    deep()\ndeep()\n").counterexample
    assert found is not None
    assert found.kind == "exception"
    assert found.detail.startswith("RecursionError")
    assert found.place.startswith("mine.py:")


def test_what_is_printed_is_bounded(tmp_path: Path) -> None:
    report = told(tmp_path, "for _ in range(100):\n    print('x' * 1_000_000)\nassert False, 'at last'\n")
    assert report.counterexample is not None
    assert len(report.counterexample.printed) == 64_000


def test_an_exception_in_a_thread_is_reported_with_its_place(tmp_path: Path) -> None:
    found = told(tmp_path, "def work():\n    {}['key']\n" + THREADS).counterexample
    assert found is not None
    assert (found.kind, found.detail, found.place) == ("exception", "KeyError: 'key'", "mine.py:2")


def test_a_program_that_catches_everything_is_ended_all_the_same(tmp_path: Path) -> None:
    text = "import threading\nlock = threading.Lock()\nlock.acquire()\n"
    text += "while True:\n    try:\n        lock.acquire()\n    except BaseException:\n        pass\n"
    report = told(tmp_path, text)
    assert report.counterexample is not None
    assert report.counterexample.kind == "deadlock"


def test_a_lock_of_a_library_is_ours_too(tmp_path: Path) -> None:
    library = tmp_path / "elsewhere"
    library.mkdir()
    (library / "library.py").write_text("from threading import Lock\nlock = Lock()\nheld = []\n")
    text = f"import sys\nsys.path.insert(0, {str(library)!r})\nimport library\n"
    text += (
        "def work():\n    with library.lock:\n        library.held.append(1)\n        assert len(library.held) % 2\n"
    )
    text += "        library.held.append(1)\n"
    report = told(tmp_path, text + THREADS)
    assert report.verdict == "valid", report
    assert report.every


def test_what_is_exit_code_is_said(tmp_path: Path) -> None:
    assert told(tmp_path, "import sys\nsys.exit(0)").verdict == "valid"
    found = told(tmp_path, "import sys\nsys.exit(4)").counterexample
    assert found is not None
    assert (found.kind, found.detail) == ("exit", "the program ends with exit code 4")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "mine.py:1: invalid syntax"),
        ("\0", "mine.py"),
        ("x = 1\n  y = 2\n", "mine.py:2: unexpected indent"),
    ],
)
def test_wrong_syntax_is_reported_by_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(MsgmuxError, match=said):
        told(tmp_path, text)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MsgmuxError, match="there is no such file"):
        run(str(tmp_path / "none.py"))
    with pytest.raises(MsgmuxError, match="is no file"):
        run(str(tmp_path))


def test_no_process_outlives_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    start = parent.start_child
    monkeypatch.setattr(parent, "start_child", lambda *given: started.append(start(*given)) or started[-1])

    def interrupt(tally: object) -> None:
        raise KeyboardInterrupt

    file = tmp_path / "mine.py"
    file.write_text("x = 1")
    with pytest.raises(KeyboardInterrupt):
        explore_in_child(CodeProgram(str(file)), Exploring(), interrupt)
    assert [process.poll() is not None for process in started] == [True]


def test_the_parent_keeps_its_own_threading(tmp_path: Path) -> None:
    told(tmp_path, "x = 1")
    assert sys.modules["threading"].__file__ is not None
    assert os.path.basename(sys.modules["threading"].__file__) == "threading.py"
