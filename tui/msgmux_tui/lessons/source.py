"""The faulty and the correct source side by side: coloured, shortened to the lines that matter, with the differing
lines marked and the decisive ones explained.
"""

import ast
from collections.abc import Container, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String, Token, _TokenType

from msgmux.checker import VARIANTS
from msgmux.checker.variants import Snippet
from msgmux_tui.lessons.model import Gloss
from msgmux_tui.viewmodel.view import Paragraph

_STYLES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "soft"),
    (Keyword, "focus"),
    (String, "soft"),
    (Number, "soft"),
    (Name.Function, "strong"),
    (Name.Builtin.Pseudo, "faint"),
    (Token, "text"),
)
"""The first that fits, for each sort of word."""
NEAR = 2
"""Lines before and after one that decides, which are shown; of the others, runs of :data:`FOLDED` are left out."""
FOLDED = 4


@lru_cache(maxsize=4)
def code_columns(variant: str, glosses: tuple[Gloss, ...]) -> tuple[tuple[Paragraph, ...], ...]:
    """The faulty source, then the correct one. Cached, since a card is made again for each frame."""
    sound, faulty = VARIANTS[variant].snippets()
    sound_lines, faulty_lines = folded(sound.text), folded(faulty.text)
    return (
        tuple(_column("faulty", faulty, faulty_lines, sound_lines, glosses)),
        tuple(_column("sound", sound, sound_lines, faulty_lines, glosses)),
    )


def folded(text: str) -> list[str]:
    """The lines of a function without its docstring, and without what only tools read."""
    lines = [line.split("  # noqa")[0].rstrip() for line in text.splitlines()]
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    if ast.get_docstring(function) is not None:
        first = function.body[0]
        del lines[first.lineno - 1 : first.end_lineno]
    return lines


def decisive(lines: Sequence[str], glosses: Sequence[Gloss]) -> dict[int, str]:
    """What is said of each line, by its index. A gloss is about the first line that it fits."""
    found: dict[int, str] = {}
    for gloss in glosses:
        at = next((at for at, line in enumerate(lines) if gloss.line in line and at not in found), None)
        if at is not None:
            found[at] = gloss.says
    return found


def _column(
    what: str, snippet: Snippet, lines: list[str], other: list[str], glosses: Sequence[Gloss]
) -> Iterator[Paragraph]:
    sign, style = ("-", "warn") if what == "faulty" else ("+", "ok")
    changed = _only_here(lines, other)
    said = decisive(lines, [gloss for gloss in glosses if gloss.source in ("", what)])
    shown = _shown(len(lines), said)
    yield Paragraph(f"{what}: {snippet.file}:{snippet.line}", style, code=True)
    left_out = 0
    for at, (line, spans) in enumerate(zip(lines, coloured(lines), strict=True)):
        if at not in shown:
            left_out += 1
            continue
        if left_out:
            yield Paragraph(f"  … {left_out} lines", "faint", code=True)
            left_out = 0
        mark = sign if at in changed else " "
        yield Paragraph(line, "text", code=True, spans=((f"{mark} ", style), *spans))
        if at in said:
            indent = 2 + len(line) - len(line.lstrip())
            yield Paragraph(f"{' ' * indent}^ {said[at]}", style, indent + 2, code=True)


def _shown(count: int, said: Container[int]) -> set[int]:
    """The lines to be shown: the first one, and those near one that decides; all, where nothing is said of any."""
    decisive = [at for at in range(count) if at in said]
    if not decisive:
        return set(range(count))
    shown = {0} | {near for at in decisive for near in range(max(0, at - NEAR), min(count, at + NEAR + 1))}
    run: list[int] = []
    for at in range(count + 1):
        if at < count and at not in shown:
            run.append(at)
            continue
        if len(run) < FOLDED:
            shown.update(run)
        run = []
    return shown


def _only_here(lines: Sequence[str], other: Sequence[str]) -> set[int]:
    here, there = [line.strip() for line in lines], [line.strip() for line in other]
    blocks = SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()
    same = {at for block in blocks for at in range(block.a, block.a + block.size)}
    return set(range(len(lines))) - same


def coloured(lines: Sequence[str]) -> list[tuple[tuple[str, str], ...]]:
    """Each line as pieces of text with the name of a style."""
    rows: list[list[tuple[str, str]]] = [[]]
    for sort, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens("\n".join(lines)):
        style = next(style for kind, style in _STYLES if sort in kind)
        for number, piece in enumerate(text.split("\n")):
            if number:
                rows.append([])
            if piece:
                rows[-1].append((piece, style))
    return [tuple(row) for row in rows[: len(lines)]]
