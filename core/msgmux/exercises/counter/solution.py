"""msgmux exercise: counter, version 1"""

from threading import Lock


class Counter:
    def __init__(self) -> None:
        self.value = 0
        self.lock = Lock()

    def add(self) -> None:
        with self.lock:
            self.value += 1
