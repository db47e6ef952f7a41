"""The exact session: paced by the wall clock, the same run every time, and a step is one event."""

from collections.abc import Callable, Iterator

import pytest

from msgmux.commands import (
    AddConsumer,
    AddProducer,
    Adjust,
    Burst,
    Crash,
    Direction,
    Mark,
    PauseTime,
    RemoveConsumer,
    RemoveProducer,
    Resume,
    ResumeTime,
    Retain,
    Selection,
    SetSpeed,
    Stall,
    Step,
    Undo,
)
from msgmux.events import Commanded, Delivered, Levels, Note, Put
from msgmux.scenario import ConsumerSpec, ProducerSpec, parse
from msgmux.scenario.performer import MOST
from msgmux.state import Fold
from msgmux_tui.session import ExactSession
from msgmux_tui.session.basis import LONGEST
from support.sessions import SMALL, Played


@pytest.fixture
def played() -> Iterator[Played]:
    played = Played()
    yield played
    played.session.close()


def test_virtual_time_follows_the_wall_clock(played: Played) -> None:
    played.play(3.0)
    assert played.frame.now == pytest.approx(3.0)
    assert [event.seq for event in played.events if isinstance(event, Put)] == list(range(1, 12))


def test_its_speed_is_seconds_of_the_session_in_one_of_the_walls(played: Played) -> None:
    played.session.command(SetSpeed(10.0))
    played.play(1.0)
    assert played.frame.now == pytest.approx(10.0)
    played.session.command(SetSpeed(0.1))
    played.play(1.0)
    assert played.frame.now == pytest.approx(10.1)


def test_a_screen_that_was_held_up_does_not_make_the_world_jump(played: Played) -> None:
    played.clock.now += 60.0
    assert played.poll().now == pytest.approx(LONGEST)


def test_the_same_moments_bring_the_same_events_however_they_are_cut() -> None:
    one, two = Played(), Played()
    one.play(5.0)
    for _ in range(100):
        two.clock.now += 0.01
        two.poll()
    two.play(4.0)
    assert one.events == two.events
    assert one.frame.state == two.frame.state


def test_while_it_is_paused_nothing_happens_and_nothing_ages(played: Played) -> None:
    played.play(2.0)
    played.session.command(PauseTime())
    before = played.frame
    after = played.play(5.0)
    assert after.now == before.now
    assert after.events == []
    assert after.state is before.state
    played.session.command(ResumeTime())
    assert played.play(1.0).now == pytest.approx(3.0)


def test_a_step_shows_exactly_one_event(played: Played) -> None:
    played.play(2.2)
    played.session.command(PauseTime())
    fold = Fold(played.frame.state)
    for _ in range(60):
        played.session.command(Step())
        frame = played.poll()
        # Samples of channel levels may come along; a step does not stop at them.
        assert len([event for event in frame.events if not isinstance(event, Levels)]) == 1
        assert not isinstance(frame.events[-1], Levels)
        assert frame.now == frame.events[-1].time
        fold.apply_all(frame.events)
        assert frame.state.without_samples() == fold.state().without_samples()


def test_steps_and_playing_lead_to_the_same_events() -> None:
    stepped, plain = Played(), Played()
    plain.play(3.0)
    stepped.session.command(PauseTime())
    while stepped.frame.state.event < 20:
        stepped.session.command(Step())
        stepped.poll()
    stepped.session.command(ResumeTime())
    while stepped.frame.now < 2.9:
        stepped.play(0.05)
    seen = len(stepped.events)
    assert seen > 40
    assert stepped.events == plain.events[:seen]


def test_a_message_is_seen_to_reach_one_consumer_after_the_other(played: Played) -> None:
    played.session.command(PauseTime())
    while played.frame.state.tail_seq < 3:
        played.session.command(Step())
        played.poll()
    cursors = []
    for _ in range(3):
        cursors.append([consumer.cursor for consumer in played.frame.state.consumers.values()])
        played.session.command(Step())
        played.poll()
    assert cursors == [[2, 2], [3, 2], [3, 3]]


def test_only_a_paused_session_steps(played: Played) -> None:
    played.play(1.0)
    played.session.command(Step())
    assert played.poll().events == []


def test_the_screen_shows_the_channels_as_they_are_now(played: Played) -> None:
    played.session.command(Stall("billing"))
    played.play(4.0)
    billing = played.frame.state.consumers["billing"]
    assert billing.status == "stalled"
    assert (billing.level, billing.full) == (2, True)
    assert billing.behind == billing.lag + 2


def test_p_adds_one_message_a_second_under_the_next_tag(played: Played) -> None:
    played.session.command(AddProducer())
    frame = played.poll()
    assert frame.outcomes[0].select == Selection("producer", "P3")
    assert frame.state.producers["P3"].tag == "P3"
    assert str(frame.state.producers["P3"].pace) == "1/s"
    played.play(2.5)
    sent = [event.preview for event in played.events if isinstance(event, Put) and event.producer == "P3"]
    assert sent == ["hello from P3 [0]", "hello from P3 [1]", "hello from P3 [2]"]


def test_c_adds_a_consumer_from_the_oldest_message_with_100_ms_of_work(played: Played) -> None:
    played.play(2.0)
    played.session.command(AddConsumer())
    frame = played.poll()
    assert frame.outcomes[0].select == Selection("consumer", "C3")
    assert str(frame.state.consumers["C3"].pace) == "work 100ms"
    assert next(e.first for e in played.events if isinstance(e, Delivered) and e.consumer == "C3") == 1


def test_a_spec_is_added_as_it_is(played: Played) -> None:
    played.session.command(AddProducer(ProducerSpec("alerts", messages=1, payload="only {n}")))
    played.session.command(AddConsumer(ConsumerSpec("late", start="newest")))
    played.play(0.5)
    assert set(played.frame.state.producers) == {"orders", "clicks", "alerts"}
    assert played.frame.state.consumers["late"].tag == "C3"


def test_tags_are_never_given_twice(played: Played) -> None:
    for tag in ("C3", "C4", "C5"):
        played.session.command(AddConsumer())
        assert list(played.poll().state.consumers)[-1] == tag
        played.session.command(RemoveConsumer(tag))


def test_at_most_32_of_each_can_be_there(played: Played) -> None:
    for _ in range(MOST + 2):
        played.session.command(AddConsumer())
        played.session.command(AddProducer())
    played.poll()
    assert len(played.frame.state.consumers) == len(played.frame.state.producers) == MOST
    assert played.told[-1] == "there are 32 producers, and no more can be added; remove one first"


def test_undo_brings_a_consumer_back_under_its_tag_and_after_its_old_cursor(played: Played) -> None:
    played.play(2.0)
    cursor = played.frame.state.consumers["billing"].cursor
    played.session.command(RemoveConsumer("billing"))
    assert "billing" not in played.poll().state.consumers
    played.play(1.0)
    played.session.command(Undo())
    frame = played.poll()
    billing = frame.state.consumers["billing"]
    assert billing.tag == "C2"
    assert billing.cursor - billing.delivered == cursor
    assert frame.outcomes[-1].text == f"C2 billing is back, after #{cursor}"


def test_undo_brings_a_consumer_back_at_the_head_and_says_how_many_it_has_missed(played: Played) -> None:
    played.play(2.0)
    played.session.command(RemoveConsumer("billing"))
    cursor = played.poll().state.tail_seq
    played.play(8.0)
    head = played.frame.state.head_seq
    played.session.command(Undo())
    billing = played.poll().state.consumers["billing"]
    assert billing.cursor - billing.delivered == head - 1
    assert f"{head - 1 - cursor} messages were evicted meanwhile" in played.told[-1]


def test_undo_brings_a_producer_back_as_it_was_and_more_than_one(played: Played) -> None:
    played.session.command(Adjust(Selection("producer", "clicks"), 1))
    played.session.command(RemoveProducer("clicks"))
    played.session.command(RemoveProducer("orders"))
    assert played.poll().state.producers == {}
    played.session.command(Undo())
    played.session.command(Undo())
    played.session.command(Undo())
    producers = played.poll().state.producers
    assert {producer.tag: str(producer.pace) for producer in producers.values()} == {"P1": "2/s", "P2": "2/s"}
    assert played.told[-1] == "nobody was removed, so there is nobody to bring back"


@pytest.mark.parametrize(("direction", "pace", "work"), [(1, "4/s", "work 50ms"), (-1, "1/s", "work 200ms")])
def test_quicker_is_twice_the_rate_or_half_the_work(played: Played, direction: Direction, pace: str, work: str) -> None:
    played.session.command(Adjust(Selection("producer", "orders"), direction))
    played.session.command(Adjust(Selection("consumer", "billing"), direction))
    state = played.poll().state
    assert str(state.producers["orders"].pace) == pace
    assert str(state.consumers["billing"].pace) == work


def test_stall_resume_and_crash(played: Played) -> None:
    played.session.command(Stall("billing"))
    assert played.poll().state.consumers["billing"].status == "stalled"
    played.session.command(Resume("billing"))
    assert played.poll().state.consumers["billing"].status == "running"
    played.session.command(Crash("billing"))
    assert played.play(1.0).state.consumers["billing"].status == "failed"
    played.session.command(Resume("billing"))
    assert played.play(1.0).state.consumers["billing"].status == "running"
    assert played.frame.alarm == ""


def test_a_burst_is_ten_more_at_once(played: Played) -> None:
    played.play(0.2)
    before = played.frame.state.producers["clicks"].put
    played.session.command(Burst("clicks"))
    assert played.play(0.1).state.producers["clicks"].put == before + 10


def test_retention_goes_from_rung_to_rung(played: Played) -> None:
    seen = []
    for direction in (-1, -1, -1, -1, -1, -1, 1, 1):
        played.session.command(Retain(direction))
        seen.append(played.poll().state.settings.retention)
    assert seen == [2.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.5, 1.0]
    for _ in range(20):
        played.session.command(Retain(1))
    assert played.poll().state.settings.retention is None


def test_a_command_is_performed_at_the_present_moment_even_while_paused(played: Played) -> None:
    played.play(1.0)
    played.session.command(PauseTime())
    played.session.command(Mark("here"))
    frame = played.poll()
    assert [(event.time, event.text) for event in frame.events if isinstance(event, Note)] == [(1.0, "here")]
    assert frame.now == 1.0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (lambda session: session.command(AddProducer()), "P3 joins and puts 1/s"),
        (lambda session: session.command(RemoveProducer("clicks")), "P2 clicks is removed"),
        (lambda session: session.command(AddConsumer()), "C3 joins, from the oldest message on"),
        (lambda session: session.command(RemoveConsumer("billing")), "C2 billing is removed"),
        (lambda session: session.command(Adjust(Selection("producer", "orders"), 1)), "P1 orders now puts 4/s"),
        (
            lambda session: session.command(Adjust(Selection("consumer", "billing"), 1)),
            "C2 billing now works 50ms on each",
        ),
        (lambda session: session.command(Stall("billing")), "C2 billing stops reading"),
        (lambda session: session.command(Crash("billing")), "C2 billing crashes"),
        (lambda session: session.command(Burst("orders", 3)), "P1 orders puts 3 at once"),
        (lambda session: session.command(Retain(1)), "retention 8s"),
    ],
)
def test_every_command_says_in_the_log_what_you_did(
    played: Played, command: Callable[[ExactSession], None], said: str
) -> None:
    played.play(1.0)
    command(played.session)
    frame = played.poll()
    noted = [event.text for event in frame.events if isinstance(event, Commanded)]
    assert [text.startswith(said) for text in noted] == [True]
    assert frame.outcomes[0].text.startswith(noted[0])


def test_an_undo_is_in_the_log_as_well(played: Played) -> None:
    played.session.command(RemoveProducer("clicks"))
    played.session.command(Undo())
    played.poll()
    noted = [event.text for event in played.events if isinstance(event, Commanded)]
    assert noted == ["P2 clicks is removed", "P2 clicks is back"]


def test_a_marker_is_one_note(played: Played) -> None:
    played.session.command(Mark("here"))
    assert [(event.about, event.text) for event in played.poll().events if isinstance(event, Note)] == [
        ("marker", "here")
    ]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (lambda session: session.command(RemoveConsumer("nobody")), "no consumer named 'nobody' is here"),
        (lambda session: session.command(Undo()), "nobody was removed"),
        (
            lambda session: session.command(Adjust(Selection("consumer", "audit"), 1)),
            "C1 audit, work 0s: it can't be less",
        ),
    ],
)
def test_a_command_that_cannot_be_done_is_reported_and_not_logged(
    played: Played, command: Callable[[ExactSession], None], told: str
) -> None:
    command(played.session)
    frame = played.poll()
    assert frame.outcomes[0].text.startswith(told)
    assert not [event for event in frame.events if isinstance(event, Note)]
    assert frame.alarm == ""


def test_a_fault_in_a_command_is_reported_and_logged_and_the_session_goes_on(
    played: Played, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def faulty(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(played.session._director.cast, "burst", faulty)
    played.session.command(Burst("orders"))
    assert "this has failed by ZeroDivisionError" in played.poll().outcomes[0].text
    assert "ZeroDivisionError: a fault" in caplog.text
    assert not played.session.busy
    played.session.command(AddConsumer())
    assert "C3" in played.poll().state.consumers


@pytest.mark.parametrize("factor", [0.0, 0.05, 101.0, float("nan")])
def test_a_speed_out_of_range_is_refused(played: Played, factor: float) -> None:
    number = played.session.command(SetSpeed(factor))
    outcome = played.poll().outcomes[0]
    assert (outcome.id, outcome.ok) == (number, False)
    assert outcome.text.startswith("speed must be from 0.1 to 100")
    assert played.session.speed == 1.0


def test_a_pause_in_the_scenario_pauses_and_tells_why() -> None:
    played = Played(parse('duration = "9s"\n[[step]]\nat = "1s"\npause = "look at this"\n', "pause.toml"))
    played.play(3.0)
    assert played.session.paused
    assert played.frame.now == 1.0
    assert played.told == ["look at this  (<time.pause> goes on)"]


def test_the_end_of_the_scenario_is_reported_and_the_work_goes_on() -> None:
    played = Played(parse('duration = "2s"\n[[producer]]\nname = "p"\n', "end.toml"))
    played.play(6.0)
    assert played.told == [
        "the scenario is over: its time is up; everybody goes on with their work. <session.open> starts again"
    ]
    assert played.frame.state.tail_seq == 7


def test_a_closed_session_can_be_polled_and_closed_again(played: Played) -> None:
    played.play(1.0)
    state = played.frame.state
    played.session.close()
    played.session.close()
    played.session.command(AddConsumer())
    played.session.command(Step())
    assert played.play(1.0).state == state


def test_the_title_is_the_scenarios(played: Played) -> None:
    assert (played.session.title, played.session.kind) == (SMALL.title, "exact")


QUIET = parse(
    """
title = "Nothing notable"
[queue]
retention = "1h"
[[producer]]
name = "orders"
rate = "2/s"
[[consumer]]
name = "audit"
""",
    "quiet.toml",
)


def test_a_step_to_a_notable_event_goes_no_further_than_ten_seconds_and_says_so() -> None:
    played = Played(QUIET)
    played.play(2.0)
    played.session.command(PauseTime())
    for press in (1, 2):
        played.session.command(Step(True))
        frame = played.poll()
        assert frame.now == pytest.approx(2.0 + press * 10.0, abs=0.1)
        assert [outcome.words for outcome in frame.outcomes if outcome.words] == [
            "nothing of the kind for 10 s; press again to go on looking"
        ]
    played.session.command(Step())
    assert played.poll().now < 23.0


def test_time_passes_in_an_exact_session_after_a_year_as_well() -> None:
    played = Played(QUIET, begin=3.2e7)
    put = played.play(1.0).state.tail_seq
    frame = played.play(10.0)
    assert frame.now == pytest.approx(3.2e7 + 11.0, abs=0.1)
    assert frame.state.tail_seq == pytest.approx(put + 20, abs=1)
