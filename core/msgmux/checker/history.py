"""The history of a run: which puts were accepted and what consumers got, judged by the rules of Jepsen's checkers.

The queue's events record linking and delivering, inside the queue. The history records its interface: what ``put``
accepted and what ``get`` returned. Each payload names its message, so that a wrong payload is detected as well.
"""

from collections.abc import Iterator
from itertools import pairwise

from msgmux.message import Message


def payload(producer: str, n: int) -> str:
    """The payload of a harness's ``n``-th message (from 1) of that producer."""
    return f"{producer}-{n}"


class RunHistory:
    """The number of accepted puts by producer, and the messages that each reader got, in order. A reader is a task that
    calls ``get``; several may share one consumer.
    """

    def __init__(self) -> None:
        self.accepted: dict[str, int] = {}
        self._got: dict[tuple[str, str], list[Message]] = {}

    def accept(self, producer: str) -> None:
        """Count one put of ``producer`` that has returned."""
        self.accepted[producer] = self.accepted.get(producer, 0) + 1

    def got(self, consumer: str, message: Message, reader: str = "") -> None:
        """Record the message that a ``get`` of this reader has returned."""
        self._got.setdefault((consumer, reader), []).append(message)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Pairs (name of the violated invariant, what is wrong)."""
        by_consumer: dict[str, list[Message]] = {}
        for (consumer, reader), messages in self._got.items():
            by_consumer.setdefault(consumer, []).extend(messages)
            who = f"{consumer}'s {reader}" if reader else consumer
            for before, after in pairwise(messages):
                if after.seq <= before.seq:
                    yield "nonmonotonic-poll", f"{who} got #{after.seq} after #{before.seq}"
            for message in messages:
                if message.payload != payload(message.producer, message.producer_seq):
                    yield "unexpected", f"{who} got {message.payload!a} as {message.producer}'s {message.producer_seq}."
        for consumer, messages in by_consumer.items():
            seqs = sorted([message.seq for message in messages])
            for before_seq, seq in pairwise(seqs):
                if seq == before_seq:
                    yield "duplicated", f"{consumer} got #{seq} twice"
                elif seq > before_seq + 1:
                    yield "poll-skip", f"{consumer} got #{seq} right after #{before_seq}"
