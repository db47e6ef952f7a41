"""``msgmux-tui present``: a session on the lecturer's screen, and on a page in everybody's browser."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from msgmux.documents.problems import FileError
from msgmux.errors import MsgmuxError
from msgmux.recording import RecordedTimeline, Timeline
from msgmux_tui import lessons, scenarios
from msgmux_tui.commands.inputs import Look, open_scenario
from msgmux_tui.settings.config import Config
from msgmux_tui.settings.kept import recording_path
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.web.presentation import Presentation, check_address, require_web

if TYPE_CHECKING:
    from msgmux_tui.screens.session import SessionScreen
    from msgmux_tui.session import Kind

PATIENCE = 5.0
"""Most seconds until the first line of a program."""


class Door(msgspec.Struct, frozen=True):
    """Where the pages are: ``host`` and ``port`` (0: a free one), and ``at``, the address that a proxy has for them.

    ``answers``: a CSV file for the answers to questions.
    """

    host: str
    port: int
    at: str = ""
    answers: Path | None = None


Make = Callable[[Config, Glyphs], "SessionScreen"]


def present(target: str, look: Look, door: Door, *, exact: bool) -> int:
    """Present ``target`` until the lecturer quits. Returns the exit code.

    ``target``: a scenario, a lesson, a recording, or the address or name of a published queue. Raises
    :class:`MsgmuxError` if there is none, or the pages can't be served.
    """
    require_web()
    if look.headless:
        raise click.UsageError("presenting needs a terminal, and a screen on it")
    check_address(door.at)
    if target in lessons.ORDER and target not in scenarios.names():
        return _present(_lesson(target), look, door, keep=False)
    if target == "last" or target.endswith((".jsonl", ".jsonl.gz")):
        with RecordedTimeline(recording_path(target)) as timeline:
            return _present(_recording(timeline), look, door, keep=False)
    if target.startswith(("unix:", "tcp:")):
        return _present(_published(target), look, door, keep=False)
    if target.endswith(".toml") and Path(target).exists() and _is_lesson(Path(target)):
        return _present(_lesson(target), look, door, keep=False)
    return _present(_scenario(target, exact=exact), look, door, keep=True)


def _present(make: Make, look: Look, door: Door, *, keep: bool) -> int:
    from msgmux_tui.commands.launch import run_screen
    from msgmux_tui.web.codes import code_of

    with Presentation(door.host, door.port, door.at) as pages:
        # Before the screen covers it, and again after it has gone.
        click.echo(f"{code_of(pages.address)}\n{pages.address}")

        def made(settings: Config, glyphs: Glyphs) -> "SessionScreen":
            screen = make(settings, glyphs)
            screen.presentation, screen.answers = pages, door.answers
            screen.tell_at_first(f"for everybody's browser: {pages.address}   <class.address>: its QR code")
            return screen

        return run_screen(made, look, keep=keep)


def _scenario(name: str, *, exact: bool) -> Make:
    try:
        scenario = open_scenario(name)
    except FileError as error:
        if name in scenarios.names() or "." in name or "/" in name:
            raise
        raise MsgmuxError(
            f"{name!r} is no scenario, lesson, recording or address; there are `msgmux-tui scenarios` and "
            f"`msgmux-tui lesson` ({str(error).splitlines()[0]:.200})"
        ) from None

    def make(settings: Config, glyphs: Glyphs) -> "SessionScreen":
        from msgmux_tui.commands.launch import begin_session
        from msgmux_tui.screens.session import SessionScreen

        kind: Kind = "exact" if exact else "threads"
        return SessionScreen(scenario, begin_session, glyphs, keymap=settings.keymap, notice=settings.notice, kind=kind)

    return make


def _lesson(name: str) -> Make:
    lesson = lessons.open_lesson(name)

    def make(settings: Config, glyphs: Glyphs) -> "SessionScreen":
        from msgmux_tui.lessons.notes import Following
        from msgmux_tui.lessons.progress import Progress
        from msgmux_tui.screens.lesson import LessonScreen

        return LessonScreen(
            lesson,
            glyphs,
            progress=Progress(),
            presenter=True,
            following=Following(),
            keymap=settings.keymap,
            notice=settings.notice,
        )

    return make


def _recording(timeline: Timeline) -> Make:
    from msgmux_tui.commands.replay import recorded_scenario

    def make(settings: Config, glyphs: Glyphs) -> "SessionScreen":
        from msgmux_tui.commands.launch import begin_session
        from msgmux_tui.screens.session import SessionScreen
        from msgmux_tui.session import ReplaySession

        return SessionScreen(
            recorded_scenario(timeline),
            begin_session,
            glyphs,
            keymap=settings.keymap,
            notice=settings.notice,
            session=ReplaySession(timeline),
        )

    return make


def _published(address: str) -> Make:
    from msgmux_tui.programs.found import Found, look
    from msgmux_tui.session.feeds import open_feed
    from msgmux_tui.session.protocol import Session
    from msgmux_tui.session.remote import connected

    session = connected(open_feed(address, every_event=False), patience=PATIENCE)

    def reach(found: Found) -> Session:
        raise MsgmuxError("another queue is presented by another `msgmux-tui present`")

    def make(settings: Config, glyphs: Glyphs) -> "SessionScreen":
        from msgmux_tui.screens.attached import AttachedScreen

        return AttachedScreen(session, glyphs, look=look, reach=reach, keymap=settings.keymap, notice=settings.notice)

    return make


def _is_lesson(path: Path) -> bool:
    """Whether a TOML file is a lesson: it has cards."""
    return any(
        [
            line.strip().startswith("[[card]]")
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        ]
    )
