"""``msgmux-tui check mine.py``: explores a user's file under every schedule, and prints the result as text or JSON."""

from pathlib import Path

import click
import msgspec

from msgmux.checker.code.loading import parsed, read_source, targets
from msgmux.checker.code.parent import explore_in_child
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.report import CodeTally
from msgmux.checker.code.saving import read_header, save
from msgmux.checker.code.words import as_json, in_words
from msgmux.checker.counterexample import empty_queue
from msgmux.errors import MsgmuxError
from msgmux_tui.system.files import whole_file

EXIT = {"valid": 0, "violated": 1, "unknown": 3}


class AskedOfCode(msgspec.Struct, frozen=True):
    """The command line's options, besides the file."""

    wanted: Exploring
    save: Path | None = None
    as_json: bool = False
    tell: bool = False


def is_code(name: str) -> bool:
    """Whether that names a Python file, perhaps with a function: ``mine.py::test_buffer``."""
    return name.partition("::")[0].endswith(".py")


def code_title(path: Path) -> str:
    """The Python file, and its function, of which ``path`` is a saved schedule; empty if it is none."""
    if not path.is_file() or ".jsonl" not in path.suffixes:
        return ""
    try:
        return read_header(path).title
    except (MsgmuxError, OSError):
        return ""


def programs_of(name: str) -> list[CodeProgram]:
    """The programs of a file: the function that is named, else every ``test_*`` and ``@explore``, else all of it.

    Raises :class:`MsgmuxError` where there is no such file or function.
    """
    path, _, function = name.partition("::")
    tree = parsed(read_source(Path(path)), Path(path))
    found = targets(tree)
    if not function:
        return [CodeProgram(path, one) for one in found] or [CodeProgram(path)]
    import ast

    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if function not in functions:
        raise MsgmuxError(f"{path}: has no function {function!a}; it has: {', '.join(functions) or 'none'}")
    return [CodeProgram(path, function)]


def run(name: str, asked: AskedOfCode) -> int:
    """Check the programs of a file and print the results. Returns the exit code: that of the worst result."""
    programs = programs_of(name)
    worst = 0
    reports = []
    for program in programs:
        report = explore_in_child(program, asked.wanted, _Progress(asked))
        reports.append(report)
        found = report.counterexample
        if found is not None and asked.save is not None:
            with whole_file(asked.save) as path:
                save(path, found, empty_queue())
        if not asked.as_json:
            click.echo("\n".join(in_words(report, asked.save if found is not None else None)))
        worst = max(worst, EXIT[report.verdict], key=(0, 3, 1).index)
    if asked.as_json:
        several = [as_json(report) for report in reports]
        click.echo(msgspec.json.encode(several[0] if len(several) == 1 else {"programs": several}))
    return worst


class _Progress:
    """Prints the counts so far, on a terminal only."""

    def __init__(self, asked: AskedOfCode) -> None:
        import sys

        self._on = sys.stderr.isatty() and not asked.as_json

    def __call__(self, tally: CodeTally) -> None:
        if self._on:
            click.echo(f"\r{tally.schedules:,} schedules \r", err=True, nl=False)
