"""Messages a second, in several shapes, by each way of using this queue and by each peer."""

from msgmux_tui.bench.measuring import Effort, Measured, Say, Shape, beside_yardstick, words
from msgmux_tui.bench.ours import Msgmux, MsgmuxBatches, MsgmuxIteration, MsgmuxMany
from msgmux_tui.bench.peers import ALL_OTHERS, Queues, SimpleQueuesOfLists
from msgmux_tui.bench.report import Cells, Table
from msgmux_tui.bench.systems import System

SHAPES: tuple[Shape, ...] = ((1, 1), (3, 3), (1, 8))
WIDE: tuple[Shape, ...] = ((8, 1), (8, 8))
"""Shapes that are left out of a quick run."""

OURS: tuple[type[System], ...] = (MsgmuxBatches, MsgmuxIteration, Msgmux, MsgmuxMany)
GOALS = {
    MsgmuxBatches.name: (1.1, 1.4, 1.8, None, None),
    MsgmuxIteration.name: (0.7, 0.7, 0.7, None, None),
    MsgmuxMany.name: (None, 1.8, None, None, None),
}
STANDARD_GOALS: Cells = (10, 25, 25, None, None)
"""The ratios to the yardstick and to the standard queue that the core should reach; see the README."""


def measure(effort: Effort, say: Say) -> list[Table]:
    """Ratios to the yardstick by wall time and by CPU time, and the rates themselves."""
    shapes = SHAPES if effort.quick else SHAPES + WIDE
    candidates: tuple[type[System], ...] = (SimpleQueuesOfLists, *ALL_OTHERS)
    peers = [peer for peer in candidates if peer.installed()]
    found: dict[Shape, dict[str, Measured]] = {}
    for shape in shapes:
        say(f"throughput {words(shape)}")
        found[shape] = beside_yardstick([*OURS, *peers], shape, effort)
    names = list(found[shapes[0]])
    columns = tuple([words(shape) for shape in shapes])
    goals = {name: cells[: len(shapes)] for name, cells in GOALS.items()}
    note = "producers x consumers; every consumer gets every message; the yardstick is a SimpleQueue per consumer"

    def rows(figure: str) -> dict[str, tuple[float | None, ...]]:
        return {name: tuple([getattr(found[shape][name], figure) for shape in shapes]) for name in names}

    standard = tuple([found[shape][MsgmuxBatches.name].rate / found[shape][Queues.name].rate for shape in shapes])
    beside_standard: dict[str, Cells] = {MsgmuxBatches.name: standard}
    return [
        Table("ratio-wall", "Rate beside the yardstick", "ratio", "more", columns, rows("wall_ratio"), goals, note),
        Table(
            "ratio-cpu",
            "Rate for the same CPU time, beside the yardstick",
            "ratio",
            "more",
            columns,
            rows("cpu_ratio"),
            goals,
            note,
            True,
        ),
        Table(
            "ratio-queue",
            "Rate beside a queue.Queue per consumer",
            "ratio",
            "more",
            columns,
            beside_standard,
            {MsgmuxBatches.name: STANDARD_GOALS[: len(shapes)]},
        ),
        Table("rate", "Messages a second", "messages/s", "more", columns, rows("rate"), {}, note),
        Table("cpu", "CPU time of a message", "µs", "less", columns, rows("cpu_microseconds"), {}, note),
    ]
