"""msgmux exercise: transfer, version 1

transfer() moves an amount from one account to another. Money must not be lost, no thread may wait for ever,
and transfers that have no account in common must be able to run at once.
"""

from threading import Lock


class Account:
    def __init__(self, number: int, balance: int) -> None:
        self.number = number
        self.balance = balance
        self.lock = Lock()


def transfer(source: Account, target: Account, amount: int) -> None:
    with source.lock:
        with target.lock:
            source.balance -= amount
            target.balance += amount
