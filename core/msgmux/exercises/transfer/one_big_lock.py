"""msgmux exercise: transfer, version 1"""

from threading import Lock

everything = Lock()


class Account:
    def __init__(self, number: int, balance: int) -> None:
        self.number = number
        self.balance = balance


def transfer(source: Account, target: Account, amount: int) -> None:
    with everything:
        source.balance -= amount
        target.balance += amount
