"""msgmux exercise: lazy-singleton, version 1"""

from threading import Lock


class Settings:
    instance: "Settings | None" = None
    lock = Lock()

    def __init__(self) -> None:
        self.answer = 0

    def load(self) -> None:
        self.answer = 42

    @classmethod
    def get(cls) -> "Settings":
        if cls.instance is None:
            with cls.lock:
                if cls.instance is None:
                    made = cls()
                    made.load()
                    cls.instance = made
        return cls.instance
