"""``msgmux-tui bench``: runs the chosen groups, and prints, stores, draws and compares their results."""

import os
import platform
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console

from msgmux import __version__
from msgmux_tui.bench.groups import GROUPS
from msgmux_tui.bench.measuring import QUICK, THOROUGH, Effort, Say
from msgmux_tui.bench.peers import ALL_OTHERS
from msgmux_tui.bench.plot import draw
from msgmux_tui.bench.report import Report, Table, read, write
from msgmux_tui.bench.tables import show


class BenchOptions(msgspec.Struct, frozen=True):
    """The command line's options."""

    quick: bool = False
    only: tuple[str, ...] = ()
    store: Path | None = None
    plot: Path | None = None
    compare: Path | None = None


def measure_and_tell(wanted: BenchOptions) -> None:
    """Run the benchmark and print the results. Raises before it begins: :class:`ValueError` for an unknown group or a
    wrong report, :class:`OSError` for a file that cannot be read or written.
    """
    unknown = [name for name in wanted.only if name not in GROUPS]
    if unknown:
        raise ValueError(f"bench has no group {unknown[0]!r}; there are: {', '.join(GROUPS)}")
    if wanted.plot is not None and wanted.plot.suffix != ".svg":
        raise ValueError(f"{wanted.plot}: the plot is an SVG picture; give a name that ends in .svg")
    before = None if wanted.compare is None else read(wanted.compare)
    with ExitStack() as files:
        for path in (wanted.store, wanted.plot):
            if path is not None:
                # Opened for appending, so that an earlier result is kept until there is a new one.
                files.enter_context(path.open("ab"))
    console, progress = Console(), Console(stderr=True)
    report = perform(wanted.only, QUICK if wanted.quick else THOROUGH, lambda words: progress.print(f"… {words}"))
    show(report, before, console)
    if wanted.store is not None:
        write(report, wanted.store)
    if wanted.plot is not None:
        draw(report, wanted.plot)


def perform(only: Sequence[str], effort: Effort, say: Say) -> Report:
    """Measure the named groups (none: all). ``say`` is called with a line for each thing that begins."""
    tables: list[Table] = []
    for name in only or GROUPS:
        tables += GROUPS[name](effort, say)
    return Report(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        machine=f"{platform.system()} {platform.machine()}",
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        program=__version__,
        quick=effort.quick,
        left_out=tuple([peer.name for peer in ALL_OTHERS if not peer.installed()]),
        tables=tuple(tables),
    )
