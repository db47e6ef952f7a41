"""Reads a file into a :class:`Lesson`, or raises an error with everything that is wrong with it."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any

from msgmux.checker import HARNESSES, VARIANTS, Program
from msgmux.documents.problems import FileError, Lines, Problem, in_order, suggestion
from msgmux.documents.shapes import Names, Rejected, Schema, Where, shown
from msgmux.documents.toml import parse_toml, read_text
from msgmux.scenario import Scenario, load
from msgmux.scenario.format import FILE
from msgmux.scenario.reading import names_in, read_tables
from msgmux_tui import scenarios
from msgmux_tui.lessons.format import lesson_table
from msgmux_tui.lessons.model import CheckerQuery, Forecast, Goal, Lesson


class LessonError(FileError):
    """A lesson cannot be used."""


def is_lesson(text: str, file: str) -> bool:
    """Whether a file is meant for a lesson, not for a scenario. Raises :class:`FileError` where it is no TOML."""
    return bool(parse_toml(text, file).keys() & {"card", "goal", "learn"})


def load_lesson(path: str | Path) -> Lesson:
    """The lesson of that file. Raises :class:`LessonError` with all that is wrong with it."""
    try:
        text = read_text(path)
    except FileError as error:
        raise LessonError(error.problems) from None
    return parse_lesson(text, str(path))


def parse_lesson(text: str, file: str = "lesson") -> Lesson:
    """The lesson that ``text`` says; ``file`` is what problems call it. Raises :class:`LessonError`."""
    problems: list[Problem] = []
    try:
        content = parse_toml(text, file)
        shape = _ScenarioShape(file)
        where = Where(file, Lines(text), shape.names(content.get("scenario")), problems)
        lesson = _lesson(lesson_table(shape).read(content, where), file, where)
    except Rejected:
        raise LessonError(in_order(problems)) from None
    except FileError as error:
        raise LessonError(error.problems) from None
    if problems:
        raise LessonError(in_order(problems))
    return lesson


def lesson_schema() -> Schema:
    """The JSON Schema (2020-12) of a lesson file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "msgmux lesson",
        **lesson_table(_ScenarioShape("lesson")).schema(),
        "anyOf": [{"required": ["scenario"]}, {"required": ["variant"]}],
    }


class _ScenarioShape:
    """What is seen: a scenario, written here or named, or a program of the checker."""

    def __init__(self, file: str) -> None:
        self._folder = Path(file).parent
        self._named: Scenario | None = None

    def names(self, value: object) -> Names:
        """Whom cards may speak of. A scenario that is named is looked for here already."""
        if isinstance(value, dict):
            return names_in(value)
        if isinstance(value, str) and value not in HARNESSES:
            if value.endswith(".toml"):
                self._named = load(self._folder / value)
            elif value in scenarios.names():
                self._named = scenarios.read(value)
        if self._named is None:
            return Names((), ())
        actors = self._named.actors()
        roles = [[actor.name for actor in actors if type(actor).__name__ == role] for role in _ROLES]
        return Names(*roles)

    def read(self, value: object, where: Where) -> Scenario | str:
        if isinstance(value, dict):
            return read_tables(value, where, as_toml(value))
        if self._named is not None:
            return self._named
        if not isinstance(value, str):
            where.reject(f"{shown(value)} is no scenario; write the name of one in quotes, or a table [scenario]")
        if value not in HARNESSES:
            known = [*scenarios.names(), *HARNESSES]
            near = suggestion(value, known)
            where.reject(f"no scenario or program is named {value[:40]!a}; {near} Or name a .toml file")
        return value

    def schema(self) -> Schema:
        return {
            "anyOf": [
                {"enum": [*scenarios.names(), *HARNESSES]},
                {"type": "string", "pattern": r"\.toml$"},
                FILE.schema(),
            ]
        }


_ROLES = ("ProducerSpec", "ConsumerSpec")


def _lesson(values: dict[str, Any], file: str, where: Where) -> Lesson:
    seen, variant = values.get("scenario"), values.get("variant", "")
    scenario = seen if isinstance(seen, Scenario) else None
    if not seen and not variant:
        where.report('has nothing to show; write a "scenario", or a "variant" of the queue')
        raise Rejected
    if scenario is not None:
        sound = Program(scenario=scenario.source, file=scenario.file)
    else:
        sound = Program(harness=seen or VARIANTS[variant].harness)
    _refuse_what_never_comes(values, scenario is not None, where)
    program = Program(sound.harness, sound.scenario, sound.file, variant)
    return Lesson(
        name=Path(file).stem,
        file=file,
        title=values["title"],
        learn=values["learn"],
        scenario=scenario,
        program=program,
        goal=_goal(values["goal"], program, sound, where.at("goal")),
        hints=values.get("hints", ()),
        glosses=values.get("gloss", ()),
        missed=values.get("missed", ""),
        cards=values["card"],
        solution=values.get("solution", ()),
    )


def _refuse_what_never_comes(values: dict[str, Any], watched: bool, where: Where) -> None:
    """Report cards that could never be done: they need a watched scenario, or a goal to break something."""
    breaks = "break" in values["goal"]
    watched = watched and not breaks
    for index, card in enumerate(values["card"]):
        run = card.ask.run if card.ask is not None else None
        if isinstance(run, Forecast) and not watched:
            where.at("card", index, "run").report("needs a scenario that goes on; write one, or ask the checker")
        if isinstance(run, CheckerQuery) and not breaks:
            where.at("card", index, "run").report('asks what breaks, and nothing is to; the goal must be "break"')
    if "solution" in values and not breaks:
        where.at("solution").report('is for what is to be broken; the goal must be "break"')
    if "variant" in values:
        sound, faulty = VARIANTS[values["variant"]].snippets()
        for index, gloss in enumerate(values.get("gloss", ())):
            sources = {"faulty": [faulty.text], "sound": [sound.text]}.get(gloss.source, [faulty.text, sound.text])
            if not any([gloss.line in source for source in sources]):
                where.at("gloss", index, "line").report(
                    f"is in no line of the {gloss.source or 'faulty or sound'} source"
                )


def _goal(values: dict[str, Any], program: Program, sound: Program, where: Where) -> Goal:
    variant = VARIANTS.get(program.variant)
    if "break" in values:
        if variant is None:
            where.report(
                'is to break something, and the lesson has no "variant"; the sound queue breaks under no schedule'
            )
            raise Rejected
        by, bound = values.get("by", variant.kind), values.get("bound", variant.bound)
        return Goal("break", values["break"], program, sound, by, bound)
    kept = Program(harness=values["in"]) if "in" in values else sound
    return Goal("keep", values["keep"], kept, kept, values.get("by", "delay"), values.get("bound", 1))


def as_toml(tables: dict[str, Any]) -> str:
    """These tables as a TOML text of their own: a line for each key, tables inline."""
    return "".join([f"{json.dumps(key)} = {_value(value)}\n" for key, value in tables.items()])


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join([f"{json.dumps(key)} = {_value(inner)}" for key, inner in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([_value(inner) for inner in value]) + "]"
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)  # in JSON there is no inf and no nan
    # Strings, whole numbers and truths are written in JSON as in TOML.
    return json.dumps(value)
