"""msgmux exercise: reusable-barrier, version 1"""

from threading import Condition


class Barrier:
    def __init__(self, parties: int) -> None:
        self.parties = parties
        self.arrived = 0
        self.round = 0
        self.opened = Condition()

    def wait(self) -> None:
        with self.opened:
            mine = self.round
            self.arrived += 1
            if self.arrived == self.parties:
                self.arrived = 0
                self.round += 1
                self.opened.notify_all()
            while self.round == mine:
                self.opened.wait()
