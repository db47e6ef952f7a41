"""A schedule: the task that was picked, at every point where there was a choice. Unlike a seed, which gives the same
run only to the strategy that used it, it says exactly what happened.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec


class Schedule(msgspec.Struct, frozen=True):
    """The choices of a run as runs of equal task ids: ``((3, 2), (1, 5))`` is 3 3 1 1 1 1 1."""

    runs: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, choices: Iterable[int]) -> "Schedule":
        return cls(tuple([(choice, len(list(same))) for choice, same in groupby(choices)]))

    def __iter__(self) -> Iterator[int]:
        for choice, times in self.runs:
            yield from [choice] * times

    def __len__(self) -> int:
        return sum([times for _, times in self.runs])
