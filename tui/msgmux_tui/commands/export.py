"""``msgmux-tui export``: a recording as a picture, an animation, a report, a table or a trace."""

import os
from pathlib import Path
from typing import Any

from msgmux_tui.settings.kept import recording_path
from msgmux_tui.system.messages import complain


def export_recording(recording: str, out: Path, *, overwrite: bool, **wanted: Any) -> None:
    """Write ``out``; ``wanted`` are the fields of :class:`msgmux_tui.export.options.ExportOptions`.

    Raises :class:`msgmux.errors.MsgmuxError` and :class:`OSError`.
    """
    path = recording_path(recording)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from msgmux_tui.export.options import ExportOptions
    from msgmux_tui.export.recording import export

    cut = export(path, out, ExportOptions(**wanted), keep=not overwrite)
    if cut:
        complain(cut)
