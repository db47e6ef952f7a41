"""An exact session with a user's commands is performed again from its recording, byte for byte."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgmux.commands import (
    AddConsumer,
    AddProducer,
    Adjust,
    AnyCommand,
    Burst,
    Clean,
    Configure,
    ConsumerSpec,
    Crash,
    Mark,
    PauseTime,
    ProducerSpec,
    RemoveConsumer,
    RemoveProducer,
    Resume,
    ResumeTime,
    Retain,
    Selection,
    SetConsumer,
    SetProducer,
    SetSpeed,
    Stall,
    Step,
    Undo,
)
from msgmux.errors import ReplayDivergence
from msgmux.events import Commanded, Event
from msgmux.pacing import Bursts, Constant, Exponential, Fixed, Poisson
from msgmux.recording import RecordedTimeline, Timeline
from msgmux.scenario import parse
from msgmux.scenario.again import perform_again
from msgmux_tui.session import ReplaySession, fork
from msgmux_tui.session.fork import AGAIN
from support.sessions import EVENTFUL, SMALL, HandClock, Played

PRODUCERS = st.sampled_from(["orders", "clicks", "P3", "P4", "nobody"])
CONSUMERS = st.sampled_from(["audit", "billing", "C3", "late", "nobody"])
ARRIVALS = st.sampled_from([Constant(5.0), Constant(0.0), Poisson(20.0), Bursts(4, 0.5)])
WORK = st.sampled_from([Fixed(0.0), Fixed(0.3), Exponential(0.05)])
WHO = st.builds(Selection, st.just("producer"), PRODUCERS) | st.builds(Selection, st.just("consumer"), CONSUMERS)
DIRECTION = st.sampled_from([1, -1])
COMMANDS = st.one_of(
    st.builds(AddProducer, st.none() | st.builds(ProducerSpec, PRODUCERS, ARRIVALS)),
    st.builds(AddConsumer, st.none() | st.builds(ConsumerSpec, CONSUMERS, st.sampled_from(["oldest", "newest", 3]))),
    st.builds(RemoveProducer, PRODUCERS),
    st.builds(RemoveConsumer, CONSUMERS),
    st.builds(Undo),
    st.builds(SetProducer, PRODUCERS, st.none() | ARRIVALS, st.sampled_from([None, "é {n}"])),
    st.builds(SetConsumer, CONSUMERS, WORK),
    st.builds(Adjust, WHO, DIRECTION),
    st.builds(Stall, CONSUMERS, st.sampled_from([None, 0.2])),
    st.builds(Resume, CONSUMERS),
    st.builds(Crash, CONSUMERS),
    st.builds(Burst, PRODUCERS, st.integers(1, 30)),
    st.builds(Retain, DIRECTION),
    st.builds(Configure, st.sampled_from([{"max_messages": 5}, {"overflow": "evict-oldest"}, {"clean_every": 0.05}])),
    st.builds(Clean),
    st.builds(Mark),
)
TIME = st.one_of(
    st.builds(PauseTime),
    st.builds(ResumeTime),
    st.builds(SetSpeed, st.sampled_from([0.1, 1.0, 3.0, 10.0])),
    st.builds(Step, st.booleans()),
)
DEEDS = st.lists(st.one_of(COMMANDS, TIME, st.sampled_from([0.01, 0.05, 0.13, 1.0]), st.just(None)), max_size=25)
"""Commands, numbers of wall-clock seconds to pass, and polls."""


def do(played: Played, deeds: list[Any]) -> None:
    for deed in deeds:
        if isinstance(deed, float):
            played.clock.now += deed
            played.poll()
        elif deed is None:
            played.poll()
        else:
            number = played.session.command(deed)
            assert number in [outcome.id for outcome in played.poll().outcomes]
    if played.session.paused:
        played.session.command(ResumeTime())
    played.play(0.3)


def as_bytes(events: list[Event]) -> bytes:
    return b"\n".join([msgspec.json.encode(event) for event in events])


def assert_performed_again(timeline: Timeline) -> None:
    recorded = timeline.events_between(timeline.first, timeline.last)
    again = [event for event in perform_again(timeline) if event.number > timeline.first]
    assert as_bytes(again) == as_bytes(recorded)


def saved(played: Played, path: Path) -> Path:
    played.session.save(path)
    return path


@settings(max_examples=60, deadline=None)
@given(deeds=DEEDS, scenario=st.sampled_from([SMALL, EVENTFUL]))
def test_any_commands_at_any_time_are_performed_again(deeds: list[Any], scenario: Any) -> None:
    played = Played(scenario)
    do(played, deeds)
    with TemporaryDirectory() as folder, RecordedTimeline(saved(played, Path(folder) / "x.jsonl")) as timeline:
        assert_performed_again(timeline)
    played.session.close()


@settings(max_examples=25, deadline=None)
@given(before=DEEDS, between=st.floats(0, 1), after=DEEDS)
def test_a_fork_is_the_run_itself_and_so_is_a_fork_of_that(before: list[Any], between: float, after: list[Any]) -> None:
    played = Played()
    do(played, before)
    timeline = played.session.timeline
    player = ReplaySession(timeline, at=round(timeline.last * between))
    making = fork(player, clock=(clock := HandClock()))
    assert AGAIN in [outcome.text for outcome in making.poll().outcomes]
    forked = Played.of(making, clock)
    do(forked, after)
    assert_performed_again(making.timeline)
    for session in (played.session, making):
        session.close()


def test_a_recording_that_was_begun_in_the_middle_knows_what_was_commanded_before(tmp_path: Path) -> None:
    played = Played()
    played.play(0.5)
    played.session.command(AddConsumer())
    played.play(0.5)
    played.session.start_recording(tmp_path / "late.jsonl")
    played.session.command(Stall("C3"))
    played.play(1.0)
    played.session.stop_recording()
    with RecordedTimeline(tmp_path / "late.jsonl") as timeline:
        assert [given.command for given in timeline.given()] == [AddConsumer(), Stall("C3")]
        assert_performed_again(timeline)
    played.session.close()


def test_a_refusal_is_reported_and_performed_again(tmp_path: Path) -> None:
    played = Played()
    played.session.command(Stall("nobody"))
    played.play(0.5)
    told = [event for event in played.events if isinstance(event, Commanded)]
    assert [(event.command, event.ok, event.who) for event in told] == [(Stall("nobody"), False, "you")]
    assert_performed_again(played.session.timeline)
    played.session.close()


def test_another_scenario_does_not_come_by_where_a_command_was_given(tmp_path: Path) -> None:
    played = Played()
    played.play(1.0)
    played.session.command(Burst("orders"))
    played.play(0.5)
    timeline = played.session.timeline
    timeline.header = msgspec.structs.replace(timeline.header, scenario='[[producer]]\nname = "orders"\n')
    with pytest.raises(ReplayDivergence):
        perform_again(timeline)
    played.session.close()


@pytest.mark.parametrize(
    "command", [AddProducer(), AddConsumer(ConsumerSpec("c", 5)), Configure({"retention": None}), Step(True), Undo()]
)
def test_a_command_survives_json(command: AnyCommand) -> None:
    line = msgspec.json.encode(command)
    assert msgspec.json.decode(line, type=AnyCommand) == command


@pytest.mark.parametrize(
    "line",
    [
        b'{"do":"burst","producer":"p","count":0}',
        b'{"do":"set_speed","factor":1000}',
        b'{"do":"stall","name":"c","seconds":-1}',
        b'{"do":"add_producer","spec":{"name":"p","capacity":0}}',
        b'{"do":"configure","changes":{"clean_every":0}}',
        b'{"do":"format_disk"}',
    ],
)
def test_a_far_viewers_nonsense_is_refused_where_it_is_read(line: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line, type=AnyCommand)


def test_the_scenario_is_one_that_can_be_read_again() -> None:
    assert parse(SMALL.source).producers == SMALL.producers
