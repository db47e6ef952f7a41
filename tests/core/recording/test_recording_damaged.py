"""Cut, damaged, foreign or hostile recordings: one clear error, or the undamaged part; memory stays bounded."""

import gzip
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.events import Delivered, Event, Put
from msgmux.recording import (
    Header,
    KeyFrame,
    RecordedTimeline,
    Recorder,
    RecordingError,
    RecordingWriter,
    read_recording,
)
from msgmux.recording.format import Line
from msgmux.state import fold
from support.events_made_up import empty_state, made_up_events

EVENTS = list(made_up_events(3_000))


def write(path: Path, events: Iterable[Event] = EVENTS) -> bytes:
    with RecordingWriter(path, Header(empty_state(), "made up", "", 0, "threads")) as writer:
        for event in events:
            writer.event(event)
    return path.read_bytes()


class Content(bytes):
    """The bytes of a recording, with a short repr for the messages of failing tests."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return Content(write(tmp_path_factory.mktemp("whole") / "x.jsonl"))


def test_key_frames_stand_where_they_are_worth_their_weight(content: Content) -> None:
    since = frames = 0
    event = 0
    for line in content.splitlines(keepends=True)[1:]:
        record = msgspec.json.decode(line, type=Line)
        if isinstance(record, KeyFrame):
            assert len(line) <= since
            assert record.state == fold(empty_state(), EVENTS[:event])
            frames, since = frames + 1, 0
        else:
            event, since = record.number, since + len(line)
    assert frames >= 2


@given(data=st.data())
def test_whatever_bytes_are_changed_what_is_read_is_whole(
    tmp_path_factory: pytest.TempPathFactory, content: Content, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.jsonl"
    refusal = ""
    at = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(
        content[:at] + data.draw(st.binary(min_size=1, max_size=8)) + content[at + data.draw(st.integers(0, 9)) :]
    )
    try:
        with RecordedTimeline(path) as timeline:
            timeline.state_at(timeline.last)
            events = timeline.events_between(0, timeline.last)
            assert [event.number for event in events] == list(range(1, len(events) + 1))
            assert timeline.cut is None or "line" in timeline.cut
    except RecordingError as error:
        refusal = str(error)
    assert not refusal or (str(path) in refusal and at <= content.index(b"\n")), "only a damaged header is refused"


@given(data=st.data())
def test_a_compressed_file_cut_anywhere_is_read_as_far_as_it_goes(
    tmp_path_factory: pytest.TempPathFactory, content: Content, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.jsonl.gz"
    packed = gzip.compress(content, mtime=0)
    path.write_bytes(packed[: data.draw(st.integers(0, len(packed) - 1))])
    refusal, recording = "", None
    try:
        recording = read_recording(path)
    except RecordingError as error:
        refusal = str(error)
    if recording is None:
        assert str(path) in refusal
    else:
        assert recording.cut
        assert recording.events == tuple(EVENTS[: len(recording.events)])


@given(data=st.data())
def test_a_compressed_file_that_is_damaged_is_read_up_to_there_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: Content, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.jsonl.gz"
    packed = gzip.compress(content, mtime=0)
    at = data.draw(st.integers(0, len(packed) - 1))
    path.write_bytes(packed[:at] + bytes([packed[at] ^ data.draw(st.integers(1, 255))]) + packed[at + 1 :])
    refusal, recording = "", None
    try:
        recording = read_recording(path)
    except RecordingError as error:
        refusal = str(error)
    if recording is None:
        assert str(path) in refusal
    else:
        # Damaged compressed data may first give some valid lines. Whatever is read must be numbered without gaps.
        assert [event.number for event in recording.events] == list(range(1, len(recording.events) + 1))
        assert recording.cut or recording.events == tuple(EVENTS)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"[" * 200_000, "line 6 is no line of a recording"),
        (b'{"kind":"note","x":' + b"[" * 200_000, "line 6 is not whole"),
        (b'{"kind":"note","x":' + b'{"a":' * 200_000, "line 6 is not whole"),
        (b"\x00\xff\xfe" * 50, "line 6 is not whole"),
        (b'{"kind":"frobnicated","number":5,"time":0.1}', "line 6 is no line of a recording"),
        (b'{"kind":"note","number":5,"time":1e400,"text":"","about":""}', "line 6 is no line of a recording"),
        (
            b'{"kind":"note","number":5,"time":1e300,"text":"","about":""}',
            r"line 6 .*<= 1000000000000\.0 - at `\$\.time`",
        ),
        (b'{"kind":"note","number":5,"time":NaN,"text":"","about":""}', "line 6 is not whole"),
        (b'{"kind":"note","number":123456789012345678901,"time":1,"text":"","about":""}', r"line 6 .* at `\$\.number`"),
        (
            b'{"kind":"delivered","number":5,"time":1,"consumer":"audit","id":2,"first":1,"last":9e99}',
            r"line 6 .* at `\$\.last`",
        ),
        (
            b'{"kind":"consumer_registered","number":5,"time":1,"name":"x","id":9,"tag":"C9","capacity":0,"cursor":0}',
            r"line 6 .*`int` >= 1 - at `\$\.capacity`",
        ),
        (b'{"kind":"levels","number":5,"time":1,"producers":{"orders":-1},"consumers":{}}', r"line 6 .*producers"),
        (b'{"kind":"schedule","schedule":{"runs":[[1,999999999999]]}}', "its schedule is too long"),
        (b'{"kind":"note","number":9,"time":1,"text":"","about":""}', "line 6 does not follow"),
        (b'{"kind":"stalled","number":5,"time":1,"consumer":"nobody","id":1}', "line 6 does not follow"),
        (b'{"kind":"note","number":5', "line 6 is not whole"),
    ],
    ids=[
        "brackets",
        "nested list",
        "nested objects",
        "binary",
        "unknown kind",
        "infinite",
        "far future",
        "not a number",
        "65 bits",
        "a float for a count",
        "no capacity",
        "negative level",
        "endless schedule",
        "gap",
        "nobody",
        "cut",
    ],
)
def test_a_line_that_is_none_ends_what_is_read_and_is_named(
    tmp_path: Path, content: Content, line: bytes, words: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(content.splitlines(keepends=True)[:5]) + line + b"\n" + b"not looked at\n")
    recording = read_recording(path)
    assert recording.events == tuple(EVENTS[:4])
    assert recording.cut is not None
    assert re.search(words, recording.cut)


def test_a_key_frame_in_the_far_future_ends_what_is_read(tmp_path: Path, content: Content) -> None:
    frame = json.loads(msgspec.json.encode(KeyFrame(1.0, fold(empty_state(), EVENTS[:9]))))
    for seconds in (1e17, 1e308):
        path = tmp_path / "x.jsonl"
        lines = content.splitlines(keepends=True)[:5]
        path.write_bytes(b"".join(lines) + json.dumps({**frame, "time": seconds}).encode() + b"\n")
        with RecordedTimeline(path) as timeline:
            assert timeline.last == 4
            assert "line 6" in (timeline.cut or "")
            assert "$.time" in (timeline.cut or "")


def test_numbers_within_bounds_that_add_up_to_too_much_end_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    many = 1 << 48
    last = EVENTS[3].number
    write(path, [*EVENTS[:4], *[Delivered(last + n, 1.0, "audit", 2, 1, many) for n in range(1, 20_000)]])
    with RecordedTimeline(path) as timeline:
        assert re.search(r"line \d+ .*`int` .*consumers", timeline.cut or "")
        assert timeline.state_at(timeline.last).consumers["audit"].delivered > many


def test_a_header_out_of_bounds_is_refused_with_the_field_named(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "x.jsonl"
    header = json.loads(content.splitlines()[0])
    for value in (1 << 70, 1e300, -1):
        path.write_text(json.dumps({**header, "start": {**header["start"], "tail_seq": value}}) + "\n")
        with pytest.raises(RecordingError, match=r"header is damaged: .* at `\$\.start\.tail_seq`"):
            read_recording(path)


def test_what_the_header_says_of_another_program_can_not_steer_the_terminal(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "x.jsonl"
    header = json.loads(content.splitlines()[0])
    path.write_text(json.dumps({**header, "version": 9, "program": "\x1b]0;x\x07\u202e"}) + "\n")
    with pytest.raises(RecordingError) as raised:
        read_recording(path)
    assert str(raised.value).isascii()
    assert str(raised.value).isprintable()


def test_a_newer_version_is_refused_with_both_versions_named(tmp_path: Path, content: Content) -> None:
    header = json.loads(content.splitlines()[0])
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({**header, "version": 7, "program": "9.1"}) + "\n")
    with pytest.raises(RecordingError, match=r"x\.jsonl: is a recording of version 7; this program reads 2 .*9\.1"):
        read_recording(path)


def test_a_compressed_recording_under_a_plain_name_is_told_from_garbage(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(RecordingError, match=r"named \.jsonl\.gz"):
        read_recording(path)


def test_a_plain_recording_under_a_compressed_name_is_refused(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="is not compressed so"):
        read_recording(path)


def test_an_empty_compressed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(b"")
    with pytest.raises(RecordingError, match="is empty"):
        read_recording(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(RecordingError, match="no ordinary file"):
        read_recording(tmp_path / "pipe.jsonl")
    with pytest.raises(IsADirectoryError):
        read_recording(tmp_path)


def test_recordings_that_were_compressed_one_after_the_other_are_one(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "x.jsonl.gz"
    half = content.index(b"\n", len(content) // 2) + 1
    path.write_bytes(gzip.compress(content[:half]) + gzip.compress(content[half:]))
    recording = read_recording(path)
    assert (recording.cut, recording.events) == (None, tuple(EVENTS))


def bomb(path: Path, head: bytes, filling: bytes, times: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    with path.open("wb") as file:
        file.write(packer.compress(head))
        for _ in range(times):
            file.write(packer.compress(filling))
        file.write(packer.flush())


OPEN = """
import sys
from pathlib import Path
from support.memory import peak_megabytes
from msgmux.recording import read_recording, RecordingError
try:
    print(read_recording(Path(sys.argv[1])).cut)
except RecordingError as error:
    print(error)
print(peak_megabytes())
"""
TESTS = str(Path(__file__).parents[2])


def open_apart(path: Path, script: str = OPEN) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, TESTS])},
    )
    words, megabytes = done.stdout.splitlines()
    return words, int(megabytes)


@pytest.mark.parametrize(
    ("whole_header", "filling", "words"),
    [
        (False, b"\0" * (1 << 20), "no msgmux recording"),
        (False, b"[" * (1 << 20), "no msgmux recording"),
        (True, b"x" * (1 << 20), "line 2 is not whole"),
        (True, (b"#" + b"x" * 1023 + b"\n") * 1024, "unpacks to more than"),
        (True, b"\n" * (1 << 20), "empty lines and comments"),
    ],
    ids=["zeros", "brackets", "one line", "comments", "newlines"],
)
def test_a_file_that_unpacks_without_end_is_refused_with_little_memory(
    tmp_path: Path, content: Content, whole_header: bool, filling: bytes, words: str
) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    bomb(path, content[: content.index(b"\n") + 1] if whole_header else b"", filling, 240)
    limit = "import msgmux.recording.source as source; source.MOST_UNPACKED = 200 << 20"
    told, megabytes = open_apart(path, limit + OPEN)
    assert words in told
    assert megabytes < 150


def test_a_claim_of_terabytes_is_not_believed(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "claim.jsonl.gz"
    path.write_bytes(gzip.compress(content)[:-4] + b"\xff\xff\xff\xff")
    words, megabytes = open_apart(path)
    assert words.startswith("what is compressed is damaged")
    assert read_recording(path).events == tuple(EVENTS), "all of it is there"
    assert megabytes < 100
    lie = tmp_path / "lie.jsonl"
    lie.write_bytes(
        content[: content.index(b"\n") + 1] + b'{"kind":"put","number":1,"time":0,"producer":"x","count":9e15}\n'
    )
    assert "line 2 is no line of a recording" in open_apart(lie)[0]


# Writing to a file that can't be written


def test_a_full_disk_ends_the_recording_is_reported_at_once_and_stops_nothing() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OSError, match="No space left"):
        Recorder(Path("/dev/full"), Header(empty_state(), "x", "", 0, "threads"))


def test_a_disk_that_fills_up_later_is_reported_once_and_what_was_written_is_kept(tmp_path: Path) -> None:
    limit = 200_000
    script = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from support.events_made_up import empty_state, made_up_events
from msgmux.recording import Header, Recorder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
told = []
with Recorder(Path(sys.argv[1]), Header(empty_state(), "x", "", 0, "threads"), told.append) as recorder:
    for event in made_up_events(5_000):
        recorder.events([event])
    recorder.flush()
print(len(told), recorder.problem)
"""
    path = tmp_path / "x.jsonl"
    done = subprocess.run([sys.executable, "-c", script, str(path), TESTS], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"1 {path}: the recording has ended here: File too large\n", done.stderr
    assert path.stat().st_size <= limit
    kept = read_recording(path)
    assert kept.cut
    assert kept.events == tuple(list(made_up_events(5_000))[: len(kept.events)])
    assert len(kept.events) > 1_000


def test_events_that_were_missed_end_a_recording_unless_it_is_told_where_to_go_on(tmp_path: Path) -> None:
    told: list[str] = []
    header = Header(empty_state(), "x", "", 0, "threads")
    with Recorder(tmp_path / "a.jsonl", header, told.append) as recorder:
        recorder.events(EVENTS[:10])
        recorder.events(EVENTS[20:30])
    assert "does not follow" in told[0]
    assert read_recording(tmp_path / "a.jsonl").events == tuple(EVENTS[:10])
    with Recorder(tmp_path / "b.jsonl", header) as recorder:
        recorder.events(EVENTS[:10])
        recorder.resync(fold(empty_state(), EVENTS[:20]), EVENTS[19].time)
        recorder.events(EVENTS[20:30])
    assert read_recording(tmp_path / "b.jsonl").events == tuple(EVENTS[:10] + EVENTS[20:30])


def test_events_of_a_faulty_queue_are_recorded_as_they_are(tmp_path: Path) -> None:
    events = [*EVENTS[:10], Delivered(11, 1.0, "nobody", 9, 1, 1), Put(12, 1.0, "orders", 1, 99, 1, 99, 1, "x")]
    content = write(tmp_path / "x.jsonl", events)
    assert content.count(b"\n") == 1 + len(events)


def test_a_file_that_changes_while_it_is_open_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    write(path)
    with RecordedTimeline(path) as timeline:
        path.write_bytes(b"x" * 100)
        with pytest.raises(RecordingError, match="has changed"):
            timeline.state_at(100)
