"""Counting work instead of timing it: the result is the same on a slow or busy machine."""

import sys
from collections.abc import Callable


def calls_of(work: Callable[[], object]) -> int:
    """The number of function calls of this thread while ``work`` runs, calls of C functions included."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls
