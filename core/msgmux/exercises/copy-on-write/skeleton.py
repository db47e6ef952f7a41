"""msgmux exercise: copy-on-write, version 1

put() adds an item, take() takes the oldest one (None where there is none), each() calls look() with each item.
Nothing is lost or taken twice; and while somebody walks by each(), others can put and take.
"""

from collections.abc import Callable


class CopyQueue:
    def __init__(self) -> None:
        self.items: tuple[str, ...] = ()

    def put(self, item: str) -> None:
        self.items = (*self.items, item)

    def take(self) -> str | None:
        if not self.items:
            return None
        first, *rest = self.items
        self.items = tuple(rest)
        return first

    def each(self, look: Callable[[str], None]) -> None:
        for item in self.items:
            look(item)
