"""Two threads enter once each."""

from threading import Thread

from ticket_lock import TicketLock


def test_one_after_the_other_in_the_order_of_their_numbers() -> None:
    lock = TicketLock()
    inside: list[int] = []
    served: list[int] = []

    def visit() -> None:
        ticket = lock.draw()
        lock.wait(ticket)
        inside.append(ticket)
        assert len(inside) == 1, f"two are inside, with the tickets {inside[0]} and {inside[1]}"
        served.append(ticket)
        inside.remove(ticket)
        lock.leave()

    threads = [Thread(target=visit, name=name) for name in ("T1", "T2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served == sorted(set(served)), f"the tickets were served in the order {served}"
