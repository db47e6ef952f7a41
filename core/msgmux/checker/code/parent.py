"""The parent's side: starts the child process, watches for signs of life, and always ends it."""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from msgmux.checker.code.child import Answer, Ask
from msgmux.checker.code.loading import parsed, read_source, unscheduled
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.report import CodeReport, CodeTally
from msgmux.errors import MsgmuxError
from msgmux.runtime.schedule import Schedule

PATIENCE = 6.0
"""Seconds without a line from the child after which the program counts as stuck: in a loop without scheduling points,
or blocked in something that is not scheduled.
"""
START = 30.0
"""Most seconds until the child's first line."""

OnTally = Callable[[CodeTally], object]


def explore_in_child(
    program: CodeProgram,
    wanted: Exploring,
    on_tally: OnTally = lambda tally: None,
    *,
    patience: float = PATIENCE,
    paths: tuple[str, ...] = (),
    schedule: Schedule | None = None,
) -> CodeReport:
    """Explore the program in a child process, which has ended when this returns or raises.

    ``patience``: as :data:`PATIENCE`, in seconds. ``paths``: folders where modules are found, besides the program's
    own. ``schedule``: run only this schedule.

    Raises :class:`MsgmuxError` if the file is wrong or the checker itself fails. If the program ends or blocks the
    child, the report's verdict is *unknown* and says so.
    """
    path = Path(program.path)
    notes = unscheduled(parsed(read_source(path), path), path.name)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="msgmux-") as folder:
        trace = os.path.join(folder, "trace")
        ask = Ask(program, wanted, trace, paths, schedule)
        process = start_child("msgmux.checker.code.child", msgspec.json.encode(ask) + b"\n")
        try:
            heard = _listen(process, on_tally, patience)
            if isinstance(heard, str):
                return _undecided(program, wanted, stuck_at(process, trace, path), begun, notes)
        finally:
            end_child(process)
    if heard is None:
        return _undecided(program, wanted, died(process), begun, notes)
    if heard.error:
        raise MsgmuxError(heard.error)
    if heard.crash:
        raise MsgmuxError(f"the checker itself has failed: {heard.crash}")
    assert heard.report is not None
    return heard.report


def start_child(module: str, request: bytes) -> "subprocess.Popen[bytes]":
    """Start a Python process, in a session of its own, that runs ``module`` and gets ``request`` on standard input."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    # The child must import the same package as this process, however that was found here.
    roots = [str(Path(__file__).parents[3]), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment["PYTHONPATH"] = os.pathsep.join([root for root in roots if root])
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    assert process.stdin is not None
    try:
        process.stdin.write(request)
        process.stdin.flush()
    except BrokenPipeError:
        # The child has ended already; _listen() finds that out.
        return process
    return process


def end_child(process: "subprocess.Popen[bytes]") -> None:
    """Kill the child and the processes that it may have started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except BrokenPipeError:
                continue
    process.wait()


def _listen(process: "subprocess.Popen[bytes]", on_tally: OnTally, patience: float) -> Answer | str | None:
    """Wait for the child's answer. None if the child has ended without one; if it is stuck, its last phase."""
    assert process.stdout is not None
    decoder = msgspec.json.Decoder(CodeTally | Answer)
    rest = b""
    last = CodeTally()
    begun = False
    while True:
        ready, _, _ = select.select([process.stdout], [], [], patience if begun else START)
        if not ready:
            return last.phase or "begun"
        chunk = os.read(process.stdout.fileno(), 1 << 16)
        if not chunk:
            return None
        begun = True
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            heard = decoder.decode(line)
            if isinstance(heard, Answer):
                return heard
            last = heard
            on_tally(heard)


def stuck_at(process: "subprocess.Popen[bytes]", trace: str, path: Path) -> str:
    """Why the program does not go on, with its innermost source line if the child writes its traceback on a signal."""
    place = ""
    try:
        process.send_signal(signal.SIGUSR1)
        until = time.monotonic() + 2.0
        while time.monotonic() < until and not os.path.exists(trace):
            time.sleep(0.01)
        while time.monotonic() < until and not (lines := Path(trace).read_text().splitlines()):
            time.sleep(0.01)
        folder = str(path.resolve().parent)
        for line in lines:
            # `  File "/home/me/mine.py", line 9 in work`
            file, _, rest = line.strip().removeprefix('File "').partition('", line ')
            if file.startswith(folder) and rest:
                place = f"{Path(file).name}:{rest.split()[0]}"
                break
    except (OSError, UnboundLocalError):
        place = ""
    at = f" at {place}" if place else ""
    return (
        f"the program does not go on{at}: it loops without any scheduling point, or is blocked by something that is "
        "not scheduled (a real lock, a read, C code)"
    )


def died(process: "subprocess.Popen[bytes]") -> str:
    """Why the child has ended without an answer."""
    code = process.returncode
    if code is not None and code < 0 and code != -signal.SIGKILL:
        return f"the program has ended its process by {signal.Signals(-code).name}"
    return "the program has ended its process: os._exit(), a crash in C code, or more memory or time than it may take"


def _undecided(program: CodeProgram, wanted: Exploring, why: str, begun: float, notes: list[str]) -> CodeReport:
    return CodeReport(
        "unknown", program, wanted, False, 0, 0, 0, None, (), (), None, why, time.monotonic() - begun, tuple(notes)
    )
