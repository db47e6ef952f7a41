"""Two threads count down, the main thread waits for both."""

from threading import Thread

from latch import Latch


def test_wait_ends_when_all_have_counted_down() -> None:
    latch = Latch(2)
    done: list[str] = []

    def work(name: str) -> None:
        done.append(name)
        latch.count_down()

    threads = [Thread(target=work, args=(name,), name=name) for name in ("T1", "T2")]
    for thread in threads:
        thread.start()
    latch.wait()
    assert len(done) == 2, f"wait() has returned, and only {done} of T1 and T2 had counted down"
    for thread in threads:
        thread.join()
