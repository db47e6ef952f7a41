"""Publishes a queue of a running program to viewers: ``msgmux.publish(queue, "orders")``, then ``msgmux-tui attach``.

A stream is a recording that is still being written (:mod:`msgmux.recording`): a header, then one event a line. What
viewers send is described in :mod:`msgmux.publishing.wire`. This package is imported only when it is used.
"""

import atexit
import os
import sys
import weakref
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from msgmux.publishing.doors import Door, tcp_door, unix_door
from msgmux.publishing.places import NAME
from msgmux.publishing.publisher import Publisher
from msgmux.publishing.source import FrameSource, QueueSource, Source
from msgmux.queue import MessageQueue

__all__ = ["FrameSource", "Publication", "Publisher", "QueueSource", "Source", "publish"]


# The queues that are published because of MSGMUX_PUBLISH; see msgmux.publishing.environment.
_by_itself: "weakref.WeakKeyDictionary[MessageQueue, Publication]" = weakref.WeakKeyDictionary()


class Publication:
    """A queue that is published until :meth:`close` or the end of the program. A context manager that closes it."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        atexit.register(self.close)

    @property
    def name(self) -> str:
        return self._publisher.name

    @property
    def address(self) -> str:
        """What to give to ``msgmux-tui attach``: ``unix:/…/41-orders.sock``, or ``tcp://…`` with its token."""
        return self._publisher.doors[0].address

    @property
    def viewers(self) -> int:
        """How many viewers follow now."""
        return self._publisher.viewers

    def close(self) -> None:
        """Tell the viewers that the stream ends, and close their connections. Waits 2 seconds at most. Idempotent."""
        atexit.unregister(self.close)
        self._publisher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Publication {self.name} at {self.address}, {self.viewers} viewers>"


def publish(
    queue: MessageQueue | Source,
    name: str | None = None,
    *,
    allow: Iterable[str] = (),
    previews: bool = True,
    port: int | None = None,
    host: str = "127.0.0.1",
    token: str = "",
) -> Publication:
    """Let processes of the same user watch ``queue`` while the program runs, with ``msgmux-tui attach NAME``.

    ``name``: 1 to 40 letters, digits, dots, ``-`` and ``_``; None: that of the program's file. ``allow``: what viewers
    may change; nothing unless named here: ``"retention"``, ``"clean"``, ``"bounds"``, ``"mark"``,
    ``"close_producer"``, ``"close_consumer"``. Without ``previews``, nothing of a payload is sent to viewers.

    With a ``port`` (0: a free one) the queue is published by TCP at ``host`` instead, to viewers that know the
    ``token`` (empty: a random one; :attr:`Publication.address` contains it). Nothing is encrypted: use it only in a
    network that you trust.

    Without a viewer this costs the queue nothing. Raises :class:`MsgmuxError` if ``name`` or ``allow`` is wrong, or the
    socket cannot be made. After that, nothing that a viewer does raises in the program.
    """
    name = program_name() if name is None else name
    source = QueueSource(queue, name, allow=allow, previews=previews) if isinstance(queue, MessageQueue) else queue
    if isinstance(queue, MessageQueue):
        # The program's own call replaces a publication that MSGMUX_PUBLISH has begun.
        by_itself = _by_itself.pop(queue, None)
        if by_itself is not None:
            by_itself.close()
    door: Door = unix_door(name) if port is None else tcp_door(port, host, token)
    return Publication(Publisher(source, name, [door]))


def publish_by_itself(queue: MessageQueue, name: str) -> Callable[[], None]:
    """As :func:`publish`, until the program publishes this queue itself, or the returned function is called."""
    publication = publish(queue, name)
    _by_itself[queue] = publication

    def end() -> None:
        _by_itself.pop(queue, None)
        publication.close()

    return end


def program_name() -> str:
    """The name of the program's file, without ``.py``, with ``-`` for characters that cannot be used in a name."""
    base = os.path.basename(sys.argv[0]) if sys.argv else ""
    usable = "".join([letter if NAME.fullmatch(letter) else "-" for letter in base.removesuffix(".py")])[:40]
    return usable or "python"
