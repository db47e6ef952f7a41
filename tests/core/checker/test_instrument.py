"""An instrumented copy behaves like its class, with a scheduling point before each line that uses shared state."""

import inspect

from msgmux.checker.bounding import Bounding
from msgmux.checker.instrument import with_points
from msgmux.runtime.virtual import VirtualRuntime


class Counter:
    """Counts, unsafely."""

    def __init__(self) -> None:
        self.count = 0
        self.rounds = 0

    def add(self) -> None:
        self.count += 1

    def twice(self) -> int:
        while self.count < 2:
            self.add()
        return self.count


LineCounter = with_points(Counter, {"count"})


def test_outside_of_a_runtime_it_does_the_same() -> None:
    counter = LineCounter()
    assert counter.twice() == Counter().twice() == 2


def test_points_stand_at_the_lines_of_the_source() -> None:
    points: list[str] = []
    with VirtualRuntime(observer=lambda task, what: points.append(what.object)) as runtime:
        runtime.spawn(lambda: LineCounter().twice(), "t", daemon=False)
        runtime.run()
    lines, first = inspect.getsourcelines(Counter)
    texts = [(lines[int(point.split()[0].split(":")[1]) - first].strip(), *point.split()[1:]) for point in points]
    loop = [("while self.count < 2:",), ("self.count += 1", "read"), ("self.count += 1", "write")]
    assert texts == [("self.count = 0",), *loop, *loop, ("while self.count < 2:",), ("return self.count",)]


def test_an_update_is_a_read_and_a_write_so_that_one_can_be_lost() -> None:
    counts = set()
    for strategy in Bounding("preemption", 1):
        with VirtualRuntime(strategy) as runtime:
            counter = LineCounter()
            for name in "ab":
                runtime.spawn(counter.add, name, daemon=False)
            runtime.run()
        counts.add(counter.count)
    assert counts == {1, 2}
