"""Lessons: TOML files that a class is taken through, card by card, and whoever reads this can write one.

``msgmux-tui lesson --template`` prints a lesson with every key explained; ``msgmux-tui validate FILE`` tells what is
wrong with yours, and ``msgmux-tui lesson FILE`` takes it. In short:

- ``title`` and ``learn`` say what it is about, and what one knows after it.
- What is seen: ``scenario`` is a bundled scenario, a file beside the lesson, a table of its own (``[scenario]``,
  ``[[scenario.producer]]``…), or a small program of the checker (``msgmux-tui check --list``). A ``variant`` is the
  queue with one thing broken; it has a program that shows it.
- ``goal = { break = "lost" }``: the class looks for a schedule of the faulty queue that breaks this invariant, has
  ``hints`` and sees the shortest such schedule (found, shrunk and played back), and then the repaired code survive
  every schedule within the bound. ``goal = { keep = "reordered", in = "pairs", bound = 2 }``: nothing is broken, and
  that no schedule can break it is shown in the end.
- ``solution`` says who goes on, in turn: ``"P1"`` (until it must wait), ``{ task = "C1", until =
  { acquire = "queue" } }`` (until it is about to take that lock), ``"the clock"``.
- Each ``[[card]]`` has a ``text``, and may ``wait`` for an expression over the state to come true, for a key
  (``press``), or ``ask``: with ``choices``, the ``answer`` and ``why``. What can be found out by running should be:
  ``run = { after = "5s", holds = ["length() > 20", "length() == 20"] }`` looks which choice has come true,
  ``run = "preemptions"`` and ``run = "invariant"`` ask the checker.

A test plays every bundled lesson from start to end by its own solution. Files are read in the order of the table below.
"""

import os
from importlib import resources
from pathlib import Path

from msgmux.documents.problems import suggestion
from msgmux.documents.toml import read_text
from msgmux.scenario import Problem, parse, warnings
from msgmux_tui.lessons.model import Lesson
from msgmux_tui.lessons.reading import LessonError, is_lesson, lesson_schema, load_lesson, parse_lesson

__all__ = [
    "ORDER",
    "Lesson",
    "LessonError",
    "is_lesson",
    "lesson_schema",
    "open_lesson",
    "read",
    "template",
    "validate",
]

ORDER = (
    "cursor",
    "one-copy",
    "lag",
    "retention",
    "backpressure",
    "overflow",
    "late-joiner",
    "order",
    "check-then-act",
    "lost-update",
    "lock-held",
    "deadlock",
    "lost-wakeup",
    "if-for-while",
    "cleaner",
    "second-look",
)
"""The bundled lessons, in the order in which they build on each other."""


def read(name: str) -> Lesson:
    """The bundled lesson of that name. Raises :class:`LessonError`, with the near miss, where there is none."""
    if name not in ORDER:
        text = f"is no bundled lesson; {suggestion(name, ORDER)}"
        raise LessonError([Problem(ascii(name)[1:-1], None, "", text)])
    return parse_lesson(resources.files(__name__).joinpath(f"{name}.toml").read_text("utf-8"), f"{name}.toml")


def open_lesson(name: str) -> Lesson:
    """A bundled lesson, or that of a file: what looks like a path, or is one, is taken for one."""
    if name not in ORDER and (os.sep in name or name.endswith(".toml") or Path(name).exists()):
        return load_lesson(name)
    return read(name)


def validate(path: str) -> list[Problem]:
    """Read that file as the lesson or the scenario that it is. Returns warnings: steps of it that can never happen.

    Raises :class:`FileError` if it cannot be used.
    """
    text = read_text(path)
    if is_lesson(text, path):
        parse_lesson(text, path)
        return []
    return warnings(parse(text, path))


def template() -> str:
    """A lesson with every key explained, to begin one's own with."""
    return resources.files(__name__).joinpath("template.txt").read_text("utf-8")
