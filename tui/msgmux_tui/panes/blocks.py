"""The drawing of one node: a block with its producer's tag, its seq, and marks for its age and its readers.

Every fact is shown by a glyph as well as by colour. The left edge is solid within the retention time and broken after
it. The mark between tag and seq shows how many consumers have not got the node yet: several, one or none. Evicted
messages are struck out and have no edge.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from msgmux.state import NodeState, QueueState
from msgmux_tui.panes.stretches import Gap
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.styles import hue
from msgmux_tui.viewmodel.view import Ghost, View
from msgmux_tui.widgets.drawing import Cell, Row, count, fit

GHOST_SECONDS = 0.9
"""Seconds for which an evicted message is still shown; in the last third only its number."""
NEW_SECONDS = 0.4

REASONS = {"expired": "expired", "limit": "limit", "overflow": "unread", "left": "left"}
"""By reason of an eviction: a short word for it."""


class Grid(NamedTuple):
    """The layout of a row in slots of equal width, so that blocks keep their places while their numbers change."""

    level: int  # 1: close together; 2: with space between; 3: two lines, with the payload
    tag: int  # cells of the longest tag
    digits: int  # cells of the largest seq
    chip: int  # cells of a block
    link: int  # cells between two blocks
    margin: int  # cells at the left and the right end of a row
    slots: int  # blocks in a row

    @property
    def lines(self) -> int:
        return 2 if self.level == 3 else 1

    def cells(self, slots: int) -> int:
        """The width in cells of ``slots`` slots with the links between them."""
        return slots * self.chip + (slots - 1) * self.link


def grid(state: QueueState, width: int, level: int, glyphs: Glyphs) -> Grid:
    """The layout of a pane that is ``width`` cells wide, at a level from 1 to 3."""
    tag = max([len(p.tag) for p in state.producers.values()], default=2)
    tag = max(tag, len(state.nodes[-1].tag) if state.nodes else 2)
    digits = max(3, len(str(state.tail_seq)))
    words = tag + 1 + digits
    edges = len(glyphs.chip) + len(glyphs.chip_end)
    chip, link, margin = {1: (words, 1, 2), 2: (words + 1, 3, 3), 3: (max(words + 2, 13), 3, 4)}[level]
    chip += edges
    slots = max(1, (width - 2 * margin + link) // (chip + link))
    return Grid(level, tag, digits, chip, link, margin, slots)


class Look(NamedTuple):
    """What the drawing of every node needs besides the node; computed once a frame."""

    cursors: list[int]
    consumers: int
    deadline: float  # seconds; nodes linked before this are past retention
    fresh: float  # seconds; nodes linked after this are new
    at: frozenset[int]  # all cursors, as seqs, to mark the blocks at which one stands


def look(view: View) -> Look:
    """Compute the :class:`Look` of a view."""
    state = view.state
    cursors = sorted([consumer.cursor for consumer in state.consumers.values()])
    retention = state.settings.retention
    deadline = view.now - retention if retention is not None else float("-inf")
    return Look(cursors, len(cursors), deadline, view.now - NEW_SECONDS * max(1.0, view.speed), frozenset(cursors))


def readers_left(node: NodeState, cursors: Sequence[int]) -> int:
    """The number of consumers that have not got the whole node; ``cursors`` are sorted."""
    return bisect_left(cursors, node.last)


def block(view: View, node: NodeState, at: Look, size: Grid, slots: int, glyphs: Glyphs) -> list[Row]:
    """The block of a node, as one or two rows of cells."""
    left = readers_left(node, at.cursors)
    head = hue(node.tag)
    part = block_part(view, node, at, left)
    edge = glyphs.chip_old if node.timestamp <= at.deadline else glyphs.chip
    mark = glyphs.unread if not at.consumers else (glyphs.all_had, glyphs.one_left)[left] if left < 2 else glyphs.unread
    width = size.cells(slots) - len(edge) - len(glyphs.chip_end)
    target = f"message:{node.seq}"

    def line(words: str) -> Row:
        row = [Cell(edge, f"{head}.{part}.edge", target), Cell(words, f"{head}.{part}", target)]
        return [*row, Cell(glyphs.chip_end, f"{head}.{part}.edge", target)] if glyphs.chip_end else row

    rows = [line(_words(node, mark, size, width, glyphs))]
    if size.lines == 2:
        rows.append(line(fit(node.preview, width - 1, glyphs) + " "))
    return rows


def block_part(view: View, node: NodeState, at: Look, left: int) -> str:
    """The part of the style name for the node's state (selected, new, at a cursor…)."""
    if view.selected_seq is not None and node.seq <= view.selected_seq <= node.last:
        return "picked"
    if node.last in at.at or (node.count > 1 and any([node.seq <= c <= node.last for c in at.at])):
        return "at"
    if node.timestamp > at.fresh:
        return "new"
    return "had" if at.consumers and not left else "chip"


def _words(node: NodeState, mark: str, size: Grid, width: int, glyphs: Glyphs) -> str:
    """``P1 141``; for a batch ``P1 41–296 ×256``, shortened to the room."""
    tag = f"{node.tag:<{size.tag}}"
    if node.count == 1:
        words = f"{tag}{mark}{node.seq:>{size.digits}}"
        if size.level == 3:
            return f"{tag} {mark}{node.seq:>{width - size.tag - 3}} "
        return words + " " * (width - len(words))
    spans = (
        f"{tag}{mark}{count(node.seq)}{glyphs.span}{count(node.last)} {glyphs.times}{node.count}",
        f"{tag}{mark}{node.seq}{glyphs.span}{node.last} {glyphs.times}{node.count}",
        f"{tag}{mark}{node.seq} {glyphs.times}{node.count}",
    )
    words = next((span for span in spans if len(span) <= width), f"{tag}{mark}{node.seq}")
    return fit(words, width, glyphs)


def ghost_block(view: View, ghost: Ghost, size: Grid, glyphs: Glyphs) -> list[Row]:
    """An evicted message, struck out; in the last third of its time only its number.

    It is shortened instead of faded, so that its text keeps its contrast.
    """
    width = size.chip - len(glyphs.gone)
    late = view.now - ghost.when > GHOST_SECONDS * 2 / 3 * max(1.0, view.speed)
    words = f"{ghost.seq:>{size.digits}}" if late else f"{ghost.tag:<{size.tag}} {ghost.seq:>{size.digits}}"
    rest = Cell(" " * (width - len(words)), "text")
    row = [Cell(glyphs.gone, "soft"), Cell(words, f"{hue(ghost.tag)}.gone"), rest]
    return [row, [Cell(f" {REASONS[ghost.reason]}".ljust(size.chip), "soft")]][: size.lines]


def gap_block(gap: Gap, size: Grid, slots: int, glyphs: Glyphs) -> list[Row]:
    """A gap, drawn as the number of its messages."""
    width = size.cells(slots)
    number = count(gap.messages)
    words = next(w for w in (f" {number} messages ", f" {number} more ", f" {number} ", number, "") if len(w) <= width)
    words = words if width >= len(words) + 4 or len(words) <= len(number) + 2 else f" {number} "
    before = (width - len(words)) // 2
    dots = glyphs.elided
    row = [Cell(dots * before, "line"), Cell(words, "soft"), Cell(dots * (width - len(words) - before), "line")]
    return [row, [Cell(" " * width, "text")]][: size.lines]
