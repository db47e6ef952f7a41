"""Grading: the harness of an exercise with a student's file, under every schedule or up to the exercise's bound."""

from pathlib import Path

import msgspec

from msgmux.checker.code.parent import explore_in_child
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.report import CodeReport
from msgmux.documents.problems import Problem
from msgmux.exercises.model import HARNESS, SKELETON, SOLUTION, TOO_SIMPLE, Exercise
from msgmux.exercises.reading import ExerciseError
from msgmux.exercises.records import Breaking, Grade, PartGrade, StoryLine, Verdict
from msgmux.exercises.source import Source, SourceError
from msgmux.runtime.schedule import Schedule


def grade(exercise: Exercise, file: Path) -> Grade:
    """Run every test of the harness, each in a child process of its own; after the first that breaks, no more.

    Raises :class:`SourceError` where the file cannot be used, and :class:`MsgmuxError` where it cannot be run.
    """
    look_at(exercise, file)
    tests: list[PartGrade] = []
    for name in exercise.tests:
        tests.append(_graded(name, exercise, file))
        if tests[-1].verdict == "violated":
            break
    # As the checker counts them: by their repr.
    given = {outcome for test in tests for outcome in test.outcomes}
    missing = tuple([reach for reach in exercise.reach if repr(reach.outcome) not in given])
    verdicts = {test.verdict for test in tests}
    verdict: Verdict
    if "violated" in verdicts:
        verdict, missing = "broken", ()
    elif "unknown" in verdicts:
        # What no schedule has given so far, one that was not run may give.
        verdict, missing = "unknown", ()
    else:
        verdict = "refused" if missing else "solved"
    return Grade(exercise.name, exercise.version, str(file), verdict, tuple(tests), missing)


def to_be_stepped(grade: Grade, exercise: Exercise, file: Path) -> tuple[CodeProgram, Schedule | None, str]:
    """The test that a schedule breaks, that schedule, and what it breaks in words; else the first test alone."""
    broken = grade.broken
    if broken is None or broken.found is None:
        return program_of(exercise.tests[0], exercise, file), None, ""
    return broken.found.program, broken.found.schedule, broken.failure.partition("\n")[0]


def look_at(exercise: Exercise, file: Path) -> None:
    """What can be told without running it. Raises :class:`SourceError`."""
    source = Source.of(file)
    problems = source.without(exercise.without)
    if missing := [name for name in exercise.needs if name not in source.names]:
        text = f"does not define {', '.join(missing)}, which the exercise is about; leave the names as they were"
        problems.append(Problem(str(file), None, "", text))
    if problems:
        raise SourceError(problems)


def validate_exercise(exercise: Exercise) -> None:
    """The skeleton must be broken, the solution solved, and what is too simple refused, if there is such a file.

    Raises :class:`ExerciseError` with all that is wrong.
    """
    wanted: dict[str, Verdict] = {SKELETON: "broken", SOLUTION: "solved"}
    if (exercise.folder / TOO_SIMPLE).exists():
        wanted[TOO_SIMPLE] = "refused"
    problems: list[Problem] = []
    for name, verdict in wanted.items():
        file = exercise.folder / name
        try:
            found = grade(exercise, file)
        except SourceError as error:
            problems += error.problems
            continue
        if found.verdict != verdict:
            text = f"is to be {verdict}, and is {found.verdict}: {_because(found)}"
            problems.append(Problem(str(file), None, "", text))
    if problems:
        raise ExerciseError(problems)


def _because(found: Grade) -> str:
    for test in found.tests:
        if test.verdict != "valid":
            return f"{test.name}: {(test.failure or test.unknown).partition(chr(10))[0]}"
    if found.missing:
        return f"no schedule gives {found.missing[0].outcome!a}"
    return f"{found.schedules:,} schedules, and none breaks it"


def program_of(name: str, exercise: Exercise, file: Path) -> CodeProgram:
    """The test ``name`` of the harness, with a student's file."""
    given = ((exercise.module, str(file.resolve())),)
    return CodeProgram(str(exercise.folder / HARNESS), name, given=given)


def _graded(name: str, exercise: Exercise, file: Path) -> PartGrade:
    report = explore_in_child(
        program_of(name, exercise, file), Exploring(exercise.bound, exercise.kind, exercise.seconds)
    )
    verdict, unknown = report.verdict, report.unknown
    if verdict == "valid" and not report.every and (exercise.bound is None or report.exhausted != exercise.bound):
        # It has found nothing in what it has run, which is not what was asked for.
        verdict, unknown = "unknown", unknown or "the time was up before every schedule was run"
    part = PartGrade(
        name,
        verdict,
        report.every,
        report.schedules,
        report.words,
        report.seconds,
        unknown=unknown if verdict == "unknown" else "",
        outcomes={one.outcome: one.schedules for one in report.outcomes},
    )
    return _with_failure(part, report)


def _with_failure(part: PartGrade, report: CodeReport) -> PartGrade:
    found = report.counterexample
    if found is None:
        return part
    notes = [note for note in (found.note, *report.notes) if note]
    return msgspec.structs.replace(
        part,
        words=f"found at schedule {report.found_at:,}",
        failure=f"{found.kind}: {found.detail}",
        story=tuple([_line(one.task, one.place, one.code, one.did) for one in found.story]),
        cost=f"{_count(found.preemptions, 'preemption')}, {_count(found.choices, 'choice')}",
        why=found.why,
        found_seconds=report.found_seconds,
        found=Breaking(found.program, found.schedule),
        notes=(*[f"race: {race}" for race in report.races[:3]], *notes),
    )


def _line(task: str, place: str, code: str, did: tuple[str, ...]) -> StoryLine:
    file, _, line = place.rpartition(":")
    number = int(line) if line.isdecimal() else 0
    return StoryLine(task, Path(file).name if number else "", number, code, "; ".join(did))


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
