"""A recorded run that is ended at any moment, in any way: the exit code says how, and only its last events are lost."""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from msgmux.recording import read_recording
from support.patience import PATIENCE

BUSY = """
title = "Something happens all the time"
duration = "10m"
[queue]
retention = "500ms"
clean_every = "100ms"
max_messages = 200
[[producer]]
name = "a"
rate = { poisson = "60/s" }
[[producer]]
name = "b"
rate = { bursts = 5, every = "100ms" }
[[consumer]]
name = "x"
work = { exponential = "3ms" }
[[consumer]]
name = "y"
[[step]]
every = "150ms"
stall = "x"
for = "50ms"
[[step]]
every = "350ms"
fail = "y"
[[step]]
at = "450ms"
every = "350ms"
resume = "y"
"""
AT_ONCE = 5
"""The number of programs that run at the same time."""

pytestmark = pytest.mark.alone


def started(folder: Path, *more: str, name: str = "run.jsonl") -> tuple[subprocess.Popen[str], Path]:
    """Start a recorded run of the scenario BUSY."""
    scenario, recording = folder / "busy.toml", folder / name
    scenario.write_text(BUSY)
    arguments = [sys.executable, "-m", "msgmux_tui", "run", str(scenario), "--record", str(recording), *more]
    return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True), recording


def has_grown_to(least: int, file: Path) -> bool:
    return file.exists() and file.stat().st_size >= least


def wait_until(condition: Callable[[], object], process: subprocess.Popen[Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.005)


def end_at_random_moments(number: signal.Signals, count: int, folder: Path, name: str, seed: int) -> None:
    random = Random(seed)
    runs = []
    for n in range(count):
        (folder / str(n)).mkdir(parents=True)
        runs.append(started(folder / str(n), "--realtime", "--quiet", name=name))
    try:
        written = {}
        for process, recording in sorted(runs, key=lambda run: random.random()):
            # A random moment: when the file has reached a random size.
            least = random.randrange(1, 40_000) if recording.suffix == ".jsonl" else 1
            wait_until(partial(has_grown_to, least, recording), process)
            written[recording] = recording.stat().st_size
            process.send_signal(number)
        for process, recording in runs:
            _, complaints = process.communicate(timeout=PATIENCE)
            assert process.returncode == (-number if number == signal.SIGKILL else 128 + number), complaints
            assert complaints == ""
            whole = read_recording(recording)
            assert whole.cut is None or number == signal.SIGKILL
            assert all(b.number == a.number + 1 for a, b in pairwise(whole.events))
            # Written data stays in the file. After a signal that can be caught, buffered data is written too.
            assert recording.stat().st_size >= written[recording]
    finally:
        for process, _ in runs:
            process.kill()
            process.communicate()


ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_a_recorded_run_that_is_ended_at_5_random_moments(number: signal.Signals, tmp_path: Path) -> None:
    end_at_random_moments(number, AT_ONCE, tmp_path, "run.jsonl", seed=1)


def test_a_compressed_recording_of_a_run_that_is_killed(tmp_path: Path) -> None:
    end_at_random_moments(signal.SIGKILL, 2, tmp_path, "run.jsonl.gz", seed=2)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_recorded_runs_that_are_ended_at_100_random_moments(number: signal.Signals, name: str, tmp_path: Path) -> None:
    for batch in range(100 // AT_ONCE):
        end_at_random_moments(number, AT_ONCE, tmp_path / str(batch), name, seed=1_000 + batch)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_exact_run_is_ended_between_two_slices_of_its_time(number: signal.Signals, tmp_path: Path) -> None:
    process, recording = started(tmp_path, "--quiet")
    try:
        wait_until(lambda: recording.exists() and recording.stat().st_size > 100_000, process)
        process.send_signal(number)
        _, complaints = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, complaints) == (128 + number, "")
    whole = read_recording(recording)
    assert whole.cut == "there is no schedule at the end"
    assert len(whole.events) > 500


def test_a_run_whose_output_nobody_reads_can_be_ended(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    scenario = tmp_path / "busy.toml"
    scenario.write_text(BUSY)
    process = subprocess.Popen([sys.executable, "-m", "msgmux_tui", "run", str(scenario)], stdout=writer)
    os.close(writer)
    try:
        levels: list[int] = []

        def stuck() -> bool:
            """Return whether the pipe is full: it holds much data, and its amount has not changed for a while."""
            levels.append(struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, bytes(4)))[0])
            return levels[-1] > 4096 and len(set(levels[-50:])) == 1 and len(levels) > 50

        wait_until(stuck, process)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
        process.wait()
        os.close(reader)
