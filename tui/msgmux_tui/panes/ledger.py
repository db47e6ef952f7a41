"""The list as a ledger: a row for each node, oldest first, with a lane for each consumer like a commit graph.

A consumer's lane runs down from the head to its cursor, where it ends in an arrow. So the shortest lane is that of the
slowest consumer, and the messages above its end may be evicted once they are past retention.
"""

from typing import NamedTuple

from msgmux.state import ConsumerState, NodeState, QueueState
from msgmux_tui.narration.describe import UNKNOWN
from msgmux_tui.narration.pieces import REASONS
from msgmux_tui.panes.blocks import GHOST_SECONDS, Look, block_part, look, readers_left
from msgmux_tui.panes.flags import style
from msgmux_tui.panes.rows import more
from msgmux_tui.panes.stretches import Gap, anchored, list_title, parts, whole
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.styles import hue
from msgmux_tui.viewmodel.view import Ghost, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, count, fit, row_width, seconds

BAR = 8


class Columns(NamedTuple):
    """The widths of the columns in cells, and the consumers that have a lane."""

    lane: int
    consumers: tuple[ConsumerState, ...]
    hidden: int
    ticks: bool  # whether each consumer has a column of ticks; else one column counts those that have not got the node
    seq: int
    tag: int


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """A row of column titles, and as many nodes as fit."""
    state = view.state
    if view.unknown:
        return Drawing(list_title(view), f"{UNKNOWN} messages", [])
    size = _columns(view, width)
    room = max(1, height - 1)
    since = view.now - GHOST_SECONDS * max(1.0, view.speed)
    ghosts = [ghost for ghost in view.ghosts[-3:] if since < ghost.when <= view.now][: max(0, room // 4)]
    early = [consumer for consumer in size.consumers if state.nodes and consumer.cursor < state.head_seq]
    left = room - len(ghosts) - bool(early)
    shown = whole(state) if len(state.nodes) < left else []
    if not shown and state.nodes:
        shown = parts(state, anchored(view), lambda some: len(some) <= left, left)
    at = look(view)
    rows = [_head(view, size, width, glyphs)]
    rows += [_ghost(ghost, size, width, glyphs) for ghost in ghosts]
    if early:
        rows.append(_early(view, early, size, glyphs))
    for stretch in shown:
        if isinstance(stretch, Gap):
            words = "HEAD oldest" if stretch.first == state.head_seq else ""
            words += " TAIL newest" if stretch.last == state.tail_seq else ""
            rows.append(_gap(stretch, words, size, width, glyphs))
        else:
            rows.append(_node(view, stretch.node, at, size, width, glyphs))
    if not state.length:
        rows.append([Cell(f"the list is empty; #{state.tail_seq + 1} will be next", "soft")])
    return Drawing(list_title(view), _note(state, size), rows)


def _note(state: QueueState, size: Columns) -> str:
    lanes = f"consumers {more(len(state.consumers), len(size.consumers))}; " if size.hidden else ""
    return f"{lanes}{count(state.length)} messages in {count(state.node_count)} nodes"


def _columns(view: View, width: int) -> Columns:
    state = view.state
    batches = any([node.count > 1 for node in state.nodes[-200:]])
    seq = len(count(state.tail_seq)) * (2 if batches else 1) + (6 if batches else 0)
    tag = max([3, *[len(p.tag) for p in state.producers.values()]])
    ordered = sorted(state.consumers.values(), key=lambda c: not view.is_selected("consumer", c.name))
    lane = max([2, *[len(consumer.tag) for consumer in ordered]]) + 1
    # The cells left for lanes, beside seq, producer, age, time left, and 40 for "HEAD oldest" and some payload.
    room = width - seq - tag - BAR - 40
    lanes = max(1, min(len(ordered), room // lane))
    chosen = {consumer.name for consumer in ordered[:lanes]}
    shown = tuple([consumer for consumer in state.consumers.values() if consumer.name in chosen])
    return Columns(lane, shown, len(ordered) - len(shown), 2 * len(shown) * lane <= room, seq, tag)


def _head(view: View, size: Columns, width: int, glyphs: Glyphs) -> Row:
    row = [Cell(f"{c.tag:<{size.lane}}", style(view, [c]), f"consumer:{c.name}") for c in size.consumers]
    heads = f"   {'message':>{size.seq + 1}}  {'from':<{size.tag + 1}}{'age':>7} {'time left':<{BAR + 1}} "
    row.append(Cell(heads, "faint"))
    if size.ticks:
        row += [Cell(f"{consumer.tag:<{size.lane}}", "faint") for consumer in size.consumers]
    else:
        row.append(Cell("unread ", "faint"))
    row.append(Cell(" payload", "faint"))
    return row


def _lanes(view: View, node: NodeState, size: Columns, glyphs: Glyphs) -> Row:
    """The lanes beside a node: lines of cursors further down, and arms from cursors in this node to it."""
    row: Row = []
    arm: str | None = None  # the style of the arm that comes from a cursor further left
    for consumer in size.consumers:
        here, beyond = node.seq <= consumer.cursor <= node.last, consumer.cursor > node.last
        own = style(view, [consumer])
        if here:
            mark, arm = glyphs.live, own
        elif beyond:
            mark = glyphs.cross if arm else glyphs.side
        else:
            mark = glyphs.line if arm else " "
        row.append(Cell(mark, own if here else arm or "faint", f"consumer:{consumer.name}"))
        row.append(Cell((glyphs.line if arm else " ") * (size.lane - 1), arm or "text"))
    row.append(Cell(f"{glyphs.line}{glyphs.onward} " if arm else "   ", arm or "text"))
    return row


def _node(view: View, node: NodeState, at: Look, size: Columns, width: int, glyphs: Glyphs) -> Row:
    state = view.state
    left = readers_left(node, at.cursors)
    target = f"message:{node.seq}"
    colour = hue(node.tag)
    part = block_part(view, node, at, left)
    old = node.timestamp <= at.deadline
    row = _lanes(view, node, size, glyphs)
    row.append(Cell(glyphs.chip_old if old else glyphs.chip, f"{colour}.{part}.edge", target))
    row.append(Cell(f"{_numbers(node, glyphs):>{size.seq}} ", f"{colour}.{part}", target))
    row.append(Cell(f" {node.tag:<{size.tag + 1}}", colour, target))
    row.append(Cell(f"{seconds(max(0.0, view.now - node.timestamp)):>7} ", "text", target))
    row += _time_left(view, node, glyphs)
    row += _readers(view, node, left, size, glyphs)
    words = _remark(state, node, left, old, size)
    room = width - row_width(row) - len(words) - 3
    if room > 0:
        row.append(Cell(f" {fit(node.preview, room, glyphs)} ", "text", target))
    row.append(Cell(words, "strong" if words.startswith(("HEAD", "TAIL")) else "soft", target))
    return row


def _numbers(node: NodeState, glyphs: Glyphs) -> str:
    if node.count == 1:
        return count(node.seq)
    return f"{count(node.seq)}{glyphs.span}{count(node.last)} {glyphs.times}{node.count}"


def _time_left(view: View, node: NodeState, glyphs: Glyphs) -> Row:
    """A bar that shrinks with the time left, then words that the time is up."""
    kept = view.state.settings.retention
    if kept is None:
        return [Cell(f"{'kept':<{BAR + 1}} ", "soft")]
    left = kept - (view.now - node.timestamp)
    if left <= 0:
        return [Cell(f"{'is up':<{BAR + 1}} ", "soft")]
    length = min(BAR, max(1, round(left / kept * BAR)))
    return [Cell(glyphs.fill * length, "text"), Cell(glyphs.rest * (BAR - length), "line"), Cell("  ", "text")]


def _readers(view: View, node: NodeState, left: int, size: Columns, glyphs: Glyphs) -> Row:
    """Under each consumer's tag: a tick if it has got the whole node, or how far into the node it is."""
    if not size.ticks:
        return [Cell(f"{left:>4}   ", "text" if left else "soft")]
    row: Row = []
    for consumer in size.consumers:
        had = consumer.cursor >= node.last
        row.append(Cell(f"{glyphs.all_had if had else glyphs.dot:<{size.lane}}", "soft" if had else "faint"))
    return row


def _remark(state: QueueState, node: NodeState, left: int, old: bool, size: Columns) -> str:
    """The text at a row's end: head or tail, how far a cursor is into a batch, or the only consumer that holds it."""
    words: list[str] = []
    if node.seq == state.head_seq:
        words.append("HEAD oldest")
    if node.last == state.tail_seq:
        words.append("TAIL newest")
    if node.count > 1:
        inside = [c for c in size.consumers if node.seq <= c.cursor < node.last]
        words += [f"{c.tag} {c.cursor - node.seq + 1}/{node.count}" for c in inside[:2]]
    if left == 1 and old:
        alone = next(c.tag for c in state.consumers.values() if c.cursor < node.last)
        words.append(f"only {alone} holds it")
    return ", ".join(words)


def _before(size: Columns, mark: str) -> Row:
    """The lanes beside a row without a node."""
    return [Cell(f"{mark:<{size.lane}}" * len(size.consumers) + "   ", "faint")]


def _early(view: View, early: list[ConsumerState], size: Columns, glyphs: Glyphs) -> Row:
    """The lanes of consumers whose cursors are before the head: they have got nothing of what is in the list."""
    row: Row = []
    for consumer in size.consumers:
        here = consumer in early
        mark = glyphs.live if here else glyphs.side
        row.append(Cell(mark, style(view, [consumer]) if here else "faint", f"consumer:{consumer.name}"))
        row.append(Cell(" " * (size.lane - 1), "text"))
    tags = glyphs.join.join([consumer.tag for consumer in early])
    row.append(Cell(f"   {tags}: before the head, nothing of this list yet", "soft"))
    return row


def _gap(gap: Gap, ends: str, size: Columns, width: int, glyphs: Glyphs) -> Row:
    row: Row = []
    for consumer in size.consumers:
        mark = glyphs.chip_old if consumer.cursor > gap.last else glyphs.live if consumer.cursor >= gap.first else " "
        row.append(Cell(f"{mark:<{size.lane}}", "faint"))
    words = f" {count(gap.messages)} messages "
    row += [Cell("   " + glyphs.elided * 3, "line"), Cell(words, "soft")]
    dots = max(0, width - row_width(row) - len(ends) - 2 * bool(ends))
    return [*row, Cell(glyphs.elided * dots, "line"), Cell(f" {ends.strip()} " if ends else "", "strong")]


def _ghost(ghost: Ghost, size: Columns, width: int, glyphs: Glyphs) -> Row:
    row = _before(size, " ")
    row += [
        Cell(glyphs.gone, "soft"),
        Cell(f"{count(ghost.seq):>{size.seq}}", f"{hue(ghost.tag)}.gone"),
        Cell(f"  {ghost.tag:<{size.tag + 1}}", "soft"),
    ]
    return [*row, Cell(clause(f"evicted: {REASONS[ghost.reason]}", max(0, width - row_width(row)), glyphs), "soft")]
