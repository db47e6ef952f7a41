"""The whole list in one bar, with every cursor at its exact proportion, however long the list is.

The height of the bar at a column is the number of consumers whose cursor is before it (that have not got the messages
there). So it rises in steps towards the tail, and is 0 where every consumer has got every message.
"""

from bisect import bisect_left
from typing import NamedTuple

from msgmux.state import ConsumerState
from msgmux_tui.panes.flags import names, style
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Row

HEAD, TAIL = "HEAD oldest ", " TAIL newest"


class Group(NamedTuple):
    """Cursors so close that they share one label. ``ticks`` are their exact columns."""

    ticks: tuple[int, ...]
    consumers: tuple[ConsumerState, ...]
    label: str

    @property
    def extent(self) -> tuple[int, int]:
        """The first column, and the column after the last, with the label to the right of the ticks."""
        return self.ticks[0], self.ticks[-1] + 1 + len(self.label)


def overview(view: View, width: int, lines: int, glyphs: Glyphs) -> list[Row]:
    """The bar, with its labels on it (``lines`` = 1) or below it (``lines`` = 2)."""
    room = width - len(HEAD) - len(TAIL)
    if room < 8:
        return [[Cell((HEAD + glyphs.line * max(0, room) + TAIL)[:width], "soft")]]
    bar, groups = _stairs(view, room, glyphs), _groups(view, room, glyphs)
    head, tail = Cell(HEAD, "soft"), Cell(TAIL, "soft")
    if lines == 1:
        return [[head, *_labelled(view, bar, groups, room, glyphs), tail]]
    blank = [Cell(" ", "text")] * room
    under = _labelled(view, blank, groups, room, glyphs)
    return [[head, *_runs(bar), tail], [Cell(" " * len(HEAD), "text"), *under]]


def tick(view: View, cursor: int, room: int) -> int:
    """The column of a cursor, from 0 (before the head) to ``room`` - 1 (at the tail)."""
    state = view.state
    if not state.length:
        return room - 1
    passed = min(max(cursor - state.head_seq + 1, 0), state.length)
    return min(room - 1, passed * room // state.length)


def _stairs(view: View, room: int, glyphs: Glyphs) -> list[Cell]:
    """The bar's cells, one for each column."""
    state = view.state
    cursors = sorted([consumer.cursor for consumer in state.consumers.values()])
    everybody = max(1, len(cursors))
    # The lowest step is for 0 consumers; one consumer raises it visibly, and all of them raise it to the top.
    top = len(glyphs.steps) - 1
    steps = [0, *[max(1, round(waiting / everybody * top)) for waiting in range(1, everybody + 1)]]
    kinds = [Cell(glyphs.steps[step], "faint" if step else "line") for step in steps]
    if not state.length or not cursors:
        return [kinds[0]] * room
    head, length, double = state.head_seq, state.length, 2 * room
    return [kinds[bisect_left(cursors, head + (2 * column + 1) * length // double)] for column in range(room)]


def _groups(view: View, room: int, glyphs: Glyphs) -> list[Group]:
    """The cursors from left to right; those whose labels would touch share one label."""
    groups: list[Group] = []
    for consumer in sorted(view.state.consumers.values(), key=lambda consumer: consumer.cursor):
        column = tick(view, consumer.cursor, room)
        group = Group((column,), (consumer,), names((consumer,), glyphs))
        while groups and (group.ticks[0] <= groups[-1].extent[1] or _start(group, room) <= groups[-1].extent[1]):
            before = groups.pop()
            ticks = tuple(sorted({*before.ticks, *group.ticks}))
            together = before.consumers + group.consumers
            group = Group(ticks, together, names(together, glyphs))
        groups.append(group)
    return groups


def _start(group: Group, room: int) -> int:
    """The column where the group's label begins: left of its ticks if there is no room to their right."""
    return group.ticks[0] if group.extent[1] <= room else max(0, group.ticks[0] - len(group.label))


def _labelled(view: View, cells: list[Cell], groups: list[Group], room: int, glyphs: Glyphs) -> Row:
    cells = list(cells)
    for group in groups:
        look, target = style(view, group.consumers), f"consumer:{group.consumers[0].name}"
        for column in group.ticks:
            cells[column] = Cell(glyphs.flag, look, target)
        right = group.extent[1] <= room
        start = group.ticks[-1] + 1 if right else _start(group, room)
        for column, letter in enumerate(group.label, start):
            # A label never hides a tick, because the tick's exact place matters more.
            if column < room and column not in group.ticks:
                cells[column] = Cell(letter, look, target)
    return _runs(cells)


def _runs(cells: list[Cell]) -> Row:
    """The cells with neighbours of the same style joined."""
    row: Row = []
    for cell in cells:
        if row and row[-1].style == cell.style and row[-1].target == cell.target:
            row[-1] = Cell(row[-1].text + cell.text, cell.style, cell.target)
        else:
            row.append(cell)
    return row
