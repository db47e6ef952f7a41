"""msgmux exercise: cache, version 1"""

from collections.abc import Callable
from threading import Lock


class Cache:
    def __init__(self, compute: Callable[[str], object]) -> None:
        self.compute = compute
        self.values: dict[str, object] = {}
        self.lock = Lock()
        self.locks: dict[str, Lock] = {}

    def get(self, key: str) -> object:
        with self.lock:
            of_key = self.locks.setdefault(key, Lock())
        with of_key:
            if key not in self.values:
                self.values[key] = self.compute(key)
            return self.values[key]
