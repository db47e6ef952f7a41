"""The command line. Nothing here imports Textual: a command that needs it does so when it runs.

Exit codes: 0 fine · 1 an expectation failed · 2 bad input or usage · 128 + n ended by signal n (130: ctrl+c).
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from msgmux._version import __version__

if TYPE_CHECKING:
    from msgmux.scenario import Scenario

PATH = click.Path(path_type=Path)


class Ended(BaseException):
    """A signal asks the program to end: unwind, close files, and exit by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return "\b\nExamples:\n" + "\n".join([f"  {line}" for line in lines])


def screen_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that opens a screen."""
    for option in (
        click.option("--theme", metavar="NAME", help="Colours: dark, light, projector, colour-blind or ansi."),
        click.option("--ascii", is_flag=True, help="Draw with plain ASCII characters only."),
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
def program(context: click.Context, theme: str | None, ascii: bool, log: Path | None) -> None:
    """Watch a threaded message queue: its linked list, cursors, channels and cleaner.

    Without a command the live session opens on the built-in scenario.
    """
    if context.invoked_subcommand is None:
        show("default", theme, ascii, log, exact=False)


@program.command(epilog=examples("msgmux-tui play sample", "msgmux-tui play mine.toml --exact"))
@click.argument("scenario")
@click.option("--exact", is_flag=True, help="On the deterministic runtime instead of real threads.")
@screen_options
def play(scenario: str, exact: bool, theme: str | None, ascii: bool, log: Path | None) -> None:
    """Open the live session on SCENARIO, a bundled name or a file."""
    show(scenario, theme, ascii, log, exact=exact)


@program.command(epilog=examples("msgmux-tui run sample", "msgmux-tui run mine.toml --record run.jsonl --quiet"))
@click.argument("scenario")
@click.option("--seed", type=int, help="Instead of the scenario's own.")
@click.option("--realtime", is_flag=True, help="On OS threads and the wall clock, instead of virtual time.")
@click.option("--record", type=PATH, metavar="FILE", help="Write a recording (.jsonl or .jsonl.gz).")
@click.option("--out", type=PATH, metavar="DIR", help="Write what each consumer got, one file each.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object, and nothing else.")
@click.option("--quiet", is_flag=True, help="Print only what failed.")
@click.option("--ascii", is_flag=True, help="Print plain ASCII characters only.")
def run(
    scenario: str,
    seed: int | None,
    realtime: bool,
    record: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    ascii: bool,
) -> None:
    """Perform SCENARIO, a bundled name or a file, without a screen: a trace, then a summary."""
    from msgmux_tui.headless import Wanted, perform_headless

    wanted = Wanted(seed, realtime, record, out, "json" if as_json else "quiet" if quiet else "trace", ascii)
    raise SystemExit(perform_headless(open_scenario(scenario), wanted))


@program.command(epilog=examples("msgmux-tui scenarios", "msgmux-tui run default"))
def scenarios() -> None:
    """List the bundled scenarios."""
    from msgmux_tui.scenarios import names, read

    for name in names():
        click.echo(f"{name:<16} {read(name).title}")


@program.command(epilog=examples("msgmux-tui validate mine.toml", "msgmux-tui validate lessons/*.toml"))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def validate(files: tuple[str, ...]) -> None:
    """Report every error of every FILE at once."""
    from msgmux.scenario import ScenarioError, load

    bad = False
    for file in files:
        try:
            load(file)
            click.echo(f"{file}: fine")
        except (ScenarioError, OSError) as error:
            bad = True
            click.echo(str(error), err=True)
    raise SystemExit(2 if bad else 0)


@program.command(epilog=examples("msgmux-tui schema", "msgmux-tui schema > scenario.schema.json"))
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from msgmux.scenario import json_schema

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


def show(name: str, theme: str | None, ascii: bool, log: Path | None, *, exact: bool) -> NoReturn:
    """The live session; with no terminal to show it on, a headless run."""
    scenario = open_scenario(name)
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        from msgmux_tui.headless import Wanted, perform_headless

        click.echo(f"msgmux-tui: no terminal here, so this is `msgmux-tui run {name}`", err=True)
        raise SystemExit(perform_headless(scenario, Wanted(ascii=ascii)))
    from msgmux_tui.launch import run_app

    # The screen has its own way to end, which leaves the terminal clean.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    raise SystemExit(run_app(scenario, theme=theme, ascii=ascii, log=log, exact=exact))


def main() -> NoReturn:
    """The program: every end is an exit code, and no bad input a traceback."""
    from msgmux.errors import MsgmuxError

    def end(number: int, frame: FrameType | None) -> None:
        raise Ended(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
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
