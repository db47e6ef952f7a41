"""The registry of groups. A new one is a module with ``measure(effort, say) -> list[Table]``, and a line here."""

from collections.abc import Callable

from msgmux_tui.bench import (
    attached,
    code,
    idleness,
    latency,
    retention,
    scaling,
    schedules,
    screen,
    throughput,
    watching,
)
from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.report import Table

Measure = Callable[[Effort, Say], list[Table]]

GROUPS: dict[str, Measure] = {
    "throughput": throughput.measure,
    "latency": latency.measure,
    "retention": retention.measure,
    "events": watching.measure,
    "attached": attached.measure,
    "idle": idleness.measure,
    "scaling": scaling.measure,
    "screen": screen.measure,
    "schedules": schedules.measure,
    "code": code.measure,
}
"""The groups by the name that ``--only`` takes, in the order in which they run."""
