"""The producers: the rate of each, the level of its channel, and whether it is blocked."""

from msgmux.rates import Rate
from msgmux.state import ProducerState
from msgmux_tui.narration.describe import UNKNOWN
from msgmux_tui.panes.rows import chosen_index, gauge_cells, more, name_cell, neighbour, window
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.styles import hue
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, count, filled, fit, picked, rate, spark
from msgmux_tui.widgets.pane import Pane

WIDE, WIDEST = 54, 92
"""The least widths, in cells, for the column of the requested rate, and for the total and the average rate."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """A row of column titles, and a row for each producer with a sparkline of its last rates, all on one scale."""
    producers = list(view.state.producers.values())
    if not producers:
        if view.unknown:
            return Drawing("producers", UNKNOWN, [])
        return Drawing("producers", "0", [[Cell(view.keymap.fill("none: press <producer.add> to add one"), "soft")]])
    headed = height > 1
    # If there is height to spare, each producer has a longer sparkline below its row.
    under = 2 * len(producers) <= height - headed and width >= WIDE
    shown = window(len(producers), chosen_index(view, "producer", list(view.state.producers)), max(1, height - headed))
    room = width - _name_width(width) - 2 if under else width - _fixed(width)
    seen = [view.producer_rates.get(producers[n].name, Rate()).history[-room:] for n in shown]
    top = max([max(history, default=0.0) for history in seen], default=0.0)
    rows = [_head(width, lately=not under)] if headed else []
    for n, history in zip(shown, seen, strict=True):
        bars = Cell(spark(history, room, top, glyphs), hue(producers[n].tag))
        rows.append(_row(view, producers[n], width, None if under else bars, glyphs))
        if under:
            row = [Cell(" " * (_name_width(width) + 2), "text"), bars]
            rows.append(_chosen(row, view.is_selected("producer", producers[n].name)))
    note = more(len(producers), len(shown))
    if width >= WIDE:
        note += f", {rate(sum([speed.now for speed in view.producer_rates.values()]))} in all"
    return Drawing("producers", note + (f", bars to {rate(top)}" if top else ""), rows)


def _name_width(width: int) -> int:
    return 9 if width < WIDE else 11 if width < WIDEST else 18


def _fixed(width: int) -> int:
    """The width of all columns but the sparkline, in cells."""
    return len(_heads(width)) + 1


def _heads(width: int) -> str:
    words = " " * (_name_width(width) + 1) + f"{'rate':>6}  {'channel':<10}"
    if width >= WIDE:
        words += f" {'state':<9} {'set to':>7}"
    if width >= WIDEST:
        words += f" {'average':>8} {'in all':>8}"
    return words


def _head(width: int, *, lately: bool) -> Row:
    words = _heads(width)
    return [Cell(words + (" lately" if lately and width - len(words) >= 7 else ""), "faint")]


def _row(view: View, producer: ProducerState, width: int, bars: Cell | None, glyphs: Glyphs) -> Row:
    chosen = view.is_selected("producer", producer.name)
    target = f"producer:{producer.name}"
    speed = view.producer_rates.get(producer.name, Rate())
    colour = hue(producer.tag)
    word, look = _state(producer, glyphs)
    row = [
        Cell(glyphs.pick if chosen else " ", "strong", target),
        name_cell(producer.tag, producer.name, _name_width(width), colour, target, glyphs),
        Cell(f"{rate(speed.now):>6}", "text", target),
        Cell("  ", "text", target),
        *gauge_cells(producer.level, producer.capacity, 4, glyphs),
    ]
    room = width - _fixed(width)
    if width < WIDE and word:
        # If there is little room, a warning replaces the sparkline.
        return _chosen([*row, Cell(" ", "text", target), Cell(fit(word, room, glyphs), look, target)], chosen)
    if width >= WIDE:
        pace = str(producer.pace or "")
        row += [Cell(" ", "text", target), Cell(fit(word or f"{glyphs.live} puts", 9, glyphs), look, target)]
        row.append(Cell(f" {fit(pace, 7, glyphs, right=True)}", "soft", target))
    if width >= WIDEST:
        row.append(Cell(f" {rate(speed.average):>8} {count(producer.put):>8}", "soft", target))
    if bars is not None:
        row += [Cell(" ", "text", target), bars._replace(target=target)]
    return _chosen(filled(row, width), chosen)


def _chosen(row: Row, chosen: bool) -> Row:
    return picked(row) if chosen else row


def _state(producer: ProducerState, glyphs: Glyphs) -> tuple[str, str]:
    """A mark and a word for the producer's state; no word if all is well. *Blocked* (backpressure) stands out."""
    if producer.status == "failed":
        return f"{glyphs.failed} crashed", "alarm"
    if producer.blocked:
        return f"{glyphs.full} BLOCKED", "fill.alarm"
    if producer.pace is not None and producer.pace.done:
        return f"{glyphs.ok} done", "ok"
    if producer.full:
        return f"{glyphs.full} full", "warn"
    return "", "text"


class ProducersPane(Pane):
    """The pane of the registered producers."""

    HELP = """\
# Producers

A producer *puts* messages. They go through its channel, a small box, to the tail of the list. Each producer has a
colour and a tag: every one of its blocks in the list shows both.

When the list is at its limit the queue takes nothing more, the channels fill up, and a producer whose channel is full
is **BLOCKED**: it waits in `put`. That is *backpressure*: the slowest consumer slows the producers down.

The bars show what each did lately, all on one scale, which the title names.

`<producer.add>` adds a producer, `<producer.remove>` removes the chosen one; `<cast.quicken>` and `<cast.slow>` change
its rate; `<producer.burst>` makes it put 10 at once.
"""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)

    def needs(self, view: View) -> int:
        return 1 + 2 * max(1, len(view.state.producers))

    def move(self, step: int) -> None:
        name = neighbour(self.view, "producer", list(self.view.state.producers), step) if self.view else None
        if name is not None:
            self.pick("producer", name)
