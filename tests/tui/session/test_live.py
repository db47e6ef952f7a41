"""The live session: real threads, a clock that can be paused, and a screen's thread that never waits."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from msgmux.events import Event, Note, Put
from msgmux.scenario import ProducerSpec, Scenario, parse
from msgmux.state import QueueState
from msgmux.workload import Constant
from msgmux_tui.session import Frame, LiveSession
from msgmux_tui.session.protocol import MOST_EVENTS
from msgmux_tui.session.records import Selection
from support.patience import PATIENCE
from support.sessions import SMALL


class Watched:
    """A live session, and all that its frames have brought so far."""

    def __init__(self, scenario: Scenario = SMALL) -> None:
        self.session = LiveSession(scenario)
        self.events: list[Event] = []
        self.told: list[str] = []
        self.gaps = 0
        self.selected: list[Selection] = []
        self.poll()

    def poll(self) -> Frame:
        self.frame = self.session.poll()
        self.events += self.frame.events
        self.gaps += self.frame.gap
        self.told += [outcome.text for outcome in self.frame.outcomes]
        self.selected += [outcome.select for outcome in self.frame.outcomes if outcome.select]
        return self.frame

    @property
    def state(self) -> QueueState:
        return self.frame.state

    def until(self, condition: Callable[[], object]) -> None:
        """Poll until the condition holds."""
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, "it did not come to be"
            time.sleep(0.005)
            self.poll()

    def settle(self) -> None:
        """While paused: until nothing moves any more."""
        self.until(lambda: self._still())

    def _still(self) -> bool:
        frame = self.frame
        for _ in range(10):
            time.sleep(0.005)
            if (self.poll().now, self.frame.state) != (frame.now, frame.state):
                return False
        return True


@pytest.fixture
def watched() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    watched.session.close()


def test_messages_flow_from_the_start(watched: Watched) -> None:
    watched.until(lambda: watched.state.tail_seq >= 4)
    assert set(watched.state.producers) == {"orders", "clicks"}
    assert not watched.session.exact


def test_nothing_ages_while_it_is_paused(watched: Watched) -> None:
    watched.until(lambda: watched.state.tail_seq >= 2)
    watched.session.pause()
    watched.settle()
    before = watched.frame
    time.sleep(0.7)  # longer than the producers' intervals: were the clock running, they would put
    after = watched.poll()
    assert (after.now, after.state) == (before.now, before.state)
    watched.session.resume()
    watched.until(lambda: watched.state.tail_seq > before.state.tail_seq)


def test_time_can_be_sped_up(watched: Watched) -> None:
    watched.session.speed = 100.0
    watched.until(lambda: watched.frame.now > 20)
    watched.until(lambda: watched.state.cleaner.total > 10)
    assert watched.session.speed == 100.0


def test_a_step_goes_on_to_an_event_and_pauses_again(watched: Watched) -> None:
    watched.session.pause()
    watched.settle()
    before = watched.frame
    watched.session.step()
    watched.until(lambda: watched.state.event > before.state.event)
    watched.settle()
    assert watched.session.paused
    assert watched.frame.now > before.now
    clock = watched.frame.now
    time.sleep(0.05)
    assert watched.poll().now == clock


def test_resuming_during_a_step_goes_on_for_good(watched: Watched) -> None:
    watched.session.pause()
    watched.settle()
    watched.session.step()
    watched.session.resume()
    seen = watched.state.tail_seq
    watched.until(lambda: watched.state.tail_seq >= seen + 5)
    assert not watched.session.paused


def test_commands_return_at_once_and_their_outcome_comes_with_a_frame(watched: Watched) -> None:
    watched.session.add_producer()
    watched.session.add_consumer()
    watched.until(lambda: len(watched.selected) == 2)
    assert watched.selected == [Selection("producer", "P3"), Selection("consumer", "C3")]
    watched.until(lambda: "C3" in watched.state.consumers)
    watched.session.remove_consumer("C3")
    watched.session.undo()
    watched.until(lambda: "C3 is back" in watched.told[-1])
    watched.until(lambda: watched.state.consumers["C3"].tag == "C3")


def test_stall_crash_resume_and_pace(watched: Watched) -> None:
    watched.session.stall("billing")
    watched.until(lambda: watched.state.consumers["billing"].status == "stalled")
    watched.until(lambda: watched.state.consumers["billing"].full)
    watched.session.resume_consumer("billing")
    watched.until(lambda: watched.state.consumers["billing"].status == "running")
    watched.session.crash("billing")
    watched.until(lambda: watched.state.consumers["billing"].status == "failed")
    watched.session.quicken(Selection("producer", "orders"), 1)
    watched.until(lambda: watched.state.producers["orders"].pace == "4/s")


def test_what_you_did_is_in_the_log(watched: Watched) -> None:
    watched.session.stall("billing")
    watched.until(lambda: watched.told)
    noted = [event.text for event in watched.events if isinstance(event, Note) and event.about == "you"]
    assert noted == ["C2 billing stops reading"]
    assert watched.told == ["C2 billing stops reading; <consumer.stall> lets it go on"]


def test_a_fault_in_a_command_does_not_end_the_hands_that_perform_them(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(watched.session._director, "burst", faulty)
    watched.session.burst("orders")
    watched.session.marker()
    watched.until(lambda: not watched.session.busy)
    assert "this has failed by ZeroDivisionError" in watched.told[0]
    assert watched.told[1] == "marked: marker"


def test_a_refused_command_is_told(watched: Watched) -> None:
    watched.session.stall("nobody")
    watched.until(lambda: watched.told)
    assert "no consumer named 'nobody'" in watched.told[0]


def test_too_many_events_for_a_frame_are_skipped_but_for_the_rare_ones(watched: Watched) -> None:
    watched.session.add_producer(ProducerSpec("flood", Constant(0.0), capacity=1))
    watched.until(lambda: "flood" in watched.state.producers)
    watched.session.burst("flood", 2 * MOST_EVENTS)
    watched.session.marker("in the flood")
    # Nobody looks until it is over.
    queue = watched.session._director.queue
    until = time.monotonic() + PATIENCE
    while queue.snapshot().producers["flood"].put < 2 * MOST_EVENTS:
        assert time.monotonic() < until
        time.sleep(0.02)
    watched.until(lambda: watched.gaps)
    watched.session.pause()
    watched.settle()
    assert watched.state.without_samples() == queue.snapshot().without_samples()
    assert len([event for event in watched.events if isinstance(event, Put)]) < MOST_EVENTS
    assert [event.text for event in watched.events if isinstance(event, Note) and event.about == "marker"] == [
        "in the flood"
    ]


def test_a_full_speed_session_never_makes_the_screens_thread_wait() -> None:
    watched = Watched(
        parse(
            "[queue]\nmax_messages = 10000\nretention = 0.1\nclean_every = 0.1\n"
            + "".join(
                [f'[[producer]]\nname = "p{n}"\nrate = "100000/s"\n[[consumer]]\nname = "c{n}"\n' for n in range(3)]
            ),
            "flood.toml",
        )
    )
    try:
        watched.until(lambda: watched.state.tail_seq > 1_000)
        queue = watched.session._director.queue
        polled = threading.Thread(target=watched.poll)
        # Whoever holds the queue's lock, a poll does not wait for it.
        with queue._lock:
            polled.start()
            polled.join(PATIENCE)
            assert not polled.is_alive()
        watched.session.pause()
        watched.settle()
        assert watched.state.without_samples() == queue.snapshot().without_samples()
    finally:
        watched.session.close()


@pytest.mark.parametrize("paused", [False, True])
def test_closing_ends_every_thread(paused: bool) -> None:
    before = set(threading.enumerate())
    watched = Watched()
    watched.until(lambda: watched.state.tail_seq >= 1)
    watched.session.stall("billing")
    if paused:
        watched.session.pause()
        watched.settle()
        watched.session.step()
    watched.session.close()
    assert set(threading.enumerate()) <= before
    watched.session.close()
    watched.poll()


def test_events_that_were_lost_are_made_up_for_by_a_snapshot(watched: Watched) -> None:
    watched.until(lambda: watched.state.tail_seq >= 1)
    # As if the ring had been too small: the reader was away for too long.
    watched.session._subscription._events.clear()
    for _ in range(3):
        watched.session.marker()
    queue = watched.session._director.queue
    until = time.monotonic() + PATIENCE
    while queue.snapshot().event < watched.state.event + 3:
        assert time.monotonic() < until
        time.sleep(0.01)
    watched.session._subscription._events.popleft()
    watched.until(lambda: watched.gaps == 1)
    watched.session.pause()
    watched.settle()
    assert watched.state.without_samples() == queue.snapshot().without_samples()
    assert watched.gaps == 1
