"""The problems of a file, with their places; and one error that contains all of them."""

import difflib
import re
from collections.abc import Iterable
from itertools import islice

import msgspec

from msgmux.errors import MsgmuxError

Path = tuple[str | int, ...]
"""The keys and indices (from 0) that lead to a value: ``("step", 2, "set", "rate")``."""
MOST_PROBLEMS = 200
"""Most problems that are reported of one file."""
MOST_NAMES = 1_000
"""How many known words are searched for a similar one, so that a file of many thousands does not take long."""


class Problem(msgspec.Struct, frozen=True):
    """One problem: ``text`` says what is wrong and what would be right. ``line`` counts from 1; None if unknown.
    ``key``: the path of keys, as :func:`dotted` writes it; empty for the file as a whole.
    """

    file: str
    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join([part for part in (place, self.key, self.text) if part])


class FileError(MsgmuxError):
    """A file cannot be used. ``problems`` contains every problem found; ``str()`` has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([str(problem) for problem in self.problems]))


class ScenarioError(FileError):
    """A scenario cannot be used."""


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by line; problems of the file as a whole come first."""
    return sorted(problems, key=lambda problem: problem.line or 0)


class Lines:
    """The line of each key in a TOML text.

    :mod:`tomllib` does not give lines, so the text is scanned again for table headers, keys, and the strings and
    brackets by which a value can extend over several lines. The text must be valid TOML: nothing is checked here.
    """

    # Possessive quantifiers (++, *+), so that no text can cause catastrophic backtracking.
    _PART = re.compile(r"""[\w-]++|"(?:\\.|[^"\\])*+"|'[^']*+'""")
    _DOTTED = rf"((?:{_PART.pattern})(?:\s*+\.\s*+(?:{_PART.pattern}))*+)\s*+"
    _HEADER = re.compile(rf"^\s*+(\[\[?)\s*+{_DOTTED}\]")
    _KEY = re.compile(rf"^\s*+{_DOTTED}=")
    # The parts of a value that matter for finding its end: strings and comments (to be skipped), brackets, line ends.
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
        """The line (from 1) of the value at ``path``, or of the innermost table around it; None if there is none."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    @classmethod
    def _parts(cls, dotted: str) -> Path:
        return tuple([part.strip("\"'") for part in cls._PART.findall(dotted)])

    @classmethod
    def _end_of_value(cls, text: str, start: int) -> int:
        """The end of the line on which the value ends that begins at ``start``; both are offsets in characters."""
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
    """A path as problems show it: ``step[2].set.rate``; the tables of an array count from 0."""
    return "".join([f"[{part}]" if isinstance(part, int) else f".{_printable(part)}" for part in path]).lstrip(".")


def _printable(key: str) -> str:
    """A key as printable ASCII, shortened: a quoted key may contain control characters, and this goes to a terminal."""
    return ascii(key[:40])[1:-1] + ("…" if len(key) > 40 else "")


def suggestion(word: str, known: Iterable[str]) -> str:
    """``did you mean "rate"?`` if a known word is similar to ``word``, else a list of the known words."""
    words = list(islice(known, MOST_NAMES))
    near = difflib.get_close_matches(word[:80], words, 1, 0.6)
    near = near or [other for other in words if len(word) > 2 and other.startswith(word)]
    if near:
        return f'did you mean "{_printable(near[0])}"?'
    if not words:
        return "there is none"
    more = ", …" if len(words) > 20 else ""
    return "it can be " + ", ".join([f'"{_printable(choice)}"' for choice in words[:20]]) + more
