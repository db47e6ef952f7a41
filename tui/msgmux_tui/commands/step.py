"""``msgmux-tui play … --step``: steps through a program, where the user picks the thread that goes on."""

from functools import partial
from pathlib import Path

import click

from msgmux.checker import Program
from msgmux.errors import MsgmuxError
from msgmux.scenario import Scenario, parse
from msgmux_tui.commands.check import program_of
from msgmux_tui.commands.check_code import code_title, is_code
from msgmux_tui.commands.inputs import Look
from msgmux_tui.commands.launch import begin_session, run_app
from msgmux_tui.session import Kind, Session


def play_steps(scenario: str | None, variant: str | None, schedule: Path | None, look: Look) -> int:
    """Show a step session until the user quits. Returns the exit code. Raises :class:`click.UsageError` for arguments
    that name no program, :class:`MsgmuxError` if there is no such program or it can't be run.
    """
    if scenario is not None and is_code(scenario):
        from msgmux_tui.commands.step_code import play_code

        if variant is not None:
            raise click.UsageError("--variant is a fault of the queue's; a Python file has its own")
        return play_code(scenario, schedule, look)
    if schedule is not None:
        raise click.UsageError("--schedule is for a Python file: play --step mine.py --schedule found.jsonl")
    if scenario is not None and (title := code_title(Path(scenario))):
        raise MsgmuxError(
            f"{scenario}: is a schedule of {title}, which runs only where you name it: "
            f"msgmux-tui play --step {title} --schedule {scenario}"
        )
    program = program_of(scenario, variant)
    stepped = stepped_scenario(program)
    begin = partial(begin_stepping, program, stepped)
    return run_app(stepped, look, exact=True, begin=begin)


def stepped_scenario(program: Program) -> Scenario:
    """The scenario of a program; for a harness, an empty scenario with its name."""
    if program.harness:
        return Scenario(program.harness, title=program.title)
    return parse(program.scenario, program.file)


def begin_stepping(program: Program, stepped: Scenario, scenario: Scenario, kind: Kind) -> Session:
    """Begin a session for ``scenario``: of ``program`` if that is its scenario, else of a new program.

    ``kind`` is step by step or real threads. Raises :class:`MsgmuxError` if such a session is not possible.
    """
    from msgmux_tui.session.step import StepSession

    if scenario.file != stepped.file:
        program = Program(scenario=scenario.source, file=scenario.file)
    if kind == "exact":
        return StepSession(program)
    if program.harness:
        raise MsgmuxError(f"{program.harness!r} is a harness, made to be stepped through; <session.open> opens others")
    return begin_session(scenario, kind)
