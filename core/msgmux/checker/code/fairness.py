"""Loops that wait by asking again and again: they give way.

A ``while`` that went round twice without any effect of its own would go round for ever under a schedule that always
picks its task: such a run shows nothing. So the task gives way, free of cost, until another task has done something
(Musuvathi, Qadeer: Fair stateless model checking, PLDI 2008, ask the program to yield; here the loop's own going round
is that). Only the back edge of a loop counts: reading twice is no waiting.
"""

from msgmux.errors import BoundReached

SPINS = 2
"""Rounds without any effect after which a loop gives way."""
MOST_ROUNDS = 2_000
"""Rounds without any effect, with nobody else able to go on, after which a run is unknown."""


class Fairness:
    """Who has given way, in one run."""

    def __init__(self) -> None:
        # Effects (writes, locks, wake-ups) of each task, and of all.
        self.effects = 0
        self._own: dict[int, int] = {}
        # For each task and loop: the task's own effects at the last round, and rounds without any since.
        self._rounds: dict[tuple[int, str], tuple[int, int]] = {}
        self._total: dict[tuple[int, str], int] = {}
        # Those who have given way: all effects at that moment.
        self.yielded: dict[int, int] = {}

    def effect(self, task: int) -> None:
        self.effects += 1
        self._own[task] = self._own.get(task, 0) + 1

    def goes_round(self, task: int, site: str) -> bool:
        """A loop begins a round. True when its task is to give way. Raises :class:`BoundReached` if it never ends."""
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
        """Whoever gave way may go on again, when somebody has done something since."""
        now = self.effects
        for task in [task for task, at in self.yielded.items() if at != now]:
            del self.yielded[task]
