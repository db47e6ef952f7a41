"""msgmux exercise: counter, version 1

Two threads call add() on the same Counter. No call may be lost, whoever runs when.
Find the schedule that loses one, then repair the class.
"""


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        self.value += 1
