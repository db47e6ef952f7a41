"""msgmux exercise: sleeping-barber, version 1"""

from threading import Lock, Semaphore


class Shop:
    def __init__(self, chairs: int) -> None:
        self.chairs = chairs
        self.waiting = 0
        self.lock = Lock()
        self.bell = Semaphore(0)

    def enter(self) -> bool:
        with self.lock:
            if self.waiting == self.chairs:
                return False
            self.waiting += 1
        self.bell.release()
        return True

    def next_customer(self) -> None:
        self.bell.acquire()
        with self.lock:
            self.waiting -= 1
