"""The file of events: JSON Lines, a header first, then one event a line, written as it happens; and what reads it.

A recording can be read by eye, appended to, and commented (``#``). A file that was cut anywhere reads up to its last
whole line, and says so. An exact run's recording is the same, byte for byte, each time: no wall time, host, address or
exception text goes into it. By name, ``.jsonl.gz`` is compressed.

:class:`RecordingWriter` and :class:`Recorder` write one; :class:`RecordedTimeline` reads one and goes to any moment of
it, as :class:`History` does in what a running session has seen; :func:`read_recording` takes it all into memory.
"""

from msgmux.recording.format import (
    Beginning,
    Choices,
    Did,
    End,
    Given,
    Header,
    KeyFrame,
    RecordingError,
    Tick,
    Told,
)
from msgmux.recording.history import History
from msgmux.recording.landmarks import KINDS, Kind, Marker, is_notable
from msgmux.recording.profile import Bucket
from msgmux.recording.reading import RecordedTimeline, Recording, is_recording, read_recording
from msgmux.recording.timeline import Timeline
from msgmux.recording.writing import Recorder, RecordingWriter

__all__ = [
    "KINDS",
    "Beginning",
    "Bucket",
    "Choices",
    "Did",
    "End",
    "Given",
    "Header",
    "History",
    "KeyFrame",
    "Kind",
    "Marker",
    "RecordedTimeline",
    "Recorder",
    "Recording",
    "RecordingError",
    "RecordingWriter",
    "Tick",
    "Timeline",
    "Told",
    "is_notable",
    "is_recording",
    "read_recording",
]
