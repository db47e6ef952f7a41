"""Recordings: complete lines, the same bytes for the same run, and readable wherever they are cut."""

import gzip
from pathlib import Path

import pytest

from msgmux.recording import Header, RecordingError, RecordingWriter, read_recording
from msgmux.runtime.scheduler import CarrierName
from msgmux.runtime.strategies import RandomWalk
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.scenario import RunResult, parse, perform
from msgmux.state import QueueState, fold

SCENARIO = """
title = "two and two"
duration = "5s"
seed = 3
[queue]
retention = "1s"
clean_every = "500ms"
[[producer]]
name = "a"
rate = { poisson = "20/s" }
[[producer]]
name = "b"
rate = "10/s"
[[consumer]]
name = "x"
work = { exponential = "50ms" }
capacity = 2
[[consumer]]
name = "y"
"""


def record(path: Path, carrier: CarrierName = "greenlet") -> RunResult:
    scenario = parse(SCENARIO)
    writers: list[RecordingWriter] = []
    with VirtualRuntime(RandomWalk(3), carrier=carrier, seed=3) as runtime:

        def begin(start: QueueState) -> None:
            writers.append(RecordingWriter(path, Header(start, scenario.title, scenario.source, 3, "virtual")))

        outcome = perform(scenario, runtime=runtime, on_start=begin, on_event=lambda event: writers[0].event(event))
        writers[0].schedule(runtime.schedule)
        writers[0].close()
    return outcome


def test_the_same_scenario_and_seed_give_the_same_bytes_twice_and_on_both_carriers(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.jsonl", "two.jsonl", "three.jsonl")]
    carriers: list[CarrierName] = ["greenlet", "greenlet", "thread"]
    for path, carrier in zip(paths, carriers, strict=True):
        record(path, carrier)
    assert paths[0].read_bytes() == paths[1].read_bytes() == paths[2].read_bytes()


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_what_is_read_adds_up_to_what_the_queue_ended_with(tmp_path: Path, name: str) -> None:
    outcome = record(tmp_path / name)
    recording = read_recording(tmp_path / name)
    assert recording.cut is None
    assert recording.schedule is not None
    assert fold(recording.header.start, recording.events).without_samples() == outcome.state.without_samples()


def test_a_file_cut_anywhere_reads_up_to_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    record(path)
    whole, content = read_recording(path), path.read_bytes()
    first_line = content.index(b"\n") + 1
    for end in range(first_line, len(content), 997):
        path.write_bytes(content[:end])
        cut = read_recording(path)
        assert cut.cut is not None
        assert cut.events == whole.events[: len(cut.events)]
        assert content[first_line:end].count(b"\n") - len(cut.events) in (0, -1)


def test_a_compressed_file_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl.gz"
    record(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert read_recording(path).cut is not None


def test_comments_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    record(path)
    whole = read_recording(path)
    path.write_bytes(b"# a remark\n\n" + path.read_bytes().replace(b"\n", b"\n# and more\n", 3))
    assert read_recording(path) == whole


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello\n", "no msgmux recording"),
        (b'{"version": 2}\n', "no msgmux recording"),
        (b'{"format": "msgmux recording", "version": 1}\n', r"version 1; this program reads 2"),
        (b'{"format": "msgmux recording", "version": 2}\n', "header is damaged"),
    ],
)
def test_foreign_files_are_refused_with_a_reason(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=words):
        read_recording(path)
    zipped = tmp_path / "x.jsonl.gz"
    zipped.write_bytes(gzip.compress(content))
    with pytest.raises(RecordingError, match=words):
        read_recording(zipped)
