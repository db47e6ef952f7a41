"""What the threads of a Python file share while it is stepped through: locks, variables with their last writers, and
what it has printed.
"""

from msgmux.checker.records import Resource, SharedView
from msgmux_tui.panes.rows import more
from msgmux_tui.session.records import Threads
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, fit, row_width
from msgmux_tui.widgets.pane import Pane

WIDEST_NAME, WIDEST_VALUE = 28, 26
"""Cells; what is longer is shortened."""
RACES = "race"
"""The word beside a variable whose accesses nothing orders."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """Deadlocks and locks first, since they are few; then the variables, those accessed last at the top; then the last
    lines that were printed.
    """
    threads = view.threads
    if threads is None or threads.shared is None:
        return Drawing("shared", "", [[Cell("no file of yours is stepped through here", "soft")]])
    rows = _locks(threads, width, glyphs)[: max(1, height - 2)]
    variables = threads.shared
    printed = threads.printed[-max(0, height - len(rows) - len(variables)) :] if len(rows) < height else ()
    printed = printed or threads.printed[-1:]
    room = max(0, height - len(rows) - len(printed))
    if not variables and room:
        rows.append([Cell(clause("nothing that threads share was accessed yet", width, glyphs), "soft")])
    names = _widest([one.name for one in variables], WIDEST_NAME, width // 3)
    values = _widest([one.value for one in variables], WIDEST_VALUE, width // 4)
    rows += [_variable(one, names, values, width, glyphs) for one in variables[:room]]
    rows += [_printed(line, width, glyphs) for line in printed]
    races = sum([one.races for one in variables])
    note = f"{more(len(variables), room)} variable{'' if len(variables) == 1 else 's'}"
    note += f", {races} in a race" if races else ""
    return Drawing("shared", note, rows)


def _widest(texts: list[str], most: int, share: int) -> int:
    return min(most, max(6, share), max([len(text) for text in texts], default=0))


def _locks(threads: Threads, width: int, glyphs: Glyphs) -> list[Row]:
    rows: list[Row] = []
    for cycle in threads.cycles:
        rows.append([Cell(clause(f"DEADLOCK: {' → '.join([*cycle, cycle[0]])}", width, glyphs), "alarm")])
    locks = sorted(threads.resources, key=lambda one: not one.waiters)
    return rows + [_resource(one, width, glyphs) for one in locks]


def _resource(one: Resource, width: int, glyphs: Glyphs) -> Row:
    """``lock transfer.a: T1 has it, T2 wants it``."""
    several = len(one.waiters) > 1
    if one.kind == "lock":
        words = f"{one.holder} has it" if one.holder else "free"
        words += f", {' and '.join(one.waiters)} want{'' if several else 's'} it" if one.waiters else ""
    else:
        words = f"{' and '.join(one.waiters)} {'wait' if several else 'waits'} to be woken"
    name = clause(f"{one.kind} {one.name}: ", width, glyphs)
    style = "warn" if one.waiters and one.kind == "lock" else "strong" if one.holder or one.waiters else "soft"
    return [Cell(name, "soft"), Cell(clause(words, max(0, width - len(name)), glyphs), style)]


def _variable(one: SharedView, names: int, values: int, width: int, glyphs: Glyphs) -> Row:
    """``Counter.value  1  race  Thread-1 wrote it at mine.py:9; Thread-2 has read it since``."""
    row = [
        Cell(f"{fit(one.name, names, glyphs)}  ", "text"),
        Cell(f"{fit(one.value, values, glyphs)}  ", "strong"),
        Cell(f"{RACES if one.races else '':{len(RACES)}}  ", "alarm"),
    ]
    room = max(0, width - row_width(row))
    words = next((told for told in _tellings(one) if len(told) <= room), _tellings(one)[-1])
    row.append(Cell(clause(words, room, glyphs), "text" if one.writer else "soft"))
    return row


def _tellings(one: SharedView) -> tuple[str, ...]:
    """Who wrote it and who has read it since; then the same in fewer words."""
    readers = " and ".join(one.readers)
    have = "have" if len(one.readers) > 1 else "has"
    brief = f"read by {' '.join(one.readers)}"
    if not one.writer:
        return (f"not written yet; {readers} {have} read it", f"not written; {brief}", "not written")
    wrote = f"{one.writer} wrote it at {one.place}"
    if not one.readers:
        return (wrote, f"{one.writer} {one.place}")
    return (
        f"{wrote}; {readers} {have} read it since",
        f"{wrote}; {brief}",
        f"{one.writer} {one.place}; {brief}",
        f"{one.writer} {one.place}",
    )


def _printed(line: str, width: int, glyphs: Glyphs) -> Row:
    # What the program prints is drawn as text: characters that control a terminal are none of it.
    shown = "".join([one if one.isprintable() else " " for one in line.expandtabs(4)])
    return [Cell("printed: ", "faint"), Cell(clause(shown, max(0, width - 9), glyphs), "soft")]


class VariablesPane(Pane):
    """What the threads of the user's file share."""

    HELP = """\
# Shared

What the threads of your file share, as it is now.

First the **locks** that are held or wanted, and the conditions that are waited on. Then each **variable** that was
accessed: its value, which thread wrote it last and at which line, and which threads have read it since. A thread that
has read a value, and writes what it made of it after another one has written, overwrites what it never saw.

*race* marks a variable that is accessed at places which nothing orders: no lock in common, no start, no join. Only at
such places, and at locks, conditions and joins, a thread stops.

Values are shown in short, those of your own classes by the name of the class: nothing of yours runs to show them. At
the end are the last lines that the program has printed.
"""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
