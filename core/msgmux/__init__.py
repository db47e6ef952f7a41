"""A message multiplexer that can be watched: a threaded queue that keeps one copy of every message in a doubly linked
list, gives every message to every consumer through a cursor of its own, and evicts what everybody has had.
"""

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
]
