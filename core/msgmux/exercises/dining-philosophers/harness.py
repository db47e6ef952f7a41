"""Three at a table for three, and two at a table for four who are no neighbours."""

from threading import Thread

from dining_philosophers import Table
from msgmux import explore


def dinner(seats: int, *guests: int) -> list[str]:
    """What was heard, in order: "0 begins", "0 ends"."""
    table = Table(seats)
    log: list[str] = []

    def eat(seat: int) -> None:
        log.append(f"{seat} begins")
        log.append(f"{seat} ends")

    threads = [Thread(target=table.dine, args=(seat, eat), name=f"P{seat}") for seat in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return log


def test_nobody_waits_for_ever_and_neighbours_never_eat_at_once() -> None:
    log = dinner(3, 0, 1, 2)
    assert len(log) == 6, f"not everybody has eaten: {log}"
    for begins, ends in zip(log[::2], log[1::2], strict=True):
        assert begins[0] == ends[0], f"two neighbours eat at once: {', '.join(log)}"


def test_others_can_eat_at_once() -> None:
    log = dinner(4, 0, 2)
    explore.outcome("two eat at once" if log[0][0] != log[1][0] else "one after the other")
