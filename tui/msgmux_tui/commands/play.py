"""``msgmux-tui play``, and the program without a command: the live session on a scenario."""

from pathlib import Path

import click

from msgmux_tui.commands.inputs import Look, open_scenario


def play(
    scenario: str | None, look: Look, *, exact: bool, step: bool, variant: str | None, schedule: Path | None
) -> int:
    """Show a scenario live until the user quits. Returns the exit code.

    Raises :class:`click.UsageError` for options that do not go together.
    """
    if step:
        from msgmux_tui.commands.step import play_steps

        if look.headless:
            raise click.UsageError("stepping needs a terminal, and a screen on it; `msgmux-tui check` needs none")
        return play_steps(scenario, variant, schedule, look)
    if schedule is not None:
        raise click.UsageError("--schedule is for --step, of a Python file: play --step mine.py --schedule found.jsonl")
    if variant is not None:
        raise click.UsageError("--variant is for --step; `msgmux-tui check --variant` searches what it breaks")
    if scenario is not None and scenario.partition("::")[0].endswith(".py"):
        raise click.UsageError(f"a Python file is played step by step: msgmux-tui play --step {scenario}")
    if scenario is None:
        raise click.UsageError("name a SCENARIO; `msgmux-tui scenarios` lists those that come with it")
    return show(scenario, look, exact=exact)


def show(name: str, look: Look, *, exact: bool) -> int:
    """Show the live session; if text was asked for or there is no terminal, perform the scenario as ``run`` does."""
    scenario = open_scenario(name)
    if look.headless:
        from msgmux_tui.commands.run import RunOptions, perform_headless

        look.tell_why_plain(f"msgmux-tui run {name}")
        return perform_headless(scenario, RunOptions(glyphs=look.glyphs()))
    from msgmux_tui.commands.launch import run_app

    return run_app(scenario, look, exact=exact)
