"""The bounded search runs every schedule within its bound exactly once; the random search also goes beyond."""

from functools import partial
from math import comb
from typing import Any

import pytest

from msgmux.checker.bounding import Bounding, BoundKind
from msgmux.checker.sampling import Pct
from msgmux.runtime.virtual import VirtualRuntime


def steps(runtime: VirtualRuntime, tasks: int, points: int, trace: list[tuple[int, int]]) -> None:
    def work(name: int) -> None:
        for n in range(points):
            trace.append((name, n))
            runtime.point("next")

    for name in range(tasks):
        runtime.spawn(partial(work, name), f"t{name}", daemon=False)


def traces(search: Bounding, tasks: int, points: int, **options: Any) -> list[tuple[int, ...]]:
    found = []
    for strategy in search:
        trace: list[Any] = []
        with VirtualRuntime(strategy, **options) as runtime:
            steps(runtime, tasks, points, trace)
            runtime.run()
        found.append(tuple(runtime.schedule))
    return found


def test_preemption_bound_0_lets_each_task_run_to_its_end_in_every_order() -> None:
    assert len(traces(Bounding("preemption", 0), 3, 4)) == 3 * 2 * 1


def test_without_a_bound_that_matters_every_interleaving_is_run_once() -> None:
    # Each task has one step more than points: all interleavings of two sequences of three steps.
    found = traces(Bounding("preemption", 10), 2, 2)
    assert len(found) == len(set(found)) == comb(6, 3)
    assert set(traces(Bounding("delay", 10), 2, 2)) == set(found)


@pytest.mark.parametrize("kind", ["delay", "preemption"])
def test_a_higher_bound_runs_what_a_lower_one_does_and_nothing_twice(kind: BoundKind) -> None:
    before: set[tuple[int, ...]] = set()
    for bound in range(4):
        search = Bounding(kind, bound)
        found = traces(search, 3, 3)
        assert len(found) == len(set(found))
        assert before < set(found)
        assert search.exhausted == bound
        before = set(found)


@pytest.mark.parametrize("kind", ["delay", "preemption"])
def test_two_that_share_a_search_do_the_whole_and_only_its_beginning_twice(kind: BoundKind) -> None:
    whole = traces(Bounding(kind, 2), 3, 3)
    shares = [traces(Bounding(kind, 2, (k, 2)), 3, 3) for k in range(2)]
    assert set(shares[0]) | set(shares[1]) == set(whole)
    assert set(shares[0]) & set(shares[1]) == {whole[0]}


def test_the_default_schedule_comes_first_and_then_those_with_one_delay() -> None:
    search = iter(Bounding("delay", 3))
    first = next(search)
    assert first.deviations == ()
    with VirtualRuntime(first) as runtime:
        steps(runtime, 2, 2, [])
        runtime.run()
    assert next(search).deviations == ((0, 1),)


def test_an_early_tick_costs_one_and_is_the_clocks_alone() -> None:
    def nap(runtime: VirtualRuntime, trace: list[Any]) -> None:
        runtime.sleep(1.0)
        trace.append("woken")

    def woken_early(bound: int) -> bool:
        for strategy in Bounding("delay", bound):
            trace: list[Any] = []
            with VirtualRuntime(strategy, clock="explored") as runtime:
                runtime.spawn(partial(nap, runtime, trace), "nap", daemon=False)
                steps(runtime, 1, 2, trace)
                runtime.run()
            if "woken" in trace[:-1]:
                return True
        return False

    assert not woken_early(0)
    assert woken_early(2)


def test_numbers_that_tasks_ask_for_are_searched_too() -> None:
    seen: set[int] = set()

    def throw(runtime: VirtualRuntime) -> None:
        seen.add(runtime.choose(4, "die"))

    for strategy in Bounding("delay", 3):
        with VirtualRuntime(strategy) as runtime:
            runtime.spawn(partial(throw, runtime), "dicer", daemon=False)
            runtime.run()
    assert seen == {0, 1, 2, 3}


def test_pct_finds_what_needs_two_events_in_order_as_often_as_it_promises() -> None:
    def reordered(seed: int) -> bool:
        trace: list[Any] = []
        with VirtualRuntime(Pct(seed, 2, 12)) as runtime:
            steps(runtime, 2, 5, trace)
            runtime.run()
        # The first task's last step comes after the other's first one, and before its last one.
        return trace.index((1, 0)) < trace.index((0, 4)) < trace.index((1, 4))

    assert sum(reordered(seed) for seed in range(300)) >= 300 / (2 * 12)
    assert reordered(0) == reordered(0)
