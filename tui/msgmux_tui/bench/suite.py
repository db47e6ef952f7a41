"""Perform the groups that are wanted, and make the report of them."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from msgmux import __version__
from msgmux_tui.bench.groups import GROUPS
from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.peers import OTHERS, Reactive
from msgmux_tui.bench.report import Report, Table


def perform(only: Sequence[str], effort: Effort, say: Say) -> Report:
    """Measure the groups named (none: all). ``say`` is told what is going on."""
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
        left_out=tuple([peer.name for peer in (*OTHERS, Reactive) if not peer.installed()]),
        tables=tuple(tables),
    )
