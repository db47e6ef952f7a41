"""A question to the class: one answer for each viewer, which may be changed until it is closed."""

import csv
from pathlib import Path

import msgspec

from msgmux_tui.web.page.lines import Poll

MOST_ANSWERS = 2_000
"""Viewers whose answers are counted; further ones are not taken."""


class Question(msgspec.Struct, frozen=True, tag_field="kind", tag="ask"):
    """A question as the lecturer asks it. ``right``: the index of the right choice, if there is one."""

    id: int
    question: str
    choices: tuple[str, ...]
    right: int | None = None


class Counted(msgspec.Struct, frozen=True, tag_field="kind", tag="counted"):
    """How many viewers have chosen each choice of the question ``poll``."""

    poll: int
    counts: tuple[int, ...]


class Box:
    """The answers to one question. Who has answered is known by the ids that the gate gives to browsers."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self.open = True
        self.revealed = False
        self._answers: dict[str, int] = {}

    def answer(self, viewer: str, poll: int, choice: int) -> bool:
        """Take an answer, in place of an earlier one. Returns whether it counts: not to another question, not for a
        choice that there is not, and not after the end.
        """
        if poll != self.asked.id or not self.open or not 0 <= choice < len(self.asked.choices):
            return False
        if viewer not in self._answers and len(self._answers) >= MOST_ANSWERS:
            return False
        self._answers[viewer] = choice
        return True

    def reveal(self) -> None:
        """End the question, and let everybody see what was answered and what is right."""
        self.open, self.revealed = False, True

    @property
    def counted(self) -> Counted:
        counts = [0] * len(self.asked.choices)
        for choice in self._answers.values():
            counts[choice] += 1
        return Counted(self.asked.id, tuple(counts))

    def seen_by(self, viewer: str) -> Poll:
        """The question as that viewer's page shows it; counts and the right answer only when they are revealed."""
        asked = self.asked
        return Poll(
            asked.id,
            asked.question,
            asked.choices,
            self.open,
            self._answers.get(viewer),
            self.counted.counts if self.revealed else None,
            asked.right if self.revealed else None,
        )


def in_words(asked: Question, counts: tuple[int, ...]) -> str:
    """``Where does it start? the head 12, the tail 3``: what is kept with the session."""
    answers = ", ".join([f"{choice} {count}" for choice, count in zip(asked.choices, counts, strict=True)])
    return f"{asked.question} {answers}"


def append_csv(path: Path, asked: Question, counts: tuple[int, ...], seconds: float) -> None:
    """Add a question to a CSV file, one line for each choice: ``seconds`` of the session, question, choice, whether it
    is right, answers. Raises :class:`OSError`.
    """
    fresh = not path.exists() or not path.stat().st_size
    with path.open("a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        if fresh:
            rows.writerow(["seconds", "question", "choice", "right", "answers"])
        for index, (choice, count) in enumerate(zip(asked.choices, counts, strict=True)):
            right = "" if asked.right is None else "yes" if index == asked.right else "no"
            rows.writerow([f"{seconds:.3f}", _as_text(asked.question), _as_text(choice), right, count])


def _as_text(words: str) -> str:
    """No spreadsheet takes the words of a scenario's question for a formula."""
    return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t", "\r") else words
