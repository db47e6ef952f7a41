"""msgmux exercise: copy-on-write, version 1"""

from collections.abc import Callable
from threading import Lock


class CopyQueue:
    def __init__(self) -> None:
        self.items: tuple[str, ...] = ()
        self.lock = Lock()

    def put(self, item: str) -> None:
        with self.lock:
            self.items = (*self.items, item)

    def take(self) -> str | None:
        with self.lock:
            if not self.items:
                return None
            first, *rest = self.items
            self.items = tuple(rest)
            return first

    def each(self, look: Callable[[str], None]) -> None:
        with self.lock:
            for item in self.items:
                look(item)
