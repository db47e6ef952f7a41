"""What is to be exported of a recording, and how: checked against it, each error naming its option."""

import msgspec

from msgmux.errors import MsgmuxError
from msgmux.recording import Timeline
from msgmux.units import seconds_text
from msgmux_tui.theme.palettes import PALETTES, PREFIX, Palette

LEAST_SIZE, MOST_SIZE = (60, 18), (400, 200)
"""Columns and rows."""
FPS = (0.1, 50.0)
SPEED = (0.1, 100.0)
MOST_FRAMES = 5_000
DEFAULT_FPS = {".gif": 5.0, ".cast": 10.0, ".csv": 10.0, ".html": 10.0}
"""Frames a second of the one who looks on; rows, in a table."""


class ExportError(MsgmuxError):
    """What was asked for can't be exported."""


def colours(theme: str) -> Palette:
    """The palette of that name. Raises :class:`ExportError`, naming those that there are."""
    found = PALETTES.get(theme if theme.startswith(PREFIX) else PREFIX + theme)
    if found is None:
        names = ", ".join([name.removeprefix(PREFIX) for name in PALETTES])
        raise ExportError(f"--theme: {theme!r} is none; there are: {names}")
    return found


class ExportOptions(msgspec.Struct, frozen=True):
    """As asked for: times in seconds of the recording's clock, ``fps`` in frames a second of the one who looks on.

    ``begin`` and ``end`` are that of a stretch, ``at`` is a moment (default: the end of the stretch). ``film``: a page
    is to show the screen in motion, not the page's own drawing.
    """

    at: float | None = None
    begin: float | None = None
    end: float | None = None
    size: tuple[int, int] = (120, 40)
    theme: str = "dark"
    fps: float | None = None
    speed: float = 1.0
    film: bool = False


class Stretch(msgspec.Struct, frozen=True):
    """From ``begin`` to ``end`` (seconds), looked at every ``step`` seconds, at ``speed``. ``at`` is a moment in it."""

    begin: float
    end: float
    at: float
    step: float
    speed: float

    @property
    def moments(self) -> list[float]:
        """When to look: from the beginning to the end, both included."""
        count = int((self.end - self.begin) / self.step + 1e-9)
        moments = [self.begin + n * self.step for n in range(count + 1)]
        return moments if self.end - moments[-1] < self.step / 100 else [*moments, self.end]


def stretch(wanted: ExportOptions, timeline: Timeline, kind: str) -> Stretch:
    """What ``wanted`` means for this recording. Raises :class:`ExportError` for what it doesn't have or can't be."""
    for option, size, least, most in (
        ("columns", wanted.size[0], LEAST_SIZE[0], MOST_SIZE[0]),
        ("rows", wanted.size[1], LEAST_SIZE[1], MOST_SIZE[1]),
    ):
        if not least <= size <= most:
            raise ExportError(f"--size: {size} {option} can't be; from {least} to {most} can")
    if wanted.film and kind != ".html":
        raise ExportError(f"--film: is for a page (.html), not for {kind}")
    fps = DEFAULT_FPS.get(kind, 1.0) if wanted.fps is None else wanted.fps
    for option, value, (low, high) in (("--fps", fps, FPS), ("--speed", wanted.speed, SPEED)):
        if not low <= value <= high:
            raise ExportError(f"{option}: {value:g} can't be; from {low:g} to {high:g} can")
    begin = _inside("--from", wanted.begin, timeline, timeline.begin)
    end = _inside("--to", wanted.end, timeline, timeline.end)
    at = _inside("--at", wanted.at, timeline, end)
    if end < begin:
        raise ExportError(f"--to: {seconds_text(end)} is before --from, {seconds_text(begin)}")
    found = Stretch(begin, end, at, wanted.speed / fps, wanted.speed)
    if kind in DEFAULT_FPS and kind != ".html" and (end - begin) / found.step > MOST_FRAMES:
        raise ExportError(
            f"--fps: {(end - begin) / found.step:,.0f} frames are too many; {MOST_FRAMES:,} can be. "
            "Take fewer a second, a shorter stretch (--from, --to) or a higher --speed"
        )
    return found


def _inside(option: str, seconds: float | None, timeline: Timeline, otherwise: float) -> float:
    if seconds is None:
        return otherwise
    # What is written as 30s may be 29.999 in the recording.
    if not timeline.begin - 0.0005 <= seconds <= timeline.end + 0.0005:
        there = f"{timeline.begin:.3f}s to {timeline.end:.3f}s"
        raise ExportError(f"{option}: {seconds:.3f}s is not in the recording, which goes from {there}")
    return min(max(seconds, timeline.begin), timeline.end)
