"""The common interface of all systems under test: a number of producers and consumers, every message to all consumers.

A system is wired as its user would wire it: where a library has queues, each consumer has one, and a put is a Python
function that puts into each of them, as this queue's own ``put`` is a Python function.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import repeat
from typing import ClassVar

Put = Callable[[bytes], object]
Get = Callable[[], bytes]

BATCH = 1_024
"""Most messages of a get that takes several: as many as a channel holds."""
MANY = 100
"""Messages of a put that puts several."""


class System(ABC):
    """One wiring of a system, for one run. The class says how rows call it, and which module it needs."""

    name: ClassVar[str]
    module: ClassVar[str] = "queue"

    def __init__(self, producers: int, consumers: int) -> None:
        self.producers = producers
        self.consumers = consumers

    @classmethod
    def installed(cls) -> bool:
        """Whether the module that this system needs is installed."""
        return find_spec(cls.module) is not None

    @abstractmethod
    def putter(self, producer: int) -> Put:
        """The function that this producer calls for each message. Called in the producer's own thread."""

    @abstractmethod
    def getter(self, consumer: int) -> Get:
        """The function that this consumer calls for each message; it blocks. Called in the consumer's own thread."""

    def send(self, producer: int, messages: int, payload: bytes) -> None:
        """All that a producer does in a run."""
        put = self.putter(producer)
        for _ in repeat(None, messages):
            put(payload)

    def receive(self, consumer: int, messages: int) -> None:
        """All that a consumer does in a run. Each message is used once, which costs the same for every system."""
        get = self.getter(consumer)
        got = 0
        while got < messages:
            get()
            got += 1

    def close(self) -> None:  # noqa: B027 - not abstract: many have none
        """End threads and close sockets."""


def to_each(puts: Sequence[Put]) -> Put:
    """A function that puts a message into each of several queues, as a user would write it."""

    def put(payload: bytes) -> None:
        for each in puts:
            each(payload)

    return put
