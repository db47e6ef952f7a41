"""Random search, used where a bound cannot be exhausted. It is seeded, so that a result can be reproduced."""

from collections.abc import Sequence
from random import Random

from msgmux.runtime.strategies import C


class Pct:
    """Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).

    The paper is "A randomized scheduler with probabilistic guarantees of finding bugs". Each task has a random priority
    and the highest one goes on; at ``depth`` - 1 random choices among the first ``length`` the current task's priority
    falls below all others. One run finds a bug that depends on the order of ``depth`` events among n tasks with a
    probability of at least 1 / (n × length^(depth - 1)).
    """

    keeps_current = False

    def __init__(self, seed: int, depth: int, length: int) -> None:
        self._random = Random(seed)
        self._priorities: dict[int, float] = {}
        places = [self._random.randrange(max(1, length)) for _ in range(depth - 1)]
        self._changes = sorted(places, reverse=True)
        self._lowest = 0.0

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        while self._changes and index >= self._changes[-1]:
            self._changes.pop()
            if current is not None:
                self._lowest -= 1.0
                self._priorities[current.id] = self._lowest
        for candidate in enabled:
            if candidate.id not in self._priorities:
                self._priorities[candidate.id] = self._random.random()
        return max(enabled, key=lambda candidate: self._priorities[candidate.id])
