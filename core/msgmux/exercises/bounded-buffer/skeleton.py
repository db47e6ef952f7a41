"""msgmux exercise: bounded-buffer, version 1

put() waits while the buffer is full, get() waits while it is empty. Each item must come out exactly once,
and no call may fail.
"""

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
            if len(self.items) == self.capacity:
                self.freed.wait()
            self.items.append(item)
            self.filled.notify()

    def get(self) -> object:
        with self.lock:
            if not self.items:
                self.filled.wait()
            item = self.items.popleft()
            self.freed.notify()
            return item
