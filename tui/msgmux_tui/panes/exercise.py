"""The two panes of an exercise: the student's source, and the grade."""

import textwrap

from textual.message import Message

from msgmux_tui.panes.rows import more
from msgmux_tui.panes.source import code_rows
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import ExerciseView, Paragraph, View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, filled, fit, picked
from msgmux_tui.widgets.pane import Pane


def draw_source(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """As much of the file as fits; the marked line is in sight."""
    exercise = view.exercise
    if exercise is None:
        return Drawing("source", "", [])
    if not exercise.lines:
        return Drawing(exercise.file, "", [[Cell("there is nothing in this file", "soft")]])
    first = _first(exercise, height)
    lines = exercise.lines[first - 1 : first - 1 + height]
    rows = code_rows(lines, exercise.here, width, glyphs, told=exercise.told)
    note = f"{first}{glyphs.dash}{first + len(lines) - 1} of {len(exercise.lines)}"
    return Drawing(exercise.file, "" if len(lines) == len(exercise.lines) else note, rows)


def _first(exercise: ExerciseView, height: int) -> int:
    """The line at the top: scrolled only as far as the marked line needs, and never past the end."""
    last = max(1, len(exercise.lines) - height + 1)
    first = min(max(1, exercise.first), last)
    here = exercise.here
    if here and not first <= here < first + height:
        first = min(max(1, here - height // 2), last)
    return first


def draw_story(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The grade, with the selected paragraph in sight."""
    exercise = view.exercise
    if exercise is None:
        return Drawing("grade", "", [])
    rows: list[Row] = []
    begin = end = 0
    for number, paragraph in enumerate(exercise.story):
        made = _wrapped(paragraph, width, glyphs)
        if number == exercise.chosen:
            made = [picked(filled(row, width)) for row in made]
            begin, end = len(rows), len(rows) + len(made)
        rows += made
    first = 0 if end <= height else min(max(0, end - height // 2), len(rows) - height)
    first = min(first, begin) if exercise.chosen >= 0 else 0
    hidden = len(rows) - height
    note = "" if hidden <= 0 else f"{more(len(rows), height)} lines"
    return Drawing(f"grade {glyphs.dot} {exercise.verdict}", note, rows[first : first + height])


def _wrapped(paragraph: Paragraph, width: int, glyphs: Glyphs) -> list[Row]:
    text = glyphs.text(paragraph.text)
    if paragraph.code:
        return [[Cell(fit(text, width, glyphs), paragraph.style)]]
    indent = " " * paragraph.indent
    lines = textwrap.wrap(text, max(8, width), subsequent_indent=indent, drop_whitespace=True) or [""]
    return [[Cell(clause(line, width, glyphs), paragraph.style)] for line in lines]


class SourcePane(Pane):
    """The student's file."""

    HELP = """\
# Your source

Your file, as it was saved last. Change it in an editor of your own, beside this: whenever it is saved, it is read and
graded again. A dot before a line says that the schedule which breaks it goes over this line; the marked line is that
of the chosen step of the story.
"""

    class Scrolled(Message):
        """The user scrolled by this many lines (positive: down)."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw_source(view, width, height, self.glyphs)

    def move(self, step: int) -> None:
        self.post_message(self.Scrolled(step))


class StoryPane(Pane):
    """The grade."""

    HELP = """\
# The grade

Each test of the exercise, and what came of it under every schedule of the threads (or up to the bound that it says).
Where a schedule breaks one, this is the story of the shortest: who goes on, at which line, and what it reads and
writes. Arrows go through it step by step, and mark the line in your source.

*Refused* means that your file is right, and too simple: what the exercise asks for can never come about. One lock
around everything is often that.
"""

    class Chosen(Message):
        """The user moved by this many steps of the story."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw_story(view, width, height, self.glyphs)

    def move(self, step: int) -> None:
        self.post_message(self.Chosen(step))
