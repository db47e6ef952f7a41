"""What the list's pane draws on a large screen: the chain above the ledger and, if it is wide, the way of a message."""

from itertools import zip_longest

from msgmux_tui.panes import chain, ledger, way
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, filled

SCREEN_FROM = 45
"""The least rows of a terminal on which the list's pane draws chain and ledger together."""
LEDGER_FROM = 12
"""The least rows inside of the pane for both."""
LEDGER_LEAST = 95
"""The least cells of a ledger that has the way of a message beside it."""
GAP = 3


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The chain alone on a low pane, or while nothing is known of the list."""
    if height < LEDGER_FROM or view.unknown:
        return chain.draw(view, width, height, glyphs)
    above = max(7, height // 3)
    drawn = chain.draw(view, width, above, glyphs)
    rows = [*drawn.rows, *[[] for _ in range(above - len(drawn.rows))]]
    below = height - above - 1
    beside = width >= LEDGER_LEAST + GAP + way.WIDTH
    left = width - GAP - way.WIDTH if beside else width
    rows.append(_rule(left, "one row for each message, oldest first", glyphs))
    table = ledger.draw(view, left, below, glyphs).rows
    if not beside:
        return Drawing(drawn.title, drawn.note, [*rows, *table])
    rows[-1] += [Cell(" " * GAP, "text"), *_rule(way.WIDTH, "the way of a message", glyphs)]
    pictures = way.draw(view, below, glyphs)
    pad = max(0, (below - len(pictures)) // 2)
    empty: Row = []
    for row, picture in zip_longest(table, [*[empty] * pad, *pictures], fillvalue=empty):
        rows.append([*filled(row, left), Cell(" " * GAP, "text"), *picture])
    return Drawing(drawn.title, drawn.note, rows)


def _rule(width: int, words: str, glyphs: Glyphs) -> Row:
    return [
        Cell(glyphs.line * 2, "line"),
        Cell(f" {words} ", "soft"),
        Cell(glyphs.line * (width - len(words) - 4), "line"),
    ]
