"""The events in words, newest last: who did what, and when."""

from msgmux_tui.glyphs import Glyphs
from msgmux_tui.styles import hue
from msgmux_tui.view import Line, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, count, fit
from msgmux_tui.widgets.pane import Pane

WIDE = 54
"""Cells from which on producers, the queue and consumers have a column each, in which their words begin."""

LOUD = {
    "failed": "alarm",
    "violation": "alarm",
    "blocked": "warn",
    "stalled": "warn",
    "skipped": "warn",
    "note": "strong",
}
"""Kinds of events whose words stand out."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The last lines that fit."""
    lines = view.lines[-height:] if height > 0 else ()
    columns = width >= WIDE
    rows = [_row(line, width, glyphs, columns=columns) for line in lines]
    return Drawing("events", f"{count(view.state.event)} so far", rows)


def _row(line: Line, width: int, glyphs: Glyphs, *, columns: bool) -> Row:
    time = Cell(f"{line.time:6.1f} ", "faint")
    look = LOUD.get(line.kind, "text" if line.role != "queue" else "soft")
    who = " ".join(line.actors[:6]) + (f" +{len(line.actors) - 6}" if len(line.actors) > 6 else "")
    if not columns:
        return [time, *_told(who, line, look, width - 7, glyphs)]
    step = max(6, min(24, (width - 44) // 2))
    before = {"producer": 0, "queue": step, "consumer": 2 * step}[line.role]
    room = width - 7 - before
    return [time, Cell(" " * before, "text"), *_told(who, line, look, room, glyphs)]


def _told(who: str, line: Line, look: str, room: int, glyphs: Glyphs) -> Row:
    if not who:
        return [Cell(clause(line.text, room, glyphs), look)]
    style = hue(line.actors[0]) if line.role == "producer" and len(line.actors) == 1 else "strong"
    return [
        Cell(fit(who, min(len(who), room), glyphs), style),
        Cell(" " + clause(line.text, room - len(who) - 1, glyphs), look),
    ]


class EventsPane(Pane):
    """What happened."""

    HELP = """\
# Events

Everything that happens, in the order in which it happened, newest last: who put what, who got what, what was taken
out and why. Equal neighbours are told in one line: "C1 C2 got 41–44".

On a wide screen producers stand at the left, the queue itself further in, and consumers at the right.
"""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
