"""From a folder to an :class:`Exercise`, or to everything that is wrong with it."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from msgmux.documents.problems import FileError, Lines, Problem, in_order, suggestion
from msgmux.documents.shapes import Choice, Key, Names, Rejected, Schema, Several, Table, Text, Where, Whole
from msgmux.documents.toml import parse_toml, read_text
from msgmux.exercises.model import HARNESS, SKELETON, SOLUTION, SPEC, Exercise, Reach
from msgmux.exercises.source import Source, SourceError

BUNDLED = Path(__file__).parent
ORDER = (
    "counter",
    "latch",
    "cache",
    "lazy-singleton",
    "transfer",
    "bounded-buffer",
    "reusable-barrier",
    "peterson",
    "ticket-lock",
    "dining-philosophers",
    "readers-writers",
    "sleeping-barber",
    "cigarette-smokers",
    "h2o",
    "copy-on-write",
)
"""The bundled exercises, in the order in which they build on each other."""

_NAME = re.compile(r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$")
_HEADER = re.compile(r"^msgmux exercise: *([\w-]{1,60}), *version *(\d{1,6})", re.MULTILINE)


class ExerciseError(FileError):
    """An exercise cannot be used."""


def _identifier(text: str, where: Where) -> None:
    if not text.isidentifier():
        where.reject(f"{text[:40]!a} is no name in Python; write that of a class or a function")


def _module(text: str, where: Where) -> None:
    if not all([part.isidentifier() for part in text.split(".")]):
        where.reject(f"{text[:40]!a} is no module; write its name as after `import`")


_SENTENCE = Text(400, "a sentence or two")
_REACH: Table[Reach] = Table(
    {
        "outcome": Key(Text(80, "an outcome"), "What the harness says by explore.outcome().", required=True),
        "why": Key(_SENTENCE, "Told to whom it is refused: what must be possible, and why.", required=True),
    },
    lambda values, where: Reach(values["outcome"], values["why"]),
)


def _bounded(keys: Collection[str], where: Where) -> None:
    if "kind" in keys and "bound" not in keys:
        where.at("kind").report('says what "bound" counts, and there is none; write one, or leave this out')


_EXERCISE: Table[dict[str, Any]] = Table(
    {
        "version": Key(Whole(1, 999_999), "One more whenever the files change.", required=True),
        "title": Key(Text(60, "a title"), required=True),
        "learn": Key(_SENTENCE, "What one knows after it.", required=True),
        "fault": Key(Text(120, "what is wrong in the skeleton"), "What is wrong in the skeleton.", required=True),
        "needs": Key(
            Several(Text(60, "a name", _identifier), 1, 20, "names in quotes"),
            "What the harness imports from the student's file.",
            required=True,
        ),
        "without": Key(
            Several(Text(60, "a module", _module), 1, 40, "modules in quotes"), "What that file may not import."
        ),
        "hints": Key(Several(_SENTENCE, 1, 10, "hints in quotes"), "Given one by one."),
        "reach": Key(Several(_REACH, 1, 10, "tables [[reach]]"), "What some schedule must give, each."),
        "bound": Key(Whole(0, 5), "Where every schedule is too many: all up to this bound."),
        "kind": Key(Choice("delay", "preemption"), "What the bound counts."),
        "seconds": Key(Whole(1, 600, "seconds"), "For each test of the harness, at most."),
    },
    lambda values, where: values,
    rules=_bounded,
)


def exercise_schema() -> Schema:
    """The JSON Schema (2020-12) of an ``exercise.toml``, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "msgmux exercise",
        **_EXERCISE.schema(),
    }


def read_exercise(name: str) -> Exercise:
    """The bundled exercise of that name. Raises :class:`ExerciseError`, with the near miss, where there is none."""
    if name not in ORDER:
        text = f"is no bundled exercise; {suggestion(name, ORDER)}"
        raise ExerciseError([Problem(ascii(name[:60])[1:-1], None, "", text)])
    return load_exercise(BUNDLED / name)


def open_exercise(name: str) -> Exercise:
    """A bundled exercise, or that of a folder: what looks like a path, or is one, is taken for one."""
    if name not in ORDER and ("/" in name or "\\" in name or Path(name).is_dir()):
        return load_exercise(Path(name))
    return read_exercise(name)


def load_exercise(folder: Path) -> Exercise:
    """The exercise of that folder. Raises :class:`ExerciseError` with all that is wrong with it."""
    # The folder's name is the exercise's, also where the path is "." or ends in one.
    folder = folder.resolve()
    if not folder.is_dir():
        raise ExerciseError([Problem(str(folder), None, "", f"is no folder; give one that has an {SPEC}")])
    file = str(folder / SPEC)
    problems: list[Problem] = []
    if not _NAME.match(folder.name):
        text = "the folder's name is the exercise's; it can be lower-case words with hyphens between them"
        problems.append(Problem(str(folder), None, "", text))
    values: dict[str, Any] = {}
    try:
        text = read_text(file)
        where = Where(file, Lines(text), Names((), ()), problems)
        values = _EXERCISE.read(parse_toml(text, file), where)
    except Rejected:
        # Reported; the other files are still looked at.
        pass
    except FileError as error:
        problems += error.problems
    tests = _look_at_files(folder, values, problems)
    if problems:
        raise ExerciseError(in_order(problems))
    return Exercise(folder.name, folder, tests=tests, **values)


def _look_at_files(folder: Path, values: dict[str, Any], problems: list[Problem]) -> tuple[str, ...]:
    """The tests of its harness; what is wrong with its Python files is reported, none of them is run."""
    tests: tuple[str, ...] = ()
    for name in (HARNESS, SKELETON, SOLUTION):
        try:
            source = Source.of(folder / name)
        except SourceError as error:
            problems += error.problems
            continue
        if name == HARNESS:
            tests = source.tests
            if not tests:
                problems.append(Problem(str(folder / name), None, "", "has no test; write a function test_…()"))
            continue
        missing = [needed for needed in values.get("needs", ()) if needed not in source.names]
        if missing:
            problems.append(Problem(str(folder / name), None, "", f"does not define {', '.join(missing)}"))
        header = header_of(source.text)
        wanted = (folder.name, values.get("version"))
        if values and header != wanted:
            text = f'its first lines must say "msgmux exercise: {wanted[0]}, version {wanted[1]}"'
            problems.append(Problem(str(folder / name), 1, "", text))
    return tests


def header_of(text: str) -> tuple[str, int] | None:
    """The name and the version that a student's file begins with, or None: ``msgmux exercise: counter, version 1``."""
    found = _HEADER.search(text[:2_000].replace('"""', "").replace("'''", ""))
    return None if found is None else (found[1], int(found[2]))
