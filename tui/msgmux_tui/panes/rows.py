"""Functions shared by the panes of producers and consumers: one row for each, scrolled to the selected one."""

from collections.abc import Sequence

from msgmux_tui.narration.describe import known, named
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Row, fit, gauge


def window(total: int, chosen: int | None, height: int) -> range:
    """The indices of the shown rows: from the first, scrolled only as far as the selected row needs."""
    first = 0 if chosen is None else max(0, chosen - height + 1)
    return range(first, min(total, first + height))


def more(total: int, shown: int) -> str:
    """``5``, or ``2 of 5 shown`` if not all fit."""
    return str(total) if shown >= total else f"{shown} of {total} shown"


def name_cell(tag: str, name: str, width: int, style: str, target: str, glyphs: Glyphs) -> Cell:
    """The cell with tag and name: ``P1 orders``."""
    return Cell(fit(named(tag, name), width, glyphs), style, target)


def gauge_cells(level: int | None, capacity: int, slots: int, glyphs: Glyphs) -> Row:
    """The level of a channel: boxes, then ``level/capacity`` in five cells. A full channel stands out, as it blocks."""
    if level is None:
        words = f"{known(level)}/{capacity}"
        # Too many for five cells are left out: a share of them is unknown.
        words = words if len(words) <= 5 else known(level)
        return [Cell(f"{'':{slots}} {words:<5}", "soft")]
    taken, free = gauge(level, capacity, slots, glyphs)
    pad = " " * (slots - len(taken) - len(free))
    full = level >= capacity
    numbers = f"{level}/{capacity}"
    if len(numbers) > 5:
        numbers = f"{level / capacity:.0%}"
    return [
        Cell(taken, "alarm" if full else "text"),
        Cell(free, "faint"),
        Cell(f"{pad} {numbers:<5}", "alarm" if full else "soft"),
    ]


def chosen_index(view: View, role: str, names: Sequence[str]) -> int | None:
    """The index of the selected one among ``names``, or None."""
    selected = view.selected
    if selected is None or selected.role != role or selected.name not in names:
        return None
    return names.index(selected.name)


def neighbour(view: View, role: str, names: Sequence[str], step: int) -> str | None:
    """The name ``step`` rows from the selected one; the first or the last if none of these is selected."""
    if not names:
        return None
    at = chosen_index(view, role, names)
    if at is None:
        return names[0] if step > 0 else names[-1]
    return names[min(max(at + step, 0), len(names) - 1)]
