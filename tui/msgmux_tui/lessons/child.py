"""The checker in a child process: a search is all computing, and a screen must go on meanwhile."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from msgmux.checker import Program
from msgmux.checker.search import Tally
from msgmux.errors import MsgmuxError
from msgmux_tui.lessons.findings import Findings, arguments, read_findings, read_tally
from msgmux_tui.lessons.model import Goal

VERDICTS = (0, 1, 3)
"""Exit codes of a search that has come to an end."""


async def search_in_child(program: Program, goal: Goal, folder: Path, progress: Callable[[Tally], object]) -> Findings:
    """What ``msgmux-tui check`` finds. ``folder`` is for files in between.

    Raises :class:`MsgmuxError` with the child's own words where it fails, and ends it when the task is cancelled.
    """
    name = program.harness
    if not name:
        path = folder / "program.toml"
        path.write_text(program.scenario, "utf-8")
        name = str(path)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "msgmux_tui",
        *arguments(name, program.variant, goal),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None and child.stderr is not None
    said = ""
    try:
        # The report is printed at the end, after the progress.
        report = asyncio.ensure_future(child.stdout.read())
        async for line in child.stderr:
            if line.startswith(b"{"):
                progress(read_tally(line))
            else:
                said = line.decode("utf-8", "replace").strip()
        found = await report
        code = await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if code not in VERDICTS:
        raise MsgmuxError(f"the checker has ended with code {code}: {said}")
    return read_findings(found)
