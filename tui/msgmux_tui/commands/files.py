"""``msgmux-tui scenarios``, ``validate``, ``config`` and ``schema``: for the files that people write by hand."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import click

from msgmux.documents.problems import FileError
from msgmux.scenario import json_schema
from msgmux_tui import scenarios
from msgmux_tui.settings.config import load
from msgmux_tui.settings.paths import config_file
from msgmux_tui.settings.template import default_text
from msgmux_tui.system.messages import printable_lines, reason


def list_scenarios() -> None:
    """Print the bundled scenarios with their titles."""
    for name in scenarios.names():
        click.echo(f"{name:<16}  {scenarios.read(name).title}")


def print_scenario(name: str | None) -> None:
    """Print the text of a bundled scenario; without a name the template.

    Raises :class:`ScenarioError` if there is none of that name.
    """
    click.echo(scenarios.template() if name is None else scenarios.read(name).source, nl=False)


def validate_files(files: Iterable[str]) -> int:
    """Print all problems of each file: a scenario, a lesson, or an exercise's folder. Returns the exit code."""
    from msgmux_tui.lessons import validate

    code = 0
    for file in files:
        try:
            if Path(file).is_dir():
                # Imported only for a folder that was named, since it leads to the code that runs users' files.
                from msgmux.exercises import load_exercise
                from msgmux.exercises.grading import validate_exercise

                validate_exercise(load_exercise(Path(file)))
            elif never := validate(file):
                for problem in never:
                    click.echo(printable_lines(f"warning: {problem}"), err=True)
                click.echo(f"{file}: valid; {len(never)} to look at")
                continue
            click.echo(f"{file}: fine")
        except (FileError, OSError) as error:
            code = 2
            click.echo(printable_lines(reason(error)), err=True)
    return code


def tell_config(config: Path | None, *, default: bool, check: bool) -> int:
    """Print where the configuration is looked for; with ``default`` a file to begin with; with ``check`` its problems.
    Returns the exit code.
    """
    path = config or config_file()
    if default:
        click.echo(default_text(), nl=False)
    elif check:
        problems = load(config).problems
        for problem in problems:
            click.echo(printable_lines(str(problem)), err=True)
        if problems:
            return 2
        there = config is not None or path.exists()
        click.echo(f"{path}: " + ("fine" if there else "not there, so everything is as --default prints it"))
    else:
        click.echo(path)
    return 0


def print_schema(kind: Literal["scenario", "lesson", "exercise"]) -> None:
    """Print the JSON Schema of a kind of file, for editors."""
    if kind == "lesson":
        from msgmux_tui.lessons import lesson_schema

        click.echo(json.dumps(lesson_schema(), indent=2))
    elif kind == "exercise":
        from msgmux.exercises import exercise_schema

        click.echo(json.dumps(exercise_schema(), indent=2))
    else:
        click.echo(json.dumps(json_schema(), indent=2))
