"""Two threads put while a third takes; one walks while another puts."""

from threading import Thread

from copy_on_write import CopyQueue
from msgmux import explore


def run(*threads: Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def left_in(queue: CopyQueue) -> list[str]:
    items: list[str] = []
    queue.each(items.append)
    return items


def test_nothing_is_lost_or_taken_twice() -> None:
    queue = CopyQueue()
    queue.put("a")
    taken: list[str | None] = []
    run(
        Thread(target=queue.put, args=("b",), name="P1"),
        Thread(target=queue.put, args=("c",), name="P2"),
        Thread(target=lambda: taken.append(queue.take()), name="C1"),
    )
    items = left_in(queue)
    assert taken == ["a"], f"a came first, and {taken[0]} was taken"
    assert sorted(items) == ["b", "c"], f"a, b and c were put, a was taken, and {items} are left"


def test_others_can_put_while_one_walks() -> None:
    queue = CopyQueue()
    queue.put("a")
    queue.put("b")
    log: list[str] = []

    def look(item: str) -> None:
        log.append(item)

    def put() -> None:
        log.append("puts")
        queue.put("c")
        log.append("has put")

    run(Thread(target=queue.each, args=(look,), name="reader"), Thread(target=put, name="P1"))
    whole = log[:4] == ["a", "puts", "has put", "b"]
    explore.outcome("a put while another walks" if whole else "one after the other")
