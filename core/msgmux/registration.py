"""What the queue knows of each registered producer and consumer. All of it is guarded by the queue's lock."""

from msgmux.inlet import Inlet
from msgmux.message import Node, Origin
from msgmux.outlet import Outlet
from msgmux.pacing import Sending, Service
from msgmux.state import Status


class BlockedPut:
    """A put that may have to wait for room. ``entry``: the producer that counts it as blocked, while one does."""

    __slots__ = ("entry",)

    def __init__(self) -> None:
        self.entry: ProducerEntry | None = None


class ProducerEntry:
    """One registration of a producer. ``put`` counts linked messages, so it is also the last producer_seq."""

    __slots__ = ("blocked", "channel", "closing", "gone", "id", "name", "origin", "pace", "put", "status", "tag")

    def __init__(self, name: str, id: int, tag: str, channel: Inlet, pace: Sending | None) -> None:
        self.name = name
        self.id = id
        self.tag = tag
        # What the nodes know of it.
        self.origin = Origin(name, id, tag)
        self.channel = channel
        self.put = 0
        # Who waits in put. The queue announces room only while there is somebody.
        self.blocked: dict[BlockedPut, bool] = {}
        # Closed by its user; unregistered ("gone") when the queue has taken what the channel holds.
        self.closing = False
        self.gone = False
        self.status: Status = "running"
        self.pace = pace


class ConsumerEntry:
    """One registration of a consumer. ``cursor`` is the seq last delivered, or skipped.

    ``node`` is where ``cursor + 1`` lies, if that is known; None at the tail, or when it must be looked for.
    """

    __slots__ = ("channel", "cursor", "delivered", "id", "name", "node", "pace", "skipped", "status", "tag")

    def __init__(self, name: str, id: int, tag: str, channel: Outlet, cursor: int, pace: Service | None) -> None:
        self.name = name
        self.id = id
        self.tag = tag
        self.channel = channel
        self.cursor = cursor
        self.node: Node | None = None
        self.delivered = 0
        self.skipped = 0
        self.status: Status = "running"
        self.pace = pace
