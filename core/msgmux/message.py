"""What the queue keeps and what it hands out: nodes inside, messages outside.

A :class:`Node` is a *record batch*: consecutive messages of one producer that were linked at one moment. At human
speed every node holds one message; under load nodes fill by themselves, which is where speed and small memory come
from (one slotted node a message costs 64 bytes, a full node 8.5; the idea is Kafka's record batch).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Generic, overload

import msgspec

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Payload = TypeVar("Payload", default=Any)
    Payload_co = TypeVar("Payload_co", default=Any, covariant=True)
else:
    # Without the default, which the library knows from Python 3.13 on: only type checkers make use of it.
    from typing import TypeVar

    Payload = TypeVar("Payload")
    Payload_co = TypeVar("Payload_co", covariant=True)

NODE_CAPACITY = 256
"""The most messages that one node holds."""


class Message(msgspec.Struct, Generic[Payload_co], frozen=True, gc=False):
    """One message, as a consumer gets it; ``Message[Order]`` for a type checker.

    ``seq`` counts all messages of the queue from 1, ``producer_seq`` those of one registration of its producer;
    both are dense. ``timestamp`` is the moment of linking, in seconds of the queue's runtime.
    """

    seq: int
    producer: str
    producer_seq: int
    timestamp: float
    payload: Payload_co


class Origin(msgspec.Struct, frozen=True):
    """Whose messages a node holds: one registration of a producer, of which nothing else is kept alive."""

    name: str
    id: int
    tag: str


class Node(msgspec.Struct, eq=False):
    """A link of the list: up to :data:`NODE_CAPACITY` messages of one producer.

    ``payloads`` never changes after linking, so that channels may share it; evicting a message only advances
    ``start``. ``first_seq`` and ``first_producer_seq`` belong to ``payloads[0]``, evicted or not.
    """

    producer: Origin
    first_seq: int
    first_producer_seq: int
    timestamp: float
    payloads: list[Any]
    mutable: bool = False
    start: int = 0
    prev: "Node | None" = None
    next: "Node | None" = None

    @property
    def seq(self) -> int:
        """The seq of the oldest message that is still retained here."""
        return self.first_seq + self.start

    @property
    def last_seq(self) -> int:
        return self.first_seq + len(self.payloads) - 1

    def __len__(self) -> int:
        """How many messages are still retained here."""
        return len(self.payloads) - self.start


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A run of one node's messages on its way to one consumer: pointers to payloads, never the node itself."""

    producer: str
    seq: int
    producer_seq: int
    timestamp: float
    payloads: list[Any]
    mutable: bool = False

    def messages(self) -> Iterator[Message]:
        seq, producer_seq, n = self.seq, self.producer_seq, len(self.payloads)
        seqs: Iterable[int] = range(seq, seq + n)
        producer_seqs: Iterable[int]
        if producer_seq == seq:
            # With one producer both numbers are the same, and one int does for both: 47 ns a message, not 60.
            seqs = producer_seqs = list(seqs)
        else:
            producer_seqs = range(producer_seq, producer_seq + n)
        return map(Message, seqs, repeat(self.producer), producer_seqs, repeat(self.timestamp), self.payloads)

    def first(self) -> Message:
        return Message(self.seq, self.producer, self.producer_seq, self.timestamp, self.payloads[0])

    def split(self, n: int) -> "tuple[Chunk, Chunk]":
        """The first ``n`` messages, and the rest."""
        head = Chunk(self.producer, self.seq, self.producer_seq, self.timestamp, self.payloads[:n], self.mutable)
        rest = Chunk(
            self.producer, self.seq + n, self.producer_seq + n, self.timestamp, self.payloads[n:], self.mutable
        )
        return head, rest


class Batch(Sequence[Message[Payload_co]]):
    """What one ``get_many`` got, in order. Messages are made when they are looked at; ``payloads`` makes none."""

    __slots__ = ("_chunks", "_length")

    def __init__(self, chunks: Sequence[Chunk] = ()) -> None:
        self._chunks = chunks
        self._length = sum([len(chunk.payloads) for chunk in chunks])

    @property
    def payloads(self) -> list[Payload_co]:
        """The payloads alone, in order: a new list, the caller's to keep."""
        payloads: list[Payload_co] = []
        for chunk in self._chunks:
            # Copied as one block: 1 ns a message, where going through an iterator takes 6.
            payloads += chunk.payloads
        return payloads

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Message[Payload_co]]:
        return chain.from_iterable(chunk.messages() for chunk in self._chunks)

    @overload
    def __getitem__(self, index: int) -> Message[Payload_co]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Message[Payload_co]]: ...
    def __getitem__(self, index: int | slice) -> Message[Payload_co] | Sequence[Message[Payload_co]]:
        if isinstance(index, slice):
            return list(self)[index]
        if index < 0:
            index += self._length
        if index >= 0:
            for chunk in self._chunks:
                if index < len(chunk.payloads):
                    return chunk.split(index)[1].first()
                index -= len(chunk.payloads)
        raise IndexError(f"the batch holds {self._length} messages")

    def __repr__(self) -> str:
        return f"Batch({list(self)!r})"
