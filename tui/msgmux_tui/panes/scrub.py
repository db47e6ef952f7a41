"""The player's scrub bar: the length of the list and the largest lag over time, and the current position."""

from typing import ClassVar

from textual import events
from textual.message import Message

from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import Scrub, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clock, short, spark
from msgmux_tui.widgets.pane import Pane

LABEL = 15
"""The width of the labels before the bars, in cells."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """Two rows: the list's length and the largest lag. The position is a column; markers are in the first row."""
    scrub = view.scrub
    if scrub is None:
        return Drawing("", "", [])
    room = max(1, width - LABEL - 9)
    begin, span = scrub.begin, max(1e-9, scrub.end - scrub.begin)
    at = _column(view.now, begin, span, room)
    marks = {_column(time, begin, span, room) for time in scrub.markers}
    rows: list[Row] = []
    ends = (clock(scrub.begin), clock(scrub.end))
    for number, (name, values) in enumerate((("length", scrub.lengths), ("lag", scrub.lags))):
        columns = _columns(values, scrub, room)
        top = max(columns, default=0)
        bars = spark(columns, room, float(top), glyphs)
        row = [Cell(f" {name:<6} {f'to {short(top)}':>7} ".ljust(LABEL)[:LABEL], "raised.soft")]
        for column, bar in enumerate(bars):
            target = f"seek:{begin + (column + 0.5) * span / room:.6f}"
            mark = number == 0 and column in marks and column != at
            style = "fill.replay" if column == at else "raised.warn" if mark else "raised.soft"
            row.append(Cell(glyphs.focus if mark else bar, style, target))
        row.append(Cell(f" {ends[number]:>7} ", "raised.soft"))
        rows.append(row)
    return Drawing("", "", rows)


def _column(time: float, begin: float, span: float, room: int) -> int:
    return min(room - 1, max(0, int((time - begin) / span * room)))


def _columns(values: tuple[int, ...], scrub: Scrub, room: int) -> list[int]:
    """By column: the largest value in the column's interval of time."""
    if not values:
        return [0] * room
    columns: list[int] = []
    for column in range(room):
        first = column * len(values) // room
        last = max(first + 1, (column + 1) * len(values) // room)
        columns.append(max(values[first:last], default=0))
    return columns


class ScrubPane(Pane, can_focus=False):
    """The scrub bar, above the caption while a history or recording is shown."""

    FRAMED: ClassVar[bool] = False

    class Seek(Message):
        """The user clicked on a moment, in seconds."""

        def __init__(self, seconds: float) -> None:
            super().__init__()
            self.seconds = seconds

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)

    def on_click(self, event: events.Click) -> None:
        kind, _, where = self.target_at(event.x, event.y).partition(":")
        if kind == "seek":
            self.post_message(self.Seek(float(where)))
