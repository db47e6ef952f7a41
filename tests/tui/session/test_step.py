"""The step session: it runs the picked task, describes each step in a sentence, and can undo every step."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from msgmux import MsgmuxError
from msgmux.checker import Program, SearchOptions, check, save
from msgmux.checker.records import TaskView
from msgmux.commands import AddProducer, Mark, ResumeTime, SetSpeed, Stall, Step
from msgmux.events import Put
from msgmux.recording import RecordedTimeline
from msgmux.runtime.records import Operation
from msgmux.scenario import parse
from msgmux.state import fold
from msgmux_tui.panes import threads
from msgmux_tui.session import ReplaySession, Stepping, stepping
from msgmux_tui.session.scheduling import BEGINNING
from msgmux_tui.session.step import StepSession
from msgmux_tui.session.step_into import step_into
from msgmux_tui.theme.glyphs import UNICODE
from support.made_up import second_ten
from support.sessions import SMALL, HandClock, Played

SINGLE = Program(harness="single")
LOST = Program(harness="single", variant="lost-wakeup")
ABBA = Program(harness="leaving", variant="lock-order")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def session(clock: HandClock) -> Iterator[StepSession]:
    session = StepSession(SINGLE, clock=clock)
    yield session
    session.close()


def named(session: StepSession) -> dict[str, TaskView]:
    return {task.name: task for task in session.threads.tasks}


def told(session: StepSession) -> list[str]:
    return [outcome.words for outcome in session.poll().outcomes if outcome.words]


def stuck_in_a_deadlock(clock: HandClock) -> StepSession:
    """C1 (5) holds its channel's lock and wants the queue's; another task takes these two in the opposite order."""
    session = StepSession(ABBA, clock=clock)
    for task in (1, 2, 3, 4):
        session.choose(task)
        session.command(Step(True))
    for _ in range(4):
        session.pick(5)
    session.choose(6)
    session.command(Step(True))
    return session


def test_it_keeps_the_protocol_and_waits_for_somebody_to_be_picked(session: StepSession, clock: HandClock) -> None:
    kept: Stepping = session
    assert stepping(kept) is session
    assert session.kind == "step"
    assert session.paused
    clock.now = 5.0
    frame = session.poll()
    assert (frame.now, session.threads.steps) == (0.0, 0)
    assert session.threads.said == BEGINNING
    assert [task.name for task in session.threads.tasks] == ["receiver", "sender", "cleaner", "C1", "P1"]


def test_a_picked_task_goes_on_to_its_next_point_and_that_is_reported(session: StepSession) -> None:
    receiver = named(session)["receiver"].id
    session.pick(receiver)
    assert session.threads.said == "1 receiver begins"
    session.pick(receiver)
    assert session.threads.said == "1 receiver takes the lock queue"
    session.pick(receiver)
    assert session.threads.said == "1 receiver waits on receiver and gives queue back"
    assert session.threads.chosen == receiver
    assert session.threads.able == "can go on: 2 3 4 5"


def test_what_comes_of_a_step_is_reported_with_it(session: StepSession) -> None:
    session.choose(named(session)["P1"].id)
    session.command(Step(True))
    session.choose(named(session)["receiver"].id)
    session.command(Step(True))
    assert session.threads.said == "1 receiver goes on until it waits on receiver: links #1 of P1"
    assert [event.seq for event in session.poll().events if isinstance(event, Put)] == [1]


def test_a_task_that_cannot_go_on_is_told_to_wait_and_for_whom(session: StepSession) -> None:
    for task in (1, 1, 2):
        session.pick(task)
    assert session.threads.graph == ("sender waits for receiver (queue)",)
    session.pick(2)
    assert told(session) == ["2 sender can't go on: it waits for the lock queue, which receiver holds"]
    session.pick(9)
    assert told(session) == ["there is no task 9 (any more)"]
    assert session.stepper.picks == (1, 1, 2)


def test_the_strategy_picks_one_at_each_step(session: StepSession) -> None:
    for _ in range(3):
        session.command(Step())
    assert session.stepper.picks == (1, 1, 1)
    session.command(Step())
    assert session.stepper.picks == (1, 1, 1, 2)
    assert session.threads.chosen == 2


def test_when_the_chosen_one_has_ended_the_next_is_chosen(session: StepSession) -> None:
    session.choose(named(session)["P1"].id)
    session.command(Step(True))
    assert "P1" not in named(session)
    assert session.threads.said.startswith("5 P1 goes on to its end")
    assert session.threads.task is not None
    assert session.threads.task.can_go


def test_the_strategy_goes_on_by_itself_at_a_pace_until_all_is_at_rest(session: StepSession, clock: HandClock) -> None:
    session.command(ResumeTime())
    session.poll()
    assert session.threads.steps == 1
    for _ in range(20):
        clock.now += 0.05
        session.poll()
    assert 4 <= len(session.stepper.picks) <= 6
    session.command(SetSpeed(100))
    while not session.paused:
        clock.now += 0.05
        session.poll()
    assert session.stepper.over
    assert session.stepper.failures == ()
    session.command(Step())
    assert told(session) == ["all has come to rest, and nothing is broken"]


def test_a_step_back_is_a_jump_that_tells_what_led_there(session: StepSession) -> None:
    for _ in range(12):
        session.command(Step())
    before = session.poll()
    session.command(Step())
    assert session.poll().state.tail_seq >= before.state.tail_seq
    session.step_back()
    frame = session.poll()
    assert frame.gap
    assert frame.state == before.state
    assert frame.lead_in is not None
    assert fold(frame.lead_in.state, frame.lead_in.events) == fold(session.start, session.stepper.events)
    assert not session.poll().gap


def test_turning_back_takes_back_all_that_the_last_task_did(session: StepSession) -> None:
    for task in (1, 1, 1, 3, 3):
        session.pick(task)
    session.turn_back()
    assert session.stepper.picks == (1, 1, 1)
    assert session.threads.said == "2 steps are undone: 3 cleaner is again about to begin"
    session.step_back()
    assert session.stepper.picks == (1, 1)
    session.turn_back()
    assert session.stepper.picks == ()
    session.step_back()
    assert told(session) == ["this is the beginning"]


def test_the_clock_is_a_task(clock: HandClock) -> None:
    session = StepSession(Program(harness="aging"), clock=clock)
    session.choose(3)
    session.command(Step(True))
    assert named(session)["the clock"].operation == Operation("tick", "0.01 s")
    session.pick(0)
    assert session.threads.said == "the clock moves to 0.01 s"
    assert session.poll().now == 0.01
    assert named(session)["cleaner"].can_go
    session.close()


def test_a_deadlock_stops_all_and_says_who_waits_for_whom(clock: HandClock) -> None:
    session = stuck_in_a_deadlock(clock)
    frame = session.poll()
    assert frame.alarm == "deadlock: leave waits for C1 waits for leave; <player.back> undoes"
    assert session.threads.cycles == (("C1", "leave"),)
    assert session.threads.graph == (
        "C1 waits for leave (queue)",
        "leave waits for C1 (C1.channel)",
        "receiver waits for leave (queue)",
    )
    assert not any(task.can_go for task in session.threads.tasks)
    session.command(Step())
    assert told(session) == ["nobody can go on"]
    session.step_back()
    assert session.poll().alarm == ""
    session.close()


def test_a_violation_stops_the_strategy_and_is_reported(clock: HandClock) -> None:
    found = check(LOST, SearchOptions("delay", 2, 2_000, 600.0, 0)).counterexample
    session = StepSession(found.program, schedule=found.schedule, clock=clock)
    assert session.threads.steps == 0
    session.command(ResumeTime())
    session.command(SetSpeed(100))
    while not session.paused:
        clock.now += 0.05
        session.poll()
    assert [check.name for check in session.threads.broken] == ["lost"]
    assert session.poll().alarm.startswith("lost: ")
    session.close()


def test_a_schedule_is_followed_only_as_long_as_what_was_picked_agrees_with_it(clock: HandClock) -> None:
    found = check(LOST, SearchOptions("delay", 2, 2_000, 600.0, 0)).counterexample
    session = StepSession(found.program, schedule=found.schedule, clock=clock)
    other = next(task.id for task in session.threads.tasks if task.can_go and task.id != next(iter(found.schedule)))
    session.pick(other)
    while not session.stepper.over:
        session.command(Step())
    assert session.stepper.failures == ()
    session.close()


def test_what_is_broken_is_saved_as_a_counterexample_and_else_as_a_recording(clock: HandClock, tmp_path: Path) -> None:
    session = stuck_in_a_deadlock(clock)
    session.save(tmp_path / "broken.jsonl")
    session.step_back()
    session.start_recording(tmp_path / "sound.jsonl")
    assert session.recording == tmp_path / "sound.jsonl"
    session.close()
    assert session.recording is None
    with RecordedTimeline(tmp_path / "broken.jsonl") as broken, RecordedTimeline(tmp_path / "sound.jsonl") as sound:
        assert broken.events_between(0, 99)[-1].kind == "violation"
        kept = sound.events_between(0, 99)
        assert kept == broken.events_between(0, 99)[: len(kept)]
        assert sound.schedule == session.stepper.schedule


def test_commands_to_the_cast_are_refused_with_a_reason(session: StepSession) -> None:
    session.command(AddProducer())
    session.command(Mark())
    assert told(session) == [
        "here you decide who goes on, and nothing else: the program is as it is",
        "a step session has no marks: every point of it can be gone back to",
    ]


def test_a_part_without_a_queue_can_be_stepped_through_too(clock: HandClock) -> None:
    session = StepSession(Program(harness="inlet"), clock=clock)
    session.command(Step())
    frame = session.poll()
    assert frame.state.length == 0
    assert [task.name for task in session.threads.tasks] == ["putter", "taker", "closer"]
    session.close()


def test_a_scenario_without_an_end_is_refused() -> None:
    endless = parse(SMALL.source, "endless.toml")
    with pytest.raises(MsgmuxError, match=r"endless\.toml: duration: is missing"):
        StepSession(Program(scenario=endless.source, file=endless.file))


# From a player

TIMED = 'duration = "20s"\n' + SMALL.source


def played(seconds: float) -> Played:
    made = Played(parse(TIMED, "timed.toml"))
    made.play(seconds)
    return made


def test_a_moment_of_an_exact_session_can_be_stepped_on_from() -> None:
    made = played(5.0)
    player = ReplaySession(made.session.timeline, at=40)
    session = step_into(player, clock=made.clock)
    frame = session.poll()
    assert frame.gap
    assert frame.lead_in is not None
    assert session.stepper.events[39] == made.session.timeline.events_between(39, 40)[0]
    assert frame.state.without_samples().event >= 40
    steps = session.threads.steps
    session.command(Step())
    session.step_back()
    assert session.threads.steps == steps
    assert session.poll().state == frame.state
    session.close()
    made.session.close()


def test_a_session_with_a_users_commands_cannot_be_stepped_into() -> None:
    made = played(2.0)
    made.session.command(Stall("audit"))
    made.play(2.0)
    with pytest.raises(MsgmuxError, match="had a hand in it"):
        step_into(ReplaySession(made.session.timeline, at=made.session.timeline.last))
    made.session.close()


def test_a_run_on_real_threads_cannot_be_stepped_into() -> None:
    made = played(1.0)
    made.session.timeline.header = type(made.session.timeline.header)(
        made.session.start, "threads", TIMED, 0, "threads"
    )
    with pytest.raises(MsgmuxError, match="real threads"):
        step_into(ReplaySession(made.session.timeline, at=5))
    made.session.close()


def test_a_saved_counterexample_can_be_stepped_through(tmp_path: Path, clock: HandClock) -> None:
    found = check(ABBA, SearchOptions("delay", 1, 2_000, 600.0, 0)).counterexample
    assert found is not None
    save(tmp_path / "found.jsonl", found)
    with RecordedTimeline(tmp_path / "found.jsonl") as timeline:
        session = step_into(ReplaySession(timeline, at=timeline.first), clock=clock)
        assert session.title == found.program.title
        assert session.threads.steps == 0
        while not session.stepper.over:
            session.command(Step())
        assert [check.name for check in session.threads.broken] == ["deadlock"]
        session.close()


def test_a_notify_without_waiters_is_described_as_waking_nobody(clock: HandClock) -> None:
    """The lost wake-up: C1 has checked its channel, P1's message arrives, and only then C1 goes to sleep."""
    session = StepSession(LOST, clock=clock)
    for name in ("receiver", "sender", "cleaner"):
        session.choose(named(session)[name].id)
        session.command(Step(True))
    reader, producer = named(session)["C1"].id, named(session)["P1"].id
    while str(named(session)["C1"].operation) != "acquire C1.channel":
        session.pick(reader)
    said = []
    while "P1" in named(session) and named(session)["P1"].can_go:
        session.pick(producer)
        said.append(session.threads.said)
    assert said[-1] == f"{producer} P1 wakes nobody: no task waits on C1.arrival, and has ended"
    session.close()


def test_an_undone_step_of_a_task_that_waits_says_that_it_waits_again(session: StepSession) -> None:
    receiver = named(session)["receiver"].id
    session.choose(receiver)
    session.command(Step(True))
    assert session.threads.said == "1 receiver goes on until it waits on receiver"
    session.pick(named(session)["sender"].id)
    session.step_back()
    assert session.threads.said == "undone: 2 sender is again about to begin"


def test_after_a_deadlock_a_task_that_was_ready_is_not_said_to_wait(clock: HandClock) -> None:
    session = StepSession(ABBA, clock=clock)
    for task in (1, 2, 4):
        session.choose(task)
        session.command(Step(True))
    for _ in range(4):
        session.pick(5)
    session.choose(6)
    session.command(Step(True))
    assert session.threads.cycles == (("C1", "leave"),)
    cleaner = named(session)["cleaner"]
    assert (cleaner.can_go, cleaner.operation.phase) == (False, "before")
    view = second_ten(mode="STEP", halted=True, threads=session.threads)
    for width in (44, 120):
        drawn = ["".join([cell.text for cell in row]) for row in threads.draw(view, width, 20, UNICODE).rows]
        rows = [row for row in drawn if " cleaner " in row]
        assert len(rows) == 1
        assert all("begin" in row for row in rows), rows
        assert not any("wait" in row.split("begin")[0] or "asleep" in row for row in rows), rows
    session.close()
