"""msgmux exercise: bounded-buffer, version 1"""

from collections import deque
from threading import Condition, Lock


class Buffer:
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.items: deque[object] = deque()
        self.lock = Lock()
        self.filled = Condition(self.lock)
        self.freed = Condition(self.lock)

    def put(self, item: object) -> None:
        with self.lock:
            while len(self.items) == self.capacity:
                self.freed.wait()
            self.items.append(item)
            self.filled.notify()

    def get(self) -> object:
        with self.lock:
            while not self.items:
                self.filled.wait()
            item = self.items.popleft()
            self.freed.notify()
            return item
