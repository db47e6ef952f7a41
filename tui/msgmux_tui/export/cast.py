"""The screen as a terminal recording: asciicast v2, which every player and converter of asciinema's reads.

https://docs.asciinema.org/manual/asciicast/v2/: a header line, then ``[seconds, "o", output]`` and markers ``"m"``.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from textual.strip import Strip

from msgmux.recording import Marker

PREPARE = "\x1b[?25l\x1b[0m\x1b[2J"
"""Hide the cursor, and begin with an empty screen."""


def write_cast(
    path: Path,
    frames: Iterator[tuple[float, Sequence[Strip]]],
    size: tuple[int, int],
    title: str,
    markers: Sequence[Marker],
) -> None:
    """Write the frames, each at its second, and the markers, whose times are of the same kind."""
    width, height = size
    console = Console(width=width, height=height, color_system="truecolor", force_terminal=True, legacy_windows=False)
    header = {"version": 2, "width": width, "height": height, "title": title, "env": {"TERM": "xterm-256color"}}
    left = list(markers)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(header) + "\n")
        before: Sequence[Strip] = ()
        for time, rows in frames:
            while left and left[0].time <= time:
                file.write(json.dumps([round(time, 3), "m", left.pop(0).text]) + "\n")
            output = _changes(before, rows, console)
            if output:
                file.write(json.dumps([round(time, 3), "o", output if before else PREPARE + output]) + "\n")
            before = rows


def _changes(before: Sequence[Strip], rows: Sequence[Strip], console: Console) -> str:
    """The rows that differ, each where it belongs."""
    return "".join(
        [
            f"\x1b[{y};1H{row.render(console)}\x1b[0m"
            for y, row in enumerate(rows, 1)
            if y > len(before) or before[y - 1] != row
        ]
    )
