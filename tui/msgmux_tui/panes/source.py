"""Lines of source with line numbers and syntax highlighting, one of them marked."""

from collections.abc import Container, Sequence

from msgmux.checker.records import SourceLine
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.widgets.drawing import Cell, Row, filled, fit, picked
from msgmux_tui.widgets.syntax import coloured

NUMBERS = 6
"""The width of the line number and its mark, in cells."""


def code_rows(
    lines: Sequence[SourceLine],
    here: int,
    width: int,
    glyphs: Glyphs,
    *,
    indent: int = 0,
    told: Container[int] = (),
) -> list[Row]:
    """One row for each line, without its first ``indent`` characters. The line number ``here`` is marked; the lines
    ``told``, which are mentioned beside the source, have a weaker mark.
    """
    texts = [fit(line.text[indent:].rstrip().expandtabs(4), max(1, width - NUMBERS), glyphs) for line in lines]
    rows: list[Row] = []
    for line, pieces in zip(lines, coloured(texts), strict=True):
        at = line.number == here
        mark = glyphs.pick if at else glyphs.dot if line.number in told else " "
        row = [Cell(f"{line.number:>4}", "faint"), Cell(mark, "strong" if at else "warn"), Cell(" ", "code")]
        row = filled([*row, *[Cell(text, style) for text, style in pieces]], width, "code")
        rows.append(picked(row) if at else row)
    return rows
