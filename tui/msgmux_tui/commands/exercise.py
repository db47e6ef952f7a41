"""``msgmux-tui exercise``: the list, the skeleton to begin with, hints, and grading."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from msgmux.errors import MsgmuxError
from msgmux.exercises import ORDER, Exercise, ExerciseError, header_of, open_exercise, read_exercise
from msgmux.exercises.grading import grade, to_be_stepped
from msgmux.exercises.source import read_python
from msgmux_tui.commands.inputs import Look
from msgmux_tui.exercises.solved import Solved
from msgmux_tui.exercises.wording import grade_in_words
from msgmux_tui.system.messages import complain

if TYPE_CHECKING:
    from msgmux_tui.screens.exercise import ExerciseScreen
    from msgmux_tui.theme.glyphs import Glyphs

EXIT = {"solved": 0, "broken": 1, "refused": 1, "unknown": 3}


class Asked(msgspec.Struct, frozen=True):
    """The command line's options; with none of them, the command writes the skeleton or lists the exercises."""

    to: Path | None = None
    hint: int | None = None
    grade: Path | None = None
    as_json: bool = False
    watch: Path | None = None
    step: Path | None = None


def exercise(name: str | None, look: Look, asked: Asked) -> int:
    """Carry out the command. Returns the exit code. Raises :class:`click.UsageError` for options that do not go
    together, :class:`MsgmuxError` for an unknown exercise or a file that cannot be used.
    """
    given = (asked.to, asked.hint, asked.grade, asked.watch, asked.step)
    if len([one for one in given if one is not None]) > 1:
        raise click.UsageError("--to, --hint, --grade, --watch and --step are different things; give one of them")
    if asked.as_json and asked.grade is None:
        raise click.UsageError("--json is for --grade FILE")
    if asked.grade is not None:
        return grade_file(asked.grade, name, as_json=asked.as_json)
    if asked.watch is not None:
        if look.headless:
            raise click.UsageError(
                "watching a file needs a terminal, and a screen on it; `exercise --grade` needs none"
            )
        return watch_file(asked.watch, name, look)
    if asked.step is not None:
        if look.headless:
            raise click.UsageError("stepping needs a terminal, and a screen on it; `exercise --grade` needs none")
        return step_file(asked.step, name, look)
    if name is None:
        if asked.to is not None or asked.hint is not None:
            raise click.UsageError("name the exercise; `msgmux-tui exercise` lists them")
        list_exercises()
    elif asked.hint is not None:
        tell_hint(name, asked.hint)
    else:
        begin_exercise(name, asked.to)
    return 0


def list_exercises() -> None:
    """Print all exercises, each with whether it is solved."""
    solved = Solved()
    tell_problem(solved)
    exercises = [read_exercise(name) for name in ORDER]
    for exercise in exercises:
        click.echo(f"{exercise.name:<20}  {solved.words(exercise):<8}  {exercise.title}")
    following = next((exercise for exercise in exercises if solved.words(exercise) != "solved"), None)
    if following is not None:
        click.echo(f"\nNext: msgmux-tui exercise {following.name}")


def begin_exercise(name: str, to: Path | None) -> None:
    """Write the skeleton, and say how to begin. Raises :class:`MsgmuxError` where that file is there already."""
    exercise = open_exercise(name)
    path = to or Path(exercise.file_name)
    if path.is_dir():
        path = path / exercise.file_name
    try:
        # Mode "x" never overwrites a file.
        with path.open("x", encoding="utf-8") as file:
            file.write(exercise.text("skeleton.py"))
    except FileExistsError:
        raise MsgmuxError(f"{path}: is there already, and is not written over; name another file by --to") from None
    except OSError as error:
        raise MsgmuxError(f"{path}: can't be written: {error.strerror or error}") from None
    click.echo(f"{exercise.title}. {exercise.learn}")
    click.echo(f"\nwritten: {path}; it has a fault that only some schedules show. Find it, repair it:")
    own = "" if exercise.name in ORDER else f"{name} "
    click.echo(f"  msgmux-tui exercise {own}--grade {path}")
    click.echo(f"  msgmux-tui exercise {own}--watch {path}    grades at each save, beside your source")
    click.echo(f"  msgmux-tui exercise {own}--step {path}    you say which thread goes on")
    if exercise.hints:
        click.echo(f"  msgmux-tui exercise {name} --hint 1    of {len(exercise.hints)}")


def tell_hint(name: str, number: int) -> None:
    """Print a hint, counted from 1. Raises :class:`MsgmuxError` if there is none of that number."""
    hints = open_exercise(name).hints
    if number > len(hints):
        raise MsgmuxError(f"{name}: has {len(hints)} hint{'' if len(hints) == 1 else 's'}")
    click.echo(hints[number - 1])


def exercise_of(file: Path, name: str | None) -> Exercise:
    """The exercise that a student's file is for: the named one, else the one that the file's first line says.

    Raises :class:`MsgmuxError` where there is none, or the file cannot be read.
    """
    header = header_of(read_python(file))
    if name is not None:
        exercise = open_exercise(name)
    elif header is None:
        raise MsgmuxError(
            f"{file}:1: does not say for which exercise it is; begin it by "
            f'"""msgmux exercise: counter, version 1""", or name one: msgmux-tui exercise NAME --grade {file}'
        )
    else:
        try:
            exercise = read_exercise(header[0])
        except ExerciseError as error:
            raise MsgmuxError(
                f"{file}:1: {error}; for one of your own: msgmux-tui exercise FOLDER --grade {file}"
            ) from None
    if header is not None and header[0] == exercise.name and header[1] != exercise.version:
        complain(f"{file} is for version {header[1]} of {exercise.name}, and this is version {exercise.version}")
    return exercise


def grade_file(file: Path, name: str | None, *, as_json: bool) -> int:
    """Grade a student's file and print the result. Returns the exit code."""
    exercise = exercise_of(file, name)
    if not as_json:
        click.echo(f"grading {file}: {exercise.title}")
    result = grade(exercise, file)
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        click.echo("\n".join(grade_in_words(result, exercise)))
    if result.verdict == "solved":
        remember(exercise)
    return EXIT[result.verdict]


def watch_file(file: Path, name: str | None, look: Look) -> int:
    """Show a student's file on a screen with its grade, again whenever it is saved. Returns the exit code."""
    from msgmux_tui.commands.launch import run_screen
    from msgmux_tui.settings.config import Config

    exercise = exercise_of(file, name)

    def make(settings: Config, glyphs: "Glyphs") -> "ExerciseScreen":
        from msgmux_tui.screens.exercise import ExerciseScreen

        return ExerciseScreen(exercise, file, glyphs, solved=Solved(), keymap=settings.keymap, notice=settings.notice)

    return run_screen(make, look, keep=False)


def step_file(file: Path, name: str | None, look: Look) -> int:
    """Grade a student's file, and step through the schedule that breaks it, or else through the first test. Returns
    the exit code.
    """
    from msgmux_tui.commands.step_code import step_through

    exercise = exercise_of(file, name)
    click.echo(f"grading {file}: {exercise.title}")
    return step_through(*to_be_stepped(grade(exercise, file), exercise, file), look)


def remember(exercise: Exercise) -> None:
    """Remember that a bundled exercise is solved. Exercises from a folder are not in the list."""
    if exercise.name in ORDER and exercise == read_exercise(exercise.name):
        solved = Solved()
        solved.solve(exercise)
        tell_problem(solved)


def tell_problem(solved: Solved) -> None:
    """Print what is wrong with the file in which solved exercises are kept, if anything is."""
    if solved.problem:
        complain(solved.problem)
