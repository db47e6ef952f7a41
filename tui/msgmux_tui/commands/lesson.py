"""``msgmux-tui lesson``: the list of lessons, and one of them on the screen or in words."""

import textwrap
from typing import TYPE_CHECKING

import click

from msgmux_tui import lessons
from msgmux_tui.commands.inputs import Look
from msgmux_tui.lessons import ORDER, Lesson, open_lesson, read
from msgmux_tui.lessons.progress import Progress
from msgmux_tui.system.messages import complain
from msgmux_tui.theme.glyphs import Glyphs

if TYPE_CHECKING:
    from msgmux_tui.screens.lesson import LessonScreen

WIDTH = 100
"""Columns of a handout."""


def lesson(name: str | None, look: Look, *, presenter: bool, template: bool) -> int:
    """Take it, tell it, list all, or print the template: what is asked for. Returns the exit code."""
    if template:
        click.echo(lessons.template(), nl=False)
        return 0
    if name is None:
        list_lessons()
        return 0
    found = find_lesson(name)
    return tell_lesson(found, look.glyphs()) if look.headless else take_lesson(found, look, presenter=presenter)


def list_lessons() -> None:
    """Each with what was reached in it."""
    progress = Progress()
    if progress.problem:
        complain(progress.problem)
    for number, name in enumerate(ORDER, 1):
        click.echo(f"{number:>2}  {name:<16}{progress.of(name).words:<10}{read(name).title}")
    following = next((name for name in ORDER if not progress.of(name).done), None)
    if following is not None:
        click.echo(f"\nNext: msgmux-tui lesson {following}")


def find_lesson(name: str) -> Lesson:
    """By its name, its number in the list, or its file."""
    return read(ORDER[int(name) - 1]) if name.isdecimal() and 1 <= int(name) <= len(ORDER) else open_lesson(name)


def tell_lesson(lesson: Lesson, glyphs: Glyphs) -> int:
    """Print its cards, and what comes of them by its own solution. Returns the exit code."""
    from msgmux_tui.lessons.performing import perform_lesson

    def tell(line: str) -> None:
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped = textwrap.wrap(glyphs.text(line), WIDTH, subsequent_indent=indent + ("  " if indent else ""))
        # Code stays as it is written.
        click.echo(glyphs.text(line) if len(line) <= WIDTH else "\n".join(wrapped))

    performed = perform_lesson(lesson, tell)
    for problem in performed.problems:
        complain(problem, about="problem")
    return performed.exit_code


def take_lesson(lesson: Lesson, look: Look, *, presenter: bool) -> int:
    """Take it on the screen, and remember what was reached. Returns the exit code."""
    from msgmux_tui.commands.launch import run_screen
    from msgmux_tui.settings.config import Config

    def make(settings: Config, glyphs: Glyphs) -> "LessonScreen":
        from msgmux_tui.screens.lesson import LessonScreen

        return LessonScreen(
            lesson,
            glyphs,
            progress=Progress(),
            presenter=presenter,
            keymap=settings.keymap,
            notice=settings.notice,
        )

    return run_screen(make, look, keep=False)
