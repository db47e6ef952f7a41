"""What the two kinds of channels share: whom they ask for help, and which capacities are legal."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from msgmux.runtime.interface import Runtime

if TYPE_CHECKING:
    from msgmux.inlet import Inlet
    from msgmux.outlet import Outlet


class Dispatcher(Protocol):
    """What a channel asks of its queue. Every call but :meth:`alarm` and the attributes takes the queue's lock."""

    entered: dict[int, Callable[[], bool]]
    """Where a thread notes, by its ident, the channel's lock that it is about to take; see the section."""

    must_notify: bool
    """True while the receiver sleeps and nobody has promised to wake it: the next put must call :meth:`wake`."""

    def wake(self) -> None:
        """Something was put while ``must_notify`` was set: see to it that it is linked."""

    def alarm(self) -> None:
        """Something may have been put that nobody was told of: have it looked for. Takes no lock."""

    def admit(self, inlet: "Inlet", deadline: float | None) -> int:
        """Make room in a full inlet, or wait for it. Returns how many messages may go in now, at least 1.

        Raises :class:`Full` when there is none in time and :class:`Closed` when the channel is closed.
        """

    def fetch(self, outlet: "Outlet") -> None:
        """The outlet is dry: fill it, or see to it that whoever fills it wakes those that wait on ``arrival``."""

    def refill(self, outlet: "Outlet") -> None:
        """The outlet is backpressured and has room again."""


def deadline_after(runtime: Runtime, timeout: float) -> float:
    """The moment at which ``timeout`` seconds from now have passed.

    Raises :class:`TypeError` for a bool: who writes ``get(True)`` means the ``block`` of :class:`queue.Queue`.
    """
    if isinstance(timeout, bool):
        raise TypeError(
            f"timeout must be a number of seconds, or None to wait as long as it takes; got the bool {timeout!r}"
        )
    return runtime.now() + timeout


def check_capacity(name: str, capacity: int) -> None:
    """Raise :class:`ValueError` unless a channel can have that capacity."""
    if capacity < 1:
        raise ValueError(f"capacity of {name!r} must be at least 1 message; got {capacity!r}")
