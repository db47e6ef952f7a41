"""Fairness for busy-waiting loops: the scheduler makes them yield.

A loop that waits by polling would run for ever under a schedule that always picks its task, and such a run shows
nothing. So after two iterations in which its task has had no effect, the task is not picked (at no cost) until another
task has had one. (Musuvathi, Qadeer: Fair stateless model checking, PLDI 2008; there the program has to call yield,
here an iteration counts as one.) Only the back edge of a loop counts: reading a variable twice is no waiting.
"""

from msgmux.errors import BoundReached

SPINS = 2
"""Iterations without any effect after which a loop yields."""
MOST_ROUNDS = 2_000
"""Iterations without any effect, in one run, after which the run is *unknown*."""


class Fairness:
    """The tasks that have yielded, in one run."""

    def __init__(self) -> None:
        # Effects (writes, locks, wake-ups) of each task, and of all.
        self.effects = 0
        self._own: dict[int, int] = {}
        # For each task and loop: the task's own effects at the last iteration, and iterations without any since.
        self._rounds: dict[tuple[int, str], tuple[int, int]] = {}
        self._total: dict[tuple[int, str], int] = {}
        # For each task that has yielded: the value of `effects` at that moment.
        self.yielded: dict[int, int] = {}

    def effect(self, task: int) -> None:
        self.effects += 1
        self._own[task] = self._own.get(task, 0) + 1

    def goes_round(self, task: int, site: str) -> bool:
        """Record the start of an iteration of the loop at ``site``. True if its task is to yield.

        Raises :class:`BoundReached` after :data:`MOST_ROUNDS` iterations without any effect.
        """
        key, own = (task, site), self._own.get(task, 0)
        before, rounds = self._rounds.get(key, (-1, 0))
        rounds = rounds + 1 if before == own else 0
        self._rounds[key] = (own, rounds)
        if rounds < SPINS:
            return False
        total = self._total[key] = self._total.get(key, 0) + 1
        if total > MOST_ROUNDS:
            raise BoundReached(f"the loop at {site.partition(' ')[0].rpartition(':')[0]} goes round without any effect")
        self.yielded[task] = self.effects
        return True

    def refresh(self) -> None:
        """Let tasks that have yielded go on, if any task has had an effect since then."""
        now = self.effects
        for task in [task for task, at in self.yielded.items() if at != now]:
            del self.yielded[task]
