"""The scheduling point before a line with a shared access, in a class that :mod:`msgmux.checker.instrument` copied."""

from msgmux.runtime.scheduler import Scheduler
from msgmux.runtime.virtual import VirtualRuntime


def point_here(label: str) -> None:
    """A scheduling point of whichever runtime runs this task; nothing, outside of all tasks."""
    runtime = Scheduler.running
    if isinstance(runtime, VirtualRuntime):
        runtime.point(label)
