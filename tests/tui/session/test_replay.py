"""The player: playing, stepping, jumping and seeking; what it shows depends only on the position."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.checker import Program, check
from msgmux.checker.counterexample import save
from msgmux.commands import AddProducer, Mark, PauseTime, ResumeTime, SetSpeed, Stall, Step
from msgmux.events import ConsumerRegistered, Event, Levels, Note, Put
from msgmux.recording import Header, History, RecordedTimeline, RecordingWriter
from msgmux.recording.landmarks import Kind
from msgmux.scenario import RunResult, Scenario, parse, perform
from msgmux.state import Fold, QueueState
from msgmux_tui import scenarios
from msgmux_tui.session import SPEEDS, Frame, Player, ReplaySession
from msgmux_tui.session import player as as_player
from support.sessions import EVENTFUL, SMALL, HandClock, Played


def record(scenario: Scenario, path: Path) -> tuple[RunResult, list[Event]]:
    """Perform ``scenario`` in virtual time, recorded to ``path``. Returns its outcome and its events."""
    events: list[Event] = []
    starts: list[QueueState] = []
    outcome = perform(scenario, on_start=starts.append, on_event=events.append)
    with RecordingWriter(path, Header(starts[0], scenario.title, scenario.source, scenario.seed, "virtual")) as writer:
        for event in events:
            writer.event(event)
    return outcome, events


class Recorded:
    def __init__(self, timeline: RecordedTimeline, events: list[Event], outcome: RunResult) -> None:
        self.timeline, self.events, self.outcome = timeline, events, outcome


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    path = tmp_path_factory.mktemp("replay") / "run.jsonl"
    outcome, events = record(EVENTFUL, path)
    with RecordedTimeline(path) as timeline:
        yield Recorded(timeline, events, outcome)


class Watched:
    """A player under a clock that the test advances; its frames are folded as by a screen."""

    def __init__(self, timeline: RecordedTimeline | History, **more: Any) -> None:
        self.clock = HandClock()
        self.session = ReplaySession(timeline, clock=self.clock, **more)
        self.fold = Fold(self.session.start)
        self.told: list[str] = []
        self.poll()

    def poll(self) -> Frame:
        self.frame = self.session.poll()
        self.told += [outcome.words for outcome in self.frame.outcomes if outcome.words]
        if self.frame.gap:
            self.fold = Fold(self.frame.state)
        else:
            self.fold.apply_all(self.frame.events)
        assert self.fold.state() == self.frame.state
        return self.frame

    def play(self, seconds: float) -> Frame:
        for _ in range(round(seconds * 20)):
            self.clock.now += 0.05
            self.poll()
        return self.frame


@pytest.fixture
def player(recorded: Recorded) -> Watched:
    return Watched(recorded.timeline)


def test_it_keeps_the_protocol_of_players(player: Watched) -> None:
    session: Player = player.session
    assert as_player(session) is session


def test_it_plays_in_step_with_the_clock_and_at_its_speed(player: Watched) -> None:
    player.play(2.0)
    assert player.frame.now == pytest.approx(2.0)
    player.session.command(SetSpeed(10.0))
    player.play(0.5)
    assert player.frame.now == pytest.approx(7.0)
    player.session.command(SetSpeed(SPEEDS[0]))
    player.play(1.0)
    assert player.frame.now == pytest.approx(7.1)


def test_playing_to_the_end_shows_every_event_once_and_pauses_there(recorded: Recorded) -> None:
    events = recorded.events
    player = Watched(recorded.timeline)
    seen = list(player.frame.events)
    while not player.session.paused:
        seen += player.play(0.05).events
    assert seen == events
    assert player.frame.state.without_samples() == recorded.outcome.state.without_samples()
    assert any(["the end" in text for text in player.told])
    assert player.session.behind == 0


@pytest.mark.parametrize("name", scenarios.names())
def test_playing_any_bundled_scenario_to_its_end_gives_the_state_of_the_live_queue(name: str, tmp_path: Path) -> None:
    scenario = scenarios.read(name)
    outcome, events = record(scenario, tmp_path / "run.jsonl.gz")
    with RecordedTimeline(tmp_path / "run.jsonl.gz") as timeline:
        player = Watched(timeline)
        player.session.command(SetSpeed(100.0))
        while not player.session.paused:
            player.play(0.05)
        assert player.session.position == events[-1].number
        assert player.frame.state.without_samples() == outcome.state.without_samples()


@given(data=st.data())
def test_stepping_back_k_times_is_seeking_to_the_kth_step_before(recorded: Recorded, data: st.DataObject) -> None:
    timeline, events = recorded.timeline, recorded.events
    steps = [event.number for event in events if not isinstance(event, Levels)]
    n = data.draw(st.integers(0, len(steps) - 1))
    k = data.draw(st.integers(0, min(n, 30)))
    stepped, sought = Watched(timeline), Watched(timeline)
    stepped.session.command(PauseTime())
    stepped.session.seek_event(steps[n])
    for _ in range(k):
        stepped.session.step_back()
        if data.draw(st.booleans()):
            stepped.poll()
    sought.session.command(PauseTime())
    sought.session.seek_event(steps[n - k])
    assert stepped.session.position == sought.session.position == steps[n - k]
    assert stepped.poll().state == sought.poll().state
    assert stepped.frame.now == sought.frame.now


MOVES = st.lists(st.sampled_from(["on", "back", "play", "next", "previous", "time", "seq"]), max_size=12)
JUMPS: st.SearchStrategy[Kind] = st.sampled_from(["eviction", "skip", "join", "notable"])


@given(moves=MOVES, data=st.data())
def test_what_is_shown_depends_on_the_position_alone(recorded: Recorded, moves: list[str], data: st.DataObject) -> None:
    timeline = recorded.timeline
    player = Watched(timeline)
    for move in moves:
        session = player.session
        if move == "on":
            session.command(PauseTime())
            session.command(Step())
        elif move == "back":
            session.step_back()
        elif move == "play":
            session.command(ResumeTime())
            player.play(0.3)
        elif move in ("next", "previous"):
            session.jump(1 if move == "next" else -1, data.draw(JUMPS))
        elif move == "time":
            session.seek_time(data.draw(st.floats(-5, 20)))
        else:
            session.seek_seq(data.draw(st.integers(1, 200)))
        frame = player.poll()
        assert frame.state.event == session.position
        assert frame.state == timeline.state_at(session.position)
        assert frame.now == session.now


def test_a_step_on_shows_one_event_and_a_step_back_undoes_it(player: Watched) -> None:
    player.play(2.0)
    player.session.command(PauseTime())
    states = [player.poll().state]
    for _ in range(30):
        player.session.command(Step())
        frame = player.poll()
        assert len([event for event in frame.events if not isinstance(event, Levels)]) == 1
        assert frame.now == frame.events[-1].time
        states.append(frame.state)
    for state in states[-2:0:-1]:
        player.session.step_back()
        assert player.poll().state == state


def test_at_both_ends_steps_say_so(player: Watched) -> None:
    player.session.seek_event(0)
    player.session.step_back()
    player.session.seek_event(10**9)
    player.poll()
    player.session.command(Step())
    player.poll()
    assert player.told == ["this is the beginning", "this is the end"]


def test_it_jumps_to_the_next_and_the_previous_event_of_a_kind(player: Watched, recorded: Recorded) -> None:
    events = recorded.events
    session = player.session
    markers = [event.number for event in events if isinstance(event, Note) and event.about == "marker"]
    session.jump(1, "marker")
    assert session.position == markers[0]
    session.jump(1, "marker")
    assert session.position == markers[1]
    session.jump(1, "marker")
    assert player.poll().outcomes[-1].text == "there is no marker after this"
    session.jump(-1, "marker")
    assert session.position == markers[0]
    session.jump(1, "join")
    (joined,) = session.timeline.events_between(session.position - 1, session.position)
    assert isinstance(joined, ConsumerRegistered)
    assert joined.name == "late"
    session.jump(1, "skip")
    assert player.poll().state.consumers["billing"].skipped > 0
    assert session.paused


def test_ones_own_marks_are_jumped_to_as_well_and_change_nothing(player: Watched, recorded: Recorded) -> None:
    session = player.session
    session.seek_time(6.0)
    session.command(Mark("look"))
    session.seek_time(4.0)
    session.jump(1, "marker")
    assert (session.markers[1].text, session.position) == ("look", session.markers[1].event)
    session.jump(1, "marker")
    assert session.now == pytest.approx(10.0)
    session.jump(-1, "marker")
    session.jump(-1, "marker")
    assert session.now == pytest.approx(3.0)
    assert [marker.text for marker in recorded.timeline.markers] == ["here", "there"]


def test_it_goes_to_a_time_and_to_a_message(player: Watched, recorded: Recorded) -> None:
    player.session.seek_time(7.77)
    frame = player.poll()
    assert (frame.gap, frame.now) == (True, 7.77)
    assert frame.state == recorded.timeline.state_at_time(7.77)
    player.session.seek_seq(33)
    assert player.poll().state.tail_seq == 33


def test_after_a_jump_the_frame_tells_what_led_there(player: Watched) -> None:
    player.session.seek_time(8.0)
    frame = player.poll()
    assert frame.lead_in is not None
    fold = Fold(frame.lead_in.state)
    fold.apply_all(frame.lead_in.events)
    assert fold.state() == frame.state
    assert frame.lead_in.now == pytest.approx(0.0)
    assert player.poll().lead_in is None


def test_a_frame_of_too_many_events_keeps_the_rare_ones_only(tmp_path: Path) -> None:
    scenario = parse(
        'title = "fast"\nduration = "3s"\n[[producer]]\nname = "p"\nrate = "900/s"\n[[consumer]]\nname = "c"\n'
        '[[step]]\nat = "1s"\nsay = "now"\n'
    )
    _, events = record(scenario, tmp_path / "fast.jsonl")
    with RecordedTimeline(tmp_path / "fast.jsonl") as timeline:
        player = Watched(timeline)
        player.session.command(SetSpeed(100.0))
        frame = player.play(0.05)
        assert frame.gap
        assert not [event for event in frame.events if isinstance(event, Put)]
        assert next(event.text for event in frame.events if isinstance(event, Note)) == "now"
        assert player.session.position == events[-1].number


def test_commands_are_refused_with_a_reason(player: Watched) -> None:
    player.session.command(AddProducer())
    player.session.command(Stall("billing"))
    assert ["can't be changed" in outcome.words for outcome in player.poll().outcomes] == [True, True]


# A session's own history


def test_a_running_session_can_be_looked_back_at_while_it_goes_on() -> None:
    played = Played(SMALL)
    played.play(6.0)
    then = played.frame
    player = Watched(played.session.timeline, at=played.session.timeline.last)
    player.session.step_back()
    assert player.poll().state.event < then.state.event
    played.play(2.0)
    assert player.session.behind == pytest.approx(2.0, abs=0.6)
    player.session.seek_time(3.0)
    player.session.command(ResumeTime())
    player.play(1.0)
    assert player.frame.now == pytest.approx(4.0)
    assert player.frame.state == played.session.timeline.state_at_time(player.frame.now)
    player.session.command(SetSpeed(20.0))
    player.play(2.0)
    assert not player.session.paused, "the present is no end"
    assert player.session.behind == 0
    assert player.frame.state.event == played.frame.state.event
    played.session.close()


def test_a_history_that_drops_its_beginning_moves_a_player_that_stands_there_on() -> None:
    history = History(Header(Played(SMALL).session.start, "x", "", 0, "virtual"), limit=200_000)
    played = Played(EVENTFUL)
    player = Watched(history)
    while not history.first:
        frame = played.play(1.0)
        history.take(played.events, frame.state, frame.now)
        played.events.clear()
    assert player.play(0.05).state.event >= history.first
    played.session.close()


@pytest.mark.parametrize("name", ["saved.jsonl", "saved.jsonl.gz"])
def test_what_a_session_saves_after_the_fact_plays_as_it_was(tmp_path: Path, name: str) -> None:
    played = Played(SMALL)
    played.play(5.0)
    played.session.save(tmp_path / name)
    with RecordedTimeline(tmp_path / name) as timeline:
        assert timeline.cut is None
        assert timeline.events_between(0, timeline.last) == played.events
        assert timeline.header.scenario == SMALL.source
        assert timeline.header.driver == "session"
    played.session.close()


def test_a_recording_is_switched_on_and_off(tmp_path: Path) -> None:
    played = Played(SMALL)
    played.play(2.0)
    seen = len(played.events)
    played.session.start_recording(tmp_path / "part.jsonl")
    assert played.session.recording == tmp_path / "part.jsonl"
    played.play(2.0)
    played.session.stop_recording()
    upto = len(played.events)
    played.play(1.0)
    played.session.close()
    with RecordedTimeline(tmp_path / "part.jsonl") as timeline:
        assert timeline.cut is None
        assert timeline.events_between(0, 10**9) == played.events[seen:upto]
    assert played.session.recording is None


def test_a_recording_that_cannot_be_written_is_an_error_and_the_session_goes_on(tmp_path: Path) -> None:
    played = Played(SMALL)
    with pytest.raises(OSError, match="no/such"):
        played.session.start_recording(tmp_path / "no/such/x.jsonl")
    assert played.play(1.0).now == pytest.approx(1.0)
    played.session.close()


def test_a_recording_saved_from_the_player_is_the_same(tmp_path: Path, player: Watched, recorded: Recorded) -> None:
    player.session.save(tmp_path / "copy.jsonl")
    with RecordedTimeline(tmp_path / "copy.jsonl") as copy:
        assert copy.events_between(0, 10**9) == recorded.events
        assert msgspec.json.encode(copy.header) == msgspec.json.encode(recorded.timeline.header)


def test_going_on_at_the_end_plays_from_the_beginning_again(player: Watched, recorded: Recorded) -> None:
    player.session.seek_event(recorded.timeline.last)
    player.session.command(PauseTime())
    player.session.command(ResumeTime())
    assert player.session.position == recorded.timeline.first
    assert not player.session.paused


def test_a_recording_of_one_moment_is_played_event_by_event_and_again_from_its_end(tmp_path: Path) -> None:
    found = check(Program(harness="leaving", variant="lock-order"))
    assert found.counterexample is not None
    save(tmp_path / "found.jsonl", found.counterexample)
    with RecordedTimeline(tmp_path / "found.jsonl") as timeline:
        clock = HandClock()
        session = ReplaySession(timeline, clock=clock)
        assert session.paused
        assert "<player.step>" in session.poll().outcomes[-1].text
        for _ in range(2):
            session.command(ResumeTime())
            positions: list[int] = []
            while not session.paused:
                positions.append(session.position)
                clock.now += 0.25
                session.poll()
            assert sorted(set(positions)) == list(range(timeline.first, timeline.last + 1))
