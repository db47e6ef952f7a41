"""The tasks of a step session: which can run and what each does next, the source line of the selected one, the locks
that each holds, and which task waits for which.
"""

import os

from textual import events
from textual.message import Message

from msgmux.checker.operations import done, upcoming
from msgmux.checker.records import Resource, SourceLine, TaskView
from msgmux.runtime.records import CLOCK
from msgmux_tui.narration.describe import known
from msgmux_tui.panes.rows import more, window
from msgmux_tui.panes.source import code_rows
from msgmux_tui.session.records import Threads
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, count, filled, fit, gauge, picked, row_width, seconds
from msgmux_tui.widgets.pane import Pane

NARROW, WIDE = 50, 150
"""The least widths, in cells, for a second column (source), and for a third one (locks and channels)."""
WORDY = 48
"""From this width of the tasks' column on, in cells, a state has a word beside its mark."""
SOURCE_ROWS, MOST_SOURCE_ROWS = 6, 12
"""The rows of the source part: one for the function's name and 5 lines, which have precedence over locks and channels;
at most 11 lines."""
GAP = 2


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The tasks at the left; beside them the source, and below or beside that the locks and channels."""
    threads = view.threads
    if threads is None:
        return Drawing("threads", "", [[Cell("nobody is stepped through here", "soft")]])
    if width < NARROW:
        columns = [(_tasks(threads, width, height, glyphs), width)]
    elif width < WIDE:
        left = min(64, width * 47 // 100)
        rest = width - left - GAP
        columns = [(_tasks(threads, left, height, glyphs), left), (_beside(view, threads, rest, height, glyphs), rest)]
    elif threads.shared is not None:
        left = min(72, width * 40 // 100)
        rest = width - left - GAP
        columns = [(_tasks(threads, left, height, glyphs), left), (_source(threads, rest, height, glyphs), rest)]
    else:
        shared, left = min(52, width * 28 // 100), min(64, width * 36 // 100)
        rest = width - left - shared - 2 * GAP
        columns = [
            (_tasks(threads, left, height, glyphs), left),
            (_source(threads, rest, height, glyphs), rest),
            (_shared(view, threads, shared, glyphs), shared),
        ]
    able = sum([task.can_go for task in threads.tasks])
    note = f"{more(len(threads.tasks), height)}, {able} can go on {glyphs.dot} step {threads.steps}"
    note += f" {glyphs.dot} {threads.preemptions} preemption{'' if threads.preemptions == 1 else 's'}"
    return Drawing("threads", note, [_joined(columns, row) for row in range(height)])


def _joined(columns: list[tuple[list[Row], int]], at: int) -> Row:
    row: Row = []
    for rows, width in columns:
        if row:
            row.append(Cell(" " * GAP, "text"))
        row += filled(rows[at] if at < len(rows) else [], width)
    return row


# The tasks


def _tasks(threads: Threads, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    """As many tasks as fit, and always the clock, since letting time pass is a choice at every point."""
    clock = [task for task in threads.tasks if task.id == CLOCK]
    others = [task for task in threads.tasks if task.id != CLOCK]
    at = next((n for n, task in enumerate(others) if task.id == threads.chosen), None)
    shown = [others[n] for n in window(len(others), at, max(1, height - len(clock)))] + clock
    names = max([len(task.name) for task in threads.tasks], default=0)
    room = min(names, 9 if width < 44 else 16)
    return [_task(task, threads, width, room, glyphs) for task in shown]


def _task(task: TaskView, threads: Threads, width: int, room: int, glyphs: Glyphs) -> Row:
    chosen = task.id == threads.chosen
    target = f"task:{task.id}"
    word, mark, style = _state(task, glyphs)
    row = [
        Cell(glyphs.pick if chosen else " ", "strong", target),
        Cell(f"{task.id:>2} ", "strong" if task.can_go else "faint", target),
        Cell(fit(task.name, room, glyphs), "text" if task.can_go else "soft", target),
        Cell(f" {mark} ", style, target),
    ]
    used = 1 + 3 + room + 3
    if width >= WORDY:
        row.append(Cell(f"{word:<8} ", style, target))
        used += 9
    words = _words(task, width - used, glyphs, short=width < WORDY)
    row.append(Cell(clause(words, max(0, width - used), glyphs), style if not task.can_go else "text", target))
    row = filled(row, width)
    return picked(row) if chosen else row


def _state(task: TaskView, glyphs: Glyphs) -> tuple[str, str, str]:
    """The word, the mark and the style for a task's state."""
    if task.can_go:
        running = task.state == "running"
        return ("running", glyphs.live, "live") if running else ("ready", glyphs.arrow, "ok")
    if task.held_by:
        return "blocked", glyphs.full, "warn"
    if task.id == CLOCK or task.operation.phase != "in":
        # Ready, but no task may run any more: the run has ended in a deadlock.
        return "ready", glyphs.dash, "soft"
    return ("sleeping" if task.state == "sleeping" else "waits"), glyphs.stalled, "soft"


def _words(task: TaskView, room: int, glyphs: Glyphs, *, short: bool) -> str:
    """What the task does next, or what it waits for, the holder and the timeout; shortened to ``room`` cells."""
    until = "" if task.until is None else f"until {seconds_exact(task.until)}"
    if task.held_by:
        words = f"{task.held_by} has {task.waits_for}" if short else f"{task.waits_for}, which {task.held_by} has"
        briefly = f"{task.waits_for}: {task.held_by}"
    elif task.operation.phase != "in":
        words = briefly = upcoming(task.operation, task.code)
        if task.operation.phase == "after":
            briefly = f"wake on {task.operation.object}".removesuffix(" on ")
    else:
        # The state column already says that it waits or sleeps.
        words = {"wait": f"on {task.operation.object}", "join": f"for the end of {task.operation.object}"}.get(
            task.operation.kind, done(task.operation)
        ) + (until and f", {until}")
        briefly = until or words
        if short:
            words, briefly = f"asleep {words}", f"asleep {briefly}"
    whole = f"{words} {glyphs.dot} holds {' '.join(task.holds)}" if task.holds and not short else words
    return next((told for told in (whole, words) if len(told) <= room), briefly)


def seconds_exact(moment: float) -> str:
    """A moment of virtual time in seconds, with all its digits: 0.01 s is not shown as 0.0 s."""
    return seconds(moment) if moment == round(moment, 1) else f"{round(moment, 3):g} s"


# The source


def _beside(view: View, threads: Threads, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    """The second column if there is no third: the source, then as many locks and channels as fit."""
    if threads.shared is not None:
        # A pane of its own has what the threads of a Python file share.
        return _source(threads, width, height, glyphs)
    shared = _shared(view, threads, width, glyphs)
    room = max(min(SOURCE_ROWS, height), min(MOST_SOURCE_ROWS, height - len(shared)))
    rows = _source(threads, width, room, glyphs)
    rows += [[]] * (room - len(rows)) if len(rows) > 1 else []
    return rows + shared[: max(0, height - len(rows))]


def _source(threads: Threads, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    """The source line at which the selected task stopped, with as many lines around it as fit."""
    task = threads.task
    if task is None:
        return [[Cell(clause("the chosen task has ended", width, glyphs), "soft")]]
    if task.id == CLOCK:
        words = ("the clock: time stands still until", "you pick it, or nobody else can go on")
        return [[Cell(clause(line, width, glyphs), "soft")] for line in words]
    if not task.source:
        return [[Cell(clause(f"{task.name} has not begun yet", width, glyphs), "soft")]]
    head = [
        Cell(
            clause(
                f"{task.name} stands at {os.path.basename(task.operation.file)}:{task.operation.line}", width, glyphs
            ),
            "faint",
        ),
    ]
    lines = _around(task, max(1, height - 1))
    indent = min([len(line.text) - len(line.text.lstrip()) for line in lines if line.text.strip()], default=0)
    return [head, *code_rows(lines, task.operation.line, width, glyphs, indent=indent)]


def _around(task: TaskView, most: int) -> tuple[SourceLine, ...]:
    """At most ``most`` lines, with the task's current line in the middle."""
    at = next((n for n, line in enumerate(task.source) if line.number == task.operation.line), 0)
    first = max(0, min(at - most // 2, len(task.source) - most))
    return task.source[first : first + most]


# Locks and channels


def _shared(view: View, threads: Threads, width: int, glyphs: Glyphs) -> list[Row]:
    """Deadlocks, then locks, then channels; in each group those that block a task first."""
    rows: list[Row] = []
    for cycle in threads.cycles:
        rows.append([Cell(clause(f"DEADLOCK: {' → '.join([*cycle, cycle[0]])}", width, glyphs), "alarm")])
    rows += [[Cell(clause(sentence, width, glyphs), "warn")] for sentence in threads.graph]
    locks = [lock for lock in threads.resources if lock.kind == "lock"]
    told = [lock for lock in locks if lock.holder or len(lock.waiters) > 1]
    rows += [_lock(lock, width, glyphs) for lock in told]
    rows += _channels(view, threads, width, glyphs)
    rows += [_lock(lock, width, glyphs) for lock in locks if lock not in told]
    return rows or [[Cell(clause("no lock is held; nothing is in an open channel", width, glyphs), "soft")]]


def _lock(lock: Resource, width: int, glyphs: Glyphs) -> Row:
    """``lock queue: receiver has it, sender wants it``."""
    words = f"{lock.holder} has it" if lock.holder else "free"
    if lock.waiters:
        words += f", {' and '.join(lock.waiters)} want{'s' if len(lock.waiters) == 1 else ''} it"
    name = clause(f"lock {lock.name}: ", width, glyphs)
    style = "strong" if lock.holder else "soft"
    return [Cell(name, "soft"), Cell(clause(words, max(0, width - len(name)), glyphs), style)]


def _channels(view: View, threads: Threads, width: int, glyphs: Glyphs) -> list[Row]:
    """Each channel that is not empty or on which a task waits."""
    waiting = {one.name: one.waiters for one in threads.resources if one.kind == "condition"}
    rows: list[Row] = []
    for name, producer in view.state.producers.items():
        rows += _channel(name, producer.level, producer.capacity, "room", waiting.get(f"{name}.room"), width, glyphs)
    for name, consumer in view.state.consumers.items():
        for_what = waiting.get(f"{name}.arrival")
        rows += _channel(name, consumer.level, consumer.capacity, "a message", for_what, width, glyphs)
    return rows


def _channel(
    name: str, level: int | None, capacity: int, what: str, waiters: tuple[str, ...] | None, width: int, glyphs: Glyphs
) -> list[Row]:
    if level == 0 and not waiters:
        return []
    taken, free = gauge(level, capacity, 4, glyphs) if level is not None else ("", " " * min(4, capacity))
    row = [
        Cell(f"{fit(name, 9, glyphs)} ", "soft"),
        Cell(taken, "strong"),
        Cell(free, "faint"),
        Cell(
            f" {known(level, count)}/{count(capacity)}", "alarm" if level is not None and level >= capacity else "soft"
        ),
    ]
    if waiters:
        words = f"  {' '.join(waiters)} {'wait' if len(waiters) > 1 else 'waits'} for {what}"
        row.append(Cell(clause(words, max(0, width - row_width(row)), glyphs), "soft"))
    return [row]


class ThreadsPane(Pane):
    """The pane of the tasks; the user selects which one runs next."""

    HELP = """\
# Threads

You are the scheduler. Every task of the program stands **before** its next step, and goes on only if you say so: a
digit lets the task of that number go on to its next point. `<pane.inspect>` does that for the chosen one, which arrows
choose; `<time.step>` leaves the choice to the strategy. A program is only right if no choice of yours can break it.

A task is *ready* `→` or *running* `●` (it ran last); *blocked* `■`: it wants a lock that another one holds; it *waits*
`‖` for somebody to wake it, or until a moment. The clock is a task as well (number 0): time passes when it is picked.

At the right is the line of source that the chosen task runs next, and around it; then who waits for whom, the locks
that are held or wanted, and the channels that hold something or are waited at.

`<player.back>` takes back the last point, `<player.back_far>` all that the last task did in one go.
`<time.step_far>` lets the chosen task go on until it must wait. `<time.pause>` lets the strategy go on by itself;
`<time.slower>` and `<time.faster>` set how fast.
"""

    class Chosen(Message):
        """The user selected a task, by its id."""

        def __init__(self, task: int) -> None:
            super().__init__()
            self.task = task

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)

    def move(self, step: int) -> None:
        threads = self.view.threads if self.view is not None else None
        if threads is None or not threads.tasks:
            return
        ids = [task.id for task in threads.tasks]
        at = ids.index(threads.chosen) + step if threads.chosen in ids else 0
        self.post_message(self.Chosen(ids[min(max(at, 0), len(ids) - 1)]))

    def on_click(self, event: events.Click) -> None:
        kind, _, id = self.target_at(event.x, event.y).partition(":")
        if kind == "task":
            self.post_message(self.Chosen(int(id)))
            if event.chain == 2:
                self.call_later(self.screen.run_action, "go_on")
