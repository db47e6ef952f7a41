"""``msgmux-tui play … --step``: a program under the user's hand, thread by thread."""

from pathlib import Path

from msgmux.checker import Program
from msgmux.scenario import Scenario, parse
from msgmux_tui.check import program_of
from msgmux_tui.launch import run_app


def play_steps(
    scenario: str | None, variant: str | None, *, theme: str | None, ascii: bool, config: Path | None, log: Path | None
) -> int:
    """Show it until the user quits. Returns the exit code. Raises :class:`click.UsageError` and
    :class:`MsgmuxError` where there is no such program, or it can't be run.
    """
    program = program_of(scenario, variant)
    return run_app(stepped_scenario(program), theme=theme, ascii=ascii, config=config, log=log, step=program)


def stepped_scenario(program: Program) -> Scenario:
    """The scenario of a program; for a harness, which is none, one of its name, in which nothing happens."""
    if program.harness:
        return Scenario(program.harness, title=program.title)
    return parse(program.scenario, program.file)
