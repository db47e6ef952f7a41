"""The frame around a pane's drawing: a box, or only a title line on low terminals."""

from rich.cells import cell_len

from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, filled

LEAST = (12, 2)
"""The least width and height, in cells, at which a pane shows anything."""


def inside(width: int, height: int, boxed: bool) -> tuple[int, int]:
    """The width and height, in cells, that the frame leaves for the drawing."""
    return (width - 4, height - 2) if boxed else (width - 2, height - 1)


def framed(drawing: Drawing, width: int, height: int, glyphs: Glyphs, *, boxed: bool, focused: bool) -> list[Row]:
    """The framed drawing: exactly ``height`` rows of exactly ``width`` cells. What does not fit is cut."""
    inner, room = inside(width, height, boxed)
    edge = "focus" if focused else "line"
    rows = [_title(drawing, width, glyphs, boxed, focused, edge)]
    for n in range(room):
        row = filled(drawing.rows[n] if n < len(drawing.rows) else [], inner)
        # The background of a selected row reaches up to the frame on both sides.
        ground = "text@" if row and row[0].style.endswith("@") and row[-1].style.endswith("@") else "text"
        margin = Cell(" ", ground)
        if boxed:
            rows.append([Cell(glyphs.side, edge), margin, *row, margin, Cell(glyphs.side, edge)])
        else:
            rows.append([margin, *row, margin])
    if boxed:
        rows.append([Cell(glyphs.corners[2] + glyphs.line * (width - 2) + glyphs.corners[3], edge)])
    return rows


def _title(drawing: Drawing, width: int, glyphs: Glyphs, boxed: bool, focused: bool, edge: str) -> Row:
    """``╭─ » list ───── 34 messages ─╮``; the mark ``»`` shows the focus without colour."""
    left, right = (glyphs.corners[0], glyphs.corners[1]) if boxed else (glyphs.line, glyphs.line)
    mark = f" {glyphs.focus} " if focused else " "
    title = clause(drawing.title, width - 8, glyphs)
    used = cell_len(mark) + cell_len(title) + 1
    room = width - 4 - used - 3
    note = f" {clause(drawing.note, room, glyphs)} " if drawing.note and room >= 6 else ""
    rule = width - 4 - used - cell_len(note)
    name = "title.focus" if focused else "title"
    return [
        Cell(left + glyphs.line, edge),
        Cell(mark, "title.focus"),
        Cell(title + " ", name),
        Cell(glyphs.line * rule, edge),
        Cell(note, "soft"),
        Cell(glyphs.line + right, edge),
    ]
