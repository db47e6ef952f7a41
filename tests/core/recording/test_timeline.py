"""The state at any moment of a recording or history does not depend on the way it is reached."""

import random
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.events import Event, Evicted, Note, Put
from msgmux.recording import Header, History, RecordedTimeline, RecordingWriter, read_recording
from msgmux.recording.timeline import BLOCK_EVENTS
from msgmux.scenario import parse, perform
from msgmux.state import Fold, QueueState, fold
from support.events_made_up import empty_state, made_up_events

COUNT = 3 * BLOCK_EVENTS + 1_000


def write(path: Path, events: Iterable[Event], start: QueueState | None = None) -> Header:
    header = Header(start or empty_state(), "made up", "", 0, "threads")
    with RecordingWriter(path, header) as writer:
        for event in events:
            writer.event(event)
    return header


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(made_up_events(COUNT))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> Path:
    path = tmp_path_factory.mktemp("recording") / "long.jsonl"
    write(path, events)
    return path


@pytest.fixture(scope="module")
def timeline(file: Path) -> Iterator[RecordedTimeline]:
    with RecordedTimeline(file) as timeline:
        yield timeline


@pytest.fixture(scope="module")
def history(events: list[Event]) -> History:
    history = History(Header(empty_state(), "made up", "", 0, "threads"))
    folding = Fold(history.header.start)
    for at in range(0, len(events), 700):
        frame = events[at : at + 700]
        folding.apply_all(frame)
        history.take(frame, folding.state(), frame[-1].time)
    return history


@pytest.fixture(params=["file", "history"])
def either(request: pytest.FixtureRequest, timeline: RecordedTimeline, history: History) -> RecordedTimeline | History:
    return timeline if request.param == "file" else history


def test_it_knows_where_it_begins_and_ends(either: RecordedTimeline | History, events: list[Event]) -> None:
    assert (either.first, either.last, either.missed) == (0, COUNT, 0)
    assert (either.begin, either.end) == (0.0, events[-1].time)


def test_the_state_at_any_event_is_what_the_events_up_to_it_add_up_to(
    either: RecordedTimeline | History, events: list[Event]
) -> None:
    folding = Fold(empty_state())
    wanted = sorted(
        [0, 1, COUNT, BLOCK_EVENTS - 1, BLOCK_EVENTS, BLOCK_EVENTS + 1, *random.Random(1).choices(range(COUNT), k=20)]
    )
    for event in wanted:
        folding.apply_all(events[folding.event : event])
        assert either.state_at(event) == folding.state()


@given(data=st.data())
def test_the_way_to_a_moment_does_not_matter(timeline: RecordedTimeline, history: History, data: st.DataObject) -> None:
    """Stepping back k events equals seeking to n - k, in a file and in a history."""
    n = data.draw(st.integers(0, COUNT))
    k = data.draw(st.integers(0, min(n, 40)))
    for either in (timeline, history):
        stepped = either.state_at(n)
        for back in range(k):
            stepped = either.state_at(n - back - 1)
        either.state_at(data.draw(st.integers(0, COUNT)))
        sought = either.state_at(n - k)
        assert sought.event == n - k
        assert sought == stepped


def test_a_time_is_a_position_too(either: RecordedTimeline | History, events: list[Event]) -> None:
    times = [event.time for event in events]
    for seconds in (-1.0, 0.0, 0.0005, 3.1415, 8.191, 8.192, 20.0, times[-1], 1e9):
        expected = bisect_right(times, seconds)
        assert either.event_at_time(seconds) == expected
        assert either.state_at_time(seconds).event == expected
    for event in (1, 17, BLOCK_EVENTS, BLOCK_EVENTS + 1, COUNT):
        assert either.time_of(event) == times[event - 1]


def test_the_events_between_two_positions(either: RecordedTimeline | History, events: list[Event]) -> None:
    for after, upto in ((0, 5), (BLOCK_EVENTS - 3, BLOCK_EVENTS + 3), (100, 100), (200, 100), (COUNT - 2, COUNT + 50)):
        assert either.events_between(after, upto) == events[after:upto]


def test_a_seq_is_found_where_it_was_put(either: RecordedTimeline | History, events: list[Event]) -> None:
    for event in events[5::4_001]:
        if isinstance(event, Put):
            assert either.event_of_seq(event.seq) == event.number
    assert either.event_of_seq(10**9) == COUNT


def test_it_leads_to_the_next_and_the_last_event_of_a_kind(
    either: RecordedTimeline | History, events: list[Event]
) -> None:
    evictions = [event.number for event in events if isinstance(event, Evicted)]
    assert len(evictions) > 10
    assert either.next_event(0, "eviction") == evictions[0]
    assert either.next_event(evictions[3], "eviction") == evictions[4]
    assert either.previous_event(evictions[3], "eviction") == evictions[2]
    assert either.previous_event(evictions[0], "eviction") is None
    assert either.next_event(COUNT, "notable") is None
    assert [marker.event for marker in either.markers] == [e.number for e in events if isinstance(e, Note)]
    assert either.next_event(0, "join") == 1
    assert either.next_event(4, "notable") == either.markers[0].event


def test_the_overview_is_bounded_and_has_the_largest_values(
    either: RecordedTimeline | History, events: list[Event]
) -> None:
    buckets = either.overview()
    assert 256 <= len(buckets) <= 1_024
    assert max([bucket.length for bucket in buckets]) in range(3_040, 3_052)
    assert buckets[0].time == either.begin
    assert buckets[-1].time <= either.end


def test_a_history_is_bounded_and_says_where_it_begins(events: list[Event]) -> None:
    history = History(Header(empty_state(), "made up", "", 0, "threads"), limit=2_500_000)
    folding = Fold(history.header.start)
    for at in range(0, len(events), 500):
        frame = events[at : at + 500]
        folding.apply_all(frame)
        history.take(frame, folding.state(), frame[-1].time)
    assert 0 < history.first < COUNT - BLOCK_EVENTS
    assert history.state_at(0) == history.state_at(history.first) == fold(empty_state(), events[: history.first])
    assert history.state_at(COUNT) == folding.state()
    assert history.begin == pytest.approx(events[history.first - 1].time)
    assert history.overview()[0].time == pytest.approx(history.begin, abs=history.end / 256)
    assert history.previous_event(COUNT, "join") is None


def test_a_history_goes_on_after_a_gap_and_what_is_saved_knows_of_it(tmp_path: Path, events: list[Event]) -> None:
    history = History(Header(empty_state(), "made up", "", 0, "threads"))
    history.take(events[:100], fold(empty_state(), events[:100]), events[99].time)
    after_gap = fold(empty_state(), events[:500])
    history.take([], after_gap, events[499].time, gap=True)
    history.take(events[500:600], fold(after_gap, events[500:600]), events[599].time)
    assert history.missed == 400
    assert history.state_at(300) == history.state_at(100), "the nearest moment before that is known"
    assert not history.follows(100)
    path = tmp_path / "saved.jsonl.gz"
    history.save(path)
    with RecordedTimeline(path) as saved:
        assert saved.cut is None
        assert saved.missed == 400
        for event in (0, 50, 100, 300, 500, 550, 600):
            assert saved.state_at(event) == history.state_at(event)
        assert saved.events_between(0, 600) == events[:100] + events[500:600]


def test_what_a_history_saves_reads_as_it_was(tmp_path: Path, history: History, events: list[Event]) -> None:
    path = tmp_path / "saved.jsonl"
    history.save(path)
    assert read_recording(path).events == tuple(events)


def test_a_cleaner_pass_by_hand_at_another_time_does_not_turn_time_back(tmp_path: Path) -> None:
    events = list(made_up_events(100))
    events.append(Evicted(101, -5.0, 1, 2, 2, 0.0, "expired"))
    events.append(Note(102, 0.2, "later", "say"))
    write(tmp_path / "x.jsonl", events)
    with RecordedTimeline(tmp_path / "x.jsonl") as timeline:
        assert timeline.time_of(101) == timeline.time_of(100)
        assert timeline.event_at_time(0.15) == 101


def test_a_run_with_nothing_in_it_can_be_opened(tmp_path: Path) -> None:
    write(tmp_path / "x.jsonl", [])
    with RecordedTimeline(tmp_path / "x.jsonl") as timeline:
        assert (timeline.first, timeline.last, timeline.begin, timeline.end) == (0, 0, 0.0, 0.0)
        assert timeline.state_at(0) == empty_state()
        assert timeline.events_between(0, 10) == []


def test_the_last_state_of_a_recorded_run_is_that_of_its_queue(tmp_path: Path) -> None:
    scenario = parse('title = "x"\nduration = "5s"\n[[producer]]\nname = "p"\nrate = "9/s"\n[[consumer]]\nname = "c"\n')
    events: list[Event] = []
    starts: list[QueueState] = []
    outcome = perform(scenario, on_event=events.append, on_start=starts.append)
    write(tmp_path / "x.jsonl", events, starts[0])
    with RecordedTimeline(tmp_path / "x.jsonl") as timeline:
        assert timeline.state_at(timeline.last).without_samples() == outcome.state.without_samples()


def test_going_to_a_moment_folds_at_most_the_events_between_two_states_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 100_000
    path = tmp_path / "long.jsonl.gz"
    write(path, made_up_events(count))
    assert path.stat().st_size < 60 * count
    with RecordedTimeline(path) as timeline:
        assert timeline.last == count
        folded = 0
        apply = Fold.apply

        def counted(fold: Fold, event: Event) -> None:
            nonlocal folded
            folded += 1
            apply(fold, event)

        monkeypatch.setattr(Fold, "apply", counted)
        picks = random.Random(3)
        for n in range(50):
            folded = 0
            if n % 2:
                timeline.state_at(picks.randrange(count))
            else:
                timeline.state_at_time(picks.random() * timeline.end)
            assert folded <= BLOCK_EVENTS


@pytest.mark.soak
def test_a_million_events_take_little_memory_to_go_about_in(tmp_path: Path) -> None:
    path = tmp_path / "million.jsonl.gz"
    write(path, made_up_events(1_000_000))
    assert path.stat().st_size < 60_000_000
    here = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", MILLION, str(path), here], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 300


MILLION = """
import random, sys
from pathlib import Path
sys.path.append(sys.argv[2])
from support.memory import peak_megabytes
from msgmux.recording import RecordedTimeline
with RecordedTimeline(Path(sys.argv[1])) as timeline:
    assert timeline.last == 1_000_000
    picks = random.Random(3)
    for n in range(200):
        timeline.state_at(picks.randrange(1_000_000))
print(peak_megabytes())
"""
