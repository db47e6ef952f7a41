"""The events as sentences, newest last, each with its time and actors."""

from bisect import bisect_right

from textual.message import Message

from msgmux_tui.narration.records import Line
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.styles import hue
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, count, fit, moment
from msgmux_tui.widgets.pane import Pane

WIDE = 54
"""From this width on, in cells, sentences start in a column for producers, for the queue or for consumers."""

LOUD = {
    "failed": "alarm",
    "violation": "alarm",
    "blocked": "warn",
    "stalled": "warn",
    "skipped": "warn",
    "note": "strong",
}
"""Kinds of events with an emphasised style."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The last lines that fit, below the filter, if there is one."""
    found = view.lines
    shown = found[: _until(view)]
    head: list[Row] = []
    if view.sought:
        head = [_filter(view, len(found), width, glyphs)]
        height -= 1
    visible = shown[-height:] if height > 0 else ()
    margin = max([6, *[len(_when(line, glyphs)) for line in visible]])
    rows = [_row(line, margin, width, glyphs, columns=width >= WIDE) for line in visible]
    after = len(found) - len(shown)
    note = f"{count(after)} newer, f follows" if after else f"{count(view.state.event)} so far"
    return Drawing("events", note, head + rows)


def _until(view: View) -> int:
    """The number of lines up to the last one to show (``view.events_until``)."""
    if view.events_until is None:
        return len(view.lines)
    return bisect_right(view.lines, view.events_until, key=lambda line: line.event)


def _filter(view: View, found: int, width: int, glyphs: Glyphs) -> Row:
    words = fit(f"/{view.sought}", min(len(view.sought) + 1, width), glyphs)
    return [
        Cell(words, "strong", "action:filter"),
        Cell(
            clause(view.keymap.fill(f"  {found} lines; <screen.close> shows all"), max(0, width - len(words)), glyphs),
            "soft",
        ),
    ]


def _when(line: Line, glyphs: Glyphs) -> str:
    """The line's time, ``9.6``, or ``8.8–9.6`` if its first and last events differ by a tenth of a second."""
    first = moment(line.time)
    last = first if line.until is None else moment(line.until)
    return first if first == last else f"{first}{glyphs.span}{last}"


def _row(line: Line, margin: int, width: int, glyphs: Glyphs, *, columns: bool) -> Row:
    time = Cell(f"{_when(line, glyphs):>{margin}} ", "faint")
    look = LOUD.get(line.kind, "text" if line.role != "queue" else "soft")
    who = " ".join(line.actors[:6]) + (f" and {len(line.actors) - 6} more" if len(line.actors) > 6 else "")
    before = 0
    if columns:
        step = max(6, min(24, (width - 44) // 2))
        before = {"producer": 0, "queue": step, "consumer": 2 * step}[line.role]
    return [time, Cell(" " * before, "text"), *_told(who, line, look, width - margin - 1 - before, glyphs)]


def _told(who: str, line: Line, look: str, room: int, glyphs: Glyphs) -> Row:
    if not who:
        return [Cell(clause(line.text, room, glyphs), look)]
    style = hue(line.actors[0]) if line.role == "producer" and len(line.actors) == 1 else "strong"
    return [
        Cell(fit(who, min(len(who), room), glyphs), style),
        Cell(" " + clause(line.text, room - len(who) - 1, glyphs), look),
    ]


class EventsPane(Pane):
    """The pane of the events."""

    HELP = """\
# Events

Everything that happens, in the order in which it happened, newest last: who put what, who got what, what was taken
out and why. Equal neighbours are told in one line: "C1 C2 got 41–44"; "8.8–9.6" is from when to when that was.

On a wide screen producers stand at the left, the queue itself further in, and consumers at the right.

`<events.filter>` filters: by a tag (`C2`), a name (`billing`), a kind (`evicted`), a message (`41`), or any words.
What is found is folded anew: under `C2`, a line tells of C2 only. Arrows and
page keys go back to what was; `<list.follow>` or `<pane.last>` follows the newest again.
"""

    class Scrolled(Message):
        """The user scrolled: ``until`` is the new ``events_until``; None: follow the newest."""

        def __init__(self, until: int | None) -> None:
            super().__init__()
            self.until = until

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)

    def move(self, step: int) -> None:
        if self.view is None:
            return
        found = self.view.lines
        last = _until(self.view) + step
        # The pane stays filled with at least one page of lines.
        last = max(last, min(len(found), self.page))
        self.post_message(self.Scrolled(None if last >= len(found) else found[last - 1].event))
