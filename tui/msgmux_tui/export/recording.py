"""``msgmux-tui export``: from a recording to a file, by what the file's name ends in."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace
from textual.strip import Strip

from msgmux.recording import RecordedTimeline
from msgmux_tui.export.cast import write_cast
from msgmux_tui.export.gif import write_gif
from msgmux_tui.export.page import MOST_FRAMES, write_page
from msgmux_tui.export.perfetto import write_trace
from msgmux_tui.export.picture import png
from msgmux_tui.export.series import series
from msgmux_tui.export.stage import staged
from msgmux_tui.export.table import write_csv
from msgmux_tui.export.wanted import ExportError, Stretch, Wanted, colours, stretch
from msgmux_tui.theme import DARK

Frame = tuple[float, Sequence[Strip]]


class Exporter:
    """Exports what is ``wanted`` of ``timeline``, a stretch of which was found in it."""

    def __init__(self, timeline: RecordedTimeline, wanted: Wanted, found: Stretch) -> None:
        self._timeline = timeline
        self._wanted = wanted
        self._found = found

    def svg(self, out: Path) -> None:
        out.write_text(self._picture(), encoding="utf-8", newline="\n")

    def png(self, out: Path) -> None:
        out.write_bytes(png(self._picture()))

    def gif(self, out: Path) -> None:
        found = self._found
        stays = [found.step / found.speed] * len(found.moments)
        # Before it begins again, its end may be looked at.
        stays[-1] += 1.0
        rows = [rows for _, rows in self._frames(found.moments)]
        write_gif(out, iter(zip(rows, stays, strict=True)), self._wanted.size)

    def cast(self, out: Path) -> None:
        found = self._found
        # Its seconds are those of the one who looks on.
        frames = [((time - found.begin) / found.speed, rows) for time, rows in self._frames(found.moments)]
        inside = [marker for marker in self._timeline.markers if found.begin <= marker.time <= found.end]
        markers = [replace(marker, time=(marker.time - found.begin) / found.speed) for marker in inside]
        write_cast(out, iter(frames), self._wanted.size, self._timeline.header.title, markers)

    def html(self, out: Path) -> None:
        found = self._found
        # However long it is, a slider has so many places.
        step = max(found.step, (found.end - found.begin) / MOST_FRAMES)
        frames = self._frames(replace(found, step=step).moments)
        chosen = colours(self._wanted.theme)
        # A page has no colours of a terminal.
        write_page(out, self._timeline, found, iter(frames), DARK if chosen.ansi else chosen)

    def csv(self, out: Path) -> None:
        write_csv(out, series(self._timeline, self._found.moments))

    def trace(self, out: Path) -> None:
        write_trace(out, self._timeline, self._found.begin, self._found.end)

    def _picture(self) -> str:
        async def draw() -> str:
            async with staged(self._timeline, self._found.at, self._wanted.size, self._wanted.theme) as stage:
                await stage.go_to(self._found.at)
                return stage.svg()

        return asyncio.run(draw())

    def _frames(self, moments: Sequence[float]) -> list[Frame]:
        async def draw() -> list[Frame]:
            frames: list[Frame] = []
            async with staged(self._timeline, moments[0], self._wanted.size, self._wanted.theme) as stage:
                for moment in moments:
                    await stage.go_to(moment)
                    frames.append((moment, stage.rows()))
            return frames

        return asyncio.run(draw())


FORMATS: dict[str, Callable[[Exporter, Path], None]] = {
    ".svg": Exporter.svg,
    ".png": Exporter.png,
    ".gif": Exporter.gif,
    ".cast": Exporter.cast,
    ".html": Exporter.html,
    ".csv": Exporter.csv,
    ".trace.json": Exporter.trace,
}


def kind_of(out: Path) -> str:
    """What a file of that name will be. Raises :class:`ExportError`, naming what can be."""
    for kind in FORMATS:
        if out.name.endswith(kind) and out.name != kind:
            return kind
    raise ExportError(f"{out}: its name doesn't say what it is to be; it must end in one of {', '.join(FORMATS)}")


def export(recording: Path, out: Path, wanted: Wanted) -> str:
    """Write ``out``. Returns what is to be said about the recording: that it was cut, or nothing.

    Raises :class:`MsgmuxError` and :class:`OSError`, before much is done where that can be known; what was at ``out``
    before is still there then.
    """
    kind = kind_of(out)
    colours(wanted.theme)
    with RecordedTimeline(recording) as timeline:
        found = stretch(wanted, timeline, kind)
        # Written beside it: so an unwritable folder is told at once, and a failure leaves nothing half done.
        beside = out.with_name(f".{os.getpid()}-{out.name}")
        if out.is_dir():
            raise IsADirectoryError(f"{out}: is a folder; name a file in it")
        beside.touch()
        try:
            FORMATS[kind](Exporter(timeline, wanted, found), beside)
            beside.replace(out)
        finally:
            beside.unlink(missing_ok=True)
        return f"{recording}: {timeline.cut}" if timeline.cut else ""
