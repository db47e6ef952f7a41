"""A lesson's card, in pages if it is longer than the pane."""

import textwrap
from collections.abc import Iterator
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len, set_cell_size

from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.letters import CELLS, ROWS, enlarged
from msgmux_tui.viewmodel.view import CardView, Paragraph, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, filled, fit
from msgmux_tui.widgets.pane import Pane

MARGIN, NARROW_MARGIN = 6, 2
"""Cells left and right of a large card's text: in a pane of at least 100 cells, and in a narrower one."""
ROOMY = 12
"""In a pane of at least this many rows a large card has blank lines between paragraphs, even if it needs more pages."""
LETTERS_FROM, LEAST_LINES, MOST_PAGES = 100, 4, 4
"""A large card is in large letters from this width in cells, this many lines to a page, and up to this many pages."""
LEAST_COLUMN = 50
"""The least cells of a column of code."""
CODE_HANG = 4
"""Cells by which the continuation of a long line of code is indented further."""


def pages(card: CardView, width: int, height: int, glyphs: Glyphs) -> list[list[Row]]:
    """The card's rows as pages of at most ``height`` rows, at least one page.

    There are blank lines between paragraphs if the card then fits on one page, or if it is large in a roomy pane.
    """
    spaced = _paged(card, width, height, glyphs, spaced=True)
    roomy = card.large and height >= ROOMY
    return spaced if roomy or len(spaced) == 1 else _paged(card, width, height, glyphs, spaced=False)


def _paged(card: CardView, width: int, height: int, glyphs: Glyphs, *, spaced: bool) -> list[list[Row]]:
    """The pages; a paragraph that fits on one page is not split."""
    made: list[list[Row]] = [[]]
    before: Paragraph | None = None
    for paragraph, rows in _blocks(card, width, glyphs):
        used = len(made[-1])
        # Consecutive indented paragraphs, such as a question's choices, have no blank line between them.
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


def in_letters(card: CardView, width: int, height: int, glyphs: Glyphs) -> list[list[Row]]:
    """The pages of a large card in large letters; empty if there is no room for them, or they would be too many.

    No page ends within a letter. Code is not enlarged, since its lines would be torn apart.
    """
    lines_a_page = height // ROWS
    has_code = card.columns or any([paragraph.code for paragraph in card.paragraphs])
    if not card.large or glyphs.ascii or has_code or width < LETTERS_FROM or lines_a_page < LEAST_LINES:
        return []
    made: list[list[Row]] = [[]]
    for paragraph in card.paragraphs:
        text = glyphs.text(paragraph.text)
        lines = textwrap.wrap(text, width // CELLS, subsequent_indent=" " * min(2, paragraph.indent)) or [""]
        used = len(made[-1]) // ROWS
        if used and used + len(lines) > lines_a_page and len(lines) <= lines_a_page:
            made.append([])
        for line in lines:
            if len(made[-1]) // ROWS == lines_a_page:
                made.append([])
            style = "strong" if paragraph.style == "text" else paragraph.style
            made[-1] += [[Cell(row, style, paragraph.target)] for row in enlarged(line)]
    return made if len(made) <= MOST_PAGES else []


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> tuple[Drawing, int]:
    """The drawing of the card, and its number of pages."""
    card = view.card
    if card is None or height < 2:
        return Drawing("", "", []), 1
    margin = (MARGIN if width >= 100 else NARROW_MARGIN) if card.large else 0
    lettered = in_letters(card, width - 2 * NARROW_MARGIN, height - 1, glyphs)
    if lettered:
        margin = NARROW_MARGIN
    inner = width - 2 * margin
    made = lettered or pages(card, inner, height - 1, glyphs)
    page = min(card.page, len(made) - 1)
    left = [Cell(" " * margin, "text")]
    rows = [[*left, *row] for row in made[page]]
    rows += [[] for _ in range(height - 1 - len(rows))]
    rows.append([*left, Cell(fit(card.below.text, inner, glyphs), card.below.style)])
    more = f" (page {page + 1} of {len(made)})" if len(made) > 1 else ""
    return Drawing(glyphs.text(card.title) + more, card.note, rows), len(made)


def _blocks(card: CardView, width: int, glyphs: Glyphs) -> Iterator[tuple[Paragraph, list[Row]]]:
    """The rows of each paragraph. Columns of code are side by side if there is room, else one below the other."""
    for paragraph in card.paragraphs:
        yield paragraph, _wrapped(paragraph, width, card.large, glyphs)
    if len(card.columns) * LEAST_COLUMN > width:
        for column in card.columns:
            yield from [(paragraph, _wrapped(paragraph, width, card.large, glyphs)) for paragraph in column]
        return
    each = (width - 2) // max(1, len(card.columns))
    # Each column flows by itself, since a line may be wrapped in one column and not in the other.
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
    """A line of code in as many rows as it needs; continuation rows are indented further than the first."""
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
    """Split ``text`` into what fits into ``room`` cells, at the end of a word if possible, and the rest.

    For an empty (``fresh``) row the first part is never empty.
    """
    if cell_len(text) <= room:
        return text, ""
    cut = set_cell_size(text, max(0, room))
    at = max(cut.rfind(" "), cut.rfind("("), cut.rfind(".")) + 1
    if at <= 0 or not cut[:at].strip():
        at = max(1, len(cut)) if fresh else 0
    return text[:at], text[at:]


class CardPane(Pane, can_focus=False):
    """The panel with a lesson's card. ``pages`` is its number of pages when it was last drawn."""

    HELP: ClassVar[str | None] = """# A lesson

The card below says what to look at, and what it waits for. <lesson.on> turns on, <lesson.back> back; a digit answers a
question; <lesson.hint> gives a hint where something is to be broken. <session.open> starts the lesson again.
"""
    pages = 1

    def draw(self, view: View, width: int, height: int) -> Drawing:
        drawing, self.pages = draw(view, width, height, self.glyphs)
        return drawing
