"""msgmux exercise: latch, version 1

wait() returns when count_down() has been called as often as the count says; whoever comes later need not wait at all.
No thread may wait for ever.
"""

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
        if self.count > 0:
            with self.opened:
                self.opened.wait()
