"""Two readers and a writer; then two readers alone."""

from threading import Thread

from msgmux import explore
from readers_writers import ReadWriteLock


def run(*threads: Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_nobody_reads_what_is_half_written() -> None:
    lock = ReadWriteLock()
    page = ["old", "old"]

    def read() -> None:
        lock.begin_read()
        first = page[0]
        second = page[1]
        lock.end_read()
        assert first == second, f"read {first} on one line and {second} on the other"

    def write() -> None:
        lock.begin_write()
        page[0] = "new"
        page[1] = "new"
        lock.end_write()

    run(Thread(target=read, name="R1"), Thread(target=read, name="R2"), Thread(target=write, name="W1"))
    assert lock_is_free(lock), "nobody is inside any more, and a writer could not come in"


def lock_is_free(lock: ReadWriteLock) -> bool:
    lock.begin_write()
    lock.end_write()
    return True


def test_two_readers_can_be_inside_at_once() -> None:
    lock = ReadWriteLock()
    log: list[str] = []

    def read() -> None:
        lock.begin_read()
        log.append("in")
        log.append("out")
        lock.end_read()

    run(Thread(target=read, name="R1"), Thread(target=read, name="R2"))
    explore.outcome("two readers at once" if log[:2] == ["in", "in"] else "one reader after the other")
