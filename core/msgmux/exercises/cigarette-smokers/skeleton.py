"""msgmux exercise: cigarette-smokers, version 1

An agent puts two of tobacco, paper and matches on the table. take(a, b) waits until a and b lie there, and takes them.
The smokers who need something else must not keep those waiting who could smoke. (Patil 1971.)
"""

from threading import Semaphore


class Table:
    def __init__(self) -> None:
        self.parts = {"tobacco": Semaphore(0), "paper": Semaphore(0), "matches": Semaphore(0)}

    def put(self, a: str, b: str) -> None:
        self.parts[a].release()
        self.parts[b].release()

    def take(self, a: str, b: str) -> None:
        self.parts[a].acquire()
        self.parts[b].acquire()
