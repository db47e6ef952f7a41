"""``msgmux-tui check``: searches for a schedule that breaks an invariant, and prints the result as text or JSON."""

import difflib
import os
import sys
from pathlib import Path
from typing import Literal

import click
import msgspec

from msgmux.checker import HARNESSES, VARIANTS, Counterexample, Program, Report, SearchOptions, check, save
from msgmux.checker.code.records import Exploring
from msgmux.checker.program import named
from msgmux.checker.search import Tally
from msgmux.errors import MsgmuxError
from msgmux_tui.commands import check_code
from msgmux_tui.commands.inputs import open_scenario
from msgmux_tui.scenarios import names
from msgmux_tui.system.files import Unwritable, check_target, check_writable, whole_file

EXIT = {"valid": 0, "violated": 1, "unknown": 3}
MOST_WORKERS = 2
"""The default largest number of worker processes: more would leave no CPU for other programs."""

LONGEST_STORY = 40
"""Turns of a counterexample that are told: the last ones."""


class Asked(msgspec.Struct, frozen=True):
    """The command line's options."""

    variant: str | None = None
    bound: int | None = None
    by: Literal["delay", "preemption"] = "delay"
    schedules: int = 20_000
    seconds: float = 60.0
    seed: int = 0
    workers: int | None = None
    save: Path | None = None
    as_json: bool = False
    progress: bool = False
    overwrite: bool = False
    # Of a Python file:
    points: Literal["shared", "sync", "all"] = "shared"
    clock: Literal["autojump", "explored"] = "autojump"
    gil: bool = False
    modules: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


def show_all() -> None:
    """Print the harnesses and the faulty variants that can be checked."""
    click.echo("harnesses:")
    for harness in HARNESSES.values():
        click.echo(f"  {harness.name:<26}{harness.title}")
    click.echo("variants:")
    for variant in VARIANTS.values():
        click.echo(f"  {variant.name:<26}{variant.title} ({variant.breaks}; shown by {variant.harness})")


def run(scenario: str | None, asked: Asked) -> int:
    """Check a harness or scenario, and print the result. Returns the exit code."""
    if scenario is not None and check_code.is_code(scenario):
        return _check_code(scenario, asked)
    program = program_of(scenario, asked.variant)
    _refuse_unless_writable(asked, Path(program.file) if program.file else None)
    workers = min(MOST_WORKERS, os.cpu_count() or 1) if asked.workers is None else asked.workers
    bound = SearchOptions().bound if asked.bound is None else asked.bound
    options = SearchOptions(asked.by, bound, asked.schedules, asked.seconds, asked.seed)
    if not asked.as_json:
        click.echo(f"checking {scenario or program.harness}: {program.title}")
    progress = ProgressLine(asked)
    report = check(program, options, workers=workers, progress=progress.tell)
    progress.end()
    found = report.counterexample
    if found is not None and asked.save is not None:
        with whole_file(asked.save) as path:
            save(path, found)
    if asked.as_json:
        click.echo(msgspec.json.encode(as_json(report)))
    else:
        click.echo("\n".join(in_words(report)))
        if found is not None and asked.save is not None:
            click.echo(f"saved as {asked.save}")
    return EXIT[report.verdict]


def _refuse_unless_writable(asked: Asked, source: Path | None) -> None:
    """Raise before the search if the counterexample could not be saved after it."""
    if asked.save is None:
        return
    check_target(asked.save, overwrite=asked.overwrite, source=source, recordings=True)
    if asked.save.exists() and not asked.save.is_file():
        raise Unwritable(f"{asked.save}: is no file; name one that is to be written, such as found.jsonl")
    check_writable(asked.save)


def _check_code(name: str, asked: Asked) -> int:
    if asked.variant is not None:
        raise click.UsageError("--variant is a fault of the queue's; a Python file has its own")
    _refuse_unless_writable(asked, Path(name.partition("::")[0]))
    wanted = Exploring(
        bound=asked.bound,
        kind=asked.by,
        seconds=asked.seconds,
        points=asked.points,
        clock=asked.clock,
        gil=asked.gil,
        modules=asked.modules,
        allow=asked.allow,
        schedules=asked.schedules,
        seed=asked.seed,
    )
    return check_code.run(name, check_code.AskedOfCode(wanted, asked.save, asked.as_json))


def program_of(scenario: str | None, variant: str | None) -> Program:
    """The program that the command line names. Raises :class:`click.UsageError` if neither is given, or a
    :class:`MsgmuxError` that lists the known names.
    """
    if variant is not None:
        named("variant", VARIANTS, variant)
    if scenario is None:
        if variant is None:
            raise click.UsageError("name a SCENARIO or a --variant; `msgmux-tui check --list` shows both")
        return Program(harness=VARIANTS[variant].harness, variant=variant)
    if scenario in HARNESSES:
        return Program(harness=scenario, variant=variant or "")
    if scenario not in names() and not (os.sep in scenario or scenario.endswith(".toml") or Path(scenario).exists()):
        near = difflib.get_close_matches(scenario, [*HARNESSES, *names()], 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise MsgmuxError(
            f"{scenario!a} is no harness, bundled scenario or file{hint}\n"
            f"harnesses: {', '.join(HARNESSES)}\nscenarios: {', '.join(names())}"
        )
    found = open_scenario(scenario)
    return Program(scenario=found.source, file=found.file, variant=variant or "")


class ProgressLine:
    """Prints the counts so far: on a terminal as one line that is overwritten, or as JSON lines."""

    EVERY = 0.2
    """Least seconds between two outputs."""

    def __init__(self, asked: Asked) -> None:
        self._lines = asked.progress
        self._terminal = sys.stderr.isatty() and not asked.progress and not asked.as_json
        self._told = 0.0

    def tell(self, tally: Tally) -> None:
        """Print ``tally`` if enough time has passed since the last output."""
        if not (self._lines or self._terminal):
            return
        import time

        now = time.monotonic()
        if now - self._told < self.EVERY:
            return
        self._told = now
        if self._lines:
            click.echo(msgspec.json.encode(tally), err=True)
        else:
            exhausted = "" if tally.exhausted is None else f", all up to bound {tally.exhausted}"
            click.echo(f"\r{tally.schedules:,} schedules{exhausted} \r", err=True, nl=False)

    def end(self) -> None:
        """Erase the line, so that other output can follow."""
        if self._terminal and self._told:
            click.echo("\r" + " " * 60 + "\r", err=True, nl=False)


def in_words(report: Report) -> list[str]:
    """The report as lines of text."""
    lines: list[str] = []
    found = report.counterexample
    if found is not None:
        lines += told(found)
    by_chance = f", {report.sampled:,} more by chance (seed {report.options.seed})" if report.sampled else ""
    speed = f"{report.seconds:.1f} s, {report.rate:,.0f} schedules/s"
    processes = f", {report.workers} processes" if report.workers > 1 else ""
    lines.append(f"{report.verdict}: {report.bound_words}{by_chance}; {speed}{processes}")
    if (note := note_of(report)) is not None:
        lines.append(note)
    if report.unknown:
        lines.append(f"{report.unknown:,} runs could not be judged: {report.reason}")
    return lines


def note_of(report: Report) -> str | None:
    """If a faulty variant was checked and nothing broke: which harness shows its fault, and how; else None."""
    variant = VARIANTS.get(report.program.variant)
    if variant is None or report.verdict == "violated":
        return None
    options = report.options
    if report.program.harness != variant.harness:
        why = f"this program may be unable to show the fault {variant.name!r}; {variant.harness!r} shows it"
    elif options.kind != variant.kind or options.bound < variant.bound:
        why = f"the fault {variant.name!r} shows at {variant.kind} bound {variant.bound}"
    else:
        return None
    by = f" --by {variant.kind}" if variant.kind != "delay" else ""
    return f"note: {why}: msgmux-tui check --variant {variant.name}{by}"


def told(found: Counterexample) -> list[str]:
    """A counterexample as lines of text: what broke, the cost of the schedule, and each turn of a task."""
    first, *rest = found.failure.detail.splitlines()
    lines = [f"{found.failure.invariant}: {first}", *rest, f"it takes {found.cost}; {found.points} scheduling points:"]
    left_out = len(found.story) - LONGEST_STORY
    if left_out > 0:
        lines.append(f"   …  {left_out:,} turns before")
    return lines + [f"{number:>4}  {turn}" for number, turn in enumerate(found.story, 1) if number > left_out]


def as_json(report: Report) -> dict[str, object]:
    """The report as one JSON object. ``source``, for a variant: the correct function and the wrong one."""
    variant = VARIANTS.get(report.program.variant)
    return {
        "verdict": report.verdict,
        "title": report.program.title,
        "by": report.options.kind,
        "bound": report.options.bound,
        "bound_exhausted": report.exhausted == report.options.bound,
        "exhausted": report.exhausted,
        "words": report.bound_words,
        "schedules": report.schedules,
        "bounded": report.bounded,
        "sampled": report.sampled,
        "unknown": report.unknown,
        "seconds": report.seconds,
        "schedules_per_second": report.rate,
        "seed": report.options.seed,
        "workers": report.workers,
        "found_by": report.found_by,
        "shown_by": None if variant is None else variant.harness,
        "source": None if variant is None else variant.snippets(),
        "counterexample": report.counterexample,
        "note": note_of(report),
    }
