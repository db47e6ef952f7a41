"""The cleaner: its next pass, what stopped the last pass, and what it evicted for which reason."""

from msgmux.events import Reason
from msgmux.state import QueueState
from msgmux.units import seconds_text
from msgmux_tui.narration.describe import UNKNOWN, named
from msgmux_tui.narration.pieces import REASONS
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, count, moment, seconds, spark
from msgmux_tui.widgets.pane import Pane

REASON_ORDER: tuple[Reason, ...] = ("expired", "limit", "left", "overflow")


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The most important rows first; those that do not fit are left out from the bottom."""
    state = view.state
    if view.unknown:
        said = f"keeps {UNKNOWN} {glyphs.dot} looks every {UNKNOWN}"
        return Drawing("cleaner", f"{UNKNOWN} evicted", [[Cell(clause(said, width, glyphs), "faint")]])
    rows = [
        _next_pass(view, width, glyphs),
        _stopped(view, width, glyphs),
        _timeline(view, width, glyphs),
        *_totals(state, width, glyphs),
        _rule(state, width, glyphs),
    ]
    rows += _passes(view, width, height - len(rows), glyphs)
    return Drawing("cleaner", f"{count(state.cleaner.total)} evicted", rows)


def _next_pass(view: View, width: int, glyphs: Glyphs) -> Row:
    """A bar that shrinks until the next pass."""
    due, every = view.state.cleaner.due, view.state.settings.clean_every
    if due is None:
        return [Cell("no pass is planned", "soft")]
    left = max(0.0, due - view.now)
    words = f"next pass in {seconds(left):<6}"
    room = max(0, width - len(words) - 1)
    filled = min(room, round(room * left / every))
    return [
        Cell("next pass in ", "soft"),
        Cell(f"{seconds(left):<6} ", "strong"),
        Cell(glyphs.fill * filled, "soft"),
        Cell(glyphs.rest * (room - filled), "line"),
    ]


def _stopped(view: View, width: int, glyphs: Glyphs) -> Row:
    """What stopped the last pass."""
    state = view.state
    cleaner, last = state.cleaner, view.passes[-1] if view.passes else None
    if not cleaner.passes:
        return [Cell("it has not looked yet", "soft")]
    if cleaner.stop == "empty":
        return [Cell("stopped  ", "soft"), Cell("nothing was left", "text")]
    if cleaner.stop == "kept":
        return [Cell("stopped  ", "soft"), Cell("everything is kept", "text")]
    if cleaner.stop == "age":
        words = f"the head was {_young(last.seconds if last is not None else None)}"
        return [Cell("stopped  ", "soft"), Cell(clause(words, width - 9, glyphs), "text")]
    tags = [state.consumers[name].tag for name in cleaner.consumers if name in state.consumers]
    names = [named(state.consumers[name].tag, name) for name in cleaner.consumers if name in state.consumers]
    who = names[0] if len(names) == 1 else " ".join(tags[:4]) + (f" and {len(tags) - 4} more" if len(tags) > 4 else "")
    words = f"{who or 'a consumer'} {'have' if len(names) > 1 else 'has'} not had it"
    return [Cell("stopped  ", "soft"), Cell(clause(words, width - 9, glyphs), "warn")]


def _timeline(view: View, width: int, glyphs: Glyphs) -> Row:
    """A bar for each pass, newest at the right."""
    passes = view.passes[-(width - 9) :]
    top = max([p.evicted for p in passes], default=0)
    bars = spark([float(p.evicted) for p in passes], width - 9, float(max(1, top)), glyphs)
    return [Cell("took     ", "soft"), Cell(bars, "strong")]


def _totals(state: QueueState, width: int, glyphs: Glyphs) -> list[Row]:
    """The number of evicted messages for each reason."""
    evicted = [(state.cleaner.evicted.get(reason, 0), REASONS[reason]) for reason in REASON_ORDER]
    said = [f"{count(number)} {words}" for number, words in evicted if number]
    if not said:
        return [[Cell("nothing was evicted yet", "soft")]]
    line = f" {glyphs.dot} ".join(said)
    return [[Cell(clause(line, width, glyphs), "soft")]]


def _rule(state: QueueState, width: int, glyphs: Glyphs) -> Row:
    """The settings in force, in words."""
    kept, every = state.settings.retention, seconds_text(state.settings.clean_every)
    keep = "keeps all" if kept is None else f"keeps {seconds_text(kept)}"
    bound = state.settings.max_messages
    said = [keep, f"looks every {every}"]
    if bound is not None:
        said.append(f"at most {count(bound)}")
        if width >= 60:
            said.append(f"then {state.settings.overflow}")
    return [Cell(clause(f" {glyphs.dot} ".join(said), width, glyphs), "faint", "action:edit_queue")]


def _passes(view: View, width: int, room: int, glyphs: Glyphs) -> list[Row]:
    """A row for each of the last passes, newest last."""
    rows: list[Row] = []
    for done in view.passes[-room:] if room > 0 else ():
        took = f"took {done.evicted}" if done.evicted else "took nothing"
        stop = {
            "empty": "nothing was left",
            "age": f"the head was {_young(done.seconds)}",
            "kept": "all is kept",
            "consumer": "held by " + ", ".join(done.consumers),
        }[done.stop]
        time = Cell(f"{moment(done.time):>8} ", "faint")
        rows.append([time, Cell(f"{took:<13}", "text"), Cell(clause(stop, width - 22, glyphs), "soft")])
    return rows


def _young(left: float | None) -> str:
    """How much too young the head was: ``left`` seconds, or None if unknown."""
    if left is None:
        return "too young"
    return "just too young" if left < 0.05 else f"{seconds(left)} too young"


class CleanerPane(Pane):
    """The pane of the cleaner."""

    HELP = """\
# The cleaner

The cleaner looks at the head of the list from time to time, and takes messages out of it as long as both are true:
**everybody has had it**, and **it is older than the retention**. It stops at the first message that must stay, and
says why: a consumer has not had it, or it is too young.

*took*: one bar for each pass, newest at the right; below, the last passes with what ended each.

`<queue.retain_longer>` and `<queue.retain_shorter>` make the retention longer and shorter.
"""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
