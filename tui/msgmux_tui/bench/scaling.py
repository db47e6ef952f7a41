"""How the rate changes with more consumers, producers and retained messages, and with a shorter switch interval."""

import sys
from statistics import median
from typing import ClassVar

from msgmux_tui.bench.measuring import Effort, Run, Say, Shape, beside_yardstick, fitting, run
from msgmux_tui.bench.ours import Msgmux, MsgmuxBatches
from msgmux_tui.bench.report import Cells, Table
from msgmux_tui.bench.retention import fill

COUNTS = (1, 2, 4, 8, 16)
RETAINED = (0, 10_000, 100_000, 1_000_000)
HASTY, USUAL = 0.0002, 0.005
"""Two switch intervals in seconds: a very short one, and Python's default."""
GOAL = 0.9


class Retaining(MsgmuxBatches):
    """A list that holds many old messages already."""

    retained: ClassVar[int]

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, 0)
        self.queue.configure(retention=None)
        fill(self.queue, self.retained)
        self.outs = [self.queue.register_consumer(f"c{number}", start="newest") for number in range(consumers)]


def retaining(messages: int) -> type[Retaining]:
    """The class of queues that retain that many messages."""
    return type(f"Retaining{messages}", (Retaining,), {"retained": messages, "name": f"{messages:,} retained"})


def measure(effort: Effort, say: Say) -> list[Table]:
    """Four tables: consumers, producers, retained messages, switch interval."""
    counts = COUNTS[:4] if effort.quick else COUNTS
    retained = RETAINED[:3] if effort.quick else RETAINED
    say("scaling with consumers")
    tables = _by_count("consumers", [(1, count) for count in counts], effort)
    say("scaling with producers")
    tables += _by_count("producers", [(count, 1) for count in counts], effort)
    say("scaling with retained messages")
    makes = [retaining(messages) for messages in retained]
    sent = fitting(makes[0], (1, 1), effort.seconds)
    rounds = [[run(make, (1, 1), sent) for make in makes] for _ in range(effort.rounds)]
    cells: Cells = tuple([median([r[place].rate / r[0].rate for r in rounds]) for place in range(len(makes))])
    columns = tuple([f"{messages:,}" for messages in retained])
    tables.append(
        Table(
            "scaling-retained", "Rate with so many messages retained (1x1)", "ratio", "more", columns, {"msgmux": cells}
        )
    )
    say("hasty switches of threads")
    return [*tables, _switching(effort)]


def _by_count(what: str, shapes: list[Shape], effort: Effort) -> list[Table]:
    found = [beside_yardstick([MsgmuxBatches, Msgmux], shape, effort) for shape in shapes]
    columns = tuple([f"{max(shape)} {what}" for shape in shapes])
    rates: dict[str, Cells] = {name: tuple([each[name].rate for each in found]) for name in found[0]}
    ratios: dict[str, Cells] = {name: tuple([each[name].wall_ratio for each in found]) for name in found[0]}
    return [
        Table(f"scaling-{what}", f"Rate by the number of {what}", "messages/s", "more", columns, rates),
        Table(f"scaling-{what}-ratio", "The same beside the yardstick", "ratio", "more", columns, ratios),
    ]


def _switching(effort: Effort) -> Table:
    before = sys.getswitchinterval()
    messages = fitting(MsgmuxBatches, (3, 3), effort.seconds)

    def at(interval: float) -> Run:
        sys.setswitchinterval(interval)
        return run(MsgmuxBatches, (3, 3), messages)

    try:
        pairs = [(at(HASTY), at(USUAL)) for _ in range(effort.rounds)]
    finally:
        sys.setswitchinterval(before)
    cells: Cells = (
        median([hasty.rate / usual.rate for hasty, usual in pairs]),
        median([hasty.cpu_rate / usual.cpu_rate for hasty, usual in pairs]),
    )
    title = "Rate at a switch interval of 0.2 ms beside that at 5 ms (3x3)"
    return Table("switching", title, "ratio", "more", ("wall", "CPU"), {"msgmux": cells}, {"msgmux": (GOAL, None)})
