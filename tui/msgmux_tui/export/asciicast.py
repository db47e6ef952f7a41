"""The screen as a terminal recording: asciicast v2, which every player and converter of asciinema's reads.

https://docs.asciinema.org/manual/asciicast/v2/: a header line, then ``[seconds, "o", output]`` and markers ``"m"``.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from textual.strip import Strip

from msgmux.recording import Marker
from msgmux_tui.system.messages import printable

PREPARE = "\x1b[?25l\x1b[0m\x1b[2J"
"""Hide the cursor, and begin with an empty screen."""


class Asciicast:
    """A recording that is written as frames come. ``markers`` bear times of the same kind as frames. A context manager
    that closes the file.
    """

    def __init__(self, path: Path, size: tuple[int, int], title: str, markers: Sequence[Marker]) -> None:
        width, height = size
        self._console = Console(
            width=width, height=height, color_system="truecolor", force_terminal=True, legacy_windows=False
        )
        self._markers = list(markers)
        self._before: Sequence[Strip] = ()
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._line(
            {
                "version": 2,
                "width": width,
                "height": height,
                "title": printable(title),
                "env": {"TERM": "xterm-256color"},
            }
        )

    def add(self, time: float, rows: Sequence[Strip]) -> None:
        """The screen at that second. Only what has changed since the last one is written."""
        while self._markers and self._markers[0].time <= time:
            self._line([round(time, 3), "m", printable(self._markers.pop(0).text)])
        output = _changes(self._before, rows, self._console)
        if output:
            self._line([round(time, 3), "o", output if self._before else PREPARE + output])
        self._before = rows

    def _line(self, value: object) -> None:
        self._file.write(json.dumps(value) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()


def _changes(before: Sequence[Strip], rows: Sequence[Strip], console: Console) -> str:
    """The rows that differ, each where it belongs."""
    return "".join(
        [
            f"\x1b[{y};1H{row.render(console)}\x1b[0m"
            for y, row in enumerate(rows, 1)
            if y > len(before) or before[y - 1] != row
        ]
    )
