"""msgmux exercise: cigarette-smokers, version 1"""

from threading import Condition


class Table:
    def __init__(self) -> None:
        self.parts: set[str] = set()
        self.changed = Condition()

    def put(self, a: str, b: str) -> None:
        with self.changed:
            self.parts |= {a, b}
            self.changed.notify_all()

    def take(self, a: str, b: str) -> None:
        with self.changed:
            while not {a, b} <= self.parts:
                self.changed.wait()
            self.parts -= {a, b}
