"""``msgmux-tui replay``: shows a recording in the player, or prints it as text."""

import sys

import click

from msgmux.recording import RecordedTimeline, Timeline
from msgmux.scenario import Scenario, ScenarioError, parse
from msgmux_tui.commands.inputs import Look
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.narration.trace import Trace
from msgmux_tui.settings.kept import kept_sessions, recording_path
from msgmux_tui.system.messages import complain
from msgmux_tui.theme.glyphs import Glyphs

SLICE = 2_000
"""How many events are read at a time."""


def list_kept() -> None:
    """Print the kept sessions, the newest first."""
    kept = kept_sessions()
    if not kept:
        click.echo("no session has been kept yet; each is when it ends, and `msgmux-tui replay last` shows it")
    for one in kept:
        click.echo(one.line)


def play_recording(name: str, look: Look) -> int:
    """Show a recording until the user quits. Returns the exit code.

    Raises :class:`RecordingError` if the file is no recording, :class:`OSError` if it cannot be read.
    """
    from msgmux_tui.commands.launch import run_app

    with RecordedTimeline(recording_path(name), _show_progress) as timeline:
        _complain(name, timeline)
        scenario = recorded_scenario(timeline)
        return run_app(scenario, look, timeline=timeline)


def follow_recording(name: str, look: Look) -> int:
    """Show or print a recording that is still being written. Returns the exit code.

    Raises :class:`MsgmuxError` if it cannot be followed.
    """
    from msgmux_tui.commands.attach import follow
    from msgmux_tui.commands.passing import AttachOptions

    return follow(str(recording_path(name).absolute()), AttachOptions(plain=look.headless), look)


def tell_recording(name: str, glyphs: Glyphs) -> None:
    """Print one sentence for each event, as ``run`` does."""
    with RecordedTimeline(recording_path(name)) as timeline:
        _complain(name, timeline)
        start = timeline.state_at(timeline.first)
        narrator = Narrator(start)
        trace = Trace(len(start.producers) + len(start.consumers) or len(recorded_scenario(timeline).producers), glyphs)
        for after in range(timeline.first, timeline.last, SLICE):
            for event in timeline.events_between(after, after + SLICE):
                line = trace.line(event, narrator(event))
                if line is not None:
                    click.echo(line)


def recorded_scenario(timeline: Timeline) -> Scenario:
    """The recorded scenario, to be started again; an empty one if the recording has none."""
    header = timeline.header
    try:
        return parse(header.scenario, "recording.toml")
    except ScenarioError:
        return Scenario("recording.toml", title=header.title)


def _complain(name: str, timeline: RecordedTimeline) -> None:
    if timeline.cut:
        complain(f"{name}: {timeline.cut}")


def _show_progress(lines: int) -> None:
    """Print how much of a large recording has been read."""
    if lines and lines % 500_000 == 0 and sys.stderr.isatty():
        click.echo(f"{lines:,} events so far", err=True)
