"""What is wrong with a file, and where: one error that names every problem at once."""

import difflib
import re
from collections.abc import Iterable
from itertools import islice

import msgspec

from msgmux.errors import MsgmuxError

Path = tuple[str | int, ...]
"""The way to a value: ``("step", 2, "set", "rate")``."""
MOST_PROBLEMS = 200
"""So many are told of one file; whoever has so many mends these first."""
MOST_NAMES = 1_000
"""So many known words are searched for a near miss: a file of thousands must not keep anybody waiting."""


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: ``text`` says what, and what would be right. ``line`` counts from 1, if it is known."""

    file: str
    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join([part for part in (place, self.key, self.text) if part])


class FileError(MsgmuxError):
    """A file cannot be used. ``problems`` has all that is wrong with it; ``str()`` is one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([str(problem) for problem in self.problems]))


class ScenarioError(FileError):
    """A scenario cannot be used."""


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """As they stand in the file; what is wrong with all of it first."""
    return sorted(problems, key=lambda problem: problem.line or 0)


class Lines:
    """The line on which each key of a TOML text stands.

    :mod:`tomllib` does not tell, so the text is scanned once more: for headers, for keys, and for the strings and
    brackets that a value may span lines with. The text is known to be valid, so nothing is checked here.
    """

    # Possessive where they repeat, so that no text makes them try again and again.
    _PART = re.compile(r"""[\w-]++|"(?:\\.|[^"\\])*+"|'[^']*+'""")
    _DOTTED = rf"((?:{_PART.pattern})(?:\s*+\.\s*+(?:{_PART.pattern}))*+)\s*+"
    _HEADER = re.compile(rf"^\s*+(\[\[?)\s*+{_DOTTED}\]")
    _KEY = re.compile(rf"^\s*+{_DOTTED}=")
    # What matters inside of a value: strings, which may hold anything; comments; brackets.
    _PIECE = re.compile(
        r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n', re.DOTALL
    )

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        counts: dict[Path, int] = {}
        prefix: Path = ()
        position, line = 0, 1
        while position < len(text):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            row = text[position:end]
            if header := self._HEADER.match(row):
                prefix = self._parts(header[2])
                if header[1] == "[[":
                    counts[prefix] = counts.get(prefix, -1) + 1
                    prefix = (*prefix, counts[prefix])
                self._lines.setdefault(prefix, line)
            elif key := self._KEY.match(row):
                self._lines.setdefault((*prefix, *self._parts(key[1])), line)
                end = self._end_of_value(text, position + key.end())
            line += text.count("\n", position, end + 1)
            position = end + 1

    def __getitem__(self, path: Path) -> int | None:
        """The line of ``path``, or of the nearest thing around it; None where nothing of it is known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    @classmethod
    def _parts(cls, dotted: str) -> Path:
        return tuple([part.strip("\"'") for part in cls._PART.findall(dotted)])

    @classmethod
    def _end_of_value(cls, text: str, start: int) -> int:
        """Where the line ends on which the value that begins at ``start`` ends."""
        depth = 0
        for piece in cls._PIECE.finditer(text, start):
            if piece[0] in "[{":
                depth += 1
            elif piece[0] in "]}":
                depth -= 1
            elif piece[0] == "\n" and depth <= 0:
                return piece.start()
        return len(text)


def dotted(path: Path) -> str:
    """The key path as problems show it: ``step[2].set.rate``; tables of an array count from 0."""
    return "".join([f"[{part}]" if isinstance(part, int) else f".{_printable(part)}" for part in path]).lstrip(".")


def _printable(key: str) -> str:
    """A key in quotes may hold anything, and this is for a terminal."""
    return ascii(key[:40])[1:-1] + ("…" if len(key) > 40 else "")


def suggestion(word: str, known: Iterable[str]) -> str:
    """``did you mean "rate"?``, or else what there is to choose from."""
    words = list(islice(known, MOST_NAMES))
    near = difflib.get_close_matches(word[:80], words, 1, 0.6)
    near = near or [other for other in words if len(word) > 2 and other.startswith(word)]
    if near:
        return f'did you mean "{_printable(near[0])}"?'
    if not words:
        return "there is none"
    more = ", …" if len(words) > 20 else ""
    return "it can be " + ", ".join([f'"{_printable(choice)}"' for choice in words[:20]]) + more
