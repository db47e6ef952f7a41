"""Drawings as plain values: runs of text with the name of a style, and functions that several panes share.

Drawings are plain values. A test reads them with :func:`plain`; the widget (:mod:`msgmux_tui.widgets.pane`) turns
the names into colours.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from msgmux_tui.theme.glyphs import Glyphs


class Cell(NamedTuple):
    """A run of text in one style. ``target`` is what a click on it selects, ``"consumer:billing"`` or ``"message:41"``,
    or the action that it runs, ``"action:pause"``; empty: nothing.
    """

    text: str
    style: str
    target: str = ""


Row = list[Cell]


class Drawing(NamedTuple):
    """The inside of a pane, and the two texts of its title line."""

    title: str
    note: str
    rows: list[Row]


def row_width(row: Row) -> int:
    """The width of the row in terminal cells."""
    return sum([len(cell.text) if cell.text.isascii() else cell_len(cell.text) for cell in row])


def filled(row: Row, width: int, style: str = "text") -> Row:
    """The row, cut or padded to exactly ``width`` cells."""
    used = row_width(row)
    if used == width:
        return row
    if used < width:
        return [*row, Cell(" " * (width - used), style)]
    cut: Row = []
    left = width
    for cell in row:
        size = cell_len(cell.text)
        if size > left:
            cut.append(Cell(set_cell_size(cell.text, left), cell.style, cell.target))
            break
        cut.append(cell)
        left -= size
    return cut


def fit(words: str, width: int, glyphs: Glyphs, *, right: bool = False) -> str:
    """A user's text padded or cut to exactly ``width`` cells; a cut text ends in an ellipsis."""
    words = glyphs.text(words)
    size = len(words) if words.isascii() else cell_len(words)
    if size > width:
        return set_cell_size(words, max(0, width - 1)).rstrip().ljust(max(0, width - 1)) + glyphs.ellipsis * min(
            1, width
        )
    return " " * (width - size) + words if right else words + " " * (width - size)


def clause(words: str, width: int, glyphs: Glyphs) -> str:
    """A text cut to at most ``width`` cells, at the end of a word if possible."""
    words = glyphs.text(words)
    if cell_len(words) <= width:
        return words
    cut = set_cell_size(words, max(0, width - 1))
    whole = cut.rsplit(" ", 1)[0] if words[len(cut) : len(cut) + 1] != " " else cut.rstrip()
    kept = (whole if len(whole) >= width // 2 else cut).rstrip(" ,;:")
    return kept + glyphs.ellipsis


def count(n: int) -> str:
    """A number with thousands separators: ``12,041``."""
    return f"{n:,}"


def short(n: int) -> str:
    """A number in at most five characters: ``213k``, ``1.2M``."""
    if n < 10_000:
        return f"{n:,}"
    return f"{n / 1e3:.0f}k" if n < 999_500 else f"{n / 1e6:.1f}M"


def rate(value: float) -> str:
    """Messages a second, in at most six characters."""
    if value >= 9_950:
        return f"{short(round(value))}/s"
    return f"{value:,.0f}/s" if value >= 9.95 else f"{value:.1f}/s"


def seconds(value: float) -> str:
    """A duration: ``0.6 s``, ``83 s``."""
    return f"{value:.1f} s" if value < 60 else f"{value:,.0f} s"


def moment(time: float) -> str:
    """A time in seconds of the session: ``9.6``, ``1:09.7`` or ``1:00:09.7``. Used wherever a time is shown."""
    tenths = round(time * 10)
    if tenths < 600:
        return f"{tenths / 10:.1f}"
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"


def clock(time: float) -> str:
    """Like :func:`moment`, with a unit where there is no colon: ``9.6 s``, ``1:09.7``."""
    words = moment(time)
    return words if ":" in words else f"{words} s"


def spark(values: Sequence[float], width: int, top: float, glyphs: Glyphs) -> str:
    """A sparkline of the last ``width`` values; ``top`` is the value of a full bar."""
    if width <= 0:
        return ""
    steps, scale = glyphs.steps, (len(glyphs.steps) - 1) / top if top > 0 else 0.0
    bars = "".join([steps[min(7, int(value * scale + 0.999))] for value in values[-width:]])
    return bars.rjust(width)


def gauge(level: int, capacity: int, slots: int, glyphs: Glyphs) -> tuple[str, str]:
    """The level of a channel as at most ``slots`` boxes. Returns the filled boxes and the empty boxes, as two texts.

    A channel with a capacity up to ``slots`` has one box for each message. In a larger one a single message fills a
    box already, and only a full channel fills all boxes.
    """
    slots = min(slots, capacity)
    taken = min(slots, -(-level * slots // capacity))
    if taken == slots and level < capacity:
        taken -= 1
    return glyphs.slot * taken, glyphs.room * (slots - taken)


def picked(row: Row) -> Row:
    """The row with the background of a selected row."""
    return [
        Cell(cell.text, cell.style if cell.style.startswith("fill.") else cell.style + "@", cell.target) for cell in row
    ]


def plain(rows: Iterable[Row]) -> str:
    """The rows as plain text, for tests and for copying."""
    return "\n".join(["".join([cell.text for cell in row]).rstrip() for row in rows])
