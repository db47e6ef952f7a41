"""msgmux exercise: sleeping-barber, version 1

enter(): a customer takes a chair and wakes the barber, or is told False where every chair is taken.
next_customer(): the barber sleeps until somebody sits there, and takes one of them out of the chairs.
There are never more customers waiting than chairs, and no customer is forgotten.
"""

from threading import Semaphore


class Shop:
    def __init__(self, chairs: int) -> None:
        self.chairs = chairs
        self.waiting = 0
        self.bell = Semaphore(0)

    def enter(self) -> bool:
        if self.waiting == self.chairs:
            return False
        self.waiting += 1
        self.bell.release()
        return True

    def next_customer(self) -> None:
        self.bell.acquire()
        self.waiting -= 1
