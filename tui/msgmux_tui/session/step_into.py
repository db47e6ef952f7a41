"""From a player into a step session: the recorded run is performed again, step by step, up to the player's position."""

import time
from collections.abc import Callable, Sequence

from msgmux.checker import Program
from msgmux.checker.counterexample import load
from msgmux.errors import MsgmuxError
from msgmux.events import Event
from msgmux.recording import RecordedTimeline, RecordingError, Timeline
from msgmux.runtime.schedule import Schedule
from msgmux_tui.session.protocol import Player
from msgmux_tui.session.step import StepSession


def step_into(player: Player, *, clock: Callable[[], float] = time.monotonic) -> StepSession:
    """A step session of the run that ``player`` plays, at the point after the event at the player's position.

    Takes as long as performing the run up to there. Raises :class:`MsgmuxError` if the run can't be performed again,
    because it was on real threads or a user's commands changed it.
    """
    timeline = player.timeline
    program, schedule = _program(timeline)
    session = StepSession(program, schedule=schedule, clock=clock)
    try:
        session.go_to(player.position)
        if not _agree(session.stepper.events, timeline, player.position):
            raise MsgmuxError(
                "this can't be performed again point by point: it is no run of its program alone (somebody had a hand "
                "in it, or the code has changed)"
            )
    except BaseException:
        session.close()
        raise
    return session


def _program(timeline: Timeline) -> tuple[Program, Schedule | None]:
    """The recorded program, and its schedule if the recording is a counterexample."""
    header = timeline.header
    if header.runtime != "virtual":
        raise MsgmuxError("this was recorded from real threads, whose schedule nobody knows; an exact run has one")
    if isinstance(timeline, RecordedTimeline):
        try:
            return load(timeline.path)
        except RecordingError:
            # Not a counterexample: a recording of a session or a run, with its scenario.
            pass
    if not header.scenario:
        raise MsgmuxError("this recording does not say which program it is of, so it can't be performed again")
    return Program(scenario=header.scenario, file="the recording's scenario"), None


def _agree(events: Sequence[Event], timeline: Timeline, event: int) -> bool:
    """Return whether ``events`` equal the recorded ones up to ``event``, where those exist."""
    recorded = timeline.events_between(timeline.first, event)
    seen = {happened.number: happened for happened in events}
    # The checker appends a violation event to a counterexample; the run itself does not publish it.
    return all([seen.get(each.number) == each for each in recorded if each.kind != "violation"])
