"""``msgmux-tui export``: from a recording to a file, by what the file's name ends in."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace
from textual.strip import Strip

from msgmux.recording import RecordedTimeline
from msgmux_tui.export.asciicast import Asciicast
from msgmux_tui.export.gif import Animation
from msgmux_tui.export.offscreen import staged
from msgmux_tui.export.options import ExportError, ExportOptions, Stretch, colours, stretch
from msgmux_tui.export.page import MOST_FRAMES, Film, write_page
from msgmux_tui.export.perfetto import write_trace
from msgmux_tui.export.picture import png
from msgmux_tui.export.player import write_player
from msgmux_tui.export.series import series
from msgmux_tui.export.table import write_csv
from msgmux_tui.system.files import check_target, whole_file
from msgmux_tui.theme.palettes import DARK

Progress = Callable[[int, int], None]


class Exporter:
    """Exports what is ``wanted`` of ``timeline``, a stretch of which was found in it. ``progress`` is called with the
    number of frames that are drawn and of those to draw.
    """

    def __init__(self, timeline: RecordedTimeline, wanted: ExportOptions, found: Stretch, progress: Progress) -> None:
        self._progress = progress
        self._timeline = timeline
        self._wanted = wanted
        self._found = found

    def svg(self, out: Path) -> None:
        out.write_text(self._picture(), encoding="utf-8", newline="\n")

    def png(self, out: Path) -> None:
        out.write_bytes(png(self._picture()))

    def gif(self, out: Path) -> None:
        found = self._found
        animation = Animation(self._wanted.size)
        self._show(found.moments, lambda time, rows: animation.add(rows, found.step / found.speed))
        animation.save(out)

    def cast(self, out: Path) -> None:
        begin, speed, timeline = self._found.begin, self._found.speed, self._timeline
        # Its seconds are those of the one who looks on.
        inside = [marker for marker in timeline.markers if begin <= marker.time <= self._found.end]
        markers = [replace(marker, time=(marker.time - begin) / speed) for marker in inside]
        with Asciicast(out, self._wanted.size, timeline.header.title, markers) as cast:
            self._show(self._found.moments, lambda time, rows: cast.add((time - begin) / speed, rows))

    def html(self, out: Path) -> None:
        if not self._wanted.film:
            write_player(out, self._timeline, self._found)
            return
        found, film, chosen = self._found, Film(), colours(self._wanted.theme)
        # However long it is, a slider has so many places.
        step = max(found.step, (found.end - found.begin) / MOST_FRAMES)
        self._show(replace(found, step=step).moments, film.add)
        # A page has no colours of a terminal.
        write_page(out, self._timeline, found, film, DARK if chosen.ansi else chosen)

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

    def _show(self, moments: Sequence[float], take: Callable[[float, Sequence[Strip]], None]) -> None:
        """Give the screen at each of these moments to ``take``."""

        async def show() -> None:
            async with staged(self._timeline, moments[0], self._wanted.size, self._wanted.theme) as stage:
                for n, moment in enumerate(moments, 1):
                    await stage.go_to(moment)
                    take(moment, stage.rows())
                    self._progress(n, len(moments))

        asyncio.run(show())


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


def export(
    recording: Path,
    out: Path,
    wanted: ExportOptions,
    *,
    keep: bool = False,
    progress: Progress = lambda done, frames: None,
) -> str:
    """Write ``out``. Returns what is to be said about the recording: that it was cut, or nothing. ``progress`` is
    called after each frame of a film with the number of those that are drawn, and of all.

    What was at ``out`` is replaced unless ``keep`` is given, but never ``recording`` itself. Raises
    :class:`MsgmuxError` and :class:`OSError`, before much is done where that can be known; what was at ``out`` is still
    there then.
    """
    kind = kind_of(out)
    colours(wanted.theme)
    check_target(out, overwrite=not keep, source=recording)
    with RecordedTimeline(recording) as timeline:
        found = stretch(wanted, timeline, kind)
        # Opened before the work, so that an unwritable folder is told at once.
        with whole_file(out) as beside:
            FORMATS[kind](Exporter(timeline, wanted, found, progress), beside)
        return f"{recording}: {timeline.cut}" if timeline.cut else ""
