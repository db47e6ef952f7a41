"""Signals that ask the program to end: each becomes an exception, raised where a run can be left in good order."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heeded(numbers: Iterable[signal.Signals] = END_SIGNALS) -> list[signal.Signals]:
    """The signals that the parent process did not set to be ignored, as ``nohup`` does with SIGHUP."""
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


class Ended(BaseException):
    """A signal asks the program to end: unwind, close files, and exit with 128 + ``number``."""

    def __init__(self, number: int) -> None:
        self.number = number


def end(number: int, frame: FrameType | None) -> NoReturn:
    """A signal handler that raises at once."""
    raise Ended(number)


class Endings:
    """A pending signal. It is stored, and raised as :class:`Ended` by :meth:`look` or within :meth:`at_once`. A second
    signal is raised at once.

    Raised at any other place, the exception could come between the taking of a lock and the ``with`` that would free it
    (https://github.com/python/cpython/issues/74174), into a task of the deterministic runtime, or half-way through a
    line of a compressed recording.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._at_once = False

    def look(self) -> None:
        """Raise :class:`Ended` if a signal has come."""
        if self._number is not None:
            raise Ended(self._number)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within, a signal is raised at once. For calls that may block for ever, such as a write to a full pipe."""
        self._at_once = True
        try:
            self.look()
            yield
        finally:
            self._at_once = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._at_once or self._number is not None:
            raise Ended(number)
        self._number = number


@contextmanager
def endings() -> Iterator[Endings]:
    """Within, signals go to the :class:`Endings` that this gives. For the main thread only."""
    noted = Endings()
    before = {number: signal.signal(number, noted._note) for number in heeded()}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
