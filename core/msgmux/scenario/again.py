"""Performs an exact session again from its recording: the same scenario, with each command at its place in the run.

A command is no scheduling choice: it comes from outside of all tasks, between two decisions of the scheduler. Its place
is therefore the number of decisions before it, and the virtual time; these two determine the run.
"""

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from msgmux.commands import AnyCommand, Outcome, Placed
from msgmux.errors import Deadlock, ReplayDivergence
from msgmux.events import Event
from msgmux.recording import Beginning, Given, Timeline
from msgmux.runtime import Runtime, VirtualRuntime
from msgmux.scenario.director import Director
from msgmux.scenario.model import Scenario
from msgmux.scenario.performance import LIMIT
from msgmux.scenario.reading import parse
from msgmux.scenario.resume import remainder

YOU = "you"
"""The name of the task that performs a command, and of the person who gives it, unless that is a remote viewer."""


def perform_between(
    director: Director, runtime: VirtualRuntime, command: AnyCommand, who: str = YOU
) -> tuple[Given, Outcome]:
    """Perform a command now, between two decisions of the scheduler. Returns its place in the run, and the outcome.

    Raises :class:`Deadlock` if the command can never be done, and what stops the runtime (such as
    :class:`TaskFailed`). A refused command does not raise: see the outcome.
    """
    placed = Placed(runtime.decisions, runtime.now())
    outcomes: list[Outcome] = []
    task = runtime.spawn(lambda: outcomes.append(director.command(command, who=who, placed=placed)), YOU)
    # This ends: a command waits for locks only, and every holder of a lock releases it after finitely many steps.
    while task.is_alive():
        if not runtime.step():
            raise Deadlock("a command waits for something that never comes")
    return Given(command, who, placed), outcomes[0]


def stage(scenario: Scenario, runtime: Runtime, beginning: Beginning | None = None) -> Director:
    """A director for ``scenario`` that has not started yet. With a ``beginning`` it continues from that recorded state.

    Raises :class:`Closed` if that is the state of a closed queue.
    """
    if beginning is None or beginning.state is None:
        return Director(scenario, runtime)
    director = Director(remainder(scenario, beginning.state, beginning.elapsed), runtime)
    director.cast.restore(beginning.state, scenario)
    return director


def await_end(director: Director) -> None:
    """Spawn a task that waits for the scenario's end, as :func:`perform` does.

    Such a task takes part in the scheduler's decisions, so a recording of a headless run fits only with it.
    """
    director.runtime.spawn(partial(director.wait, (director.duration or 0.0) + LIMIT), "curtain")


def perform_again(timeline: Timeline) -> list[Event]:
    """Perform a recorded exact session again, from its scenario and the recorded commands; return its events.

    The events are those up to the timeline's last. Raises :class:`ScenarioError` if the recorded scenario is wrong,
    :class:`Closed` if the recording begins with a closed queue, :class:`ReplayDivergence` if the run differs from the
    recorded one, and what stops the runtime.
    """
    header = timeline.header
    scenario = replace(parse(header.scenario, "the recording's scenario"), seed=header.seed)
    with VirtualRuntime(seed=header.seed) as runtime:
        if header.beginning is not None:
            runtime.run(until=header.beginning.time)
        director = stage(scenario, runtime, header.beginning)
        events: list[Event] = []
        # Not closed afterwards: closing takes the queue's lock, which a task may hold at the point where the run stops.
        subscription = director.queue.subscribe()
        director.start()
        if header.driver == "run":
            await_end(director)
        again = Again(director, runtime, timeline.given())
        end = timeline.time_of(timeline.last)
        while (events[-1].number if events else subscription.start.event) < timeline.last:
            if not again.advance(end):
                raise ReplayDivergence(f"only {len(events)} events have come by {end} s")
            events += subscription.drain()
    return [event for event in events if event.number <= timeline.last]


class Again:
    """Runs ``director`` on ``runtime`` and performs the ``given`` commands at their places, in order."""

    def __init__(self, director: Director, runtime: VirtualRuntime, given: Sequence[Given]) -> None:
        self._director = director
        self._runtime = runtime
        self._left = list(given)
        self.done: list[Given] = []
        """The commands that have been performed so far."""

    def advance(self, time: float) -> bool:
        """Go on to the next command, the next deadline, or by a single decision, but not beyond ``time`` (seconds).

        False when nothing is left to do until then. Raises :class:`ReplayDivergence` if the run does not come to the
        place of a command, and what stops the runtime.
        """
        runtime = self._runtime
        if self._left:
            placed = self._left[0].placed
            if runtime.decisions == placed.decisions and (runtime.next_deadline() or time + 1) >= placed.time:
                # No decision is due before the command, but the clock may have to be moved on to it.
                if runtime.now() < placed.time:
                    run_until(runtime, placed.time)
                if runtime.decisions != placed.decisions:
                    raise _missed(placed)
                given = self._left.pop(0)
                perform_between(self._director, runtime, given.command, given.who)
                self.done.append(given)
                return True
            if runtime.decisions > placed.decisions:
                raise _missed(placed)
            time = min(time, placed.time)
        moment = runtime.next_deadline()
        if moment is None or moment > time:
            if self._left:
                raise _missed(self._left[0].placed)
            return False
        if moment < time:
            run_until(runtime, moment)
        else:
            runtime.step()
        return True


def run_until(runtime: VirtualRuntime, time: float) -> None:
    """Run until ``time`` (seconds), so that the result does not depend on how the time is divided into such calls."""
    runtime.run(until=time)
    # The second call does nothing but forget the current task. Otherwise the runtime would prefer the task that ran
    # last when it goes on.
    runtime.run(until=time)


def _missed(placed: Placed) -> ReplayDivergence:
    return ReplayDivergence(
        f"a command was given at {placed.time} s after {placed.decisions} decisions, where this run does not come by"
    )
