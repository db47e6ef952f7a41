"""Forks: continuing from a moment of a recording, by performing the run again or by rebuilding the queue."""

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux import Closed, Message, MessageQueue
from msgmux.commands import AddConsumer, AddProducer, Adjust, Selection
from msgmux.errors import MsgmuxError
from msgmux.events import Delivered, Event, Put, Skipped, Stalled
from msgmux.recording import Header, History, RecordedTimeline, RecordingWriter
from msgmux.restoring import UNKNOWN, restore
from msgmux.runtime.strategies import RandomWalk, Strategy
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.scenario import Scenario, parse, perform
from msgmux.scenario.resume import remainder
from msgmux.state import Fold, QueueState
from msgmux_tui import scenarios
from msgmux_tui.session import Fork, Frame, ReplaySession, fork
from msgmux_tui.session.fork import AGAIN, REBUILT
from support.sessions import EVENTFUL, SMALL, HandClock, Played


def record(
    scenario: Scenario,
    path: Path,
    *,
    seed: int | None = None,
    kind: Literal["virtual", "threads"] = "virtual",
    strategy: Strategy | None = None,
) -> list[Event]:
    seed = scenario.seed if seed is None else seed
    events: list[Event] = []
    starts: list[QueueState] = []
    with VirtualRuntime(strategy, seed=seed) as runtime:
        perform(scenario, runtime=runtime, seed=seed, on_start=starts.append, on_event=events.append)
        keeps = strategy is None or strategy.keeps_current
        header = Header(starts[0], scenario.title, scenario.source, seed, kind, keeps_current=keeps)
        with RecordingWriter(path, header) as writer:
            for event in events:
                writer.event(event)
            if kind == "virtual":
                writer.schedule(runtime.schedule)
    return events


SMALL_RUN = parse(SMALL.source.replace("title", 'duration = "3s"\ntitle', 1))


class Forked:
    """The fork at an event, and its frames, folded as by a screen."""

    def __init__(self, timeline: RecordedTimeline | History, event: int) -> None:
        self.clock = HandClock()
        player = ReplaySession(timeline, at=event, clock=self.clock)
        self.session = fork(player, clock=self.clock)
        self.frame = frame = self.session.poll()
        self.how = frame.outcomes[0].text
        self.fold = Fold(self.session.start)
        self.fold.apply_all(frame.events)
        self.events = list(frame.events)

    def play(self, seconds: float) -> Frame:
        for _ in range(round(seconds * 20)):
            self.clock.now += 0.05
            self.frame = self.session.poll()
            self.events += self.frame.events
            self.fold.apply_all(self.frame.events)
            assert self.frame.state.without_samples() == self.fold.state().without_samples()
        return self.frame


@pytest.mark.parametrize("name", scenarios.names())
@pytest.mark.parametrize("part", [0.1, 0.5, 0.8])
def test_an_exact_run_goes_on_as_it_did(tmp_path: Path, name: str, part: float) -> None:
    events = record(scenarios.read(name), tmp_path / "run.jsonl")
    at = round(len(events) * part)
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        forked = Forked(timeline, at)
        assert forked.how == AGAIN
        assert forked.session.start.without_samples() == timeline.state_at(at).without_samples()
        forked.play(1.0)
        assert len(forked.events) > 0
        assert forked.events == events[at : at + len(forked.events)]
        forked.session.close()


@pytest.mark.parametrize(("seed", "strategy"), [(11, None), (3, RandomWalk(5))])
def test_its_seed_and_schedule_are_those_of_the_recording(tmp_path: Path, seed: int, strategy: Strategy | None) -> None:
    scenario = parse(
        'title = "x"\nduration = "6s"\n[[producer]]\nname = "a"\nrate = { poisson = "20/s" }\n'
        '[[producer]]\nname = "b"\nrate = "9/s"\n[[consumer]]\nname = "c"\nwork = { exponential = "40ms" }\n'
    )
    events = record(scenario, tmp_path / "run.jsonl", seed=seed, strategy=strategy)
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        forked = Forked(timeline, 150)
        assert forked.how == AGAIN
        # From here on tasks are scheduled first in, first out; each workload's random numbers continue as recorded.
        forked.play(1.0)
        puts = [event.time for event in forked.events if isinstance(event, Put) and event.producer == "a"]
        assert puts == [e.time for e in events[150:] if isinstance(e, Put) and e.producer == "a"][: len(puts)]
        forked.session.close()


def test_a_long_fork_is_made_in_slices_and_tells_how_far_it_is(tmp_path: Path) -> None:
    scenario = parse(
        'title = "x"\nduration = "60s"\n[[producer]]\nname = "a"\nrate = "100/s"\n[[consumer]]\nname = "c"\n'
    )
    record(scenario, tmp_path / "run.jsonl")
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        making = Fork(ReplaySession(timeline, at=timeline.event_at_time(50.0)))
        told = []
        while not making.work():
            told.append(making.progress)
        assert 0.0 < told[0] < 1.0
        assert told == sorted(told)
        assert (making.progress, making.how) == (1.0, AGAIN)
        making.session.close()
        given_up = Fork(ReplaySession(timeline, at=timeline.event_at_time(50.0)))
        given_up.work()
        given_up.close()


@given(at=st.integers(0, 700))
def test_the_fork_stands_exactly_at_the_event(tmp_path_factory: pytest.TempPathFactory, at: int) -> None:
    path = tmp_path_factory.getbasetemp() / "fork.jsonl"
    if not path.exists():
        record(EVENTFUL, path)
    with RecordedTimeline(path) as timeline:
        at = min(at, timeline.last - 20)
        forked = Forked(timeline, at)
        assert forked.session.start.event == at
        assert forked.session.timeline.first == at
        forked.session.close()


def test_a_fork_is_commanded_like_any_session(tmp_path: Path) -> None:
    record(EVENTFUL, tmp_path / "run.jsonl")
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        forked = Forked(timeline, timeline.event_at_time(6.0))
        forked.session.command(AddConsumer())
        forked.session.command(AddProducer())
        state = forked.play(1.0).state
        assert {"C4", "P2"} <= {*state.consumers, *state.producers}, "tags go on where they were"
        forked.session.close()


def test_a_forks_own_history_can_be_saved_and_forked_again(tmp_path: Path) -> None:
    record(EVENTFUL, tmp_path / "run.jsonl")
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        forked = Forked(timeline, 100)
        forked.play(2.0)
        forked.session.save(tmp_path / "fork.jsonl")
        forked.session.close()
    with RecordedTimeline(tmp_path / "fork.jsonl") as timeline:
        assert timeline.first == 100
        assert timeline.events_between(100, 10**9) == forked.events
        again = Forked(timeline, 150)
        assert again.session.start.without_samples() == timeline.state_at(150).without_samples()
        again.session.close()


# Runs that can't be performed again


def test_what_a_person_took_part_in_is_performed_again() -> None:
    played = Played(SMALL)
    played.play(2.0)
    played.session.command(Adjust(Selection("producer", "orders"), 1))
    played.play(3.0)
    timeline = played.session.timeline
    forked = Forked(timeline, timeline.last)
    assert forked.how == AGAIN
    assert forked.session.start.without_samples() == timeline.state_at(timeline.last).without_samples()
    forked.play(2.0)
    assert forked.events[0].number == timeline.last + 1
    puts = [event for event in forked.events if isinstance(event, Put) and event.producer == "orders"]
    assert len(puts) in (8, 9), "4/s, the pace that it had been given"
    forked.session.close()
    before = Forked(timeline, timeline.event_at_time(1.5))
    assert before.how == AGAIN
    before.session.close()
    played.session.close()


@pytest.mark.parametrize("seconds", [2.5, 4.5, 6.0, 9.5, 11.5])
def test_a_run_on_real_threads_is_rebuilt_from_its_state_with_previews(tmp_path: Path, seconds: float) -> None:
    record(EVENTFUL, tmp_path / "run.jsonl", kind="threads")
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        at = timeline.event_at_time(seconds)
        known = timeline.state_at(at)
        forked = Forked(timeline, at)
        assert forked.how == REBUILT
        assert forked.session.start.without_samples() == known.without_samples()
        state = forked.play(5.0).state
        assert state.tail_seq > known.tail_seq
        moved = [event for event in forked.events if isinstance(event, Delivered | Skipped)]
        audit = [event for event in moved if event.consumer == "audit"]
        assert audit[0].first == known.consumers["audit"].cursor + 1
        previews = [event.preview for event in forked.events if isinstance(event, Put)]
        assert previews[0].startswith("hello from orders [")
        forked.session.close()


def test_what_the_scenario_still_has_to_come_comes(tmp_path: Path) -> None:
    record(EVENTFUL, tmp_path / "run.jsonl", kind="threads")
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        forked = Forked(timeline, timeline.event_at_time(6.0))
        assert forked.session.start.consumers["audit"].status == "stalled"
        forked.play(1.9)
        assert forked.fold.state().consumers["audit"].status == "stalled"
        forked.play(0.2)
        assert forked.fold.state().consumers["audit"].status == "running", "its stall of three seconds is over"
        assert "late" in forked.fold.state().consumers
        forked.play(1.0)
        assert "late" not in forked.fold.state().consumers
        assert not [event for event in forked.events if isinstance(event, Stalled)]
        forked.session.close()


def test_repeated_steps_go_on_in_their_beat() -> None:
    scenario = parse(
        'title = "x"\n[[consumer]]\nname = "c"\n'
        '[[step]]\nat = "1s"\nevery = "4s"\nsay = "now"\n[[step]]\nat = "2s"\nsay = "once"\n'
    )
    with VirtualRuntime() as runtime:
        state = MessageQueue(runtime=runtime).snapshot()
    assert [step.at for step in remainder(scenario, state, 10.0).steps] == [3.0]
    assert [step.at for step in remainder(scenario, state, 0.5).steps] == [0.5, 1.5]


def test_a_closed_queue_does_not_go_on(tmp_path: Path) -> None:
    record(SMALL_RUN, tmp_path / "run.jsonl")
    with (
        RecordedTimeline(tmp_path / "run.jsonl") as timeline,
        pytest.raises(MsgmuxError, match="go back before its end"),
    ):
        Forked(timeline, timeline.last)


SMALL_RUN = parse(SMALL.source.replace("title", 'duration = "3s"\ntitle', 1))


def test_a_recording_without_a_scenario_is_rebuilt(tmp_path: Path) -> None:
    with VirtualRuntime() as runtime:
        queue = MessageQueue(runtime=runtime)
        with queue.subscribe() as events:
            queue.register_producer("p")
            queue.register_consumer("c")
            with RecordingWriter(tmp_path / "x.jsonl", Header(events.start, "mine", "", 0, "virtual")) as writer:
                for event in events.drain():
                    writer.event(event)
    with RecordedTimeline(tmp_path / "x.jsonl") as timeline:
        forked = Forked(timeline, timeline.last)
        assert forked.how == REBUILT
        assert forked.play(3.0).state.tail_seq > 1, "a producer that nothing is known of sends one message a second"
        forked.session.close()


# Restoring a queue


@pytest.mark.parametrize("name", scenarios.names())
def test_a_restored_queue_is_what_the_state_says_and_stays_sound(tmp_path: Path, name: str) -> None:
    events = record(scenarios.read(name), tmp_path / "run.jsonl")
    with RecordedTimeline(tmp_path / "run.jsonl") as timeline:
        for at in range(0, len(events) - 5, max(1, len(events) // 23)):
            state = timeline.state_at(at)
            with VirtualRuntime() as runtime:
                runtime.run(until=timeline.time_of(at))
                settings = state.settings
                queue = MessageQueue(
                    retention=settings.retention,
                    clean_every=settings.clean_every,
                    max_messages=settings.max_messages,
                    overflow=settings.overflow,
                    runtime=runtime,
                )
                restore(queue, state)
                queue.check_structure()
                restored = queue.snapshot()
                assert restored.consumers == state.consumers
                assert restored.nodes == state.nodes
                assert restored.cleaner == state.cleaner
                runtime.run(until=runtime.now() + 3.0)
                queue.check_structure()


def test_messages_of_which_a_state_knows_only_the_number_are_there_too() -> None:
    with VirtualRuntime() as runtime:
        queue = MessageQueue(runtime=runtime)
        producer = queue.register_producer("p", 10_000)
        for n in range(2_600):
            producer.put(n)
            queue.configure()  # makes a pass, so that each message gets its own node
        state = queue.snapshot()
    assert len(state.nodes) < state.node_count
    with VirtualRuntime() as runtime:
        queue = MessageQueue(runtime=runtime)
        restore(queue, state)
        queue.check_structure()
        assert queue.snapshot() == state
        got: list[Message] = []
        reader = queue.register_consumer("c", "oldest", 5_000)
        runtime.spawn(lambda: got.extend(reader.get_many(5_000, 1.0)), "reader", daemon=False)
        runtime.run()
        assert [message.seq for message in got] == list(range(1, 2_601))
        assert (got[0].payload, got[-1].payload) == (UNKNOWN, "int")


def test_a_closed_state_cannot_be_restored() -> None:
    with VirtualRuntime() as runtime:
        queue = MessageQueue(runtime=runtime)
        runtime.spawn(queue.close, "end", daemon=False)
        runtime.run()
        with pytest.raises(Closed):
            restore(MessageQueue(runtime=runtime), queue.snapshot())
