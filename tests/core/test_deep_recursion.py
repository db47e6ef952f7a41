"""A put, a get and a close near the recursion limit: they raise RecursionError or work, and the queue stays sound."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from msgmux import Empty, MessageQueue
from support.patience import PATIENCE


def at_depth(left: int, call: Callable[[], Any]) -> bool:
    """Call with so many frames left before the limit. Whether it was done."""

    def down(frames: int) -> Any:
        return call() if frames <= 0 else down(frames - 1)

    depth = 0
    frame = sys._getframe()
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    try:
        down(sys.getrecursionlimit() - depth - left)
    except RecursionError:
        return False
    return True


def test_whatever_depth_a_put_or_get_runs_out_at_nothing_that_was_accepted_is_lost() -> None:
    done: set[bool] = set()
    with MessageQueue(retention=None) as queue:
        producer = queue.register_producer("p", capacity=2)
        consumer = queue.register_consumer("c", capacity=2)
        accepted: list[int] = []
        got: list[int] = []
        for left in range(1, 40):
            if at_depth(left, partial(producer.put, left, timeout=0.01)):
                accepted.append(left)
                done.add(True)
            else:
                done.add(False)
            at_depth(left, queue.snapshot)
            at_depth(left, queue.clean)
            at_depth(left, partial(queue.configure, max_messages=100 + left))
            at_depth(left, lambda: got.extend(consumer.get_many(1, PATIENCE if producer.qsize() else 0).payloads))
            queue.check_structure()
        assert producer.close(wait=True, timeout=PATIENCE), "nobody takes what was accepted"
        try:
            while True:
                got.append(consumer.get(0.2).payload)
        except Empty:
            pass
        assert done == {False, True}
        assert set(accepted) <= set(got)
        assert got == sorted(set(got))
