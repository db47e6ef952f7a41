"""msgmux exercise: reusable-barrier, version 1

wait() returns when as many threads as there are parties have called it; then the next round begins. Nobody may pass
the barrier of a round before all have come to it.
"""

from threading import Lock, Semaphore


class Barrier:
    def __init__(self, parties: int) -> None:
        self.parties = parties
        self.arrived = 0
        self.lock = Lock()
        self.turnstile = Semaphore(0)

    def wait(self) -> None:
        with self.lock:
            self.arrived += 1
            if self.arrived == self.parties:
                self.turnstile.release(self.parties)
        self.turnstile.acquire()
        with self.lock:
            self.arrived -= 1
