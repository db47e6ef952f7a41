"""The errors that msgmux raises: one small family, so that ``except MsgmuxError`` catches them all.

Every message says what went wrong, which name it concerns, and what to do about it.
"""

import queue
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from msgmux.runtime.records import Wait


if sys.version_info >= (3, 13):
    from queue import ShutDown
else:
    ShutDown = Exception


class MsgmuxError(Exception):
    """Base of every error that msgmux raises on purpose. Can be pickled, with its attributes."""

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception's own way calls the class with ``args``, which are not always what its __init__ takes.
        return _remade, (type(self), self.args), self.__dict__ or None


def _remade(kind: type[MsgmuxError], args: tuple[Any, ...]) -> MsgmuxError:
    """The error as it was pickled: ``args`` are set by ``__new__``, and the attributes follow."""
    return kind.__new__(kind, *args)


class DuplicateName(MsgmuxError):
    """A producer or consumer of that name is still registered."""


class UnknownName(MsgmuxError):
    """No producer or consumer of that name is registered."""


class Closed(MsgmuxError, ShutDown):
    """The channel or the queue was closed: nothing more can be put, or nothing is left to get.

    ``accepted`` says how many messages of a ``put_many`` got in before. From Python 3.13 on also a ``queue.ShutDown``.
    """

    def __init__(self, message: str, accepted: int = 0) -> None:
        super().__init__(message)
        self.accepted = accepted


class Full(MsgmuxError, queue.Full):
    """There was no room in time. ``accepted`` says how many messages of a ``put_many`` got in before."""

    def __init__(self, message: str, accepted: int = 0) -> None:
        super().__init__(message)
        self.accepted = accepted


class Empty(MsgmuxError, queue.Empty):
    """Nothing arrived in time."""


class Reentered(MsgmuxError):
    """A finalizer, a weak reference's callback or a signal handler called the queue from inside one of its own calls.

    Only ``put`` and ``put_many`` can be called from there: any other call would wait for itself, or take what the
    interrupted one is about to take.
    """

    def __init__(
        self,
        message: str = "called from inside of this queue, by a finalizer, a weak reference's callback or a signal "
        "handler that interrupts one of its calls: only put and put_many can be called there",
    ) -> None:
        super().__init__(message)


class Deadlock(MsgmuxError):
    """No task can ever go on. The message tells who waits for what, and who holds it; ``waits`` is the same as data."""

    def __init__(self, message: str, waits: "Sequence[Wait]" = ()) -> None:
        super().__init__(message)
        self.waits = tuple(waits)


class ReplayDivergence(MsgmuxError):
    """A recorded schedule does not fit the program it is replayed on."""


class BoundReached(MsgmuxError):
    """A run took more scheduling points than it was allowed: its verdict is *unknown*, never *fine*."""


class TaskFailed(MsgmuxError):
    """A task of a deterministic run ended by an exception, which is this error's ``__cause__``."""
