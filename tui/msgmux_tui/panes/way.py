"""The way of a message, from left to right: producers' channels, receiver, list, sender, consumers' channels.

A dot on a line is a message; the dots move on by one cell for each message that has gone this way, and a line on which
nothing goes at present has none. So the drawing depends on counters and rates only, like any other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgmux.rates import Rate
from msgmux.state import ConsumerState, ProducerState
from msgmux_tui.panes.consumers import state_cell
from msgmux_tui.panes.flags import backlog
from msgmux_tui.panes.rows import chosen_index, gauge_cells, name_cell, window
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.styles import hue
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Row, count, filled, fit, picked, row_width

NAME, BOXES, SIDE_WIRE, WIRE, LIST = 12, 2, 6, 4, 16
"""Widths in cells: a name, a channel's boxes, the lines to a channel, those to the list, and the list's box."""
GAUGE = BOXES + 6
STATE = 2
WIDTH = 2 * (NAME + 1 + GAUGE + SIDE_WIRE) + len(" receiver ") + len(" sender ") + 2 * WIRE + LIST + STATE
"""The width of the whole drawing in cells."""
APART = 4
"""Cells from one dot to the next."""


class _Side(NamedTuple):
    """The rows at which the channels of one side stand, and the indices of those that are shown."""

    shown: range
    places: tuple[int, ...]
    left_out: int


def draw(view: View, height: int, glyphs: Glyphs) -> list[Row]:
    """At most ``height`` rows of :data:`WIDTH` cells: titles, the ways, and the cleaner's count below."""
    room = height - 3  # without the titles, the cleaner's row, and the row of what is left out
    if room < 3:
        return []
    producers, consumers = list(view.state.producers.values()), list(view.state.consumers.values())
    tall = min(room, max(5, 2 * max(len(producers), len(consumers)) - 1))
    middle = tall // 2
    left = _side(view, "producer", [p.name for p in producers], tall)
    right = _side(view, "consumer", [c.name for c in consumers], tall)
    rows = [_heads()]
    for y in range(tall):
        row = _producer_part(view, producers, left, y, middle, glyphs)
        row += _middle(view, y - middle, glyphs)
        row += _consumer_part(view, consumers, right, y, middle, glyphs)
        rows.append(filled(row, WIDTH))
    rows.append(_cleaner(view, glyphs))
    if left.left_out or right.left_out:
        before = f"and {left.left_out} more" if left.left_out else ""
        behind = f"and {right.left_out} more" if right.left_out else ""
        rows.append([Cell(before.ljust(WIDTH - len(behind)) + behind, "soft")])
    return rows


def _heads() -> Row:
    ends = NAME + 1 + GAUGE
    words = f"{'producer':<{NAME + 1}}{'channel':<{GAUGE}}"
    words += " " * (WIDTH - 2 * ends - STATE) + f"{'channel':<{GAUGE + 1}}consumer"
    return [Cell(words.ljust(WIDTH), "faint")]


def _side(view: View, role: str, names: Sequence[str], tall: int) -> _Side:
    """Every other row has a channel if there is room for all of them then, else every row."""
    apart = 2 if 2 * len(names) - 1 <= tall else 1
    shown = window(len(names), chosen_index(view, role, names), tall)
    used = apart * (len(shown) - 1) + 1
    first = (tall - used) // 2
    return _Side(shown, tuple([first + apart * n for n in range(len(shown))]), len(names) - len(shown))


def _joint(places: Sequence[int], y: int, middle: int, glyphs: Glyphs, *, left: bool) -> str:
    """The stroke of the line that joins all channels of one side, at row ``y``."""
    low, high = min((*places, middle)), max((*places, middle))
    if not places or not low <= y <= high:
        return " "
    if low == high:
        return glyphs.line
    here = y in places
    if y == middle and here:
        return glyphs.cross
    if y == middle:
        return glyphs.head if left else glyphs.tail
    if not here:
        return glyphs.side
    if y == low:
        return glyphs.corners[1] if left else glyphs.corners[0]
    if y == high:
        return glyphs.corners[3] if left else glyphs.corners[2]
    return glyphs.tail if left else glyphs.head


def wire(length: int, passed: int, rate: Rate, glyphs: Glyphs) -> str:
    """A line of ``length`` cells, with a dot for a message here and there if messages are passing."""
    if rate.now <= 0:
        return glyphs.line * length
    return "".join([glyphs.live if (x - passed) % APART == 0 else glyphs.line for x in range(length)])


def _producer_part(
    view: View, producers: Sequence[ProducerState], side: _Side, y: int, middle: int, glyphs: Glyphs
) -> Row:
    joint = _joint(side.places, y, middle, glyphs, left=True)
    if y not in side.places:
        return [Cell(" " * (NAME + 1 + GAUGE + SIDE_WIRE - 1), "text"), Cell(joint, "line")]
    producer = producers[side.shown[side.places.index(y)]]
    target = f"producer:{producer.name}"
    look = "alarm" if producer.blocked or producer.status == "failed" else hue(producer.tag)
    row = [
        name_cell(producer.tag, producer.name, NAME, look, target, glyphs),
        Cell(" ", "text", target),
        *[cell._replace(target=target) for cell in gauge_cells(producer.level, producer.capacity, BOXES, glyphs)],
    ]
    row = picked(row) if view.is_selected("producer", producer.name) else row
    speed = view.producer_rates.get(producer.name, Rate())
    return [*row, Cell(wire(SIDE_WIRE - 1, producer.put, speed, glyphs), hue(producer.tag)), Cell(joint, "line")]


def _consumer_part(
    view: View, consumers: Sequence[ConsumerState], side: _Side, y: int, middle: int, glyphs: Glyphs
) -> Row:
    joint = _joint(side.places, y, middle, glyphs, left=False)
    if y not in side.places:
        return [Cell(joint, "line")]
    consumer = consumers[side.shown[side.places.index(y)]]
    target = f"consumer:{consumer.name}"
    speed = view.consumer_rates.get(consumer.name, Rate())
    word, look = state_cell(consumer, glyphs)
    row = [
        *gauge_cells(consumer.level, consumer.capacity, BOXES, glyphs),
        Cell(" ", "text"),
        name_cell(consumer.tag, consumer.name, NAME, "strong", target, glyphs),
        Cell(f" {word[:1]}", look, target),
    ]
    row = [cell._replace(target=target) for cell in row]
    row = picked(row) if view.is_selected("consumer", consumer.name) else row
    line = wire(SIDE_WIRE - 2, consumer.delivered, speed, glyphs)
    return [Cell(joint, "line"), Cell(line + glyphs.onward, "text" if speed.now > 0 else "line"), *row]


def _middle(view: View, y: int, glyphs: Glyphs) -> Row:
    """Receiver, list and sender: the row ``y`` below the middle one."""
    state = view.state
    inner = LIST - 2
    before, after = len(" receiver ") + WIRE, len(" sender ") + WIRE
    if y == 0:
        came, went = _sum(view.producer_rates), _sum(view.consumer_rates)
        delivered = sum([consumer.delivered for consumer in state.consumers.values()])
        words = f"{count(state.length)} message{'' if state.length == 1 else 's'}"
        return [
            Cell(" receiver ", "strong"),
            Cell(wire(WIRE - 1, state.tail_seq, came, glyphs) + glyphs.onward, "line" if came.now <= 0 else "text"),
            Cell(glyphs.side, "focus"),
            Cell(fit(words, inner, glyphs).strip().center(inner), "strong"),
            Cell(glyphs.side, "focus"),
            Cell(wire(WIRE - 1, delivered, went, glyphs) + glyphs.onward, "line" if went.now <= 0 else "text"),
            Cell(" sender ", "strong"),
        ]
    box = {
        -2: Cell("the list".center(LIST), "soft"),
        -1: Cell(glyphs.corners[0] + glyphs.line * inner + glyphs.corners[1], "focus"),
        1: Cell(glyphs.corners[2] + glyphs.line * inner + glyphs.corners[3], "focus"),
        2: Cell(f"{glyphs.flag} cleaner".center(LIST), "soft"),
    }
    return [Cell(" " * before, "text"), box.get(y, Cell(" " * LIST, "text")), Cell(" " * after, "text")]


def _sum(rates: dict[str, Rate]) -> Rate:
    return Rate(sum([rate.now for rate in rates.values()]))


def _cleaner(view: View, glyphs: Glyphs) -> Row:
    """What has left the list, and who is furthest behind."""
    state = view.state
    words = f"{count(state.cleaner.total)} evicted so far"
    last = max(state.consumers.values(), key=lambda consumer: consumer.lag, default=None)
    if last is not None and last.lag:
        words += f"; {last.tag} is furthest behind: {backlog(last)}"
    row = [Cell(fit(words, WIDTH, glyphs).strip().center(WIDTH), "soft")]
    return filled(row, WIDTH) if row_width(row) != WIDTH else row
