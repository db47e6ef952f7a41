"""Options that several commands share, and the parts of their help. Imports no command and no Textual."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from msgmux_tui.commands.inputs import Look

PATH = click.Path(path_type=Path)


def examples(*lines: str) -> str:
    """The text at the end of a command's help: one example on each line."""
    return "\b\nExamples:\n" + "\n".join([f"  {line}" for line in lines])


def lazily(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A click callback that imports :mod:`msgmux_tui.commands.inputs` when it is called, and calls ``name`` in it."""

    def call(context: click.Context, option: click.Parameter, value: Any) -> Any:
        from msgmux_tui.commands import inputs

        return getattr(inputs, name)(context, option, value)

    return call


CONFIG = click.option(
    "--config",
    type=PATH,
    metavar="FILE",
    help="Settings: theme, keys, glyphs. Else those that `msgmux-tui config` names.",
)
OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace a file that is there already, whatever it is.")
SCREEN_OPTIONS = (
    click.option("--plain", is_flag=True, help="No screen: print one sentence per event, as `run` does."),
    click.option("--theme", metavar="NAME", help="Colours: dark, light, projector, colour-blind, ansi or custom."),
    click.option("--ascii", is_flag=True, help="Draw with plain ASCII characters only."),
    CONFIG,
    click.option("--log", type=PATH, metavar="FILE", help="Write a log to FILE (never to the screen)."),
)


def screen_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every command that opens a screen. The command gets them as one :class:`Look`, ``look``."""

    @wraps(command)
    def with_look(
        *args: Any, theme: str | None, ascii: bool, config: Path | None, log: Path | None, plain: bool, **more: Any
    ) -> Any:
        from msgmux_tui.commands.inputs import Look

        return command(*args, look=Look(theme, ascii, config, log, plain), **more)

    declared: Callable[..., Any] = with_look
    for option in SCREEN_OPTIONS:
        declared = option(declared)
    return declared


def stream_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the commands that watch another program. The command gets them as ``wanted`` and ``look``."""

    @wraps(command)
    def with_wanted(
        *args: Any,
        look: "Look",
        as_json: bool,
        every_event: bool,
        record: Path | None,
        overwrite: bool,
        **more: Any,
    ) -> Any:
        from msgmux_tui.commands.passing import AttachOptions

        plain = look.headless and not as_json and record is None
        wanted = AttachOptions(as_json, plain or look.plain, every_event, record, overwrite)
        return command(*args, look=look, wanted=wanted, **more)

    declared = screen_options(with_wanted)
    for option in (
        OVERWRITE,
        click.option("--record", type=PATH, metavar="FILE", help="No screen: write it as a recording (.jsonl)."),
        click.option("--every-event", is_flag=True, help="Also where there are so many that pictures would do."),
        click.option("--json", "as_json", is_flag=True, help="No screen: pass on the lines of the stream."),
    ):
        declared = option(declared)
    return declared


def web_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the commands that serve browsers: ``host``, ``port`` and ``at``."""
    declared = command
    for option in (
        click.option("--at", default="", metavar="URL", help="The address that a proxy (TLS) has for this server."),
        click.option(
            "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Instead of any that is free."
        ),
        click.option(
            "--host",
            default="127.0.0.1",
            show_default=True,
            metavar="ADDRESS",
            help="This machine's address that others reach; nothing is encrypted.",
        ),
    ):
        declared = option(declared)
    return declared
