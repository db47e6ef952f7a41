"""As many tasks as a scenario may have: the stack of one task does not count towards another's recursion limit."""

import sys

import pytest

from msgmux.checker import Program, SearchOptions, check
from msgmux.runtime import VirtualRuntime
from msgmux.runtime.scheduler import CarrierName
from msgmux.scenario import parse, perform

MANY = 1_000


def crowd(producers: int, consumers: int) -> str:
    lines = ['title = "A crowd"', 'duration = "2s"']
    lines += [f'[[producer]]\nname = "p{n}"\nrate = "1/s"\nmessages = 1' for n in range(producers)]
    lines += [f'[[consumer]]\nname = "c{n}"' for n in range(consumers)]
    return "\n".join(lines)


@pytest.mark.parametrize("carrier", ["greenlet", "thread"])
def test_a_task_that_begins_in_another_has_its_own_depth_of_recursion(carrier: CarrierName) -> None:
    depths: list[int] = []

    def depth_left() -> int:
        try:
            return 1 + depth_left()
        except RecursionError:
            return 0

    with VirtualRuntime(carrier=carrier) as runtime:

        def link(n: int) -> None:
            depths.append(depth_left())
            if n < 300:
                # Each task starts while its parent waits for it to end.
                runtime.spawn(lambda: link(n + 1), f"link {n + 1}", daemon=False).join()

        runtime.spawn(lambda: link(0), "link 0", daemon=False)
        runtime.run()
    assert len(depths) == 301
    assert min(depths) > sys.getrecursionlimit() // 2


def test_a_thousand_consumers_and_a_thousand_producers_run_on_the_exact_runtime() -> None:
    outcome = perform(parse(crowd(MANY, 0)))
    assert outcome.sent == {f"p{n}": 1 for n in range(MANY)}
    outcome = perform(parse(crowd(1, MANY)))
    assert outcome.taken == {f"c{n}": 1 for n in range(MANY)}


def test_a_check_of_a_hundred_consumers_finds_nothing_wrong_with_the_sound_queue() -> None:
    report = check(Program(scenario=crowd(1, 100), file="crowd"), SearchOptions(bound=0, schedules=1, seconds=600.0))
    assert report.counterexample is None
    assert report.verdict != "violated"
    assert report.unknown == 0
