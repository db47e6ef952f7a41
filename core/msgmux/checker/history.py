"""The history of a run: which puts were accepted and what consumers got, judged by the rules of Jepsen's checkers.

Events tell of linking and delivering inside the queue; this records what went in before and what came out after. Each
payload names its message, so that a wrong payload is detected as well.
"""

from collections.abc import Iterator
from itertools import pairwise

from msgmux.message import Message


def payload(producer: str, n: int) -> str:
    """What a harness puts as its producer's ``n``-th message, from 1."""
    return f"{producer}-{n}"


class RunHistory:
    """Accepted puts by producer, and what each reader got, in order. Readers may share a consumer."""

    def __init__(self) -> None:
        self.accepted: dict[str, int] = {}
        self._got: dict[tuple[str, str], list[Message]] = {}

    def accept(self, producer: str) -> None:
        """A put has returned."""
        self.accepted[producer] = self.accepted.get(producer, 0) + 1

    def got(self, consumer: str, message: Message, reader: str = "") -> None:
        """A get has returned."""
        self._got.setdefault((consumer, reader), []).append(message)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Pairs of an invariant's name and what is wrong."""
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
