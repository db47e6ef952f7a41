"""A sheet of facts: a label and a text on each row; a long text is wrapped within its own column."""

from collections.abc import Iterable
from textwrap import wrap
from typing import NamedTuple

from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.widgets.drawing import Cell, Row

LABEL = 11
"""The width of the column of labels, in cells."""


class Fact(NamedTuple):
    """A label and its text, with the text's ``style``. An empty label continues the fact above."""

    label: str
    words: str
    style: str = "text"


def sheet(facts: Iterable[Fact], width: int, glyphs: Glyphs) -> list[Row]:
    """The facts as rows."""
    rows: list[Row] = []
    for fact in facts:
        lines = wrap(glyphs.text(fact.words), max(10, width - LABEL - 2)) or [""]
        for number, line in enumerate(lines):
            label = fact.label if number == 0 else ""
            rows.append([Cell(f" {label:<{LABEL}}", "faint"), Cell(line, fact.style)])
    return rows
