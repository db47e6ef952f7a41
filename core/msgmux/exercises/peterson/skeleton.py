"""msgmux exercise: peterson, version 1

Two threads, 0 and 1, enter() and leave(); never both are inside, and nobody waits for ever. There is no lock to be
used, only variables. (Peterson: Myths about the mutual exclusion problem, 1981.)
"""


class Peterson:
    def __init__(self) -> None:
        self.wants = {0: False, 1: False}
        self.turn = 0

    def enter(self, me: int) -> None:
        other = 1 - me
        self.turn = other
        self.wants[me] = True
        while self.wants[other] and self.turn == other:
            pass

    def leave(self, me: int) -> None:
        self.wants[me] = False
