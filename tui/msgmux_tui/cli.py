"""The command line: all commands and their options. What a command does is in :mod:`msgmux_tui.commands`.

Each command imports its module, and with it Textual, only when it runs, so that `--help` and `--version` answer fast.

Exit codes: 0 fine · 1 an expectation or an invariant failed · 2 bad input or usage · 3 unknown: a check could not
decide · 128 + n ended by signal n (130: ctrl+c).
"""

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from msgmux._version import __version__
from msgmux_tui.commands.options import (
    CONFIG,
    OVERWRITE,
    PATH,
    examples,
    lazily,
    screen_options,
    stream_options,
    web_options,
)
from msgmux_tui.system.messages import complain, reason
from msgmux_tui.system.signals import Ended, end, heeded

if TYPE_CHECKING:
    from msgmux_tui.commands.inputs import Look
    from msgmux_tui.commands.passing import AttachOptions


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("msgmux-tui", "msgmux-tui run sample --seed 3"),
)
@click.version_option(__version__, prog_name="msgmux-tui")
@screen_options
@click.pass_context
def program(context: click.Context, look: "Look") -> None:
    """Watch a threaded message queue: its linked list, cursors, channels and cleaner.

    Without a command the live session opens on the built-in scenario. Theme, keys and glyphs can be set in a file:
    `msgmux-tui config` tells which, and what can be in it.
    """
    if context.invoked_subcommand is None:
        from msgmux_tui.commands.play import show

        raise SystemExit(show("default", look, exact=False))
    # An option given before the command becomes the default of the command's own option of that name, if it has one.
    given = {name: getattr(look, name) for name in look.__struct_fields__}
    context.default_map = {context.invoked_subcommand: {name: value for name, value in given.items() if value}}


@program.command(
    epilog=examples(
        "msgmux-tui play sample",
        "msgmux-tui play mine.toml --exact",
        "msgmux-tui play --step --variant lost-wakeup",
        "msgmux-tui play --step mine.py --schedule found.jsonl",
    )
)
@click.argument("scenario", required=False)
@click.option("--exact", is_flag=True, help="On the deterministic runtime instead of real threads.")
@click.option("--step", is_flag=True, help="Step by step: you say which thread runs next.")
@click.option("--variant", metavar="NAME", help="With --step: a queue with that fault, instead of the sound one.")
@click.option(
    "--schedule", type=PATH, metavar="FILE", help="With --step, of a Python file: the schedule that `check` saved."
)
@screen_options
def play(
    scenario: str | None, exact: bool, step: bool, variant: str | None, schedule: Path | None, look: "Look"
) -> None:
    """Open the live session on SCENARIO, a bundled name or a file.

    With --step SCENARIO may also be a harness, a small program that shows a fault (`msgmux-tui check --list`), or a
    Python file of yours (mine.py, mine.py::test_name), which runs in a process of its own; that is no sandbox. Without
    SCENARIO it is the harness that shows the variant.
    """
    from msgmux_tui.commands import play as command

    raise SystemExit(command.play(scenario, look, exact=exact, step=step, variant=variant, schedule=schedule))


@program.command(epilog=examples("msgmux-tui run sample", "msgmux-tui run mine.toml --record run.jsonl --quiet"))
@click.argument("scenario")
@click.option("--seed", type=int, help="Instead of the scenario's own.")
@click.option("--realtime", is_flag=True, help="On OS threads and the wall clock, instead of virtual time.")
@click.option(
    "--record", type=PATH, metavar="FILE", help="Write a recording (.jsonl or .jsonl.gz); replaces one, nothing else."
)
@click.option("--out", type=PATH, metavar="DIR", help="Write what each consumer got, one file each.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print only what failed.")
@click.option("--ascii", is_flag=True, help="Print plain ASCII characters only.")
@CONFIG
@OVERWRITE
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
    overwrite: bool,
) -> None:
    """Perform SCENARIO, a bundled name or a file, without a screen: a trace, then a summary."""
    from msgmux_tui.commands.inputs import headless_glyphs, open_scenario
    from msgmux_tui.commands.run import RunOptions, perform_headless

    form: Literal["trace", "json", "quiet"] = "json" if as_json else "quiet" if quiet else "trace"
    options = RunOptions(seed, realtime, record, out, form, headless_glyphs(config, ascii), overwrite)
    raise SystemExit(perform_headless(open_scenario(scenario), options))


@program.command(epilog=examples("msgmux-tui attach", "msgmux-tui attach orders", "msgmux-tui attach --list --json"))
@click.argument("target", required=False, metavar="[NAME|PID|ADDRESS]")
@click.option("--list", "as_list", is_flag=True, help="List the queues that are published here.")
@stream_options
def attach(target: str | None, as_list: bool, look: "Look", wanted: "AttachOptions") -> None:
    """Watch a queue of a program that runs, and publishes it: msgmux.publish(queue), or MSGMUX_PUBLISH=1.

    Without a name: the only queue there is, or a list to choose from. `q` leaves; the program goes on.
    """
    from msgmux_tui.commands import attach as command

    if as_list:
        command.list_programs(wanted.as_json)
        return
    raise SystemExit(command.attach(target, wanted, look))


@program.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples("msgmux-tui watch shop.py", "msgmux-tui watch --plain shop.py --its-own option"),
)
@click.argument("source", type=PATH, metavar="PROGRAM.py")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARG]…")
@stream_options
def watch(source: Path, arguments: tuple[str, ...], look: "Look", wanted: "AttachOptions") -> None:
    """Start PROGRAM.py and watch the queue that it makes. `q` ends it, as ctrl+c would.

    What it prints goes to a file; the last lines are shown at the end. Options go before PROGRAM.py. With --record each
    further queue has a file of its own, FILE-NAME; with --json each line names its queue.
    """
    from msgmux_tui.commands import attach as command

    raise SystemExit(command.watch(source, arguments, wanted, look))


@program.command(epilog=examples("msgmux-tui follow run.jsonl", "msgmux-tui follow 'tcp://127.0.0.1:4000/?t=TOKEN'"))
@click.argument("address", metavar="ADDRESS|FILE")
@stream_options
def follow(address: str, look: "Look", wanted: "AttachOptions") -> None:
    """Follow what is published at ADDRESS (unix:…, tcp://…), or a recording that is still being written."""
    from msgmux_tui.commands import attach as command

    raise SystemExit(command.follow(address, wanted, look))


@program.command(epilog=examples("msgmux-tui example", "msgmux-tui example shop --to shop.py"))
@click.argument("name", required=False)
@click.option("--to", type=PATH, metavar="FILE", help="Write it to FILE; else it is printed.")
@OVERWRITE
def example(name: str | None, to: Path | None, overwrite: bool) -> None:
    """A program with the library, to begin one's own with; without NAME, list them."""
    from msgmux_tui.commands.example import give_example

    give_example(name, to, overwrite=overwrite)


@program.command(epilog=examples("msgmux-tui replay run.jsonl", "msgmux-tui replay last"))
@click.argument("recording", required=False)
@click.option("--follow", is_flag=True, help="It is still being written: show what comes.")
@screen_options
def replay(recording: str | None, follow: bool, look: "Look") -> None:
    """Play RECORDING (a file, or "last" for the last session): back and forth, to any moment, and on from there.

    Without RECORDING: list the sessions that were kept; each can be given by its name there.
    """
    from msgmux_tui.commands.replay import follow_recording, list_kept, play_recording, tell_recording

    if recording is None:
        if follow:
            raise click.UsageError("--follow needs a RECORDING")
        list_kept()
        return
    if follow:
        raise SystemExit(follow_recording(recording, look))
    if look.headless:
        look.tell_why_plain(f"msgmux-tui replay {recording} --plain")
        tell_recording(recording, look.glyphs())
        return
    raise SystemExit(play_recording(recording, look))


@program.command(
    epilog=examples("msgmux-tui export run.jsonl run.html", "msgmux-tui export last shot.png --at 12.5s --theme light")
)
@click.argument("recording")
@click.argument("out", type=PATH)
@click.option("--at", callback=lazily("moment"), metavar="TIME", help="The moment of a picture; else the end.")
@click.option("--from", "begin", callback=lazily("moment"), metavar="TIME", help="Where to begin; else the beginning.")
@click.option("--to", "end", callback=lazily("moment"), metavar="TIME", help="Where to end; else at the end.")
@click.option("--size", callback=lazily("screen_size"), default="120x40", show_default=True, help="Columns and rows.")
@click.option("--theme", metavar="NAME", default="dark", show_default=True, help="Colours, as those of the screen.")
@click.option("--fps", type=float, metavar="N", help="Frames a second (.gif 5, .cast 10); rows of a .csv (10).")
@click.option("--speed", type=float, metavar="N", default=1.0, help="Seconds of the recording in one of an animation.")
@click.option("--film", is_flag=True, help="Of a .html: the screen in motion, with plots, instead of the player.")
@OVERWRITE
def export(recording: str, out: Path, overwrite: bool, **options: Any) -> None:
    """Make of RECORDING (a file, or "last") what OUT ends in.

    .svg .png a picture; .gif .cast the screen in motion; .html a player in one file, for any browser; .csv numbers over
    time; .trace.json for Perfetto.
    """
    from msgmux_tui.commands.export import export_recording

    export_recording(recording, out, overwrite=overwrite, **options)


@program.command(epilog=examples("msgmux-tui check pairs --bound 3", "msgmux-tui check mine.py --save found.jsonl"))
@click.argument("scenario", required=False)
@click.option("--variant", metavar="NAME", help="A queue with that fault, instead of the sound one.")
@click.option(
    "--bound",
    type=click.IntRange(min=0),
    help="Search exhaustively up to it. [default: 2; of a Python file every schedule]",
)
@click.option(
    "--by",
    "--kind",
    "by",
    type=click.Choice(["delay", "preemption"]),
    default="delay",
    show_default=True,
    help="What the bound counts: delays (for all threads together) or preemptions (for small harnesses).",
)
@click.option(
    "--points",
    type=click.Choice(["shared", "sync", "all"]),
    default="shared",
    show_default=True,
    help="Of a Python file, where threads may be switched: where accesses race, at locks only, or at every access.",
)
@click.option(
    "--clock",
    type=click.Choice(["autojump", "explored"]),
    default="autojump",
    show_default=True,
    help="Of a Python file: time moves when nobody can go on, or at any moment.",
)
@click.option("--gil", is_flag=True, help="Of a Python file: switch only where CPython with its GIL may.")
@click.option("--modules", multiple=True, metavar="NAME", help="A package that the Python file uses; again for more.")
@click.option("--allow", multiple=True, metavar="EVENT", help="Let the Python file do what is refused, as told.")
@click.option("--schedules", type=click.IntRange(min=1), default=20_000, show_default=True, help="At most.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True, help="At most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is searched by chance.")
@click.option("--workers", type=click.IntRange(1, 16), help="Processes. [default: one for each core, at most 2]")
@click.option(
    "--save", type=PATH, metavar="FILE", help="Write what is found as a recording (.jsonl or .jsonl.gz); replaces one."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object, and nothing else.")
@click.option("--progress", is_flag=True, help="Tell of the progress on stderr, as JSON lines.")
@OVERWRITE
@click.option("--list", "as_list", is_flag=True, help="List what can be checked, and the variants.")
def check(scenario: str | None, as_list: bool, **options: Any) -> None:
    """Search for a schedule of SCENARIO that breaks an invariant.

    SCENARIO is a harness (a small program made for this; --list names them), a bundled scenario or a file; without it,
    the harness that shows the variant. It may also be a Python file of yours, mine.py or mine.py::function: its threads
    are run under every schedule, in a process of its own, which is no sandbox. Exit code 0: none within the bound,
    1: found one, 3: not decided.
    """
    from msgmux_tui.commands import check as command

    if as_list:
        command.show_all()
        return
    raise SystemExit(command.run(scenario, command.Asked(**options)))


@program.command(
    epilog=examples(
        "msgmux-tui lesson", "msgmux-tui lesson lost-wakeup --presenter", "msgmux-tui lesson cursor --plain"
    )
)
@click.argument("name", required=False)
@click.option("--presenter", is_flag=True, help="Large cards, for a room.")
@click.option("--notes", is_flag=True, help="The speaker's notes, following the lesson on another terminal.")
@click.option("--template", is_flag=True, help="Print a lesson with every key explained, to begin your own with.")
@screen_options
def lesson(name: str | None, presenter: bool, notes: bool, template: bool, look: "Look") -> None:
    """Take the lesson NAME (a bundled one, its number, or a file); without a name, list them.

    With --plain, or where there is no terminal, it is performed by its own solution, and told in words. Exit code 1: it
    does not hold what it says.
    """
    from msgmux_tui.commands import lesson as command

    raise SystemExit(command.lesson(name, look, presenter=presenter, template=template, notes=notes))


@program.command(
    epilog=examples(
        "msgmux-tui present sample", "msgmux-tui present cursor --host 192.168.1.5", "msgmux-tui present run.jsonl"
    )
)
@click.argument("target", default="default", metavar="[SCENARIO|LESSON|RECORDING|ADDRESS]")
@click.option("--exact", is_flag=True, help="A scenario on the deterministic runtime instead of real threads.")
@web_options
@click.option("--answers", type=PATH, metavar="FILE", help="Add the answers to every question to FILE (.csv).")
@screen_options
def present(target: str, exact: bool, host: str, port: int, at: str, answers: Path | None, look: "Look") -> None:
    """Show a session here, and on a page in everybody's browser.

    The page's address and its QR code are printed, and shown by a key. On the page everybody looks back alone and
    answers questions; nothing else can be done from there. Needs the extra `web`.
    """
    from msgmux_tui.commands.present import Door
    from msgmux_tui.commands.present import present as command

    raise SystemExit(command(target, look, Door(host, port, at, answers), exact=exact))


@program.command(epilog=examples("msgmux-tui manual", "msgmux-tui manual queue", "msgmux-tui manual library | less"))
@click.argument("topic", required=False)
def manual(topic: str | None) -> None:
    """Read the manual: the page TOPIC, or all pages. Printed where there is no terminal."""
    from msgmux_tui.commands import manual as command

    raise SystemExit(command.read_page(topic))


@program.command(
    epilog=examples("msgmux-tui exercise", "msgmux-tui exercise counter", "msgmux-tui exercise --grade counter.py")
)
@click.argument("name", required=False)
@click.option("--to", type=PATH, metavar="FILE", help="Write the skeleton there. It is never written over a file.")
@click.option("--hint", type=click.IntRange(min=1), metavar="N", help="Print the Nth hint.")
@click.option("--grade", type=PATH, metavar="FILE", help="Run FILE under every schedule, and say what breaks it.")
@click.option("--json", "as_json", is_flag=True, help="With --grade: print one JSON object, and nothing else.")
@click.option("--watch", type=PATH, metavar="FILE", help="A screen: FILE beside its grade, anew whenever it is saved.")
@click.option("--step", type=PATH, metavar="FILE", help="A screen: what breaks FILE, step by step, forwards and back.")
@screen_options
def exercise(name: str | None, look: "Look", **options: Any) -> None:
    """Begin the exercise NAME (one of ours, or a folder of your own); without a name, list them.

    Grading runs FILE, in a process of its own; that is no sandbox. Exit code 0: solved, 1: a schedule breaks it, or it
    is too simple, 3: not decided.
    """
    from msgmux_tui.commands import exercise as command

    raise SystemExit(command.exercise(name, look, command.Asked(**options)))


@program.command(
    epilog=examples("msgmux-tui scenarios", "msgmux-tui scenarios --show default", "msgmux-tui scenarios --template")
)
@click.option("--template", is_flag=True, help="Print a scenario with every key explained, to begin your own with.")
@click.option("--show", metavar="NAME", help="Print the bundled scenario of that name.")
def scenarios(template: bool, show: str | None) -> None:
    """List the bundled scenarios, or print one."""
    from msgmux_tui.commands.files import list_scenarios, print_scenario

    if template or show is not None:
        print_scenario(show)
    else:
        list_scenarios()


@program.command(epilog=examples("msgmux-tui validate mine.toml", "msgmux-tui validate lessons/*.toml"))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def validate(files: tuple[str, ...]) -> None:
    """Report every error of every FILE at once: a scenario, a lesson, or the folder of an exercise.

    The skeleton and the solution of an exercise are run: one must break, the other must not.
    """
    from msgmux_tui.commands.files import validate_files

    raise SystemExit(validate_files(files))


@program.command(epilog=examples("msgmux-tui config", "msgmux-tui config --default > mine.toml"))
@click.option("--default", is_flag=True, help="Print such a file: every setting, explained, as it is without one.")
@click.option("--check", is_flag=True, help="Tell what is wrong in it; exit code 2 if anything is.")
@CONFIG
def config(default: bool, check: bool, config: Path | None) -> None:
    """Print where the configuration file is looked for."""
    from msgmux_tui.commands.files import tell_config

    raise SystemExit(tell_config(config, default=default, check=check))


@program.command(epilog=examples("msgmux-tui schema > scenario.schema.json", "msgmux-tui schema lesson"))
@click.argument("kind", type=click.Choice(["scenario", "lesson", "exercise"]), default="scenario")
def schema(kind: Literal["scenario", "lesson", "exercise"]) -> None:
    """Print the JSON Schema of scenario files, of lesson files, or of those of exercises, for editors."""
    from msgmux_tui.commands.files import print_schema

    print_schema(kind)


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
    from msgmux_tui.bench.suite import BenchOptions, measure_and_tell

    measure_and_tell(BenchOptions(quick, only, store, plot, compare))


def main() -> NoReturn:
    """Run the program and exit with one of the codes above. Bad input gives one line on stderr, never a traceback."""
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
        # The reader of our output closed the pipe. Without this Python would report the same error again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (MsgmuxError, ValueError, OSError) as error:
        complain(reason(error))
        code = 2
    sys.exit(code)
