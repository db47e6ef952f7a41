"""Performing a scenario: its steps on time, its expectations, its end, and commands that a user gives meanwhile."""

import threading
from collections.abc import Callable
from contextlib import suppress
from random import Random

import msgspec
import pytest

from msgmux.commands import Command, Mark, RemoveConsumer
from msgmux.errors import DuplicateName, UnknownName
from msgmux.events import ConsumerRegistered, Event, Expected, Note, ProducerRegistered, SettingsChanged
from msgmux.message import Message
from msgmux.runtime import SteerableClock, ThreadRuntime, VirtualRuntime
from msgmux.scenario import ConsumerSpec, Director, ProducerSpec, RunResult, Scenario, ScenarioError, parse, perform
from msgmux.scenario.again import perform_between
from msgmux.scenario.director import INTERVENED
from msgmux.state import QueueState
from msgmux.workload import Constant, Fixed
from msgmux_tui import scenarios

PAIR = """
[queue]
retention = "1s"
clean_every = "1s"
[[producer]]
name = "p"
rate = "10/s"
[[consumer]]
name = "c"
"""


def performed(steps: str, head: str = 'duration = "10s"\n' + PAIR, **more: object) -> tuple[RunResult, list[Event]]:
    events: list[Event] = []
    text = steps + "\n" + head if steps.lstrip().startswith("step =") else head + steps
    outcome = perform(parse(text), on_event=events.append, **more)  # type: ignore[arg-type]
    return outcome, events


def notes(events: list[Event]) -> list[tuple[float, str, str]]:
    return [(round(event.time, 3), event.about, event.text) for event in events if isinstance(event, Note)]


# Steps


def test_everybody_is_registered_at_second_0_in_the_order_of_the_file() -> None:
    _, events = performed("")
    joined = [event for event in events if isinstance(event, ProducerRegistered | ConsumerRegistered)]
    assert [(event.time, event.name) for event in joined] == [(0.0, "p"), (0.0, "c")]


def test_steps_are_done_in_time_and_verbs_in_the_order_written() -> None:
    _, events = performed("""
        [[step]]
        at = 3
        say = "three"
        marker = "here"
        [[step]]
        at = 1
        pause = true
        [[step]]
        after = "0.5s"
        screenshot = "picture"
        ask = "why?"
        choices = ["a", "b"]
        answer = 1
        [[step]]
        every = "4s"
        say = "again"
    """)
    assert notes(events) == [
        (1.0, "pause", "pause"),
        (1.5, "screenshot", "picture"),
        (1.5, "ask", "why?"),
        (3.0, "say", "three"),
        (3.0, "marker", "here"),
        (4.0, "say", "again"),
        (8.0, "say", "again"),
        (10.0, "end", "the scenario is over: its time is up"),
    ]


def test_a_stall_ends_by_itself_after_its_time() -> None:
    _, events = performed('step = [{ at = 2, stall = "c", for = "3s" }]')
    found = [(round(event.time, 3), event.kind) for event in events if event.kind in ("stalled", "resumed")]
    assert found == [(2.0, "stalled"), (5.0, "resumed")]


def test_a_failed_consumer_is_resumed() -> None:
    outcome, events = performed('step = [{ at = 2, fail = "c" }, { at = 4, resume = "c" }]')
    found = [(round(event.time, 1), event.kind) for event in events if event.kind in ("failed", "resumed")]
    assert found == [(2.0, "failed"), (4.0, "resumed")]
    assert outcome.taken["c"] == outcome.sent["p"]


def test_producers_and_consumers_come_and_go() -> None:
    outcome, _ = performed("""
        [[step]]
        at = 2
        add_consumer = { name = "late", start = "newest" }
        add_producer = { name = "q", rate = "1/s", messages = 3 }
        [[step]]
        at = 6
        remove_consumer = "late"
        remove_producer = "p"
        [[step]]
        at = 6.5
        expect = "state('late') == 'gone' and state('p') == 'gone' and state('q') == 'running'"
    """)
    assert outcome.met, outcome.expectations
    assert outcome.sent["q"] == 3
    assert outcome.taken["c"] == outcome.sent["p"] + 3
    assert outcome.taken["late"] == pytest.approx(43, abs=2)


def test_rates_work_payloads_and_settings_are_set() -> None:
    got: list[Message] = []
    outcome, events = performed(
        """
        [[step]]
        at = 2
        set = { producer = "p", rate = "1/s", payload = "slower {n}" }
        [[step]]
        at = 2
        set = { consumer = "c", work = "100ms" }
        [[step]]
        at = 3
        set = { queue = { retention = "keep", max_messages = 100 } }
        """,
        on_message=lambda name, message: got.append(message),
    )
    assert not outcome.problems
    assert 27 <= outcome.sent["p"] <= 30
    assert got[-1].payload == f"slower {len(got) - 1}"
    assert str(outcome.state.consumers["c"].pace) == "work 100ms"
    changed = [event for event in events if isinstance(event, SettingsChanged)]
    assert [(event.retention, event.clean_every, event.max_messages) for event in changed] == [(None, 1.0, 100)]


def test_a_burst_comes_on_top() -> None:
    with_burst, events = performed('step = [{ at = 2, burst = { producer = "p", count = 7 } }]')
    assert with_burst.sent["p"] == performed("")[0].sent["p"] + 7
    assert (2.0, "burst", "p: a burst of 7") in notes(events)


def test_a_step_that_cannot_be_done_is_a_problem_and_stops_nothing() -> None:
    outcome, events = performed("""
        [[step]]
        at = 1
        remove_consumer = "c"
        [[step]]
        at = 2
        stall = "c"
        say = "and on"
    """)
    assert outcome.problems == ("step[1]: no consumer named 'c' is here; there is none",)
    assert [(about, text) for _, about, text in notes(events)][:2] == [
        ("problem", outcome.problems[0]),
        ("say", "and on"),
    ]


# Expectations


def test_expectations_come_after_all_that_is_due_at_their_time() -> None:
    outcome, _ = performed("""
        [[step]]
        at = 2
        expect = "put('p') == 21 and state('c') == 'stalled'"
        [[step]]
        at = 2
        stall = "c"
    """)
    assert outcome.met, outcome.expectations
    assert outcome.expectations[0].time == pytest.approx(2.0, abs=1e-5)


def test_an_expectation_that_does_not_hold_is_reported_with_what_was_found() -> None:
    outcome, events = performed("""step = [{ at = 2, expect = "lag('c') > 3 or length() > 100" }]""")
    assert not outcome.met
    assert [(found.step, found.detail) for found in outcome.expectations] == [(0, "lag('c') is 0, length() is 10")]
    assert [(event.expression, event.met) for event in events if isinstance(event, Expected)] == [
        ("lag('c') > 3 or length() > 100", False)
    ]


def test_within_it_is_enough_to_hold_at_some_moment() -> None:
    outcome, _ = performed("""
        step = [
            { at = 2, stall = "c", for = "1s" },
            { at = 1, expect = "state('c') == 'stalled'", within = "5s" },
            { at = 1, expect = "state('c') == 'stalled'", within = "0.5s" },
            { at = 9, expect = "length() > 1000", within = "5s" },
        ]""")
    by_step = {expectation.step: expectation for expectation in outcome.expectations}
    assert (by_step[1].met, by_step[1].time) == (True, pytest.approx(2.0, abs=0.02))
    assert (by_step[2].met, by_step[2].time) == (False, pytest.approx(1.5, abs=0.02))
    assert (by_step[3].met, by_step[3].detail) == (False, "the run ended before it came true")


def test_rates_are_those_of_the_last_two_seconds() -> None:
    outcome, _ = performed("""
        step = [
            { at = 4, expect = "9.5 <= rate('p') <= 10.5 and 9.5 <= rate('c') <= 10.5" },
            { at = 4, set = { producer = "p", rate = "1/s" } },
            { at = 9, expect = "0.4 <= rate('p') <= 1.6" },
        ]""")
    assert outcome.met, outcome.expectations


def test_an_expectation_about_somebody_who_is_not_there_is_not_met() -> None:
    outcome, _ = performed("""
        step = [{ at = 2, add_consumer = "late" }, { at = 1, expect = "lag('late') == 0" }]""")
    assert outcome.expectations[0].detail == "no consumer named 'late' is registered then"


# The end


def test_a_run_ends_when_its_time_is_up() -> None:
    outcome, _ = performed("")
    assert (outcome.ended, outcome.elapsed) == ("duration", pytest.approx(10.0, abs=1e-5))
    assert outcome.state.closed
    assert performed("", until=3.0)[0].elapsed == pytest.approx(3.0, abs=1e-5)


def test_a_run_ends_at_a_stop_after_the_expectations_of_that_moment() -> None:
    outcome, _ = performed('step = [{ at = 4, stop = true, expect = "length() > 0" }, { at = 5, say = "never" }]')
    assert (outcome.ended, outcome.elapsed, outcome.met) == ("stop", pytest.approx(4.0, abs=1e-5), True)


FINITE = """
[[producer]]
name = "p"
rate = "10/s"
messages = 20
[[consumer]]
name = "c"
work = "200ms"
"""


def test_without_a_duration_a_run_ends_when_all_is_sent_and_taken_and_no_step_is_left() -> None:
    outcome, _ = performed("", head=FINITE)
    assert (outcome.ended, outcome.taken, outcome.elapsed) == ("played out", {"c": 20}, pytest.approx(4.0, abs=0.3))
    outcome, _ = performed('step = [{ at = 9, say = "bye" }]', head=FINITE)
    assert outcome.elapsed == pytest.approx(9.0, abs=0.2)


def test_a_consumer_that_hangs_for_good_does_not_keep_a_run_from_ending() -> None:
    outcome, _ = performed('step = [{ at = 1, stall = "c" }]', head=FINITE)
    assert (outcome.ended, outcome.taken["c"] < 20) == ("played out", True)


def test_a_run_that_comes_to_no_end_is_ended() -> None:
    head = "[queue]\nmax_messages = 3\n" + FINITE
    outcome, _ = performed('step = [{ at = 1, stall = "c" }]', head=head)
    assert (outcome.ended, outcome.elapsed) == ("limit", pytest.approx(3600.0))


def test_a_run_that_could_never_end_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"^scenario: duration: is missing, and producer 'p' never ends; write"):
        performed("", head=PAIR)
    assert performed("", head=PAIR, until=1.0)[0].ended == "duration"


# Repeated runs, and scenarios that can't be performed


def encoded(scenario: Scenario, **more: object) -> bytes:
    events: list[Event] = []
    perform(scenario, on_event=events.append, **more)  # type: ignore[arg-type]
    return msgspec.json.encode(events)


RANDOM = """
duration = "20s"
[[producer]]
name = "p"
rate = { poisson = "10/s" }
[[consumer]]
name = "c"
work = { exponential = "80ms" }
"""


def test_the_same_seed_gives_the_same_run_byte_for_byte() -> None:
    scenario = parse(RANDOM)
    assert encoded(scenario) == encoded(scenario)
    assert encoded(scenario, seed=1) == encoded(parse("seed = 1\n" + RANDOM))
    assert encoded(scenario, seed=1) != encoded(scenario, seed=2)


@pytest.mark.parametrize("name", scenarios.names())
def test_both_carriers_give_the_same_run_byte_for_byte(name: str) -> None:
    with VirtualRuntime(carrier="greenlet") as light, VirtualRuntime(carrier="thread") as heavy:
        assert encoded(scenarios.read(name), runtime=light) == encoded(scenarios.read(name), runtime=heavy)


def test_events_are_delivered_as_they_come_and_none_is_missed() -> None:
    events: list[Event] = []
    starts: list[QueueState] = []
    outcome = perform(parse(RANDOM), on_start=starts.append, on_event=events.append)
    assert [event.number for event in events] == list(range(starts[0].event + 1, outcome.state.event + 1))
    assert outcome.missed == 0


def raise_at(number: int) -> Callable[[Event], None]:
    def on_event(event: Event) -> None:
        if event.number == number:
            raise KeyboardInterrupt

    return on_event


@pytest.mark.parametrize("realtime", [False, True])
def test_an_interrupted_run_leaves_nobody_behind(realtime: bool) -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        perform(parse(RANDOM), realtime=realtime, on_event=raise_at(10))
    assert threading.active_count() == before


@pytest.mark.parametrize("realtime", [False, True])
def test_what_a_callback_raises_ends_the_run_and_is_raised_by_it(realtime: bool) -> None:
    def on_message(name: str, message: Message) -> None:
        raise OSError("no space left")

    before = threading.active_count()
    with pytest.raises(OSError, match="no space left"):
        perform(parse(RANDOM), realtime=realtime, on_message=on_message)
    assert threading.active_count() == before


def test_the_same_scenario_runs_on_real_threads() -> None:
    outcome, _ = performed("", head=FINITE.replace("200ms", "1ms").replace("10/s", "200/s"), realtime=True)
    assert (outcome.ended, outcome.taken) == ("played out", {"c": 20})


# Live


def test_a_user_gives_the_same_commands_as_scenario_steps() -> None:
    clock = SteerableClock()
    director = Director(parse(PAIR), ThreadRuntime(clock))
    with director.queue.subscribe() as events:
        director.start()
        director.cast.add_producer(ProducerSpec("q", Constant(50.0)), tag="P9")
        director.cast.add_consumer(ConsumerSpec("d", work=Fixed(0.001)))
        director.cast.set_pace("q", Constant(100.0))
        director.cast.set_pace("d", Fixed(0.002))
        director.cast.set_payload("q", "x")
        director.cast.stall("c")
        director.cast.resume("c")
        director.cast.burst("q", 5)
        director.queue.configure(retention=2.0)
        director.cast.reporter.note("hello")
        assert director.cast.remove_producer("q") == ProducerSpec("q", Constant(100.0), "x")
        assert director.cast.remove_consumer("d") == ConsumerSpec("d", work=Fixed(0.002))
        assert (list(director.cast.producers), list(director.cast.consumers)) == (["p"], ["c"])
        assert director.stop(timeout=10)
        kinds = {event.kind for event in events.drain()}
    assert kinds >= {"stalled", "resumed", "settings_changed", "paced", "note", "consumer_unregistered", "queue_closed"}


def test_commands_from_many_threads_at_once_leave_the_queue_sound_and_nobody_behind() -> None:
    director = Director(parse(PAIR), ThreadRuntime(SteerableClock()))
    before = threading.active_count()
    director.start()

    def command_at_random(seed: int) -> None:
        random = Random(seed)
        for _ in range(300):
            name = random.choice("abc")
            commands: list[Callable[[str], object]] = [
                lambda name: director.cast.add_producer(ProducerSpec(name, Constant(500.0), capacity=2)),
                lambda name: director.cast.add_consumer(ConsumerSpec(name, work=Fixed(0.001), capacity=2)),
                director.cast.remove_producer,
                director.cast.remove_consumer,
                director.cast.stall,
                director.cast.resume,
                director.cast.fail,
                director.cast.burst,
                lambda name: director.cast.set_pace(name, Constant(300.0)),
                lambda name: director.cast.set_pace(name, Fixed(0.0)),
                lambda name: director.queue.configure(max_messages=random.choice([5, 50, None])),
            ]
            with suppress(DuplicateName, UnknownName):
                random.choice(commands)(name)

    people = [threading.Thread(target=command_at_random, args=(seed,)) for seed in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    director.queue.check_structure()
    assert director.stop(timeout=10)
    # `before` includes the queue's own three threads.
    assert threading.active_count() == before - 3


def test_a_live_session_goes_on_after_the_end_with_what_repeats() -> None:
    runtime = VirtualRuntime()
    scenario = parse('duration = "3s"\n' + PAIR + '[[step]]\nevery = "2s"\nsay = "tick"')
    director = Director(scenario, runtime)
    with director.queue.subscribe() as events:
        director.start()
        runtime.run(until=7.0)
        assert director.ended == "duration"
        ticks = [event.time for event in events.drain() if isinstance(event, Note) and event.about == "say"]
    assert [round(time, 3) for time in ticks] == [2.0, 4.0, 6.0]
    assert director.cast.producers["p"].sent > 60
    runtime.close()


@pytest.mark.parametrize("steps_in", [False, True])
def test_after_a_person_has_stepped_in_expectations_are_no_longer_looked_at_and_that_is_said_once(
    steps_in: bool,
) -> None:
    runtime = VirtualRuntime()
    steps = [f'[[step]]\nat = {at}\nexpect = "length() > 1000000"' for at in (4, 5, 6)]
    director = Director(parse(PAIR + "\n".join(steps)), runtime)
    with director.queue.subscribe() as events:
        director.start()
        runtime.run(until=3.0)
        given: Command = RemoveConsumer("c") if steps_in else Mark("only a mark")
        perform_between(director, runtime, given)  # type: ignore[arg-type]
        runtime.run(until=7.0)
        came = events.drain()
    looked = [event.met for event in came if isinstance(event, Expected)]
    said = [event.text for event in came if isinstance(event, Note) and event.about == "say"]
    assert (looked, said) == (([], [INTERVENED]) if steps_in else ([False] * 3, []))
    runtime.close()


# Bundled scenarios


def test_sample_is_the_original_program() -> None:
    got: dict[str, list[Message]] = {}
    scenario = scenarios.read("sample")
    outcome = perform(scenario, on_message=lambda name, message: got.setdefault(name, []).append(message))
    assert outcome.met, outcome.expectations
    assert outcome.sent == {"producer_1": 25, "producer_2": 15, "producer_3": 5}
    assert outcome.taken == {"consumer_1": 45, "consumer_2": 45, "consumer_3": 45}
    for messages in got.values():
        for name, count in outcome.sent.items():
            own = [message.payload for message in messages if message.producer == name]
            assert own == [f"hello from {name} [{n}]" for n in range(count)]
    assert (outcome.state.settings.retention, outcome.state.settings.clean_every) == (30.0, 10.0)


def test_default_is_as_the_design_has_it() -> None:
    runtime = VirtualRuntime()
    director = Director(scenarios.read("default"), runtime)
    director.start()
    longest = 0
    billing = {}
    for tenth in range(1, 601):
        runtime.run(until=tenth / 10)
        state = director.queue.snapshot()
        longest = max(longest, state.length)
        billing[tenth / 10] = state.consumers["billing"].lag
        if tenth == 30:
            assert 8 <= state.length <= 11
            assert {consumer.lag for consumer in state.consumers.values()} == {0}
        if tenth == 99:
            assert state.consumers["billing"].status == "stalled"
            assert state.consumers["billing"].behind in range(14, 21)
            assert state.cleaner.consumers == ("billing",)
            assert state.cleaner.total > 0
        if tenth == 300:
            assert all([expectation.met for expectation in director.expectations]), director.expectations
            assert len(director.expectations) == 3
    assert max(billing[time] for time in billing if 4 < time < 12) >= 14
    assert max(billing[time] for time in billing if 16 < time < 24) >= 14
    assert billing[15.5] == billing[27.5] == 0
    assert longest <= 40
    assert not director.problems
    runtime.close()


@pytest.mark.parametrize("name", ["audit", "billing", "search"])
def test_in_default_a_consumer_that_is_stalled_blocks_producers_within_20_seconds(name: str) -> None:
    runtime = VirtualRuntime()
    director = Director(scenarios.read("default"), runtime)
    director.start()
    runtime.run(until=13.0)
    runtime.spawn(lambda: director.cast.stall(name), "key")
    runtime.run(until=33.0)
    assert any([producer.blocked for producer in director.queue.snapshot().producers.values()])
    runtime.close()


def test_an_unknown_bundled_scenario_is_reported_with_the_near_miss() -> None:
    assert "default" in scenarios.names()
    with pytest.raises(ScenarioError, match=r'^defualt: is no bundled scenario; did you mean "default"\?'):
        scenarios.read("defualt")
