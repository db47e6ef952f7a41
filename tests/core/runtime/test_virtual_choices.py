"""The choices of a schedule beside the tasks: the clock, the results of ``choose``, and points before lines."""

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

from msgmux import MsgmuxError, ReplayDivergence
from msgmux.runtime.records import CLOCK
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.scheduler import CarrierName, Clock
from msgmux.runtime.strategies import RandomWalk, Replay, Strategy
from msgmux.runtime.virtual import VirtualRuntime

CARRIERS: tuple[CarrierName, ...] = ("greenlet", "thread")


C = TypeVar("C")


class Eager(Strategy):
    """Picks the clock whenever that is enabled."""

    keeps_current = False

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        return enabled[0]


def race_against_time(runtime: VirtualRuntime) -> list[Any]:
    """One task works without waiting; another one sleeps for a second."""
    trace: list[Any] = []

    def work() -> None:
        for n in range(3):
            runtime.sleep(0)
            trace.append(("work", n, runtime.now()))

    def nap() -> None:
        runtime.sleep(1.0)
        trace.append(("woken", runtime.now()))

    runtime.spawn(nap, "nap", daemon=False)
    runtime.spawn(work, "work", daemon=False)
    runtime.run()
    return trace


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_clock_that_jumps_never_overtakes_work_and_an_explored_one_may(carrier: CarrierName) -> None:
    with VirtualRuntime(carrier=carrier) as runtime:
        assert race_against_time(runtime)[-1] == ("woken", 1.0)
    with VirtualRuntime(Eager(), clock="explored", carrier=carrier) as runtime:
        trace = race_against_time(runtime)
        assert trace.index(("woken", 1.0)) < trace.index(("work", 2, 1.0))
        assert (CLOCK in list(runtime.schedule), runtime.early_ticks) == (True, 1)


def test_time_moves_early_no_more_often_than_it_may() -> None:
    with VirtualRuntime(Eager(), clock="explored", early_ticks=0) as runtime:
        assert race_against_time(runtime)[-1] == ("woken", 1.0)
        assert runtime.early_ticks == 0


def test_a_schedule_with_ticks_gives_the_same_run_again_on_both_carriers() -> None:
    for seed in range(20):
        with VirtualRuntime(RandomWalk(seed), clock="explored") as runtime:
            trace, schedule = race_against_time(runtime), runtime.schedule
        for carrier in CARRIERS:
            replay = Replay(schedule, keeps_current=False)
            with VirtualRuntime(replay, clock="explored", carrier=carrier) as runtime:
                assert (race_against_time(runtime), runtime.schedule) == (trace, schedule)


class WallClock:
    """A stand-in for the module ``time``; only ``sleep`` advances it."""

    def __init__(self) -> None:
        self.shown = 1_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.shown

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.shown += seconds


def test_a_paced_clock_does_the_same_in_step_with_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = WallClock()
    monkeypatch.setattr("msgmux.runtime.scheduler.time", wall)

    def trace_of(clock: Clock) -> tuple[float, list[float]]:
        woken: list[float] = []

        def nap() -> None:
            runtime.sleep(0.5)
            # Time that the program itself has used is not slept again.
            wall.shown += 0.25
            runtime.sleep(0.5)
            woken.append(runtime.now())

        with VirtualRuntime(clock=clock) as runtime:
            runtime.spawn(nap, "nap", daemon=False)
            runtime.run(until=3.0)
            return runtime.now(), woken

    assert trace_of("autojump") == (3.0, [1.0])
    assert wall.slept == []
    assert trace_of("paced") == (3.0, [1.0])
    assert wall.slept == [0.5, 0.25, 2.0]


def test_an_unknown_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="'autojump', 'paced' or 'explored'"):
        VirtualRuntime(clock="wall")  # type: ignore[arg-type]


def chosen(strategy: Strategy | None, seed: int = 0) -> tuple[list[int], Schedule]:
    with VirtualRuntime(strategy, seed=seed) as runtime:
        numbers: list[int] = []
        runtime.spawn(lambda: numbers.extend([runtime.choose(6, "die") for _ in range(5)]), "dicer", daemon=False)
        runtime.run()
        return numbers, runtime.schedule


def test_numbers_come_from_the_seed_and_are_part_of_the_schedule() -> None:
    numbers, schedule = chosen(None, seed=7)
    assert list(schedule) == numbers
    assert chosen(None, seed=7)[0] == numbers
    assert len({tuple(chosen(None, seed=seed)[0]) for seed in range(5)}) > 1
    again = chosen(Replay(schedule, keeps_current=True), seed=8)
    assert again == (numbers, schedule), "the schedule decides, whatever the seed"


def test_a_strategy_may_decide_numbers_and_a_schedule_that_asks_for_too_high_a_one_is_stopped() -> None:
    assert chosen(Eager())[0] == [0, 0, 0, 0, 0]
    with pytest.raises(ReplayDivergence, match="die = 5"):
        chosen(Replay(Schedule.of([9]), keeps_current=True))


def test_points_of_ones_own_let_lines_be_exchanged() -> None:
    def lost_update(strategy: Strategy | None) -> int:
        with VirtualRuntime(strategy) as runtime:
            counter = [0]

            def count() -> None:
                runtime.point("read")
                seen = counter[0]
                runtime.point("write")
                counter[0] = seen + 1

            for name in "ab":
                runtime.spawn(count, name, daemon=False)
            runtime.point("the driver has none")
            runtime.run()
            return counter[0]

    assert lost_update(None) == 2
    assert {lost_update(RandomWalk(seed)) for seed in range(20)} == {1, 2}


def test_a_step_can_be_given_to_anybody_who_can_go_on() -> None:
    with VirtualRuntime(clock="explored", early_ticks=5) as runtime:
        trace: list[Any] = []

        def work(name: str) -> None:
            for n in range(2):
                trace.append((name, n, runtime.now()))
                runtime.sleep(float(n))

        runtime.spawn(lambda: work("a"), "a", daemon=False)
        runtime.spawn(lambda: work("b"), "b", daemon=False)
        assert runtime.enabled() == (1, 2)
        with pytest.raises(MsgmuxError, match=r"task 0 cannot go on now; these can: 1 \(a\), 2 \(b\)"):
            runtime.step(CLOCK)
        for task in (2, 2, 2):
            assert runtime.step(task)
        assert trace == [("b", 0, 0.0), ("b", 1, 0.0)]
        assert runtime.enabled() == (CLOCK, 1), "b sleeps; time may move for its sake"
        assert runtime.step(CLOCK)
        assert (runtime.now(), runtime.enabled()) == (1.0, (1, 2))
        assert list(runtime.schedule) == [2, 2, 2, CLOCK]


def test_notifying_without_the_lock_is_refused_as_a_native_condition_would() -> None:
    with VirtualRuntime() as runtime:
        condition = runtime.condition(runtime.lock("held by nobody"), "c")
        with pytest.raises(MsgmuxError, match="'held by nobody'"):
            condition.notify()
