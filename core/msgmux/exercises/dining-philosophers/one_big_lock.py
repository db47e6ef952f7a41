"""msgmux exercise: dining-philosophers, version 1"""

from collections.abc import Callable
from threading import Lock


class Table:
    def __init__(self, seats: int) -> None:
        self.lock = Lock()

    def dine(self, seat: int, eat: Callable[[int], None]) -> None:
        with self.lock:
            eat(seat)
