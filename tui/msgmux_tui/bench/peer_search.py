"""One program searched by a peer of the checker: ``python peer_search.py PEER FILE THREADS SECONDS``; prints JSON.

It is started in a process of its own, in the way in which the peer wants to be started, and imports nothing of ours.
The file has a function ``work(number)``, which each thread calls, and a function ``holds()``, True where all is well.
"""

import json
import sys
import time
from importlib import import_module
from typing import Any


def searched(peer: str, file: str, threads: int, seconds: float) -> dict[str, Any]:
    """Whether a fault was ``found``, whether the search was ``exhausted``, its ``schedules``, and its ``seconds``."""
    with open(file, encoding="utf-8") as source:
        code = compile(source.read(), file, "exec")

    def fresh() -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "program"}
        exec(code, names)
        return names

    begun = time.perf_counter()
    search = frontrun if peer == "frontrun" else interleave
    found, exhausted, schedules = search(fresh, threads, seconds)
    return {
        "found": found,
        "exhausted": exhausted,
        "schedules": schedules,
        "seconds": time.perf_counter() - begun,
    }


def frontrun(fresh: Any, threads: int, seconds: float) -> tuple[bool, bool, int]:
    """Its search by partial orders, with its default bound of two preemptions."""
    library: Any = import_module("frontrun")
    workers = [lambda names, number=number: names["work"](number) for number in range(threads)]
    begun = time.perf_counter()
    result = library.explore(
        fresh,
        workers,
        lambda names: names["holds"](),
        strategy="dpor",
        detect_io=False,
        total_timeout=seconds,
        deadlock_timeout=1.0,
        reproduce_on_failure=0,
    )
    # Where its time is up it says that the property holds, too, for what it has run.
    over = time.perf_counter() - begun >= seconds
    return result.property_holds is False, result.property_holds is True and not over, int(result.num_explored)


def interleave(fresh: Any, threads: int, seconds: float) -> tuple[bool, bool, int]:
    """Its exhaustive search with at most two preemptions, at its default granularity, the instruction."""
    library: Any = import_module("interleave_test")

    def model() -> None:
        import threading

        names = fresh()
        started = [threading.Thread(target=names["work"], args=(number,)) for number in range(threads)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        assert names["holds"]()

    schedules, wanted, until = 0, 25, time.perf_counter() + seconds
    while True:
        # It takes a number of schedules, not a time; so it searches anew with twice as many until the time is up.
        result = library.explore(model, iterations=wanted, strategy="dfs", raise_on_failure=False, timeout=seconds)
        schedules = result.schedules_run
        if result.failure is not None or result.exhausted or time.perf_counter() > until:
            return result.failure is not None, bool(result.exhausted), schedules
        wanted *= 2


if __name__ == "__main__":
    print(json.dumps(searched(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))))
