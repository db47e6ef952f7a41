"""An exact session performed again from its recording: the same scenario, and each command where it was given.

A command is no scheduling choice: somebody outside of all tasks gives it, between two decisions of the scheduler. So
where it was given is the number of decisions made before it, and the time; with that, nothing else is needed.
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
"""The name of the task that performs a command, and who gives it, unless that is somebody far away."""


def perform_between(
    director: Director, runtime: VirtualRuntime, command: AnyCommand, who: str = YOU
) -> tuple[Given, Outcome]:
    """Perform it at this moment, from outside of the run. Returns where that was, and what came of it.

    Raises what stops the runtime.
    """
    placed = Placed(runtime.decisions, runtime.now())
    outcomes: list[Outcome] = []
    task = runtime.spawn(lambda: outcomes.append(director.command(command, who=who, placed=placed)), YOU)
    # A command waits for locks only, and whoever holds one gives it back.
    while task.is_alive():
        if not runtime.step():
            raise Deadlock("a command waits for something that never comes")
    return Given(command, who, placed), outcomes[0]


def stage(scenario: Scenario, runtime: Runtime, beginning: Beginning | None = None) -> Director:
    """A director for ``scenario``, on a ``runtime`` that stands at 0: at its beginning, or at that of ``beginning``.

    Raises :class:`Closed` for the state of a closed queue.
    """
    if beginning is None or beginning.state is None:
        return Director(scenario, runtime)
    director = Director(remainder(scenario, beginning.state, beginning.elapsed), runtime)
    director.cast.restore(beginning.state, scenario)
    return director


def await_end(director: Director) -> None:
    """A task more: whoever performs a run without a screen waits for its end, and nothing follows from it."""
    director.runtime.spawn(partial(director.wait, (director.duration or 0.0) + LIMIT), "curtain")


def perform_again(timeline: Timeline) -> list[Event]:
    """The events of an exact session, made anew up to the timeline's last: from its scenario, and what people did.

    Raises :class:`ScenarioError` for a scenario that can't be read, :class:`ReplayDivergence` where the run comes by
    another way, and what stops the runtime.
    """
    header = timeline.header
    scenario = replace(parse(header.scenario, "the recording's scenario"), seed=header.seed)
    with VirtualRuntime(seed=header.seed) as runtime:
        if header.beginning is not None:
            runtime.run(until=header.beginning.time)
        director = stage(scenario, runtime, header.beginning)
        events: list[Event] = []
        # Never closed: that would take the queue's lock, which a task may hold where the run is left.
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
    """Drives ``director`` on ``runtime`` through what was ``given``, in order."""

    def __init__(self, director: Director, runtime: VirtualRuntime, given: Sequence[Given]) -> None:
        self._director = director
        self._runtime = runtime
        self._left = list(given)
        self.done: list[Given] = []
        """Those that have been given so far."""

    def advance(self, time: float) -> bool:
        """Go on by one stretch, before ``time`` or, by single decisions, at it. False when nothing is left to do then.

        Raises :class:`ReplayDivergence` where a command can't be given where it was, and what stops the runtime.
        """
        runtime = self._runtime
        if self._left:
            placed = self._left[0].placed
            if runtime.decisions == placed.decisions and (runtime.next_deadline() or time + 1) >= placed.time:
                # Nothing is due before it, but time may have passed.
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
    """All that is due until then. However time is cut, the same happens."""
    runtime.run(until=time)
    # Once more, to do nothing: the runtime would else let whoever ran last go first at the next moment.
    runtime.run(until=time)


def _missed(placed: Placed) -> ReplayDivergence:
    return ReplayDivergence(
        f"a command was given at {placed.time} s after {placed.decisions} decisions, where this run does not come by"
    )
