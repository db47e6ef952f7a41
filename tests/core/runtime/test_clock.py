"""The clock that can be paused and sped up: no thread ever sees it go back, also while it is changed."""

import threading
from itertools import pairwise

import pytest

from msgmux.runtime import SteerableClock
from msgmux.runtime.conditions import ThreadCondition
from support.patience import PATIENCE


def test_it_never_goes_back_while_it_is_changed() -> None:
    clock = SteerableClock()
    over = threading.Event()
    lock = threading.Lock()
    seen: list[float] = []

    def look() -> None:
        while not over.is_set():
            # Times are read under the lock, as for events, so their order is that of acquiring it.
            with lock:
                seen.append(clock.now())

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(400):
        clock.speed = (0.1, 100.0, 1.0)[n % 3]
        (clock.pause if n % 2 else clock.resume)()
    over.set()
    for thread in threads:
        thread.join()
    assert len(seen) > 100
    assert all(before <= after for before, after in pairwise(seen))


def test_it_stands_while_it_is_paused() -> None:
    clock = SteerableClock()
    clock.pause()
    at = clock.now()
    assert clock.now() == at
    clock.speed = 100.0
    assert clock.now() == at
    clock.resume()
    assert clock.now() >= at


def test_a_wait_ends_by_the_clock_that_was_sped_up_meanwhile() -> None:
    clock = SteerableClock()
    clock.pause()
    condition = ThreadCondition(threading.RLock())
    result: list[bool] = []

    def wait() -> None:
        with condition.lock:
            result.append(clock.wait(condition, 50.0))
            while clock.now() < 50.0:
                result.append(clock.wait(condition, 50.0 - clock.now()))

    thread = threading.Thread(target=wait)
    thread.start()
    clock.speed = 100.0
    clock.resume()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert clock.now() >= 50.0


@pytest.mark.parametrize("speed", [0.0, 0.05, 101.0])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match=r"from 0\.1 to 100"):
        SteerableClock().speed = speed
