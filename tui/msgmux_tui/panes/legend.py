"""The legend: every mark, drawn as it is drawn in the panes, and what it means."""

from msgmux.settings import Settings
from msgmux.state import CleanerState, ConsumerState, NodeState, ProducerState, QueueState
from msgmux_tui.panes.blocks import block, ghost_block, grid, look
from msgmux_tui.panes.rows import gauge_cells
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.styles import hue
from msgmux_tui.viewmodel.view import Ghost, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, filled
from msgmux_tui.widgets.pane import SheetPane

SAMPLE = 14
"""The width of a sample, in cells."""
NOW = 10.0


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """A sample and its meaning on each line."""
    return Drawing(
        "legend",
        "",
        [[*filled([Cell(" ", "text"), *sample], SAMPLE), Cell(words, "text")] for sample, words in _lines(glyphs)],
    )


def _lines(glyphs: Glyphs) -> list[tuple[Row, str]]:
    def chip(seq: int, age: float = 1.0, cursors: tuple[int, ...] = (0, 0), tag: str = "P1") -> Row:
        seen = _view(NodeState(seq, 1, "orders", 1, tag, seq, NOW - age, ""), cursors)
        size = grid(seen.state, 40, 1, glyphs)
        return block(seen, seen.state.nodes[0], look(seen), size, 1, glyphs)[0]

    gone = _view(NodeState(9, 1, "orders", 1, "P1", 9, NOW, ""), (9,))
    size = grid(gone.state, 40, 1, glyphs)
    evicted = ghost_block(gone, Ghost(8, "P1", "expired", NOW), size, glyphs)[0]
    cursor = [Cell(f"{glyphs.flag}C2 18+2", "strong")]
    return [
        (chip(41), "a message: its producer's tag and colour, its number"),
        (chip(42, cursors=(50, 0)), f"{glyphs.one_left} only one consumer has not had it"),
        (chip(43, cursors=(50, 50)), f"{glyphs.all_had} everybody has had it"),
        (chip(44, age=9.0), f"{glyphs.chip_old} its retention is up: it goes once everybody has had it"),
        (chip(45, cursors=(45, 0)), "bright: a cursor stands here"),
        (evicted, f"{glyphs.gone} just evicted"),
        (cursor, "C2's cursor: 18 more wait in the list, 2 in its channel"),
        ([Cell(f"{glyphs.flag}C2{glyphs.stalled} 18+2", "warn")], "the same of one that does not read"),
        ([Cell(f"{glyphs.elided * 2} 35 {glyphs.elided * 2}", "soft")], "35 messages that there is no room for"),
        (gauge_cells(1, 2, 2, glyphs), "a channel: 1 of 2 places taken"),
        (gauge_cells(2, 2, 2, glyphs), "a full one: it holds up whoever fills it, and nobody else"),
        ([Cell(f" {glyphs.full} BLOCKED ", "fill.alarm")], "a producer that waits in put: backpressure"),
        (
            [Cell("P1", hue("P1")), Cell(" P2", hue("P2")), Cell(" P3", hue("P3"))],
            "producers have colours, consumers have none",
        ),
        ([Cell(f"{glyphs.ok} ", "ok"), Cell(f"{glyphs.bad} ", "alarm")], "an invariant that held; one that was broken"),
    ]


def _view(node: NodeState, cursors: tuple[int, ...]) -> View:
    consumers = {f"c{n}": ConsumerState(f"c{n}", n, f"C{n}", 2, cursor) for n, cursor in enumerate(cursors)}
    producers = {"orders": ProducerState("orders", 1, "P1", 4)}
    return View(
        QueueState(1, node.seq, node.seq, producers, consumers, Settings(4.0, 1.0), CleanerState(), (node,), 1), NOW
    )


class LegendPane(SheetPane):
    """All marks."""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
