"""``msgmux-tui lesson``: lists the lessons, or shows one on the screen or as text."""

import textwrap
import time
from typing import TYPE_CHECKING

import click

from msgmux_tui import lessons
from msgmux_tui.commands.inputs import Look, on_terminal
from msgmux_tui.lessons import ORDER, Lesson, open_lesson, read
from msgmux_tui.lessons.progress import Progress
from msgmux_tui.system.messages import complain
from msgmux_tui.theme.glyphs import Glyphs

if TYPE_CHECKING:
    from msgmux_tui.screens.lesson import LessonScreen

WIDTH = 100
"""Columns of a handout."""
LATELY = 4 * 3600.0
"""Seconds. Notes follow a lesson on another terminal only if it was begun no longer ago than this."""
REFRESHED = 0.5
"""Seconds between two checks of the followed lesson's card."""


def lesson(name: str | None, look: Look, *, presenter: bool, template: bool, notes: bool) -> int:
    """Carry out the command: show a lesson, print it, print its notes, list all lessons, or print the template. Returns
    the exit code.
    """
    if template:
        click.echo(lessons.template(), nl=False)
        return 0
    if notes:
        return follow_notes(None if name is None else find_lesson(name))
    if name is None:
        list_lessons()
        return 0
    found = find_lesson(name)
    if not look.headless:
        return take_lesson(found, look, presenter=presenter)
    look.tell_why_plain(f"msgmux-tui lesson {name} --plain")
    return tell_lesson(found, look.glyphs())


def list_lessons() -> None:
    """Print all lessons, each with the progress made in it."""
    progress = Progress()
    if progress.problem:
        complain(progress.problem)
    for number, name in enumerate(ORDER, 1):
        click.echo(f"{number:>2}  {name:<16}{progress.of(name).words:<10}{read(name).title}")
    following = next((name for name in ORDER if not progress.of(name).done), None)
    if following is not None:
        click.echo(f"\nNext: msgmux-tui lesson {following}")


def find_lesson(name: str) -> Lesson:
    """A lesson by its name, its number in the list, or its file. Raises :class:`MsgmuxError` if there is none."""
    return read(ORDER[int(name) - 1]) if name.isdecimal() and 1 <= int(name) <= len(ORDER) else open_lesson(name)


def tell_lesson(lesson: Lesson, glyphs: Glyphs) -> int:
    """Print the lesson's cards, and what happens when its own solution is played. Returns the exit code."""
    from msgmux_tui.lessons.performing import perform_lesson

    def tell(line: str) -> None:
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped = textwrap.wrap(glyphs.text(line), WIDTH, subsequent_indent=indent + ("  " if indent else ""))
        # Code is not wrapped.
        click.echo(glyphs.text(line) if len(line) <= WIDTH else "\n".join(wrapped))

    performed = perform_lesson(lesson, tell)
    for problem in performed.problems:
        complain(problem, about="problem")
    return performed.exit_code


def take_lesson(lesson: Lesson, look: Look, *, presenter: bool) -> int:
    """Show the lesson on the screen, and remember the progress. Returns the exit code."""
    from msgmux_tui.commands.launch import run_screen
    from msgmux_tui.lessons.notes import Following
    from msgmux_tui.settings.config import Config

    following = Following()

    def make(settings: Config, glyphs: Glyphs) -> "LessonScreen":
        from msgmux_tui.screens.lesson import LessonScreen

        return LessonScreen(
            lesson,
            glyphs,
            progress=Progress(),
            presenter=presenter,
            following=following,
            keymap=settings.keymap,
            notice=settings.notice,
        )

    try:
        return run_screen(make, look, keep=False)
    finally:
        following.end()


def follow_notes(lesson: Lesson | None) -> int:
    """Print the notes of the lesson that is shown on another terminal, again for each card, until ctrl+c.

    Until one is shown, or if its file is not found here, print those of ``lesson`` from its beginning.
    """
    from msgmux_tui.lessons.notes import Place, notes, read_place

    began = time.time()
    while True:
        place = read_place()
        shown = lesson
        if place is not None and place.began >= began - LATELY:
            try:
                shown = open_lesson(place.file.removesuffix(".toml") if place.file.count("/") == 0 else place.file)
            except lessons.LessonError:
                shown = lesson
        if shown is None:
            click.echo("no lesson is shown yet; start one on another terminal")
        else:
            click.clear()
            followed = place if place is not None and shown.file == place.file else Place(shown.file, 0, began, began)
            for line in notes(shown, followed, time.time()):
                click.echo("\n".join(textwrap.wrap(line, WIDTH)) or "")
        if not on_terminal():
            return 0
        time.sleep(REFRESHED)
