"""The scheduling points of instrumented copies of classes (:mod:`msgmux.checker.instrument`)."""

from msgmux.runtime.scheduler import Scheduler


def point_here(label: str) -> None:
    """A scheduling point of whichever runtime runs this task; nothing, outside of all tasks."""
    runtime = Scheduler.running
    if runtime is not None:
        runtime.point(label)
