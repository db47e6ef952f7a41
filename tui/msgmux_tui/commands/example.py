"""``msgmux-tui example``: programs to copy."""

from pathlib import Path

import click

from msgmux_tui import examples
from msgmux_tui.system.files import check_target, writing
from msgmux_tui.system.messages import complain


def give_example(name: str | None, to: Path | None, *, overwrite: bool) -> None:
    """Print an example program, or write it to a file; without a name, list all.

    Raises :class:`MsgmuxError` if there is no such example or the file cannot be written.
    """
    if name is None:
        for known in examples.names():
            click.echo(f"{known:<16}  {examples.text(known).splitlines()[0].strip(chr(34))}")
        return
    text = examples.text(name)
    if to is None:
        click.echo(text, nl=False)
        return
    check_target(to, overwrite=overwrite)
    with writing(to):
        to.write_text(text, "utf-8")
    complain(f"{to} is written; msgmux-tui watch {to}")
