"""The consumers: how far each is behind, how full its channel is, and what it is doing."""

from msgmux.rates import Rate
from msgmux.state import ConsumerState, hold
from msgmux_tui.narration.describe import UNKNOWN, known
from msgmux_tui.panes.flags import backlog
from msgmux_tui.panes.rows import chosen_index, gauge_cells, more, name_cell, neighbour, window
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, filled, fit, picked, rate, short
from msgmux_tui.widgets.pane import Pane

WIDE, WIDEST = 54, 90
"""The least widths, in cells, for the columns rate and cursor, and for the average rate and the skipped count."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """A head line, and a row for each consumer."""
    consumers = list(view.state.consumers.values())
    if not consumers:
        if view.unknown:
            return Drawing("consumers", UNKNOWN, [])
        return Drawing("consumers", "0", [[Cell(view.keymap.fill("none: press <consumer.add> to add one"), "soft")]])
    headed = height > 1
    room = max(1, height - headed)
    # If there is height to spare, each consumer has its backlog as a bar below its row.
    barred = 2 * len(consumers) <= room
    shown = window(len(consumers), chosen_index(view, "consumer", list(view.state.consumers)), room)
    held = hold(view.state, view.now)
    holders = held.consumers if held is not None else ()
    # A full bar is the length of the list, or the largest backlog if that is more (it includes the channel).
    whole = max(
        [view.state.length, *[consumer.lag if consumer.behind is None else consumer.behind for consumer in consumers]]
    )
    rows = [_head(width)] if headed else []
    for consumer in [consumers[n] for n in shown]:
        holds = consumer.name in holders
        rows.append(_row(view, consumer, width, glyphs, holds=holds))
        if barred:
            rows.append(_bar(view, consumer, width, whole, glyphs, holds=holds))
    return Drawing("consumers", more(len(consumers), len(shown)), rows)


def _name_width(width: int) -> int:
    return 10 if width < WIDE else 11 if width < WIDEST else 18


def _boxes(width: int) -> int:
    return 2 if width < WIDE else 3 if width < WIDEST else 4


def _head(width: int) -> Row:
    boxes = _boxes(width)
    words = (
        " " * (_name_width(width) + 1)
        + f"{'behind':>{6 if width < WIDE else 7}} {'channel':<{boxes + 6}} {'state':<11}"
    )
    if width >= WIDE:
        words += f" {'rate':>6} {'cursor':>7}"
    if width >= WIDEST:
        words += f" {'average':>8} {'skipped':>8}"
    return [Cell(words, "faint")]


def _row(view: View, consumer: ConsumerState, width: int, glyphs: Glyphs, *, holds: bool) -> Row:
    chosen = view.is_selected("consumer", consumer.name)
    target = f"consumer:{consumer.name}"
    word, look = state_cell(consumer, glyphs)
    row = [
        Cell(glyphs.pick if chosen else " ", "strong", target),
        name_cell(consumer.tag, consumer.name, _name_width(width), "strong", target, glyphs),
        Cell(f"{backlog(consumer):>{6 if width < WIDE else 7}} ", _weight(consumer, holds=holds), target),
        *gauge_cells(consumer.level, consumer.capacity, _boxes(width), glyphs),
        Cell(" ", "text", target),
        Cell(fit(word, 11, glyphs), look, target),
    ]
    speed = view.consumer_rates.get(consumer.name, Rate())
    if width >= WIDE:
        row += [Cell(f" {rate(speed.now):>6} ", "text", target), Cell(f"{short(consumer.cursor):>7}", "soft", target)]
    if width >= WIDEST:
        row.append(Cell(f" {rate(speed.average):>8} {short(consumer.skipped):>8}", "soft", target))
    return picked(filled(row, width)) if chosen else row


def _weight(consumer: ConsumerState, *, holds: bool) -> str:
    """The style of a backlog; it stands out for a consumer that holds the head."""
    return "warn" if holds else "soft" if consumer.behind == 0 else "strong"


def _bar(view: View, consumer: ConsumerState, width: int, whole: int, glyphs: Glyphs, *, holds: bool) -> Row:
    """The backlog as a bar from the right end (the tail) to the consumer's cursor."""
    before = _name_width(width) + 2
    room = width - before - 1
    if consumer.behind is None:
        # How long the bar would be is unknown.
        row = [Cell(" " * before, "text"), Cell(f"{known(None):>{room}}", "soft")]
        return picked(filled(row, width)) if view.is_selected("consumer", consumer.name) else row
    length = -(-consumer.behind * room // whole) if whole else 0
    row = [
        Cell(" " * before, "text"),
        Cell(glyphs.rest * (room - length), "line"),
        Cell(glyphs.fill * length, _weight(consumer, holds=holds)),
    ]
    return picked(filled(row, width)) if view.is_selected("consumer", consumer.name) else row


def state_cell(consumer: ConsumerState, glyphs: Glyphs) -> tuple[str, str]:
    """A mark and a word for the consumer's state: what blocks it, else how it is doing."""
    if consumer.status == "failed":
        return f"{glyphs.failed} crashed", "alarm"
    if consumer.status == "stalled":
        return f"{glyphs.stalled} stalled", "warn"
    if consumer.full:
        return f"{glyphs.full} full", "warn"
    if consumer.full is None:
        # It may be full, read or have caught up: which of them, nobody has told.
        return known(None), "soft"
    if consumer.behind == 0:
        return f"{glyphs.all_had} caught up", "ok"
    return f"{glyphs.live} reads", "text"


class ConsumersPane(Pane):
    """The pane of the registered consumers."""

    HELP = """\
# Consumers

Each consumer gets **every** message, in the same order, at its own speed.

*behind* `18+2`: 18 messages of the list were not sent to it yet; 2 wait in its channel. The *channel* is a small box
between the queue and the consumer. When it is full, the queue waits with this consumer, and with no other.

A consumer that is behind keeps messages in the list: the cleaner may not take what somebody has still to get.

`<consumer.add>` adds a consumer, `<consumer.remove>` removes the chosen one; `<consumer.stall>` makes it stop reading,
`<consumer.crash>` makes it crash; `<cast.quicken>` and `<cast.slow>` change how fast it works.
"""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)

    def needs(self, view: View) -> int:
        return 1 + 2 * max(1, len(view.state.consumers))

    def move(self, step: int) -> None:
        name = neighbour(self.view, "consumer", list(self.view.state.consumers), step) if self.view else None
        if name is not None:
            self.pick("consumer", name)
