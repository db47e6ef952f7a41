"""The invariants: what each checks, how often it was checked, and the event that violated it."""

from msgmux_tui.panes.facts import Fact, sheet
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, count
from msgmux_tui.widgets.pane import SheetPane

MEANINGS = {
    "order": "each consumer gets each producer's messages in the order in which they were put",
    "once": "each consumer gets every message exactly once: none lost, none twice",
    "unread": "nothing is evicted before everybody has had it, unless they were told that they missed it",
    "bound": "the list is never longer than its bound",
}
"""By invariant: what it says, in words for a class."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """Each invariant in one row: its result and its meaning."""
    facts: list[Fact] = []
    marks: list[tuple[int, str, str]] = []
    row = 0
    for check in view.checks:
        marks.append((row, glyphs.bad if check.violation else glyphs.ok, "alarm" if check.violation else "ok"))
        state = (
            f"BROKEN, after it had held {count(check.count)} times"
            if check.violation
            else f"held {count(check.count)} times"
        )
        own = [Fact(check.name, state, "alarm" if check.violation else "strong")]
        own.append(Fact("", MEANINGS.get(check.name, ""), "soft"))
        if check.violation:
            own.append(Fact("", check.violation, "alarm"))
        own.append(Fact("", ""))
        facts += own
        row += len(sheet(own, width - 3, glyphs))
    rows = [[Cell("   ", "text"), *line] for line in sheet(facts, width - 3, glyphs)]
    for at, mark, style in marks:
        rows[at][0] = Cell(f" {mark} ".ljust(3), style)
    if not view.checks:
        rows = [[Cell(" nothing is checked here", "soft")]]
    return Drawing("invariants", f"{len(view.checks)}", rows)


class ChecksPane(SheetPane):
    """All invariants."""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
