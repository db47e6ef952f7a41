"""A lesson's card: what is to be read now, in pages where it is longer than the pane."""

import textwrap
from collections.abc import Iterator
from typing import ClassVar

from msgmux_tui.glyphs import Glyphs
from msgmux_tui.view import CardView, Paragraph, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, fit
from msgmux_tui.widgets.pane import Pane

MARGIN = 6
"""Cells left and right of a large card's text."""


def pages(card: CardView, width: int, height: int, glyphs: Glyphs) -> list[list[Row]]:
    """The card's rows in pages of ``height`` rows, at least one. A paragraph is not torn where it fits on a page."""
    made: list[list[Row]] = [[]]
    for paragraph in card.paragraphs:
        rows = list(_wrapped(paragraph, width, card.large, glyphs))
        # A line between two paragraphs, where that is not code.
        gap: list[Row] = [[]] if card.large and made[-1] and not paragraph.code else []
        if len(made[-1]) + len(gap) + len(rows) > height and made[-1]:
            if len(rows) <= height or len(made[-1]) >= height - 1:
                made.append([])
                gap = []
        for row in gap + rows:
            if len(made[-1]) == height:
                made.append([])
            made[-1].append(row)
    return made


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> tuple[Drawing, int]:
    """The card, and how many pages it has."""
    card = view.card
    if card is None or height < 2:
        return Drawing("", "", []), 1
    inner = width - 2 * MARGIN if card.large else width
    made = pages(card, inner, height - 1, glyphs)
    page = min(card.page, len(made) - 1)
    left = [Cell(" " * MARGIN, "text")] if card.large else []
    rows = [[*left, *row] for row in made[page]]
    rows += [[] for _ in range(height - 1 - len(rows))]
    below = card.below
    more = " (page {} of {})".format(page + 1, len(made)) if len(made) > 1 else ""
    rows.append([*left, Cell(fit(below.text, inner, glyphs), below.style)])
    return Drawing(glyphs.text(card.title) + more, card.note, rows), len(made)


def _wrapped(paragraph: Paragraph, width: int, large: bool, glyphs: Glyphs) -> Iterator[Row]:
    style = "strong" if large and paragraph.style == "text" and not paragraph.code else paragraph.style
    text = glyphs.text(paragraph.text)
    if paragraph.code:
        yield [Cell(fit(text, width, glyphs), style)]
        return
    for line in textwrap.wrap(text, width, subsequent_indent=" " * paragraph.indent) or [""]:
        yield [Cell(line, style)]


class CardPane(Pane, can_focus=False):
    """The panel of a lesson. ``pages`` is the number of its pages as it was last drawn."""

    HELP: ClassVar[str | None] = None
    pages = 1

    def draw(self, view: View, width: int, height: int) -> Drawing:
        drawing, self.pages = draw(view, width, height, self.glyphs)
        return drawing
