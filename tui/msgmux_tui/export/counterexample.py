"""What a page shows beside the recording of a counterexample: its schedule turn by turn, and the threads at each step.

For that the schedule is performed again, by the program that is named in the recording: one of ours, or a scenario.
"""

from itertools import groupby
from pathlib import Path

from msgspec.structs import replace

from msgmux.checker.counterexample import load, reproduce
from msgmux.commands import Step
from msgmux.errors import MsgmuxError
from msgmux_tui.session.step import StepSession
from msgmux_tui.web.page.lines import Story, Threads, Told
from msgmux_tui.web.page.shown import shown

MOST_STEPS = 2_000
"""Steps whose threads are shown; a counterexample has some dozens."""

Beside = tuple[tuple[int, Story | Threads], ...]
"""Lines of a page, each with the number of the event that it comes after."""


def beside(path: Path) -> Beside:
    """The lines that belong to the recording ``path``: none if it is no counterexample of the checker, or if the code
    has changed since, so that its schedule gives something else now.
    """
    try:
        program, schedule = load(path)
        found = reproduce(path)
        session = StepSession(program, schedule=schedule)
    except (MsgmuxError, OSError):
        return ()
    try:
        # What a step session says at its beginning is about its keys, which a page doesn't have.
        first = replace(session.threads, said="nothing has happened yet")
        lines: list[tuple[int, Story | Threads]] = [(_event(session), shown(first, session.stepper.now))]
        # By step: whose it was, and the last event after it.
        went: list[tuple[int, int]] = []
        while len(went) < MOST_STEPS and not session.stepper.failures:
            steps = len(session.stepper.picks)
            session.command(Step())
            session.poll()
            if len(session.stepper.picks) == steps:
                break
            went.append((session.stepper.picks[-1], _event(session)))
            lines.append((went[-1][1], shown(session.threads, session.stepper.now)))
    finally:
        session.close()
    ends = [[number for _, number in turn][-1] for _, turn in groupby(went, key=lambda step: step[0])]
    last = ends[-1] if ends else 0
    # A step of the story in which only the clock moves is no turn of a thread's.
    numbers = ends if len(ends) == len(found.story) else [last] * len(found.story)
    turns = tuple([Told(str(turn), number) for turn, number in zip(found.story, numbers, strict=True)])
    preemptions = f"{found.preemptions} preemption{'' if found.preemptions == 1 else 's'}"
    title = f"{found.failure.invariant}: {found.failure.detail.splitlines()[0]} ({preemptions})"
    return ((0, Story(title, turns)), *lines)


def _event(session: StepSession) -> int:
    """The number of the last event so far. A violation is one more, which the recording has and the run has not."""
    events = session.stepper.events
    return (events[-1].number if events else session.start.event) + bool(session.stepper.failures)
