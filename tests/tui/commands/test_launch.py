"""Launching the app: the log never reaches the screen, and changed interpreter settings are restored."""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from msgmux_tui.commands.launch import SWITCH_INTERVAL, _logging_to, _quick_to_answer


def test_no_handler_writes_to_the_screen_while_the_app_runs(capsys: pytest.CaptureFixture[str]) -> None:
    noisy = logging.StreamHandler(sys.stderr)
    root = logging.getLogger()
    root.addHandler(noisy)
    try:
        with _logging_to(None):
            logging.getLogger("anything").error("over the screen")
        assert capsys.readouterr().err == ""
        assert noisy in root.handlers
    finally:
        root.removeHandler(noisy)


def test_a_log_file_gets_what_is_logged_and_the_death_of_a_thread(tmp_path: Path) -> None:
    def die() -> None:
        raise ZeroDivisionError("in a thread")

    file = tmp_path / "session.log"
    with _logging_to(file):
        logging.getLogger("msgmux").warning("look here")
        thread = threading.Thread(target=die, name="doomed")
        thread.start()
        thread.join()
    text = file.read_text("utf-8")
    assert "WARNING msgmux: look here" in text
    assert "doomed has died" in text
    assert "ZeroDivisionError: in a thread" in text


def test_textual_paints_120_times_a_second() -> None:
    # Textual reads this variable when it is imported, so a new process is needed. Without a terminal the app can't run.
    script = """
import sys
from msgmux_tui import scenarios
from msgmux_tui.commands.inputs import Look
from msgmux_tui.commands import launch
assert "textual" not in sys.modules
try:
    launch.run_app(scenarios.read("sample"), Look(theme="no such theme"))
except ValueError:
    from textual.constants import MAX_FPS
    print(MAX_FPS)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([path for path in sys.path if path])}
    environment.pop("TEXTUAL_FPS", None)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert run.stdout == "120\n", run.stderr


def test_the_switch_interval_is_given_back() -> None:
    before = sys.getswitchinterval()
    with _quick_to_answer():
        assert sys.getswitchinterval() == SWITCH_INTERVAL
    assert sys.getswitchinterval() == before
