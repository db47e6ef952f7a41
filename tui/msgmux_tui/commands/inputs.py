"""Arguments that several commands have: the options of a screen, a scenario, a time, a size."""

import os
import sys
from pathlib import Path

import click
import msgspec

from msgmux.scenario import Scenario, load
from msgmux.units import seconds
from msgmux_tui import scenarios
from msgmux_tui.settings.config import load as load_config
from msgmux_tui.system.messages import complain
from msgmux_tui.theme.glyphs import Glyphs


class Look(msgspec.Struct, frozen=True):
    """The options of every command that opens a screen.

    ``theme`` and ``ascii`` go before what the configuration says, which is read from ``config`` or the default place.
    ``log`` is a file for what would otherwise be lost, since nothing may be written over the screen. ``plain``: no
    screen, but words.
    """

    theme: str | None = None
    ascii: bool = False
    config: Path | None = None
    log: Path | None = None
    plain: bool = False

    @property
    def headless(self) -> bool:
        """Whether text was asked for, or there is no terminal for a screen."""
        return self.plain or bool(why_plain())

    def tell_why_plain(self, instead: str) -> None:
        """Say on stderr that there is no screen, unless text was asked for. ``instead`` is the command that is run."""
        if not self.plain and (why := why_plain()):
            complain(f"{why}, so this is `{instead}`")

    def glyphs(self) -> Glyphs:
        """The glyphs for what is printed. What is wrong in the configuration is told at once."""
        return headless_glyphs(self.config, self.ascii)


def on_terminal() -> bool:
    """Whether both standard input and output are a terminal."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def why_plain() -> str:
    """Why no screen can be shown here, in words; empty if one can."""
    if not on_terminal():
        return "no terminal here"
    if not _moves_cursor(os.environ.get("TERM", "")):
        return f"this terminal (TERM={os.environ.get('TERM', '')}) can't move its cursor"
    return ""


def _moves_cursor(terminal: str) -> bool:
    """Whether the terminal can place its cursor. One that the system does not know is taken to be able to."""
    if terminal in ("dumb", "unknown"):
        return False
    try:
        import curses
    except ImportError:  # Windows
        return True
    try:
        curses.setupterm(terminal, sys.stdout.fileno())
        return curses.tigetstr("cup") is not None
    except (OSError, ValueError, curses.error):
        return True


def headless_glyphs(config: Path | None, ascii: bool) -> Glyphs:
    """The glyphs for what is printed. What is wrong in the configuration is told at once."""
    settings = load_config(config)
    for problem in settings.problems:
        complain(problem)
    return settings.glyphs("utf-8", ascii=ascii)


def open_scenario(name: str) -> Scenario:
    """A bundled scenario by name, or the one in a file, if ``name`` looks like a path or a file has that name.

    Raises :class:`msgmux.documents.problems.FileError`, for a name that there is not with those that there are.
    """
    if name not in scenarios.names() and (os.sep in name or name.endswith(".toml") or Path(name).exists()):
        return load(name)
    return scenarios.read(name)


def moment(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """A callback of click: a time in seconds, given as a number or as a duration such as ``2m``."""
    if text is None:
        return None
    try:
        return float(text) if text.replace(".", "", 1).isdecimal() else seconds(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


def screen_size(context: click.Context, option: click.Parameter, text: str) -> tuple[int, int]:
    """A callback of click: (columns, rows), given as ``120x40``."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and len(text) < 12):
        raise click.BadParameter(f'{text!r} is no size; write columns and rows as "120x40"', context, option)
    return int(width), int(height)
