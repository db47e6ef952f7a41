"""A lesson's card: what is to be read now, in pages where it is longer than the pane."""

import textwrap
from collections.abc import Iterator
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len, set_cell_size

from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import CardView, Paragraph, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, filled, fit
from msgmux_tui.widgets.pane import Pane

MARGIN, NARROW_MARGIN = 6, 2
"""Cells left and right of a large card's text, where there are a hundred, and where there are fewer."""
ROOMY = 12
"""Rows from which on a large card has lines between its paragraphs, whatever comes on the next page then."""
LEAST_COLUMN = 50
"""Cells that a column of code needs."""
CODE_HANG = 4
"""Cells by which the rest of a long line of code stands further to the right."""


def pages(card: CardView, width: int, height: int, glyphs: Glyphs) -> list[list[Row]]:
    """The card's rows in pages of ``height`` rows, at least one; with lines between the paragraphs if all fits so."""
    spaced = _paged(card, width, height, glyphs, spaced=True)
    roomy = card.large and height >= ROOMY
    return spaced if roomy or len(spaced) == 1 else _paged(card, width, height, glyphs, spaced=False)


def _paged(card: CardView, width: int, height: int, glyphs: Glyphs, *, spaced: bool) -> list[list[Row]]:
    """A paragraph is not torn where it fits on a page."""
    made: list[list[Row]] = [[]]
    before: Paragraph | None = None
    for paragraph, rows in _blocks(card, width, glyphs):
        used = len(made[-1])
        # What hangs together, as choices do, is indented.
        apart = before is not None and not paragraph.code and not (before.indent and paragraph.indent)
        gap: list[Row] = [[]] if spaced and used and apart else []
        before = paragraph
        if used and used + len(gap) + len(rows) > height and (len(rows) <= height or used >= height - 1):
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
    margin = (MARGIN if width >= 100 else NARROW_MARGIN) if card.large else 0
    inner = width - 2 * margin
    made = pages(card, inner, height - 1, glyphs)
    page = min(card.page, len(made) - 1)
    left = [Cell(" " * margin, "text")]
    rows = [[*left, *row] for row in made[page]]
    rows += [[] for _ in range(height - 1 - len(rows))]
    rows.append([*left, Cell(fit(card.below.text, inner, glyphs), card.below.style)])
    more = f" (page {page + 1} of {len(made)})" if len(made) > 1 else ""
    return Drawing(glyphs.text(card.title) + more, card.note, rows), len(made)


def _blocks(card: CardView, width: int, glyphs: Glyphs) -> Iterator[tuple[Paragraph, list[Row]]]:
    """The rows of each paragraph. Columns of code stand side by side, or one below the other."""
    for paragraph in card.paragraphs:
        yield paragraph, _wrapped(paragraph, width, card.large, glyphs)
    if len(card.columns) * LEAST_COLUMN > width:
        for column in card.columns:
            yield from [(paragraph, _wrapped(paragraph, width, card.large, glyphs)) for paragraph in column]
        return
    each = (width - 2) // max(1, len(card.columns))
    # Row by row: each column flows by itself, since a line of one may be wrapped where the other's is not.
    flowing = [
        [row for paragraph in column for row in _wrapped(paragraph, each - 2, False, glyphs)] for column in card.columns
    ]
    for side_by_side in zip_longest(*flowing, fillvalue=[]):
        yield Paragraph("", code=True), [[cell for row in side_by_side for cell in filled(row, each)]]


def _wrapped(paragraph: Paragraph, width: int, large: bool, glyphs: Glyphs) -> list[Row]:
    style = "strong" if large and paragraph.style == "text" and not paragraph.code else paragraph.style
    if paragraph.code:
        return code_rows(paragraph, width, glyphs)
    text = glyphs.text(paragraph.text)
    lines = textwrap.wrap(text, width, subsequent_indent=" " * paragraph.indent) or [""]
    return [[Cell(line, style, paragraph.target)] for line in lines]


def code_rows(paragraph: Paragraph, width: int, glyphs: Glyphs) -> list[Row]:
    """A line of code in as many rows as it needs; what goes on is indented below where the line begins."""
    cells = [Cell(glyphs.text(text), style) for text, style in paragraph.spans or ((paragraph.text, paragraph.style),)]
    whole = "".join([cell.text for cell in cells])
    hang = min(len(whole) - len(whole.lstrip("+- ")) + CODE_HANG, width // 2)
    rows: list[Row] = [[]]
    room = width
    for cell in cells:
        rest = cell.text
        while rest:
            piece, rest = _piece(rest, room, fresh=room in (width, width - hang))
            if piece:
                rows[-1].append(Cell(piece, cell.style))
                room -= cell_len(piece)
            if rest:
                rows.append([Cell(" " * hang, "text")])
                room, rest = width - hang, rest.lstrip()
    return rows


def _piece(text: str, room: int, *, fresh: bool) -> tuple[str, str]:
    """As much as there is room for, up to the end of a word; and the rest. Of a ``fresh`` row at least something."""
    if cell_len(text) <= room:
        return text, ""
    cut = set_cell_size(text, max(0, room))
    at = max(cut.rfind(" "), cut.rfind("("), cut.rfind(".")) + 1
    if at <= 0 or not cut[:at].strip():
        at = max(1, len(cut)) if fresh else 0
    return text[:at], text[at:]


class CardPane(Pane, can_focus=False):
    """The panel of a lesson. ``pages`` is the number of its pages as it was last drawn."""

    HELP: ClassVar[str | None] = """# A lesson

The card below says what to look at, and what it waits for. <lesson.on> turns on, <lesson.back> back; a digit answers a
question; <lesson.hint> gives a hint where something is to be broken. <session.open> starts the lesson again.
"""
    pages = 1

    def draw(self, view: View, width: int, height: int) -> Drawing:
        drawing, self.pages = draw(view, width, height, self.glyphs)
        return drawing
