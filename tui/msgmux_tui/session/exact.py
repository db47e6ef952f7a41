"""The session on the deterministic runtime: the same run every time, paced by the wall clock."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from msgspec.structs import replace

from msgmux.commands import AnyCommand, Outcome
from msgmux.errors import MsgmuxError, ReplayDivergence
from msgmux.events import Event
from msgmux.recording import Beginning, Given, is_notable
from msgmux.runtime import VirtualRuntime
from msgmux.runtime.strategies import Strategy
from msgmux.scenario import Scenario
from msgmux.scenario.again import Again, await_end, perform_between, run_until
from msgmux_tui.session.directed import DirectedSession
from msgmux_tui.session.protocol import Frame, is_step

BUDGET = 0.015
"""Wall-clock seconds that one poll may take. If that is too little, virtual time passes more slowly."""
AHEAD = 10.0
"""The most virtual seconds that one step runs on to reach an event."""
MOST_POINTS = 20_000
"""The most scheduling points that one step takes: about half a second of the wall clock."""


class ExactSession(DirectedSession):
    """``clock`` paces the run, in seconds; the default is the wall clock. Tasks run only inside :meth:`poll` and
    :meth:`command`.

    To continue a recording, the session performs its run again: with ``strategy``, from the same ``beginning``, with
    the tasks of the recording's ``driver`` and the commands ``given`` in it, by calls of :meth:`catch_up`.
    """

    kind = "exact"

    def __init__(
        self,
        scenario: Scenario,
        *,
        clock: Callable[[], float] = time.monotonic,
        strategy: Strategy | None = None,
        driver: Literal["run", "session"] = "session",
        beginning: Beginning | None = None,
        given: Sequence[Given] = (),
    ) -> None:
        self._runtime = VirtualRuntime(strategy, seed=scenario.seed)
        if beginning is not None:
            self._runtime.run(until=beginning.time)
        super().__init__(
            scenario,
            self._runtime,
            clock=clock,
            schedule=lambda: self._runtime.schedule,
            beginning=beginning,
            driver=driver,
            keeps_current=strategy is None or strategy.keeps_current,
        )
        if driver == "run":
            await_end(self._director)
        self._again = Again(self._director, self._runtime, given)
        # `_ahead`: events that have happened but are not shown yet, as a step shows one event at a time. Then the
        # events for the next frame.
        self._ahead: deque[Event] = deque()
        self._shown: list[Event] = []

    def poll(self) -> Frame:
        elapsed = self._elapsed()
        if not self._paused and not self._closed:
            self._show_all()
            self._drive(lambda: self._advance(elapsed))
            self._show_all()
        events, self._shown = self._shown, []
        outcomes = self._answers.take()
        if self._ahead:
            return self._frame(events, events[-1].time if events else self._ahead[0].time, outcomes, ahead=True)
        return self._frame(events, self._runtime.now(), outcomes)

    def _step(self, *, notable: bool) -> None:
        if not self._paused or self._closed:
            return
        wanted = is_notable if notable else is_step
        if not any([wanted(event) for event in self._ahead]):
            self._drive(partial(self._look_ahead, wanted))
        while self._ahead:
            event = self._ahead.popleft()
            self._show(event)
            if wanted(event):
                break

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.stop_recording()
            self._runtime.close()

    def catch_up(self, event: int, time: float, seconds: float) -> list[Event] | None:
        """Run towards the event number ``event``, which happened at ``time``, for ``seconds`` of the wall clock.

        Returns the events that this produced (none of them is shown), or None when the event has been reached. The
        session then starts at that event as if it had just been opened: running, with an empty history. Raises whatever
        stops the runtime before, for example :class:`DeadlockError`.
        """
        fold, until = self._fold, self._clock() + seconds
        came: list[Event] = []
        while fold.event < event:
            if not self._again.advance(time):
                raise ReplayDivergence(f"only {fold.event} of {event} events have come by {time} s")
            for happened in self._subscription.drain():
                came.append(happened)
                if fold.event < event:
                    fold.apply(happened)
                else:
                    self._ahead.append(happened)
            if self._clock() > until:
                return came
        if came:
            return came
        self.start = self._state = fold.state()
        self._paused, self._polled = False, self._clock()
        self._header = replace(self._header, start=self.start, given=tuple(self._again.done))
        self._journal = self._recall(self._header, self._runtime.now())
        return None

    # Advancing time

    def _advance(self, seconds: float) -> None:
        """Advance moment by moment, to stop where the scenario pauses or when :data:`BUDGET` is used up."""
        runtime, target, until = self._runtime, self._runtime.now() + seconds, self._clock() + BUDGET
        while not self._paused:
            moment = runtime.next_deadline()
            if moment is None or moment > target:
                run_until(runtime, target)
                self._take()
                return
            run_until(runtime, moment)
            self._take()
            if self._clock() > until:
                return

    def _look_ahead(self, wanted: Callable[[Event], bool]) -> None:
        """Run to the next event that ``wanted`` accepts, at most :data:`AHEAD` seconds. If there is none, say so."""
        runtime = self._runtime
        begin = runtime.now()
        for _ in range(MOST_POINTS):
            if not runtime.step(until=begin + AHEAD):
                break
            if any([wanted(event) for event in self._take()]):
                return
        moment = runtime.next_deadline()
        if moment is None:
            self.tell("nothing more happens by itself")
            return
        if moment > begin + AHEAD:
            run_until(runtime, begin + AHEAD)
            self._take()
        passed = runtime.now() - begin
        self.tell(f"nothing of the kind for {passed:.3g} s; press again to go on looking")

    def _give(self, id: int, command: AnyCommand) -> None:
        """Perform the command now, at the current moment of virtual time."""
        if self._closed:
            self._answers.answer(id, Outcome("this session has ended", ok=False))
            return
        self._show_all()
        outcome = Outcome("this session can't go on", ok=False)

        def perform() -> None:
            nonlocal outcome
            _, outcome = perform_between(self._director, self._runtime, command)

        self._drive(perform)
        self._answers.answer(id, outcome)
        self._take()
        self._show_all()

    def _drive(self, go: Callable[[], None]) -> None:
        """Run ``go``. An error that stops the runtime stops the session and is shown as its alarm."""
        try:
            go()
        except MsgmuxError as error:
            self._paused = True
            self._alarm = str(error).splitlines()[0]

    # Frames

    def _take(self) -> list[Event]:
        events = self._subscription.drain()
        self._ahead.extend(events)
        self._react(events)
        return events

    def _show(self, event: Event) -> None:
        self._fold.apply(event)
        self._shown.append(event)

    def _show_all(self) -> None:
        while self._ahead:
            self._show(self._ahead.popleft())
