"""The list as a chain of blocks: head at the top left, each row from left to right, cursors as flags underneath.

Large blocks are used if all nodes fit, then smaller ones; only then are parts of the list elided. The cost depends on
what is visible, not on the length of the list.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from msgmux.state import ConsumerState, QueueState
from msgmux_tui.narration.describe import UNKNOWN
from msgmux_tui.panes.blocks import (
    GHOST_SECONDS,
    REASONS,
    Grid,
    Look,
    block,
    gap_block,
    ghost_block,
    grid,
    look,
)
from msgmux_tui.panes.flags import Flag, flag, place
from msgmux_tui.panes.overview import overview
from msgmux_tui.panes.stretches import Block, Gap, Stretch, anchored, list_title, parts, whole
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import Ghost, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, count, row_width


class Gone(NamedTuple):
    """An evicted message that is still shown for a moment."""

    ghost: Ghost


Item = Stretch | Gone
Line = list[Item]


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The overview bar, and the chain below it."""
    if view.unknown:
        return Drawing(list_title(view), f"{UNKNOWN} messages", [])
    above = 0 if height < 3 else 2 if height >= 12 else 1
    rows = overview(view, width, above, glyphs) if above else []
    chain = _chain(view, width, height - above, glyphs)
    if above == 2 and above + len(chain) + 2 <= height:
        rows.append([])
    rows += chain
    spare = height - len(rows)
    if spare > 0:
        rows += [[]] * (spare - 1) + [_legend(width, glyphs)]
    return Drawing(list_title(view), _note(view.state), rows)


def _legend(width: int, glyphs: Glyphs) -> Row:
    """One row that explains the marks of a block; drawn if a row is to spare."""
    marks = (
        (glyphs.all_had, "all have had it"),
        (glyphs.one_left, "one has not"),
        (glyphs.chip_old, "past retention"),
        (glyphs.gone, "evicted"),
        (glyphs.flag, "a cursor: behind + in its channel"),
    )
    row: Row = [Cell(" ", "text")]
    for mark, words in marks:
        if row_width(row) + len(words) + 5 > width:
            break
        row += [Cell(f" {mark}", "soft"), Cell(f" {words} ", "faint")]
    return row


def _note(state: QueueState) -> str:
    messages = "message" if state.length == 1 else "messages"
    nodes = "node" if state.node_count == 1 else "nodes"
    bound = state.settings.max_messages
    limit = f" of {count(bound)}" if bound is not None else ""
    return f"{count(state.length)}{limit} {messages} in {count(state.node_count)} {nodes}"


def _chain(view: View, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    state = view.state
    levels = [level for level in (3, 2, 1) if width >= (0, 0, 90, 140)[level] and height >= (0, 1, 4, 16)[level]]
    ghosts = _ghosts(view)
    for level in levels:
        size = grid(state, width, level, glyphs)
        if len(state.nodes) > size.slots * height:
            continue
        for gone in (ghosts, ()) if ghosts else ((),):
            lines = _flow([*gone, *whole(state)], size.slots)
            if _height(state, lines, size) <= height:
                return _rows(view, lines, size, width, height, glyphs)
    size = grid(state, width, levels[-2] if len(levels) > 1 else 1, glyphs)
    kept = list(ghosts[-2:])
    anchors = anchored(view)
    shown = parts(
        state,
        anchors,
        lambda some: _height(state, _flow([*kept, *some], size.slots), size) <= height,
        size.slots * height,
    )
    return _rows(view, _flow([*kept, *shown], size.slots), size, width, height, glyphs)


def _ghosts(view: View) -> tuple[Gone, ...]:
    """The last evicted messages, at most six, that are still shown (see :data:`GHOST_SECONDS`)."""
    since = view.now - GHOST_SECONDS * max(1.0, view.speed)
    return tuple([Gone(ghost) for ghost in view.ghosts[-6:] if since < ghost.when <= view.now])


# ---------------------------------------------------------------------------------------------------- laying out


def _slots(item: Item, slots: int) -> int:
    """The width of an item in slots: 2 for a batch or a gap, else 1."""
    wide = isinstance(item, Gap) or (isinstance(item, Block) and item.node.count > 1)
    return min(2 if wide else 1, slots)


def _flow(items: Sequence[Item], slots: int) -> list[Line]:
    """The items in rows of at most ``slots`` slots."""
    lines: list[Line] = [[]]
    used = 0
    for item in items:
        need = _slots(item, slots)
        if used + need > slots:
            lines.append([])
            used = 0
        lines[-1].append(item)
        used += need
    return lines


def _span(item: Item) -> tuple[int, int]:
    """The first and the last seq of an item."""
    if isinstance(item, Block):
        return item.node.seq, item.node.last
    if isinstance(item, Gap):
        return item.first, item.last
    return item.ghost.seq, item.ghost.seq


def _flagged(state: QueueState, lines: Sequence[Line]) -> list[bool]:
    """The indices of the rows that have a flag under them."""
    cursors = sorted([max(consumer.cursor, state.head_seq) for consumer in state.consumers.values()])
    flagged = []
    for line in lines:
        low = bisect_left(cursors, _span(line[0])[0]) if line else 0
        flagged.append(bool(line) and low < len(cursors) and cursors[low] <= _span(line[-1])[1])
    return flagged


def _height(state: QueueState, lines: Sequence[Line], size: Grid) -> int:
    """The least height of these rows. Only rows with flags need a line for them; at level 3 every row has one."""
    if size.level == 3:
        return len(lines) * (size.lines + 1)
    return len(lines) * size.lines + sum(_flagged(state, lines))


# ---------------------------------------------------------------------------------------------------- drawing


def _rows(view: View, lines: list[Line], size: Grid, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    state = view.state
    if not state.length and not lines[0]:
        return _empty(view, width, glyphs)
    at = look(view)
    per = size.lines + 1
    airy = len(lines) * (per + 1) - 1 <= height and size.level > 1
    even = len(lines) * per <= height
    flagged = _flagged(state, lines)
    rows: list[Row] = []
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        drawn, spots = _row(view, line, at, size, width, glyphs, first=number == 0, last=last)
        rows += drawn
        if even or flagged[number]:
            rows.append(place(_flags(view, line, spots, size, number == 0, glyphs), width))
        if airy and not last:
            rows.append([])
    return rows


def _row(
    view: View, line: Line, at: Look, size: Grid, width: int, glyphs: Glyphs, *, first: bool, last: bool
) -> tuple[list[Row], list[int]]:
    """A row of blocks, as one or two lines, and the column at which each item begins."""
    headed = first and not isinstance(line[0], Gone)
    start = glyphs.head if headed else " " if first else glyphs.onward
    rows: list[Row] = [[Cell(f"{start:>{size.margin}}" if size.level == 1 else f"{start:>{size.margin - 1}} ", "link")]]
    if not first and size.level == 1:
        rows = [[Cell(f"{start} ", "link")]]
    rows += [[Cell(" " * size.margin, "text")] for _ in range(size.lines - 1)]
    spots: list[int] = []
    x = size.margin
    for n, item in enumerate(line):
        if n:
            rows[0].append(_link(line[n - 1], item, size, glyphs))
            rows[1:] = [[*row, Cell(" " * size.link, "text")] for row in rows[1:]]
            x += size.link
        slots = _slots(item, size.slots)
        spots.append(x)
        x += size.cells(slots)
        if isinstance(item, Block):
            drawn = block(view, item.node, at, size, slots, glyphs)
        elif isinstance(item, Gap):
            drawn = gap_block(item, size, slots, glyphs)
        else:
            drawn = ghost_block(view, item.ghost, size, glyphs)
        rows = [[*row, *more] for row, more in zip(rows, drawn, strict=True)]
    air = " " if size.level > 1 else ""
    rows[0] += _end(width - row_width(rows[0]), last, isinstance(line[-1], Gone), air, glyphs)
    return rows, spots


def _link(before: Item, item: Item, size: Grid, glyphs: Glyphs) -> Cell:
    """The link between two blocks; between the last evicted message and the head it is the head's mark."""
    if isinstance(item, Gone):
        return Cell(" " * size.link, "text")
    mark = glyphs.head if isinstance(before, Gone) else glyphs.link
    return Cell(f"{mark:^{size.link}}", "link")


def _end(room: int, last: bool, gone: bool, air: str, glyphs: Glyphs) -> Row:
    """The end of a row: an arrow to the next row, or the mark of the tail."""
    if not last:
        if room < 3:
            return [Cell(f" {glyphs.onward}"[-room:], "link")]
        rail = room - 3
        return [Cell(" ", "text"), Cell(glyphs.elided * rail, "line"), Cell(f" {glyphs.onward}", "link")]
    if gone:
        return []
    words = next((words for words in (" TAIL newest", " TAIL", "") if len(air) + len(words) < room), "")
    return [Cell(air + glyphs.tail, "link"), Cell(words, "soft")]


def _flags(view: View, line: Line, spots: list[int], size: Grid, first: bool, glyphs: Glyphs) -> list[Flag]:
    """The flags under a row: at each cursor's node, at the head's mark for cursors before the head, and at gaps."""
    state = view.state
    flags: list[Flag] = []
    ordered = sorted(state.consumers.values(), key=lambda consumer: consumer.cursor)
    before = [consumer for consumer in ordered if consumer.cursor < state.head_seq]
    for item, x in zip(line, spots, strict=True):
        low, high = _span(item)
        if isinstance(item, Gone):
            if size.level == 2:
                flags.append(Flag(x + 1, REASONS[item.ghost.reason], "", "soft", ""))
            continue
        if first and low == state.head_seq and before:
            flags.append(flag(view, max(0, x - size.link), before, None, glyphs))
        here = [consumer for consumer in ordered if low <= consumer.cursor <= high]
        if isinstance(item, Gap):
            if here:
                flags.append(flag(view, x + 2, here, None, glyphs))
            continue
        for cursor in dict.fromkeys([consumer.cursor for consumer in here]):
            group = [consumer for consumer in here if consumer.cursor == cursor]
            wide = size.cells(_slots(item, size.slots)) - 4
            shift = (cursor - low + 1) * wide // (high - low + 1) if high > low else 1
            flags.append(flag(view, x + shift, group, item.node, glyphs))
    return flags


def _empty(view: View, width: int, glyphs: Glyphs) -> list[Row]:
    state = view.state
    words = f"the list is empty; #{state.tail_seq + 1} will be next"
    row = [Cell(f" {glyphs.head}{glyphs.tail} ", "link"), Cell(words, "soft")]
    consumers: list[ConsumerState] = list(state.consumers.values())
    return [row, place([flag(view, 1, consumers, None, glyphs)], width) if consumers else []]
