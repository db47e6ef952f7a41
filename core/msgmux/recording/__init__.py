"""Recordings: files of events in JSON Lines, a header line first, then one event a line, written as it happens.

A recording is readable text, can be appended to, and may have comment lines (``#``). A file that was cut anywhere is
read up to its last whole line, and the reader says so. The recording of an exact run is the same, byte for byte, each
time: it contains no wall time, host, address or exception text. A name that ends in ``.gz`` means a compressed file.

:class:`RecordingWriter` and :class:`Recorder` write recordings. :class:`RecordedTimeline` opens one and gives the state
at any moment of it, as :class:`History` does for what a running session has seen. :func:`read_recording` reads all
events into memory.
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
