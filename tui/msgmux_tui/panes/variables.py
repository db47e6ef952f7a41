"""What the threads of the user's own program share: variables with the last writer of each, locks, and who waits."""

from msgmux.checker.records import Resource, SharedView
from msgmux_tui.panes.rows import more
from msgmux_tui.session.records import Threads
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, fit, row_width
from msgmux_tui.widgets.pane import Pane

WIDEST_NAME, WIDEST_VALUE = 28, 24
"""Cells; what is longer is shortened."""


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """Deadlocks and locks first, since they are few; then the variables, those written last at the top."""
    threads = view.threads
    if threads is None or threads.shared is None:
        return Drawing("shared", "", [[Cell("no program of your own is stepped through here", "soft")]])
    rows = _locks(threads, width, glyphs)
    if rows and threads.shared:
        rows.append([])
    room = max(1, height - len(rows))
    variables = threads.shared
    if not variables and not rows:
        rows.append([Cell(clause("nothing was accessed yet that threads share", width, glyphs), "soft")])
    names = min(WIDEST_NAME, max([len(one.name) for one in variables], default=0), max(8, width // 3))
    values = min(WIDEST_VALUE, max([len(one.value) for one in variables], default=0), max(6, width // 4))
    rows += [_variable(one, names, values, width, glyphs) for one in variables[:room]]
    note = f"{more(len(variables), room)} variable{'' if len(variables) == 1 else 's'}"
    return Drawing("shared", note, rows)


def _locks(threads: Threads, width: int, glyphs: Glyphs) -> list[Row]:
    rows: list[Row] = []
    for cycle in threads.cycles:
        rows.append([Cell(clause(f"DEADLOCK: {' → '.join([*cycle, cycle[0]])}", width, glyphs), "alarm")])
    rows += [[Cell(clause(sentence, width, glyphs), "warn")] for sentence in threads.graph]
    rows += [_resource(one, width, glyphs) for one in threads.resources]
    return rows


def _resource(one: Resource, width: int, glyphs: Glyphs) -> Row:
    """``lock self.lock: T1 has it, T2 wants it``."""
    several = len(one.waiters) > 1
    if one.kind == "lock":
        words = f"{one.holder} has it" if one.holder else "free"
        words += f", {' '.join(one.waiters)} want{'' if several else 's'} it" if one.waiters else ""
    else:
        words = f"{' '.join(one.waiters)} {'wait' if several else 'waits'} to be woken"
    name = clause(f"{one.kind} {one.name}: ", width, glyphs)
    style = "strong" if one.holder or one.kind == "condition" else "soft"
    return [Cell(name, "soft"), Cell(clause(words, max(0, width - len(name)), glyphs), style)]


def _variable(one: SharedView, names: int, values: int, width: int, glyphs: Glyphs) -> Row:
    """``Counter.value  1  T1 wrote it, mine.py:9; T2 has read it``."""
    row = [
        Cell(f"{fit(one.name, names, glyphs)}  ", "text"),
        Cell(f"{fit(one.value or '?', values, glyphs)}  ", "strong"),
    ]
    told = f"{one.writer} wrote it, {one.place}" if one.writer else "nobody has written it"
    if one.readers:
        readers = " ".join(one.readers)
        told += f"; {readers} {'have' if len(one.readers) > 1 else 'has'} read it{' since' if one.writer else ''}"
    room = width - row_width(row)
    if len(told) > room and one.writer:
        # Who wrote it matters most.
        told = f"{one.writer} {one.place}" + (f"; read by {' '.join(one.readers)}" if one.readers else "")
    row.append(Cell(clause(told, max(0, room), glyphs), "warn" if one.writer and one.readers else "soft"))
    return row


class VariablesPane(Pane):
    """What the threads of the user's program share."""

    HELP = """\
# Shared

What the threads of your program share, as it is now.

First the **locks** that are held or wanted, and the conditions that are waited on. Then each **variable** that was
accessed: its value, which thread wrote it last and at which line, and which threads have read it since. A thread that
has read a value, and writes what it made of it after another one has written, overwrites what it never saw.

Values are shown in short, those of your own classes by the name of the class only: nothing of yours runs to show them.
"""

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
