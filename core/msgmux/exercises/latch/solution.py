"""msgmux exercise: latch, version 1"""

from threading import Condition


class Latch:
    def __init__(self, count: int) -> None:
        self.count = count
        self.opened = Condition()

    def count_down(self) -> None:
        with self.opened:
            self.count -= 1
            if self.count == 0:
                self.opened.notify_all()

    def wait(self) -> None:
        with self.opened:
            while self.count > 0:
                self.opened.wait()
