"""A message multiplexer that can be watched: a threaded queue that keeps one copy of every message in a doubly linked
list, gives every message to every consumer through a cursor of its own, and evicts what everybody has had.
"""

import os
from typing import TYPE_CHECKING, Any

from msgmux._version import __version__
from msgmux.errors import (
    BoundReached,
    Closed,
    Deadlock,
    DuplicateName,
    Empty,
    Full,
    MsgmuxError,
    Reentered,
    ReplayDivergence,
    TaskFailed,
    UnknownName,
)
from msgmux.events import Event
from msgmux.handles import Consumer, Producer
from msgmux.log import Subscription
from msgmux.message import Batch, Message
from msgmux.queue import MessageQueue
from msgmux.settings import Settings
from msgmux.state import QueueState, fold

if TYPE_CHECKING:
    from msgmux.publishing import publish

__all__ = [
    "Batch",
    "BoundReached",
    "Closed",
    "Consumer",
    "Deadlock",
    "DuplicateName",
    "Empty",
    "Event",
    "Full",
    "Message",
    "MessageQueue",
    "MsgmuxError",
    "Producer",
    "QueueState",
    "Reentered",
    "ReplayDivergence",
    "Settings",
    "Subscription",
    "TaskFailed",
    "UnknownName",
    "__version__",
    "fold",
    "publish",
]


def __getattr__(name: str) -> Any:
    """``publish`` is loaded by those who use it."""
    if name == "publish":
        from msgmux.publishing import publish

        return publish
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if os.environ.get("MSGMUX_PUBLISH"):
    from msgmux.publishing.environment import publish_all

    publish_all(os.environ["MSGMUX_PUBLISH"])
