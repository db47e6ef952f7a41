"""msgmux exercise: dining-philosophers, version 1"""

from collections.abc import Callable
from threading import Lock


class Table:
    def __init__(self, seats: int) -> None:
        self.forks = [Lock() for _ in range(seats)]

    def dine(self, seat: int, eat: Callable[[int], None]) -> None:
        first, second = sorted((seat, (seat + 1) % len(self.forks)))
        with self.forks[first]:
            with self.forks[second]:
                eat(seat)
