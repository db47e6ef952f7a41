"""Syntax highlighting of Python source: the style names of the pieces of each line.

A small lexer instead of a library's, because it must highlight source that is incomplete while it is being written,
and lines that are shown without those before them.
"""

import keyword
import re
from collections.abc import Iterable, Iterator

_KEYWORDS = frozenset([*keyword.kwlist, "match", "case"]) - {"True", "False", "None"}
_TOKEN = re.compile(
    r"""(?P<comment>\#.*)
    |(?P<long>(?:[rRbBfFuU]{0,2})(?:\"\"\"|'''))
    |(?P<string>[rRbBfFuU]{0,2}(?:"(?:\\.|[^"\\])*+"?|'(?:\\.|[^'\\])*+'?))
    |(?P<number>\b\d[\w.]*)
    |(?P<word>[^\W\d]\w*)
    |(?P<decorator>^\s*@[\w.]+)""",
    re.VERBOSE,
)

Piece = tuple[str, str]
"""Some text, and the name of its style: ``code``, ``code.keyword``, ``code.string``, ``code.comment``, ``code.number``,
``code.name`` (the name of a function or class that is defined there).
"""


def coloured(lines: Iterable[str]) -> Iterator[list[Piece]]:
    """The pieces of each line, in order; joined they give the line. Strings may span several lines."""
    inside = ""
    for line in lines:
        pieces: list[Piece] = []
        at = 0
        if inside:
            end = line.find(inside)
            if end < 0:
                yield [(line, "code.string")] if line else []
                continue
            at = end + 3
            pieces.append((line[:at], "code.string"))
            inside = ""
        defines = False
        while found := _TOKEN.search(line, at):
            if found.start() > at:
                pieces.append((line[at : found.start()], "code"))
            at = found.end()
            kind, text = found.lastgroup or "", found[0]
            if kind == "long":
                end = line.find(text[-3:], at)
                if end < 0:
                    inside = text[-3:]
                    pieces.append((line[found.start() :], "code.string"))
                    at = len(line)
                    break
                at = end + 3
                pieces.append((line[found.start() : at], "code.string"))
                continue
            style = "code" if kind == "word" else "code.name" if kind == "decorator" else f"code.{kind}"
            if kind == "word":
                # `match` and `case` are keywords only at the beginning of a statement that ends in a colon.
                soft = text in ("match", "case") and (line[: found.start()].strip() or not line.rstrip().endswith(":"))
                if text in _KEYWORDS and not soft:
                    style = "code.keyword"
                elif text in ("True", "False", "None"):
                    style = "code.number"
                elif defines:
                    style = "code.name"
                defines = text in ("def", "class")
            pieces.append((text, style))
        if at < len(line):
            pieces.append((line[at:], "code"))
        yield pieces
