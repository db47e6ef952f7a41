"""The command line. Nothing here imports Textual: a command that needs it does so when it runs.

Exit codes: 0 fine · 1 an expectation or an invariant failed · 2 bad input or usage · 3 unknown: a check could not
decide · 128 + n ended by signal n (130: ctrl+c).
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from msgmux._version import __version__
from msgmux_tui.system.signals import Ended, end, heeded

if TYPE_CHECKING:
    from msgmux.scenario import Scenario
    from msgmux_tui.theme.glyphs import Glyphs

PATH = click.Path(path_type=Path)


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return "\b\nExamples:\n" + "\n".join([f"  {line}" for line in lines])


CONFIG = click.option(
    "--config",
    type=PATH,
    metavar="FILE",
    help="Settings: theme, keys, glyphs. Else those that `msgmux-tui config` names.",
)


def screen_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that opens a screen."""
    for option in (
        click.option("--plain", is_flag=True, help="No screen: print one sentence per event, as `run` does."),
        click.option("--theme", metavar="NAME", help="Colours: dark, light, projector, colour-blind, ansi or custom."),
        click.option("--ascii", is_flag=True, help="Draw with plain ASCII characters only."),
        CONFIG,
        click.option("--log", type=PATH, metavar="FILE", help="Write a log to FILE (never to the screen)."),
    ):
        command = option(command)
    return command


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("msgmux-tui", "msgmux-tui run sample --seed 3"),
)
@click.version_option(__version__, prog_name="msgmux-tui")
@screen_options
@click.pass_context
def program(
    context: click.Context, theme: str | None, ascii: bool, config: Path | None, log: Path | None, plain: bool
) -> None:
    """Watch a threaded message queue: its linked list, cursors, channels and cleaner.

    Without a command the live session opens on the built-in scenario. Theme, keys and glyphs can be set in a file:
    `msgmux-tui config` tells which, and what can be in it.
    """
    if context.invoked_subcommand is None:
        show("default", theme, ascii, config, log, exact=False, plain=plain)
    else:
        # An option before the command counts as one behind it, as far as the command has it.
        given = {"theme": theme, "ascii": ascii, "config": config, "log": log, "plain": plain}
        context.default_map = {context.invoked_subcommand: {name: value for name, value in given.items() if value}}


@program.command(
    epilog=examples(
        "msgmux-tui play sample", "msgmux-tui play mine.toml --exact", "msgmux-tui play --step --variant lost-wakeup"
    )
)
@click.argument("scenario", required=False)
@click.option("--exact", is_flag=True, help="On the deterministic runtime instead of real threads.")
@click.option("--step", is_flag=True, help="Step by step: you say which thread runs next.")
@click.option("--variant", metavar="NAME", help="With --step: a queue with that fault, instead of the sound one.")
@screen_options
def play(
    scenario: str | None,
    exact: bool,
    step: bool,
    variant: str | None,
    theme: str | None,
    ascii: bool,
    config: Path | None,
    log: Path | None,
    plain: bool,
) -> None:
    """Open the live session on SCENARIO, a bundled name or a file.

    With --step SCENARIO may also be a harness, a small program that shows a fault (`msgmux-tui check --list`); without
    it, the one that shows the variant.
    """
    if step:
        from msgmux_tui.commands.step import play_steps

        need_screen(plain)
        raise SystemExit(play_steps(scenario, variant, theme=theme, ascii=ascii, config=config, log=log))
    if variant is not None:
        raise click.UsageError("--variant is for --step; `msgmux-tui check --variant` searches what it breaks")
    if scenario is None:
        raise click.UsageError("name a SCENARIO; `msgmux-tui scenarios` lists those that come with it")
    show(scenario, theme, ascii, config, log, exact=exact, plain=plain)


@program.command(epilog=examples("msgmux-tui run sample", "msgmux-tui run mine.toml --record run.jsonl --quiet"))
@click.argument("scenario")
@click.option("--seed", type=int, help="Instead of the scenario's own.")
@click.option("--realtime", is_flag=True, help="On OS threads and the wall clock, instead of virtual time.")
@click.option("--record", type=PATH, metavar="FILE", help="Write a recording (.jsonl or .jsonl.gz).")
@click.option("--out", type=PATH, metavar="DIR", help="Write what each consumer got, one file each.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print only what failed.")
@click.option("--ascii", is_flag=True, help="Print plain ASCII characters only.")
@CONFIG
def run(
    scenario: str,
    seed: int | None,
    realtime: bool,
    record: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    ascii: bool,
    config: Path | None,
) -> None:
    """Perform SCENARIO, a bundled name or a file, without a screen: a trace, then a summary."""
    from msgmux_tui.commands.run import Wanted, perform_headless

    form: Literal["trace", "json", "quiet"] = "json" if as_json else "quiet" if quiet else "trace"
    wanted = Wanted(seed, realtime, record, out, form, headless_glyphs(config, ascii))
    raise SystemExit(perform_headless(open_scenario(scenario), wanted))


@program.command(epilog=examples("msgmux-tui replay run.jsonl", "msgmux-tui replay last"))
@click.argument("recording")
@click.option("--plain", is_flag=True, help="No screen: print one sentence per event, as `run` does.")
@screen_options
def replay(recording: str, plain: bool, theme: str | None, ascii: bool, config: Path | None, log: Path | None) -> None:
    """Play RECORDING (a file, or "last" for the last session): back and forth, to any moment, and on from there."""
    from msgmux_tui.commands.replay import play_recording, tell_recording

    if plain or not on_terminal():
        tell_recording(recording, headless_glyphs(config, ascii))
        return
    raise SystemExit(play_recording(recording, theme=theme, ascii=ascii, config=config, log=log))


def moment(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """Seconds, as a number or as people write durations."""
    from msgmux.units import seconds

    if text is None:
        return None
    try:
        return float(text) if text.replace(".", "", 1).isdecimal() else seconds(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


def screen_size(context: click.Context, option: click.Parameter, text: str) -> tuple[int, int]:
    """Columns and rows, as 120x40."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and len(text) < 12):
        raise click.BadParameter(f'{text!r} is no size; write columns and rows as "120x40"', context, option)
    return int(width), int(height)


@program.command(
    epilog=examples("msgmux-tui export run.jsonl run.html", "msgmux-tui export last shot.png --at 12.5s --theme light")
)
@click.argument("recording")
@click.argument("out", type=PATH)
@click.option("--at", callback=moment, metavar="TIME", help="The moment of a picture; else the end.")
@click.option("--from", "begin", callback=moment, metavar="TIME", help="Where to begin; else at the beginning.")
@click.option("--to", "end", callback=moment, metavar="TIME", help="Where to end; else at the end.")
@click.option("--size", callback=screen_size, default="120x40", show_default=True, help="Columns and rows.")
@click.option("--theme", metavar="NAME", default="dark", show_default=True, help="Colours, as those of the screen.")
@click.option("--fps", type=float, metavar="N", help="Frames a second (.gif 5, .cast 10); rows of a .csv (10).")
@click.option("--speed", type=float, metavar="N", default=1.0, help="Seconds of the recording in one of an animation.")
def export(
    recording: str,
    out: Path,
    at: float | None,
    begin: float | None,
    end: float | None,
    size: tuple[int, int],
    theme: str,
    fps: float | None,
    speed: float,
) -> None:
    """Make of RECORDING (a file, or "last") what OUT ends in.

    .svg .png a picture; .gif .cast the screen in motion; .html a report with plots; .csv numbers over time;
    .trace.json for Perfetto.
    """
    from msgmux_tui.settings.paths import recording_path

    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from msgmux_tui.export.recording import export
    from msgmux_tui.export.wanted import Wanted

    cut = export(recording_path(recording), out, Wanted(at, begin, end, size, theme, fps, speed))
    if cut:
        click.echo(f"msgmux-tui: {cut}", err=True)


@program.command(
    epilog=examples("msgmux-tui check pairs --bound 3", "msgmux-tui check --variant lost-wakeup --save found.jsonl")
)
@click.argument("scenario", required=False)
@click.option("--variant", metavar="NAME", help="A queue with that fault, instead of the sound one.")
@click.option("--bound", type=click.IntRange(min=0), default=2, show_default=True, help="Search exhaustively up to it.")
@click.option(
    "--by",
    type=click.Choice(["delay", "preemption"]),
    default="delay",
    show_default=True,
    help="What the bound counts: delays (for all threads together) or preemptions (for small harnesses).",
)
@click.option("--schedules", type=click.IntRange(min=1), default=20_000, show_default=True, help="At most.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, help="At most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is searched by chance.")
@click.option("--workers", type=click.IntRange(1, 16), help="Processes. [default: one for each core, at most 2]")
@click.option("--save", type=PATH, metavar="FILE", help="Write what is found as a recording (.jsonl or .jsonl.gz).")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object, and nothing else.")
@click.option("--progress", is_flag=True, help="Tell of the progress on stderr, as JSON lines.")
@click.option("--list", "as_list", is_flag=True, help="List what can be checked, and the variants.")
def check(scenario: str | None, **options: Any) -> None:
    """Search for a schedule of SCENARIO that breaks an invariant.

    SCENARIO is a harness (a small program made for this; --list names them), a bundled scenario or a file; without it,
    the harness that shows the variant. Exit code 0: none within the bound, 1: found one, 3: not decided.
    """
    from msgmux_tui.commands import check as command

    if options.pop("as_list"):
        command.show_all()
        raise SystemExit(0)
    raise SystemExit(command.run(scenario, command.Asked(**options)))


@program.command(
    epilog=examples(
        "msgmux-tui lesson", "msgmux-tui lesson lost-wakeup --presenter", "msgmux-tui lesson cursor --plain"
    )
)
@click.argument("name", required=False)
@click.option("--presenter", is_flag=True, help="Large cards, for a room.")
@click.option("--template", is_flag=True, help="Print a lesson with every key explained, to begin your own with.")
@screen_options
def lesson(
    name: str | None,
    presenter: bool,
    template: bool,
    theme: str | None,
    ascii: bool,
    config: Path | None,
    log: Path | None,
    plain: bool,
) -> None:
    """Take the lesson NAME (a bundled one, its number, or a file); without a name, list them.

    With --plain, or where there is no terminal, it is performed by its own solution, and told in words. Exit code 1: it
    does not hold what it says.
    """
    from msgmux_tui import lessons
    from msgmux_tui.commands import lesson as teaching

    if template:
        click.echo(lessons.template(), nl=False)
        return
    if name is None:
        teaching.list_lessons()
        return
    found = teaching.find_lesson(name)
    if plain or not on_terminal():
        raise SystemExit(teaching.tell_lesson(found, headless_glyphs(config, ascii)))
    raise SystemExit(teaching.take_lesson(found, presenter=presenter, theme=theme, ascii=ascii, config=config, log=log))


@program.command(
    epilog=examples("msgmux-tui exercise", "msgmux-tui exercise counter", "msgmux-tui exercise --grade counter.py")
)
@click.argument("name", required=False)
@click.option("--to", type=PATH, metavar="FILE", help="Write the skeleton there. It is never written over a file.")
@click.option("--hint", type=click.IntRange(min=1), metavar="N", help="Print the Nth hint.")
@click.option("--grade", type=PATH, metavar="FILE", help="Run FILE under every schedule, and say what breaks it.")
@click.option("--json", "as_json", is_flag=True, help="With --grade: print one JSON object, and nothing else.")
@click.option("--watch", type=PATH, metavar="FILE", help="A screen: FILE beside its grade, anew whenever it is saved.")
@screen_options
def exercise(
    name: str | None,
    to: Path | None,
    hint: int | None,
    grade: Path | None,
    as_json: bool,
    watch: Path | None,
    theme: str | None,
    ascii: bool,
    config: Path | None,
    log: Path | None,
    plain: bool,
) -> None:
    """Begin the exercise NAME (one of ours, or a folder of your own); without a name, list them.

    Grading runs FILE, in a process of its own; that is no sandbox. Exit code 0: solved, 1: a schedule breaks it, or it
    is too simple, 3: not decided.
    """
    from msgmux_tui.commands import exercise as exercising

    if len([given for given in (to, hint, grade, watch) if given is not None]) > 1:
        raise click.UsageError("--to, --hint, --grade and --watch are four different things; give one of them")
    if as_json and grade is None:
        raise click.UsageError("--json is for --grade FILE")
    if grade is not None:
        raise SystemExit(exercising.grade_file(grade, name, as_json=as_json))
    if watch is not None:
        need_screen(plain, "watching a file needs a terminal, and a screen on it; `exercise --grade` needs none")
        raise SystemExit(exercising.watch_file(watch, name, theme=theme, ascii=ascii, config=config, log=log))
    if name is None:
        if to is not None or hint is not None:
            raise click.UsageError("name the exercise; `msgmux-tui exercise` lists them")
        exercising.list_exercises()
    elif hint is not None:
        exercising.tell_hint(name, hint)
    else:
        exercising.begin_exercise(name, to)


@program.command(epilog=examples("msgmux-tui scenarios", "msgmux-tui run default"))
def scenarios() -> None:
    """List the bundled scenarios."""
    from msgmux_tui.scenarios import names, read

    for name in names():
        click.echo(f"{name:<16}  {read(name).title}")


@program.command(epilog=examples("msgmux-tui validate mine.toml", "msgmux-tui validate lessons/*.toml"))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def validate(files: tuple[str, ...]) -> None:
    """Report every error of every FILE at once: a scenario, a lesson, or the folder of an exercise.

    The skeleton and the solution of an exercise are run: one must break, the other must not.
    """
    from msgmux.documents.problems import FileError
    from msgmux_tui.lessons import validate

    bad = False
    for file in files:
        try:
            if Path(file).is_dir():
                from msgmux_tui.commands.exercise import validate_folder

                validate_folder(Path(file))
            else:
                validate(file)
            click.echo(f"{file}: fine")
        except (FileError, OSError) as error:
            bad = True
            click.echo(str(error), err=True)
    raise SystemExit(2 if bad else 0)


@program.command(epilog=examples("msgmux-tui config", "msgmux-tui config --default > mine.toml"))
@click.option("--default", is_flag=True, help="Print such a file: every setting, explained, as it is without one.")
@click.option("--check", is_flag=True, help="Tell what is wrong in it; exit code 2 if anything is.")
@CONFIG
def config(default: bool, check: bool, config: Path | None) -> None:
    """Print where the configuration file is looked for."""
    from msgmux_tui.settings.config import load
    from msgmux_tui.settings.paths import config_file
    from msgmux_tui.settings.template import default_text

    path = config or config_file()
    if default:
        click.echo(default_text(), nl=False)
    elif check:
        problems = load(config).problems
        for problem in problems:
            click.echo(str(problem), err=True)
        if problems:
            raise SystemExit(2)
        there = config is not None or path.exists()
        click.echo(f"{path}: " + ("fine" if there else "not there, so everything is as --default prints it"))
    else:
        click.echo(path)


@program.command(epilog=examples("msgmux-tui schema > scenario.schema.json", "msgmux-tui schema lesson"))
@click.argument("kind", type=click.Choice(["scenario", "lesson", "exercise"]), default="scenario")
def schema(kind: str) -> None:
    """Print the JSON Schema of scenario files, of lesson files, or of those of exercises, for editors."""
    import json

    from msgmux.scenario import json_schema

    if kind == "lesson":
        from msgmux_tui.lessons import lesson_schema as json_schema
    elif kind == "exercise":
        from msgmux.exercises import exercise_schema as json_schema
    click.echo(json.dumps(json_schema(), indent=2))


@program.command(
    epilog=examples(
        "msgmux-tui bench --quick", "msgmux-tui bench --only throughput --json now.json --compare before.json"
    )
)
@click.option("--quick", is_flag=True, help="A glance of a minute or two, instead of figures to quote.")
@click.option("--only", multiple=True, metavar="GROUP", help="Measure this group alone; can be given again.")
@click.option("--json", "store", type=PATH, metavar="FILE", help="Store the result.")
@click.option("--plot", type=PATH, metavar="FILE", help="Draw it (.svg).")
@click.option("--compare", type=PATH, metavar="FILE", help="Compare it with a stored earlier result.")
def bench(quick: bool, only: tuple[str, ...], store: Path | None, plot: Path | None, compare: Path | None) -> None:
    """Measure the queue beside what would be used instead, in one run.

    Peers that are not installed are left out: pip install 'msgmux-tui[bench]' brings them.
    """
    from msgmux_tui.bench.suite import Wanted, measure_and_tell

    measure_and_tell(Wanted(quick, only, store, plot, compare))


def open_scenario(name: str) -> "Scenario":
    """A bundled scenario, or that of a file: what looks like a path, or is one, is taken for one."""
    from msgmux.scenario import load
    from msgmux_tui import scenarios

    if name not in scenarios.names() and (os.sep in name or name.endswith(".toml") or Path(name).exists()):
        return load(name)
    return scenarios.read(name)


def headless_glyphs(config: Path | None, ascii: bool) -> "Glyphs":
    """The glyphs for what is printed. What is wrong in the configuration is told at once."""
    from msgmux_tui.settings.config import load

    settings = load(config)
    for problem in settings.problems:
        click.echo(f"msgmux-tui: {problem}", err=True)
    return settings.glyphs("utf-8", ascii=ascii)


def on_terminal() -> bool:
    """Is there a screen to show something on, and a keyboard?"""
    return sys.stdout.isatty() and sys.stdin.isatty()


def need_screen(
    plain: bool, why: str = "stepping needs a terminal, and a screen on it; `msgmux-tui check` needs none"
) -> None:
    """For what can't be told without one. Raises :class:`click.UsageError`."""
    if plain or not on_terminal():
        raise click.UsageError(why)


def show(
    name: str,
    theme: str | None,
    ascii: bool,
    config: Path | None,
    log: Path | None,
    *,
    exact: bool,
    plain: bool,
) -> NoReturn:
    """The live session; a headless run where it is told in plain words, or there is no terminal to show it on."""
    scenario = open_scenario(name)
    if plain or not on_terminal():
        from msgmux_tui.commands.run import Wanted, perform_headless

        if not plain:
            click.echo(f"msgmux-tui: no terminal here, so this is `msgmux-tui run {name}`", err=True)
        raise SystemExit(perform_headless(scenario, Wanted(glyphs=headless_glyphs(config, ascii))))
    from msgmux_tui.commands.launch import run_app

    raise SystemExit(run_app(scenario, theme=theme, ascii=ascii, config=config, log=log, exact=exact))


def main() -> NoReturn:
    """The program: every end is an exit code, and no bad input a traceback."""
    from msgmux.errors import MsgmuxError

    for number in heeded((signal.SIGTERM, signal.SIGHUP)):
        signal.signal(number, end)
    try:
        program.main(standalone_mode=False)
        code = 0
    except click.exceptions.Exit as exit:
        code = exit.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except Ended as ended:
        code = 128 + ended.number
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain about the same once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (MsgmuxError, ValueError, OSError) as error:
        click.echo(f"msgmux-tui: {error}", err=True)
        code = 2
    sys.exit(code)
