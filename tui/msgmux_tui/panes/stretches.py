"""Which nodes are drawn if the list is too long to draw all: both ends and every cursor, with as many nodes around them
as fit. The nodes between are gaps, drawn as a number of messages.

Works on indices into ``state.nodes``. The cost depends on the size of the drawing, not on the length of the list.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgmux.state import NodeState, QueueState
from msgmux_tui.viewmodel.view import View


class Block(NamedTuple):
    """A node that is drawn as a block."""

    node: NodeState


class Gap(NamedTuple):
    """The messages ``first`` to ``last``, which are drawn only as their number."""

    first: int
    last: int

    @property
    def messages(self) -> int:
        return self.last - self.first + 1


Stretch = Block | Gap

WIDEST = 256
"""The most nodes shown on either side of an anchor: more than any screen has room for."""


def node_at(state: QueueState, seq: int) -> int:
    """The index of the node that holds ``seq``, else of the nearest node; -1 if there are no nodes."""
    index = bisect_right(state.nodes, seq, key=lambda node: node.seq) - 1
    return min(max(index, 0), len(state.nodes) - 1)


def anchored(view: View) -> list[int]:
    """The indices of the nodes that must be in sight, the most important first. If the list follows *all*: both ends,
    the selected message, the cursors of the slowest and of the selected consumer, then all others.
    """
    state = view.state
    if not state.nodes:
        return []
    if view.follow == "tail":
        seqs = [state.tail_seq]
    elif view.follow == "slowest":
        seqs = [state.slowest]
    elif view.follow == "free" and view.selected_seq is not None:
        seqs = [view.selected_seq]
    else:
        seqs = [state.tail_seq, state.nodes[0].seq]
        seqs += [view.selected_seq] if view.selected_seq is not None else []
        first = sorted(state.consumers.values(), key=lambda c: (not view.is_selected("consumer", c.name), c.cursor))
        seqs += [state.slowest, *[consumer.cursor for consumer in first]]
    return list(dict.fromkeys([node_at(state, seq) for seq in seqs]))


def list_title(view: View) -> str:
    """The pane's title: ``list``, and what it follows unless that is *all*."""
    where = {"all": "", "tail": ", at the tail", "slowest": ", at the slowest"}
    return "list" + where.get(view.follow, f", at #{view.selected_seq}" if view.selected_seq is not None else "")


def whole(state: QueueState) -> list[Stretch]:
    """All nodes as blocks, after a gap for the older messages that the state only counts."""
    nodes: list[Stretch] = [Block(node) for node in state.nodes]
    return _older(state) + nodes


def parts(
    state: QueueState, anchors: Sequence[int], fits: Callable[[list[Stretch]], bool], room: int = WIDEST
) -> list[Stretch]:
    """The blocks and gaps to draw: as many nodes around the ``anchors`` (indices of nodes, the most important first)
    as ``fits`` accepts. ``room`` is an upper bound for the number of nodes that can fit.

    If not even the anchors fit, they are dropped from the last one on.
    """
    while True:
        bare = _around(state, anchors, 0, 0)
        if fits(bare) or len(anchors) <= 1:
            break
        anchors = anchors[:-1]
    least, most, best = 1, min(WIDEST, room), bare
    while least <= most:
        context = (least + most) // 2
        wider = _around(state, anchors, context, context)
        if fits(wider):
            best, least = wider, context + 1
        else:
            most = context - 1
    # One more node on both sides does not fit; one more on one side may.
    for before, after in ((most + 1, most), (most, most + 1)):
        wider = _around(state, anchors, before, after)
        if fits(wider):
            return wider
    return best


def _around(state: QueueState, anchors: Sequence[int], before: int, after: int) -> list[Stretch]:
    """The anchors' nodes with ``before`` nodes before and ``after`` nodes after each, and gaps between them."""
    nodes, last = state.nodes, len(state.nodes) - 1
    regions: list[tuple[int, int]] = []
    for anchor in sorted(set(anchors)):
        start, end = max(0, anchor - before), min(last, anchor + after)
        # A gap is as wide as two blocks, so one or two nodes are drawn instead of a gap.
        if regions and start - regions[-1][1] <= 3:
            regions[-1] = (regions[-1][0], max(end, regions[-1][1]))
        else:
            regions.append((start, end))
    shown: list[Stretch] = _older(state)
    at = 0
    for start, end in regions:
        if start > at:
            shown.append(Gap(nodes[at].seq, nodes[start].seq - 1))
        shown += [Block(node) for node in nodes[start : end + 1]]
        at = end + 1
    if at <= last:
        shown.append(Gap(nodes[at].seq, nodes[last].last))
    return shown


def _older(state: QueueState) -> list[Stretch]:
    """The gap for the messages in older nodes that the state does not list; empty if it lists all."""
    first = state.nodes[0].seq if state.nodes else state.tail_seq + 1
    return [Gap(state.head_seq, first - 1)] if first > state.head_seq else []
