"""The report on user code as text; the same on the command line and in pytest."""

from collections.abc import Sequence
from pathlib import Path

from msgmux.checker.code.report import CodeCounterexample, CodeReport, StoryLine

LONGEST_STORY = 40
"""Lines of a counterexample that are told: the last ones."""
MOST_RACES, MOST_OUTCOMES = 5, 12
"""Races, and outcomes, that are told; JSON has all."""
POINTS = {"shared": "shared accesses", "sync": "synchronisation only", "all": "every access"}


def in_words(report: CodeReport, saved: Path | None = None) -> list[str]:
    """Return the report as text."""
    program = report.program
    how = f"its function {program.name}()" if program.name else "as __main__"
    races = f" ({len(report.races)} {'race' if len(report.races) == 1 else 'races'})" if report.races else ""
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
    if report.verdict == "valid" and report.schedules == 1:
        lines.append(f"note: there is one schedule only, since no two threads met{_or_name_one(report)}")
    if found is not None:
        lines += how_to_keep(program.title, saved)
    return lines


def _or_name_one(report: CodeReport) -> str:
    """A file that was run as a whole may have its threads in a function that it did not call."""
    return "" if report.program.name else f"; to check one of its functions: {report.program.path}::NAME"


def how_to_keep(title: str, saved: Path | None) -> list[str]:
    """Where the counterexample is kept, or how to keep it; and how to play it; for a test, how to run it once more."""
    if saved is None:
        return [f"keep it, to play it step by step: msgmux-tui check {title} --save found.jsonl"]
    lines = [f"play it: msgmux-tui play --step {title} --schedule {saved}"]
    if "::" in title:
        lines.append(f"once more: pytest {title} --explore-replay {saved}")
    return lines


def verdict_in_words(report: CodeReport) -> str:
    """Return the last line: the verdict, and how much was explored."""
    seconds = f"{report.seconds:.1f} s"
    if report.verdict == "violated":
        share = f"; {report.failing:,} of {report.schedules:,} fail" if report.every else ""
        return f"violated: found at schedule {report.found_at:,}; {report.words}{share}; {seconds}"
    if report.verdict == "valid":
        return f"valid: {report.words}; {seconds}"
    done = f"; {report.words}" if report.schedules else ""
    return f"unknown: {report.unknown}{done}; {seconds}"


def told(found: CodeCounterexample) -> list[str]:
    """Return a counterexample as text: what broke, the deviations that it takes, and what each thread did in turn."""
    first, *rest = found.detail.splitlines() or [""]
    head = f"{found.kind}: {first}"
    if found.place:
        head = f"{head:<58} {found.place}"
    cost = f"{_count(found.preemptions, 'preemption')}, {_count(found.choices, 'choice')}"
    lines = [head, *rest, f"it takes {cost}; {found.points} scheduling points:", *story_in_words(found.story)]
    if found.printed.strip():
        lines.append("printed: " + " | ".join(found.printed.strip().splitlines()[-5:]))
    if found.why:
        lines.append(f"why: {found.why}")
    return lines


def story_in_words(story: Sequence[StoryLine]) -> list[str]:
    """Return one line for each source line, in columns; of equal lines in one turn only the first and the last."""
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
    """Return the table of outcomes, if there is more than one."""
    if len(report.outcomes) < 2:
        return []
    serial = any([outcome.serial for outcome in report.outcomes])
    lines = [f"outcomes of {sum([outcome.schedules for outcome in report.outcomes]):,} schedules:"]
    for outcome in report.outcomes[:MOST_OUTCOMES]:
        text = outcome.outcome.replace("\n", " | ")
        text = text if len(text) <= 50 else text[:49] + "…"
        never = "" if outcome.serial or not serial else "   whole threads in any order never give it"
        lines.append(f"   {text:<12}  in {outcome.schedules:,}{never}")
    if report.failing:
        lines.append(f"   (a run ends where it fails: what the {report.failing:,} that fail would come to is not here)")
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
