"""msgmux exercise: peterson, version 1"""


class Peterson:
    def __init__(self) -> None:
        self.wants = {0: False, 1: False}
        self.turn = 0

    def enter(self, me: int) -> None:
        other = 1 - me
        self.wants[me] = True
        self.turn = other
        while self.wants[other] and self.turn == other:
            pass

    def leave(self, me: int) -> None:
        self.wants[me] = False
