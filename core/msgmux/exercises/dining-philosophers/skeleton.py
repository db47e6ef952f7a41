"""msgmux exercise: dining-philosophers, version 1

At a round table there is a fork between any two neighbours, and whoever eats needs both. dine() takes them, calls
eat(), and puts them down. Nobody may wait for ever, neighbours never eat at once, others can.
"""

from collections.abc import Callable
from threading import Lock


class Table:
    def __init__(self, seats: int) -> None:
        self.forks = [Lock() for _ in range(seats)]

    def dine(self, seat: int, eat: Callable[[int], None]) -> None:
        left, right = seat, (seat + 1) % len(self.forks)
        with self.forks[left]:
            with self.forks[right]:
                eat(seat)
