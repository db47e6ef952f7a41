"""Two threads count to two each."""

from threading import Thread

from counter import Counter


def test_no_call_is_lost() -> None:
    counter = Counter()

    def twice() -> None:
        counter.add()
        counter.add()

    threads = [Thread(target=twice, name=name) for name in ("T1", "T2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value == 4, f"add() was called 4 times, and the value is {counter.value}"
