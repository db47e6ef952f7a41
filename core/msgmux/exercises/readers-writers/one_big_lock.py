"""msgmux exercise: readers-writers, version 1"""

from threading import Lock


class ReadWriteLock:
    def __init__(self) -> None:
        self.room = Lock()

    def begin_read(self) -> None:
        self.room.acquire()

    def end_read(self) -> None:
        self.room.release()

    def begin_write(self) -> None:
        self.room.acquire()

    def end_write(self) -> None:
        self.room.release()
