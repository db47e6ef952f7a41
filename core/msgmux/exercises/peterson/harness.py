"""Two threads enter once each."""

from threading import Thread

from peterson import Peterson


def test_never_both_are_inside() -> None:
    lock = Peterson()
    inside: list[int] = []

    def visit(me: int) -> None:
        lock.enter(me)
        inside.append(me)
        assert len(inside) == 1, "both are inside"
        inside.remove(me)
        lock.leave(me)

    threads = [Thread(target=visit, args=(me,), name=f"T{me}") for me in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
