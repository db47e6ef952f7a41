"""The flags that mark cursors: which consumers share one, its text, and its place on a line."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgmux.state import ConsumerState, NodeState
from msgmux_tui.narration.describe import known
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Row, short


class Flag(NamedTuple):
    """An arrow at column ``x`` with words to its right; ``brief`` is for where the ``words`` don't fit."""

    x: int
    words: str
    brief: str
    style: str
    target: str


def names(consumers: Sequence[ConsumerState], glyphs: Glyphs) -> str:
    """The consumers with the same cursor: ``C2``, ``C1·C3``, ``C1·C3 and 4 more``."""
    tags = [consumer.tag + (glyphs.stalled if consumer.status == "stalled" else "") for consumer in consumers]
    if len(tags) > 3:
        return f"{glyphs.join.join(tags[:2])} and {len(tags) - 2} more"
    return glyphs.join.join(tags)


def backlog(consumer: ConsumerState) -> str:
    """``18+2``: the messages that this consumer has not read, in the list and in its channel."""
    return f"{short(consumer.lag)}+{known(consumer.level, short)}"


def _level_order(consumer: ConsumerState) -> tuple[bool, int]:
    """Of consumers at one place, the flag tells of one with an unknown level, else of the highest level."""
    return consumer.level is None, consumer.level or 0


def style(view: View, consumers: Iterable[ConsumerState]) -> str:
    """The style of a flag: neutral, unless a consumer of it is selected or does not read."""
    consumers = list(consumers)
    chosen = any([view.is_selected("consumer", consumer.name) for consumer in consumers])
    idle = any([consumer.status != "running" for consumer in consumers])
    return ("warn" if idle else "strong") + ("@" if chosen else "")


def flag(view: View, x: int, consumers: Sequence[ConsumerState], node: NodeState | None, glyphs: Glyphs) -> Flag:
    """The flag at column ``x`` of consumers with the same cursor, in ``node`` (None: in no node that is shown)."""
    who = glyphs.flag + names(consumers, glyphs)
    first = consumers[0]
    if node is not None and node.count > 1 and first.cursor < node.last:
        tale = f" {first.cursor - node.seq + 1}/{node.count}"
    elif len({consumer.cursor for consumer in consumers}) > 1:
        tale = ""
    elif all([consumer.behind == 0 for consumer in consumers]):
        tale = f" {glyphs.ok}"
    else:
        tale = " " + backlog(max(consumers, key=_level_order))
    return Flag(x, who + tale, who, style(view, consumers), f"consumer:{first.name}")


def place(flags: Iterable[Flag], width: int) -> Row:
    """One line of flags, each arrow as near to its column as its neighbours allow."""
    ordered = sorted(flags)
    latest: list[int] = []
    limit = width
    for item in reversed(ordered):
        limit = min(limit - len(item.brief), item.x)
        latest.append(limit)
        limit -= 1
    latest.reverse()
    row: Row = []
    end = 0
    for n, item in enumerate(ordered):
        start = max(end, min(item.x, latest[n]), 0)
        room = (latest[n + 1] - 1 if n + 1 < len(ordered) else width) - start
        words = item.words if len(item.words) <= room else item.brief
        if n + 1 == len(ordered) and len(item.words) > room and width - len(item.words) >= end:
            # The last flag may be moved left to fit before the right edge: its arrow is then still under the block.
            lean = width - len(item.words)
            if start - lean <= 3:
                start, words = lean, item.words
        if start > end:
            row.append(Cell(" " * (start - end), "text"))
        row.append(Cell(words, item.style, item.target))
        end = start + len(words)
    return row
