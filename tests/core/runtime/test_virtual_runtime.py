"""The deterministic runtime: the same run every time, on both carriers."""

import threading
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux import BoundReached, Deadlock, MsgmuxError, ReplayDivergence, TaskFailed
from msgmux.runtime.interface import Lock
from msgmux.runtime.records import Operation
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.scheduler import CarrierName
from msgmux.runtime.strategies import Fifo, RandomWalk, Replay, Strategy
from msgmux.runtime.virtual import VirtualRuntime

CARRIERS: tuple[CarrierName, ...] = ("greenlet", "thread")


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> CarrierName:
    carrier: CarrierName = request.param
    return carrier


def buffer_program(runtime: VirtualRuntime, trace: list[Any]) -> None:
    """Two producers, two consumers, a bounded buffer, with timeouts, sleeps, choices and joins."""
    lock = runtime.lock("buffer")
    room, items = runtime.condition(lock, "room"), runtime.condition(lock, "items")
    buffer: list[int] = []

    def produce(name: str) -> None:
        for n in range(5):
            runtime.sleep(runtime.choose(3, "pause") * 0.1)
            with lock:
                while len(buffer) >= 2:
                    runtime.wait(room)
                buffer.append(n)
                trace.append((runtime.now(), name, "put", n))
                items.notify()

    def consume(name: str) -> None:
        while True:
            with lock:
                while not buffer:
                    if not runtime.wait(items, 0.25):
                        trace.append((runtime.now(), name, "time is up"))
                        if not runtime.now() < 2.0:
                            return
                trace.append((runtime.now(), name, "got", buffer.pop(0)))
                room.notify_all()

    def main() -> None:
        tasks = [runtime.spawn(partial(produce, f"p{n}"), f"p{n}", daemon=False) for n in range(2)]
        tasks += [runtime.spawn(partial(consume, f"c{n}"), f"c{n}", daemon=False) for n in range(2)]
        for task in tasks:
            task.join()
        trace.append((runtime.now(), "main", "ends"))

    runtime.spawn(main, "main", daemon=False)


def run(strategy: Strategy, carrier: CarrierName, seed: int = 0) -> tuple[list[Any], list[Any], Schedule, bool]:
    trace: list[Any] = []
    points: list[Any] = []
    with VirtualRuntime(
        strategy, carrier=carrier, seed=seed, observer=lambda task, what: points.append((task.id, what))
    ) as runtime:
        buffer_program(runtime, trace)
        runtime.run()
        return trace, points, runtime.schedule, strategy.keeps_current


@pytest.mark.parametrize("seed", range(20))
def test_the_same_seed_gives_the_same_run_twice_and_on_both_carriers(seed: int) -> None:
    first = run(RandomWalk(seed), "greenlet", seed)
    assert first == run(RandomWalk(seed), "greenlet", seed)
    assert first == run(RandomWalk(seed), "thread", seed)
    assert first[0][-1][1:] == ("main", "ends")


def test_different_seeds_give_different_runs() -> None:
    assert len({tuple(run(RandomWalk(seed), "greenlet")[2]) for seed in range(10)}) == 10


@pytest.mark.parametrize("strategy", [Fifo(), RandomWalk(3)], ids=["fifo", "random"])
def test_a_recorded_schedule_gives_the_same_run_again(strategy: Strategy, carrier: CarrierName) -> None:
    trace, points, schedule, keeps = run(strategy, "greenlet", 1)
    again = run(Replay(schedule, keeps_current=keeps), carrier, 1)
    assert again[:3] == (trace, points, schedule)


def test_a_schedule_that_does_not_fit_is_stopped_at_its_first_bad_choice() -> None:
    _, _, schedule, _ = run(RandomWalk(3), "greenlet")
    choices = list(schedule)
    choices[7] = 99
    with pytest.raises(ReplayDivergence, match=r"choice 7: .* task 99"):
        run(Replay(Schedule.of(choices), keeps_current=False), "greenlet")
    with pytest.raises(ReplayDivergence, match="ends after 7 choices"):
        run(Replay(Schedule.of(list(schedule)[:7]), keeps_current=False), "greenlet")
    onwards = run(Replay(Schedule.of(list(schedule)[:7]), RandomWalk(0), keeps_current=False), "greenlet")
    assert list(onwards[2])[:7] == list(schedule)[:7]


@given(st.lists(st.integers(0, 3)))
def test_a_schedule_is_run_length_encoded_and_loses_nothing(choices: list[int]) -> None:
    schedule = Schedule.of(choices)
    assert list(schedule) == choices
    assert len(schedule) == len(choices)
    assert all(a[0] != b[0] for a, b in zip(schedule.runs, schedule.runs[1:], strict=False))


def test_time_moves_only_when_nobody_can_go_on(carrier: CarrierName) -> None:
    with VirtualRuntime(carrier=carrier) as runtime:
        woken: list[tuple[float, str]] = []

        def nap(name: str, seconds: float) -> None:
            runtime.sleep(seconds)
            woken.append((runtime.now(), name))

        for name, seconds in (("late", 3600.0), ("early", 0.5), ("also early", 0.5), ("at once", 0.0)):
            runtime.spawn(partial(nap, name, seconds), name, daemon=False)
        runtime.run()
    assert woken == [(0.0, "at once"), (0.5, "early"), (0.5, "also early"), (3600.0, "late")]


def test_run_until_does_what_is_due_and_stands_exactly_there(carrier: CarrierName) -> None:
    with VirtualRuntime(carrier=carrier) as runtime:
        beats: list[float] = []

        def beat() -> None:
            while True:
                runtime.sleep(1.0)
                beats.append(runtime.now())

        runtime.spawn(beat, "beat")
        assert runtime.next_deadline() == 0.0
        runtime.run(until=2.5)
        assert (runtime.now(), beats) == (2.5, [1.0, 2.0])
        assert runtime.next_deadline() == 3.0
        runtime.run(until=3.0)
        assert beats == [1.0, 2.0, 3.0]
        runtime.spawn(lambda: beats.append(-1.0), "between")
        runtime.run(until=3.0)
        assert beats[-1] == -1.0


def test_without_an_end_daemons_do_not_keep_a_run_going() -> None:
    with VirtualRuntime() as runtime:
        ticks: list[float] = []

        def cleaner() -> None:
            while True:
                runtime.sleep(10.0)
                ticks.append(runtime.now())

        runtime.spawn(cleaner, "cleaner")
        runtime.spawn(lambda: runtime.sleep(25.0), "work", daemon=False)
        runtime.run()
        assert ticks == [10.0, 20.0]


def test_idle_consumers_are_no_deadlock_but_a_blocked_put_is() -> None:
    def waiting_on(name: str, *, must_wake: bool) -> VirtualRuntime:
        runtime = VirtualRuntime()
        lock = runtime.lock("x")
        condition = runtime.condition(lock, name, must_wake=must_wake)

        def wait() -> None:
            with lock:
                runtime.wait(condition)

        runtime.spawn(wait, "waiter", daemon=False)
        return runtime

    with waiting_on("arrival", must_wake=False) as idle:
        idle.run()
        assert [task.state for task in idle.tasks] == ["blocked"]
    with waiting_on("room", must_wake=True) as stuck, pytest.raises(Deadlock, match=r"waiter .*'room'"):
        stuck.run()


def test_locks_taken_in_opposite_orders_are_reported_with_their_cycle_and_lines(carrier: CarrierName) -> None:
    # Both tasks repeat until the random walk lets each of them hold one lock.
    with VirtualRuntime(RandomWalk(0), carrier=carrier) as runtime:
        locks = [runtime.lock("a"), runtime.lock("b")]

        def take(first: Lock, second: Lock) -> None:
            while True:
                with first, second:
                    pass

        runtime.spawn(lambda: take(*locks), "ab", daemon=False)
        runtime.spawn(lambda: take(*reversed(locks)), "ba", daemon=False)
        with pytest.raises(Deadlock) as error:
            runtime.run()
    words = str(error.value)
    for part in ("ab holds 'a', waits for 'b', held by ba", "ba holds 'b', waits for 'a', held by ab"):
        assert part in words
    assert words.count("test_virtual_runtime.py:") == 2


def test_a_lock_taken_twice_is_a_deadlock_with_oneself() -> None:
    with VirtualRuntime() as runtime:
        lock = runtime.lock("once")

        def take() -> None:
            with lock, lock:
                pass

        runtime.spawn(take, "twice", daemon=False)
        with pytest.raises(Deadlock, match="twice waits for twice"):
            runtime.run()


def test_an_exception_in_a_task_comes_out_of_run_and_the_rest_can_be_closed(carrier: CarrierName) -> None:
    with VirtualRuntime(carrier=carrier) as runtime:
        runtime.spawn(lambda: runtime.sleep(100.0), "sleeper")
        runtime.spawn(lambda: 1 / 0, "bad", daemon=False)
        with pytest.raises(TaskFailed, match="'bad' ended by ZeroDivisionError") as error:
            runtime.run()
        assert isinstance(error.value.__cause__, ZeroDivisionError)


def test_close_ends_tasks_in_every_state_and_frees_what_they_hold(carrier: CarrierName) -> None:
    runtime = VirtualRuntime(carrier=carrier)
    lock, other = runtime.lock("held"), runtime.lock("other")
    never = runtime.condition(other, "never")
    ended: list[str] = []

    def holds() -> None:
        try:
            with lock:
                runtime.sleep(1e6)
        finally:
            ended.append("holds")

    def wants() -> None:
        with lock:
            raise AssertionError("nobody gives it up")

    def waits() -> None:
        try:
            with other:
                runtime.wait(never)
        finally:
            ended.append("waits")

    runtime.spawn(holds, "holds")
    runtime.spawn(wants, "wants")
    runtime.spawn(waits, "waits")
    runtime.run(until=1.0)
    runtime.spawn(waits, "not yet started")
    runtime.close()
    runtime.close()
    assert ended == ["holds", "waits"]
    assert runtime.tasks == ()
    assert lock.acquire(), "the driver can have it"


def test_the_driver_may_not_wait_and_gets_an_error_if_it_would() -> None:
    with VirtualRuntime() as runtime:
        lock = runtime.lock("x")
        condition = runtime.condition(lock, "c")
        with lock:
            condition.notify_all()
            with pytest.raises(MsgmuxError, match="only a task"):
                runtime.wait(condition)
            assert not lock.acquire(blocking=False)
            with pytest.raises(MsgmuxError, match="'the driver'"):
                lock.acquire()
        with pytest.raises(MsgmuxError, match="run"):
            runtime.sleep(1.0)
        task = runtime.spawn(lambda: None, "t")
        with pytest.raises(MsgmuxError, match="'t'"):
            task.join()
        runtime.run()
        task.join()


def test_a_step_is_one_point_of_one_task() -> None:
    with VirtualRuntime() as runtime:
        trace: list[Any] = []

        def work(name: str) -> None:
            for n in range(2):
                trace.append((name, n))
                runtime.sleep(0)

        runtime.spawn(lambda: work("a"), "a", daemon=False)
        runtime.spawn(lambda: work("b"), "b", daemon=False)
        assert runtime.step()
        assert trace == [("a", 0)]
        assert runtime.step()
        assert trace == [("a", 0), ("a", 1)]
        steps = 0
        while runtime.step():
            steps += 1
        assert steps < 10
        assert trace == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def test_too_many_points_are_not_taken_for_an_end() -> None:
    with VirtualRuntime(max_points=100) as runtime:

        def spin() -> None:
            while True:
                runtime.sleep(0)

        runtime.spawn(spin, "spin", daemon=False)
        with pytest.raises(BoundReached, match="100"):
            runtime.run()


def test_os_threads_of_ended_runs_are_used_again() -> None:
    def once() -> None:
        with VirtualRuntime(carrier="thread") as runtime:
            for n in range(5):
                runtime.spawn(lambda: runtime.sleep(1.0), f"t{n}", daemon=False)
            runtime.run()

    once()
    before = threading.active_count()
    for _ in range(20):
        once()
    assert threading.active_count() <= before


LATE = (1e6, 2e7, 5e8, 3e9, 1e12)
"""Start times in seconds. From about 9e6 on, neighbouring floats are more than a nanosecond apart."""


@pytest.mark.parametrize("begin", LATE)
def test_time_passes_until_any_moment_that_was_looked_at_however_late_it_is(begin: float) -> None:
    with VirtualRuntime() as runtime:
        runtime.run(until=begin)
        woken: list[float] = []

        def nap() -> None:
            for _ in range(20):
                # Durations that a float of this size can't represent exactly.
                runtime.sleep(1.000000007)
                woken.append(runtime.now())

        runtime.spawn(nap, "nap", daemon=False)
        looks = 0
        while (moment := runtime.next_deadline()) is not None:
            runtime.run(until=moment)
            assert runtime.now() == moment
            looks += 1
            assert looks <= 25, "looked at the same moment again and again"
        assert len(woken) == 20
        assert woken == sorted(woken)


def test_a_wait_whose_deadline_is_not_after_now_lets_time_pass_all_the_same() -> None:
    with VirtualRuntime() as runtime:
        runtime.run(until=10.0)
        lock = runtime.lock("x")
        never = runtime.condition(lock, "never")
        waits = 0

        def wait_for_a_moment_that_is_now() -> None:
            nonlocal waits
            deadline = runtime.now() + 1e-17
            assert deadline == runtime.now()
            with lock:
                while True:
                    runtime.wait(never, deadline - runtime.now())
                    waits += 1

        runtime.spawn(wait_for_a_moment_that_is_now, "waiter")
        runtime.run(until=10.0 + 100e-9)
        assert 95 <= waits <= 105, "each of them takes a nanosecond"


def test_a_timeout_without_end_and_one_too_small_for_a_nanosecond_are_waited_for() -> None:
    with VirtualRuntime() as runtime:
        lock = runtime.lock("x")
        never = runtime.condition(lock, "never")
        woken: list[bool] = []

        def wait(timeout: float) -> None:
            with lock:
                woken.append(runtime.wait(never, timeout))

        runtime.spawn(lambda: wait(float("inf")), "for ever")
        runtime.spawn(lambda: wait(1e-12), "briefly")
        runtime.run(until=1.0)
        assert woken == [False]


def test_an_observer_is_told_what_a_task_is_about_to_do_as_a_record() -> None:
    seen: list[Operation] = []
    with VirtualRuntime(observer=lambda task, operation: seen.append(operation)) as runtime:
        lock = runtime.lock("x")
        bell = runtime.condition(lock, "bell")

        def ring() -> None:
            with lock:
                bell.notify_all()
            runtime.sleep(1.0)

        runtime.spawn(ring, "ringer", daemon=False)
        runtime.run()
    assert seen == [Operation("acquire", "x"), Operation("notify", "bell"), Operation("sleep")]


def test_a_status_says_whether_a_task_is_before_its_operation_in_it_or_after_it(carrier: CarrierName) -> None:
    with VirtualRuntime(carrier=carrier) as runtime:
        lock = runtime.lock("x")
        bell = runtime.condition(lock, "bell")

        def wait() -> None:
            with lock:
                runtime.wait(bell)

        runtime.spawn(wait, "waiter", daemon=False)
        seen = []
        for _ in range(3):
            seen.append(runtime.tasks[0].operation)
            runtime.step()
        seen.append(runtime.tasks[0].operation)
        with lock:
            bell.notify_all()
        seen.append(runtime.tasks[0].operation)
        assert [(operation.kind, operation.phase) for operation in seen] == [
            ("start", "before"),
            ("acquire", "before"),
            ("wait", "before"),
            ("wait", "in"),
            ("wait", "after"),
        ]
