"""``msgmux-tui check mine.py``: a file of the user's under every schedule, told in words or as JSON."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from msgmux.checker.code.loading import parsed, read_source, targets
from msgmux.checker.code.parent import explore_in_child
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.report import CodeCounterexample, CodeReport, CodeTally, StoryLine
from msgmux.checker.code.saving import save
from msgmux.checker.counterexample import empty_queue
from msgmux.errors import MsgmuxError
from msgmux_tui.system.files import whole_file

EXIT = {"valid": 0, "violated": 1, "unknown": 3}
LONGEST_STORY = 40
"""Lines of a counterexample that are told: the last ones."""
MOST_RACES, MOST_OUTCOMES = 5, 12
"""Races, and outcomes, that are told; JSON has all."""
POINTS = {"shared": "shared accesses", "sync": "synchronisation only", "all": "every access"}


class AskedOfCode(msgspec.Struct, frozen=True):
    """What was asked for on the command line, beside the file."""

    wanted: Exploring
    save: Path | None = None
    as_json: bool = False
    tell: bool = False


def is_code(name: str) -> bool:
    """Whether that names a Python file, perhaps with a function: ``mine.py::test_buffer``."""
    return name.partition("::")[0].endswith(".py")


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
    """Check the file, and print what came of it. Returns the exit code: the worst of its programs."""
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
    """Tells what was done until now, on a terminal only."""

    def __init__(self, asked: AskedOfCode) -> None:
        import sys

        self._on = sys.stderr.isatty() and not asked.as_json

    def __call__(self, tally: CodeTally) -> None:
        if self._on:
            click.echo(f"\r{tally.schedules:,} schedules \r", err=True, nl=False)


def in_words(report: CodeReport, saved: Path | None = None) -> list[str]:
    """The report for people."""
    program = report.program
    how = f"its function {program.name}()" if program.name else "as __main__"
    races = (
        f" ({len(report.races)} {'place races' if len(report.races) == 1 else 'places race'})" if report.races else ""
    )
    lines = [f"checking {program.path}: {how}; points: {POINTS[program.points]}{races}"]
    found = report.counterexample
    if found is not None:
        lines += told(found)
    lines += [f"race: {race}" for race in report.races[:MOST_RACES]]
    if len(report.races) > MOST_RACES:
        lines.append(f"      … and {len(report.races) - MOST_RACES} more; --json has all")
    if found is not None and found.note:
        lines.append(f"note: {found.note}")
    lines += outcomes_in_words(report)
    lines.append(verdict_in_words(report))
    lines += [f"note: {note}" for note in report.notes]
    if found is not None:
        target = program.title
        if saved is not None:
            lines.append(f"play it: msgmux-tui play --step {target} --schedule {saved}")
        else:
            lines.append(f"play it: msgmux-tui check {target} --save found.jsonl, and then")
            lines.append(f"         msgmux-tui play --step {target} --schedule found.jsonl")
    return lines


def verdict_in_words(report: CodeReport) -> str:
    """The last line: the verdict, and how far the search went."""
    seconds = f"{report.seconds:.1f} s"
    if report.verdict == "violated":
        share = f"; {report.failing:,} of {report.schedules:,} fail" if report.every else ""
        return f"violated: found at schedule {report.found_at:,}; {report.words}{share}; {seconds}"
    if report.verdict == "valid":
        return f"valid: {report.words}; {seconds}"
    done = f"; {report.words}" if report.schedules else ""
    return f"unknown: {report.unknown}{done}; {seconds}"


def told(found: CodeCounterexample) -> list[str]:
    """A counterexample for people: what broke, how little it takes, and which thread did what in turn."""
    first, *rest = found.detail.splitlines() or [""]
    head = f"{found.kind}: {first}"
    if found.place:
        head = f"{head:<74} {found.place}"
    cost = f"{_count(found.preemptions, 'preemption')}, {_count(found.choices, 'choice')}"
    lines = [head, *rest, f"it takes {cost}; {found.points} scheduling points:", *story_in_words(found.story)]
    if found.printed.strip():
        lines.append("printed: " + " | ".join(found.printed.strip().splitlines()[-5:]))
    if found.why:
        lines.append(f"why: {found.why}")
    return lines


def story_in_words(story: Sequence[StoryLine]) -> list[str]:
    """One line for each line of the source, in columns; of equal lines in a turn the first and the last."""
    shown = list(story)[-LONGEST_STORY:]
    wide = [max([len(text) for text in texts], default=0) for texts in zip(*[_columns(line) for line in shown])]  # noqa: B905
    lines = [] if len(story) == len(shown) else [f"   …  {len(story) - len(shown):,} lines before"]
    turn = 0
    for line in shown:
        task, place, code = _columns(line)
        number = f"{line.turn:>4}" if line.turn != turn else "    "
        turn = line.turn
        did = list(line.did)
        if len(did) > 4:
            did[2:-1] = ["…"]
        body = f"{number}  {task:<{wide[0]}}  {place:<{wide[1]}}  {code:<{wide[2]}}  {'; '.join(did)}"
        lines.append(body.rstrip())
    return lines


def _columns(line: StoryLine) -> tuple[str, str, str]:
    code = line.code if len(line.code) <= 40 else line.code[:39] + "…"
    return line.task, line.place, code


def outcomes_in_words(report: CodeReport) -> list[str]:
    """What the schedules came to, where that is not always the same."""
    if len(report.outcomes) < 2:
        return []
    serial = any([outcome.serial for outcome in report.outcomes])
    lines = [f"outcomes of {sum([outcome.schedules for outcome in report.outcomes]):,} schedules:"]
    for outcome in report.outcomes[:MOST_OUTCOMES]:
        text = outcome.outcome.replace("\n", " | ")
        text = text if len(text) <= 50 else text[:49] + "…"
        never = "" if outcome.serial or not serial else "   whole threads in any order never give it"
        lines.append(f"   {text:<12}  in {outcome.schedules:,}{never}")
    if len(report.outcomes) > MOST_OUTCOMES:
        lines.append(f"   … and {len(report.outcomes) - MOST_OUTCOMES:,} more; --json has all")
    return lines


def as_json(report: CodeReport) -> dict[str, object]:
    """The report as one JSON object, for graders."""
    return {
        "verdict": report.verdict,
        "title": report.program.title,
        "words": report.words,
        "every": report.every,
        "schedules": report.schedules,
        "found_at": report.found_at,
        "failing": report.failing,
        "exhausted": report.exhausted,
        "unknown": report.unknown,
        "seconds": report.seconds,
        "outcomes": report.outcomes,
        "races": report.races,
        "counterexample": report.counterexample,
    }


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
