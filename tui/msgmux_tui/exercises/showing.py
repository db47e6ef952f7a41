"""A grade as paragraphs on the screen, those of the story with the line of the student's file that each is about."""

import msgspec

from msgmux.exercises import Exercise
from msgmux.exercises.records import Grade, PartGrade, StoryLine
from msgmux_tui.exercises.wording import verdict_in_words
from msgmux_tui.viewmodel.view import Paragraph

VERDICT_STYLE = {"solved": "ok", "broken": "alarm", "refused": "warn", "unknown": "warn"}
_TEST_STYLE = {"valid": "ok", "violated": "alarm", "unknown": "warn"}
_TEST_MARK = {"valid": "holds", "violated": "broken", "unknown": "not decided"}


class Told(msgspec.Struct, frozen=True):
    """The ``paragraphs`` of a grade; ``steps`` are those of the story: the index of the first paragraph of each, and
    the line of the student's file (0: it is elsewhere).
    """

    paragraphs: tuple[Paragraph, ...]
    steps: tuple[tuple[int, int], ...] = ()

    @property
    def lines(self) -> frozenset[int]:
        """The lines that the story goes over."""
        return frozenset([line for _, line in self.steps if line])


def told_grade(grade: Grade, exercise: Exercise, file: str) -> Told:
    """What breaks comes first, then the other tests; the verdict is above all."""
    verdict, *rest = verdict_in_words(grade, exercise)
    paragraphs = [Paragraph(verdict, VERDICT_STYLE[grade.verdict])]
    paragraphs += [Paragraph(line.strip(), "text", 2) for line in rest]
    steps: list[tuple[int, int]] = []
    for test in sorted(grade.tests, key=lambda test: test.verdict != "violated"):
        paragraphs.append(Paragraph(""))
        name = test.name.removeprefix("test_").replace("_", " ")
        paragraphs.append(Paragraph(f"{_TEST_MARK[test.verdict]}: {name}", _TEST_STYLE[test.verdict], 2))
        if test.verdict == "violated":
            _tell_failure(test, file, paragraphs, steps)
        elif test.verdict == "unknown":
            paragraphs.append(Paragraph(test.unknown, "soft", 2))
        paragraphs.append(Paragraph(test.words, "faint", 2))
    return Told(tuple(paragraphs), tuple(steps))


def _tell_failure(test: PartGrade, file: str, paragraphs: list[Paragraph], steps: list[tuple[int, int]]) -> None:
    paragraphs += [Paragraph(line, "strong", 2) for line in test.failure.splitlines()]
    if test.cost:
        paragraphs.append(Paragraph(f"it takes {test.cost}:", "soft", 2))
    for line in test.story:
        steps.append((len(paragraphs), line.line if line.file == file else 0))
        paragraphs.append(Paragraph(_step(line), "text", 5))
    if test.why:
        paragraphs.append(Paragraph(f"why: {test.why}", "strong", 5))
    paragraphs += [Paragraph(f"note: {note}", "soft", 6) for note in test.notes]


def _step(line: StoryLine) -> str:
    """``T1  counter.py:9  self.value += 1: reads 0``."""
    words = "  ".join([part for part in (line.task, line.place, line.text) if part])
    return f"{words.removesuffix(':')}: {line.did}" if line.did else words
