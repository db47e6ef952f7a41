"""Two threads walk through two rounds."""

from threading import Thread

from reusable_barrier import Barrier


class Walker:
    def __init__(self) -> None:
        self.round = 0


def test_nobody_is_a_round_ahead() -> None:
    barrier = Barrier(2)
    one, two = Walker(), Walker()

    def walk(me: Walker, other: Walker) -> None:
        for number in (1, 2):
            me.round = number
            barrier.wait()
            assert other.round >= number, f"passed the barrier of round {number} while another is in {other.round}"

    threads = [Thread(target=walk, args=(one, two), name="T1"), Thread(target=walk, args=(two, one), name="T2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
