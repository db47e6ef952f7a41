"""A sheet of facts: a label and words on each line, the words wrapped under themselves."""

from collections.abc import Iterable
from textwrap import wrap
from typing import NamedTuple

from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.widgets.drawing import Cell, Row

LABEL = 11
"""Cells of the labels' column."""


class Fact(NamedTuple):
    """``style`` is that of the words; an empty label continues the fact above."""

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
