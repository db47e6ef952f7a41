"""What went in must come out: Jepsen-style totals over what producers were told and what consumers got."""

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
        """Lost, duplicated, unexpected or reordered messages; ``whole``: it was there from the first to the last."""
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
