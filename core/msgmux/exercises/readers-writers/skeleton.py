"""msgmux exercise: readers-writers, version 1

Any number of readers may be inside at once, or else one writer alone. Nobody may wait for ever.
"""

from threading import Lock


class ReadWriteLock:
    def __init__(self) -> None:
        self.readers = 0
        self.room = Lock()

    def begin_read(self) -> None:
        self.readers += 1
        if self.readers == 1:
            self.room.acquire()

    def end_read(self) -> None:
        self.readers -= 1
        if self.readers == 0:
            self.room.release()

    def begin_write(self) -> None:
        self.room.acquire()

    def end_write(self) -> None:
        self.room.release()
