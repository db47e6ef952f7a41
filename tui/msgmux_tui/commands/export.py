"""``msgmux-tui export``: a recording as a picture, an animation, a report, a table or a trace."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from msgmux_tui.settings.kept import recording_path
from msgmux_tui.system.messages import complain

CLEAR = "\r\x1b[K"
"""Back to the line's beginning, and the line is empty."""


def export_recording(recording: str, out: Path, *, overwrite: bool, **wanted: Any) -> None:
    """Write ``out``; ``wanted`` are the fields of :class:`msgmux_tui.export.options.ExportOptions`.

    Raises :class:`msgmux.errors.MsgmuxError` and :class:`OSError`.
    """
    path = recording_path(recording)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from msgmux_tui.export.options import ExportOptions
    from msgmux_tui.export.recording import export

    shows = sys.stderr.isatty()
    try:
        progress = _show if shows else _be_silent
        cut = export(path, out, ExportOptions(**wanted), keep=not overwrite, progress=progress)
    finally:
        if shows:
            click.echo(CLEAR, err=True, nl=False)
    if cut:
        complain(cut)


def _show(done: int, frames: int) -> None:
    """Tell how far a film is, on one line of the terminal."""
    click.echo(f"{CLEAR}frame {done} of {frames}", err=True, nl=False)


def _be_silent(done: int, frames: int) -> None: ...
