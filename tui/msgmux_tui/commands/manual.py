"""``msgmux-tui manual``: shows a page in a viewer, or prints it if there is no terminal."""

import click

from msgmux_tui.commands.inputs import why_plain
from msgmux_tui.manual import contents, page


def read_page(topic: str | None) -> int:
    """Show the page or print it. Without a topic: show the first page, or print the list. Returns the exit code.

    Raises :class:`MsgmuxError` where there is none of that name.
    """
    text = contents() if topic is None else page(topic)
    if why_plain():
        click.echo(text)
        return 0
    from msgmux_tui.screens.manual import ManualApp

    app = ManualApp(topic)
    app.run()
    return app.return_code or 0
