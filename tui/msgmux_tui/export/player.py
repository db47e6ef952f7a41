"""The player as one file: the page of :mod:`msgmux_tui.web.page` with the recording inside."""

import gzip
import tempfile
from pathlib import Path

from msgspec.structs import replace

from msgmux.recording import RecordedTimeline, RecordingWriter
from msgmux_tui.export.options import Stretch
from msgmux_tui.export.stepped import Beside, beside
from msgmux_tui.system.messages import printable
from msgmux_tui.web.page.files import standalone

BATCH = 2_000


def write_player(out: Path, timeline: RecordedTimeline, wanted: Stretch) -> None:
    """Write the page with this stretch of the recording. Raises :class:`OSError` where that can't be written."""
    source = timeline.path
    title = printable(timeline.header.title) or source.stem
    name = source.name.removesuffix(".gz") + ".gz"
    told: Beside = []
    if wanted.begin <= timeline.begin and wanted.end >= timeline.end:
        with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as file:
            try:
                lines = file.read()
                told = beside(timeline)
            except (EOFError, gzip.BadGzipFile):
                # What can be read of a damaged one is what the timeline has.
                lines = _stretch(timeline, timeline.first, timeline.last)
    else:
        first = timeline.event_at_time(wanted.begin) if wanted.begin > timeline.begin else timeline.first
        lines = _stretch(timeline, first, timeline.event_at_time(wanted.end))
    out.write_text(standalone(lines, title, name, told), encoding="utf-8", newline="\n")


def _stretch(timeline: RecordedTimeline, first: int, last: int) -> bytes:
    """The lines of a recording of the events after ``first``, up to ``last``."""
    header = replace(timeline.header, start=timeline.state_at(first))
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.jsonl"
        with RecordingWriter(part, header) as writer:
            for at in range(first, last, BATCH):
                for event in timeline.events_between(at, min(at + BATCH, last)):
                    writer.event(event)
        return part.read_bytes()
