"""Transfers that cross, and transfers that have nothing in common."""

from collections.abc import Callable
from itertools import groupby
from threading import Thread, current_thread

from msgmux import explore
from transfer import Account, transfer


def together(*deeds: Callable[[], None]) -> None:
    threads = [Thread(target=deed, name=f"T{number}") for number, deed in enumerate(deeds, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_transfers_that_cross() -> None:
    a, b = Account(1, 10), Account(2, 10)
    together(lambda: transfer(a, b, 3), lambda: transfer(b, a, 5))
    assert (a.balance, b.balance) == (12, 8), f"A has {a.balance} and B has {b.balance}, instead of 12 and 8"


def test_transfers_with_nothing_in_common() -> None:
    touches: list[str] = []

    class Watched(Account):
        """Notes which thread reads or changes the balance."""

        @property
        def balance(self) -> int:
            touches.append(current_thread().name)
            return self._balance

        @balance.setter
        def balance(self, value: int) -> None:
            self._balance = value

    a, b, c, d = [Watched(number, 10) for number in range(1, 5)]
    together(lambda: transfer(a, b, 3), lambda: transfer(c, d, 3))
    # First one thread, then the other, then the first one again: neither had to wait for the other's end.
    turns = [name for name, _ in groupby(touches)]
    explore.outcome("two transfers at once" if len(turns) > 2 else "one transfer after the other")
