"""Reads a file into a :class:`Scenario`, or raises an error with everything that is wrong with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgmux.documents.problems import FileError, Lines, Problem, ScenarioError, in_order
from msgmux.documents.shapes import Names, Rejected, Schema, Where, one_line
from msgmux.documents.toml import parse_toml, read_text
from msgmux.scenario.format import FILE, Draft
from msgmux.scenario.model import Expect, Scenario, Step
from msgmux.settings import Settings


def load(path: str | Path) -> Scenario:
    """Read a scenario file. Raises :class:`ScenarioError` with every problem: it cannot be read, is no TOML, or has
    wrong keys or values.
    """
    try:
        text = read_text(path)
    except FileError as error:
        raise ScenarioError(error.problems) from None
    return parse(text, str(path))


def parse(text: str, file: str = "scenario") -> Scenario:
    """Read a scenario from its text. ``file`` is the name that problems show. Raises :class:`ScenarioError`."""
    problems: list[Problem] = []
    try:
        content = parse_toml(text, file)
        scenario = read_tables(content, Where(file, Lines(text), names_in(content), problems), text)
    except Rejected:
        raise ScenarioError(in_order(problems)) from None
    except FileError as error:
        raise ScenarioError(error.problems) from None
    if problems:
        raise ScenarioError(in_order(problems))
    return scenario


def read_tables(content: dict[str, Any], where: Where, source: str) -> Scenario:
    """Read a scenario from parsed TOML: a whole file, or a table of another file at ``where``.

    Problems are reported to ``where``. Raises :class:`Rejected` if they leave no usable scenario, :class:`FileError` if
    there are too many. ``source``: the text of these tables as a scenario file.
    """
    _refuse_duplicates(content, where)
    if not content.keys() & {"producer", "consumer", "step"}:
        where.report("says nothing to do; write [[producer]], [[consumer]] or [[step]] tables")
    values = FILE.read(content, where)
    steps = _in_time(values.get("step", ()), values.get("duration"), where)
    return Scenario(
        where.file,
        title=values.get("title", ""),
        duration=values.get("duration"),
        seed=values.get("seed", 0),
        queue=values.get("queue", Settings()),
        producers=values.get("producer", ()),
        consumers=values.get("consumer", ()),
        steps=steps,
        source=source,
    )


def json_schema() -> Schema:
    """The JSON Schema (2020-12) of a scenario file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "msgmux scenario",
        **FILE.schema(),
        "anyOf": [{"required": [key]} for key in ("producer", "consumer", "step")],
    }


def names_in(content: dict[str, Any]) -> Names:
    """The names of all producers and consumers that the file declares or adds, even if the rest of it is wrong."""
    named: dict[str, list[str]] = {}
    for role in ("producer", "consumer"):
        named[role] = [name for _, name in _tables_with_name(content.get(role))]
        for _, step in _tables(content.get("step")):
            added = step.get(f"add_{role}")
            name = added.get("name") if isinstance(added, dict) else added
            if isinstance(name, str):
                named[role].append(one_line(name))
    return Names(named["producer"], named["consumer"])


def _refuse_duplicates(content: dict[str, Any], where: Where) -> None:
    for role in ("producer", "consumer"):
        seen: set[str] = set()
        for index, name in _tables_with_name(content.get(role)):
            if name in seen:
                place = where.at(role, index, "name")
                place.report(f"a {role} named {name[:40]!a} is there already; choose another name")
            seen.add(name)


def _tables(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, table in enumerate(value if isinstance(value, list) else []):
        if isinstance(table, dict):
            yield index, table


def _tables_with_name(value: object) -> Iterator[tuple[int, str]]:
    for index, table in _tables(value):
        if isinstance(table.get("name"), str):
            yield index, one_line(table["name"])


def _in_time(drafts: tuple[Draft, ...], duration: float | None, where: Where) -> tuple[Step, ...]:
    """The steps with their times in seconds. Reports an expectation that is due after the scenario's end."""
    steps: list[Step] = []
    previous = 0.0
    for index, draft in enumerate(drafts):
        previous = draft.time(previous)
        steps.append(Step(index, previous, draft.every, draft.actions))
        if duration is not None and previous > duration and any([isinstance(a, Expect) for a in draft.actions]):
            where.at("step", index, "expect").report(
                f"would never be looked at: it is due at {previous:g} s, and a run ends at {duration:g} s; "
                "make the duration longer"
            )
    return tuple(steps)
