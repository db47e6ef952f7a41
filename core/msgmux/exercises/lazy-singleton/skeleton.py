"""msgmux exercise: lazy-singleton, version 1

Settings.get() makes and loads the settings when they are first asked for, once. Everybody gets loaded ones.
"""

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
                    cls.instance = cls()
                    cls.instance.load()
        return cls.instance
