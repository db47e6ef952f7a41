"""Makes a schedule that breaks an invariant simpler: first with fewer preemptions, then with fewer choices.

There are two steps. A new search by preemption bounding, from 0 upwards, gives the fewest preemptions, since it runs
simpler schedules first. Then choices that differ from the default schedule are left out, half of them at a time, then a
quarter and so on, as long as the same invariant breaks (delta debugging: Zeller, Hildebrandt: Simplifying and isolating
failure-inducing input, IEEE TSE 2002).
"""

import time
from collections.abc import Iterator, Mapping, Sequence

from msgmux.checker.bounding import Bounding
from msgmux.checker.checkable import Checkable
from msgmux.checker.trial import Result
from msgmux.runtime.strategies import C, Strategy, first_in

SEARCH = 2_000
"""Most schedules that the search for fewer preemptions may run."""


class Leaning:
    """The default schedule, except that at some choices another task is picked if it can go on.

    ``choices`` maps the index of a choice to a task's id; ``made`` holds those that were possible and not the default.
    """

    keeps_current = False

    def __init__(self, choices: Mapping[int, int]) -> None:
        self._choices = choices
        self.made: dict[int, int] = {}

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        default = first_in(enabled, current)
        wanted = self._choices.get(index)
        for candidate in enabled:
            if candidate.id == wanted and candidate is not default:
                self.made[index] = wanted
                return candidate
        return default


def shrink(program: Checkable, result: Result, seconds: float) -> tuple[Result, int]:
    """The simplest run found in ``seconds`` of wall time that breaks the invariant which ``result`` broke first, and
    how many of its choices differ from the default schedule.
    """
    invariant = result.failures[0].invariant
    until = time.monotonic() + seconds
    best, made = _run(program, Leaning(dict(enumerate(result.schedule))))
    # `result` under its own schedule: every choice of it is possible, so it breaks the same invariant.
    for simpler in _with_fewer_preemptions(program, best, until):
        if simpler.breaks(invariant):
            best, made = _run(program, Leaning(dict(enumerate(simpler.schedule))))
            break
    size = (len(made) + 1) // 2
    while size and made and time.monotonic() < until:
        kept = list(made.items())
        for start in range(0, len(kept), size):
            fewer = dict(kept[:start] + kept[start + size :])
            tried, tried_made = _run(program, Leaning(fewer))
            cost, tried_cost = (best.preemptions, len(made)), (tried.preemptions, len(tried_made))
            if tried.breaks(invariant) and tried_cost < cost:
                best, made = tried, tried_made
                break
        else:
            size //= 2
    return best, len(made)


def _with_fewer_preemptions(program: Checkable, result: Result, until: float) -> Iterator[Result]:
    if result.preemptions == 0:
        return
    for number, strategy in enumerate(Bounding("preemption", result.preemptions - 1)):
        if number == SEARCH or time.monotonic() > until:
            return
        found, _ = _run(program, strategy)
        if found.preemptions < result.preemptions:
            yield found


def _run(program: Checkable, strategy: Strategy) -> tuple[Result, dict[int, int]]:
    with program.trial(strategy) as trial:
        result = trial.run()
    return result, strategy.made if isinstance(strategy, Leaning) else {}
