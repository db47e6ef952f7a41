"""Comparing what ``put`` accepted with what consumers got (Jepsen's total-queue check)."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from msgmux import Message


@dataclass
class Audit:
    """Payloads are (producer registration, n). ``accepted`` by put; ``got`` by each consumer, in order."""

    accepted: dict[str, list[int]] = field(default_factory=dict)
    got: dict[str, list[Message]] = field(default_factory=dict)

    def problems(self, consumer: str, *, whole: bool = True) -> list[str]:
        """The lost, duplicated, unexpected or reordered messages of one consumer, in words.

        ``whole``: the consumer was registered from the first to the last message.
        """
        messages = self.got[consumer]
        found: list[str] = []
        seqs = [message.seq for message in messages]
        if any(b != a + 1 for a, b in pairwise(seqs)):
            found.append(f"{consumer}: seqs are not dense: poll-skip, duplicated or nonmonotonic-poll")
        by_producer: dict[str, list[int]] = {}
        for message in messages:
            name, n = message.payload
            by_producer.setdefault(name, []).append(n)
        for name, numbers in by_producer.items():
            if numbers != sorted(set(numbers)):
                found.append(f"{consumer}: messages of {name} are reordered or duplicated")
        wanted = Counter((name, n) for name, numbers in self.accepted.items() for n in numbers)
        have = Counter((name, n) for name, numbers in by_producer.items() for n in numbers)
        if have - wanted:
            found.append(f"{consumer}: unexpected {list(have - wanted)[:5]}")
        if whole and wanted - have:
            found.append(f"{consumer}: lost {list(wanted - have)[:5]}")
        return found


class Tally:
    """The same check for one consumer in constant memory, for runs of any length.

    Payloads are (label, n, …): ``n`` counts without gaps for each label, and a label belongs to one thread. ``whole``:
    the consumer was registered from the first message on.
    """

    def __init__(self, name: str, whole: bool) -> None:
        self.name = name
        self.count = 0
        self.missed = 0
        """The number of messages missing by their seq; the queue must have reported them as skipped."""
        self.problems: list[str] = []
        self._whole = whole
        self._seq = 0
        self._next: dict[str, int] = {}

    def take(self, message: Message) -> None:
        label, n = message.payload[:2]
        if self._seq and message.seq != self._seq + 1:
            if message.seq <= self._seq:
                self._problem(f"#{message.seq} after #{self._seq}: duplicated or reordered")
            self.missed += message.seq - self._seq - 1
        elif not self._seq and self._whole:
            self.missed += message.seq - 1
        self._seq = message.seq
        expected = self._next.get(label, 0 if self._whole else n)
        if n < expected:
            self._problem(f"{label}: {n} after {expected - 1}: duplicated or reordered")
        elif n > expected and not self.missed:
            self._problem(f"{label}: {n} right after {expected - 1}: lost")
        self._next[label] = n + 1
        self.count += 1

    def sum_up(self, accepted: dict[str, int], skipped: int) -> list[str]:
        """The faults found, in words. ``accepted``: by label, how many messages put accepted."""
        for label, end in self._next.items():
            if end > accepted.get(label, 0):
                self._problem(f"{label}: {end - 1} was never accepted: unexpected")
        # Messages skipped at the very end leave no gap between seqs; only the totals show them.
        if self._whole and self.count + skipped != sum(accepted.values()):
            self._problem(f"{self.count} and {skipped} skipped of {sum(accepted.values())}: lost or duplicated")
        if self.missed > skipped:
            self._problem(f"{self.missed} are missing, and {skipped} were told as skipped: lost")
        return self.problems

    def _problem(self, words: str) -> None:
        if len(self.problems) < 5:
            self.problems.append(f"{self.name}: {words}")
