"""msgmux exercise: h2o, version 1

Each thread is an atom and calls hydrogen() or oxygen(). bond() may be called only when two hydrogen atoms and one
oxygen atom are there, once by each of them; the atoms of the next molecule come after that.
"""

from collections.abc import Callable
from threading import Semaphore


class Water:
    def __init__(self) -> None:
        self.for_hydrogen = Semaphore(2)
        self.for_oxygen = Semaphore(1)

    def hydrogen(self, bond: Callable[[], None]) -> None:
        with self.for_hydrogen:
            bond()

    def oxygen(self, bond: Callable[[], None]) -> None:
        with self.for_oxygen:
            bond()
