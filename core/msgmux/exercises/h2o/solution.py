"""msgmux exercise: h2o, version 1"""

from collections.abc import Callable
from threading import Barrier, Semaphore


class Water:
    def __init__(self) -> None:
        self.for_hydrogen = Semaphore(2)
        self.for_oxygen = Semaphore(1)
        self.complete = Barrier(3)

    def hydrogen(self, bond: Callable[[], None]) -> None:
        with self.for_hydrogen:
            self.complete.wait()
            bond()

    def oxygen(self, bond: Callable[[], None]) -> None:
        with self.for_oxygen:
            self.complete.wait()
            bond()
