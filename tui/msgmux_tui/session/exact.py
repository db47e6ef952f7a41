"""The session on the deterministic runtime: the same run every time, in step with the wall clock."""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Literal

from msgspec.structs import replace

from msgmux.errors import Deadlock, MsgmuxError, ReplayDivergence
from msgmux.events import Event
from msgmux.recording import is_notable
from msgmux.runtime import VirtualRuntime
from msgmux.runtime.strategies import Strategy
from msgmux.scenario import Scenario
from msgmux.scenario.performance import LIMIT
from msgmux_tui.session.directed import DirectedSession, Restored
from msgmux_tui.session.protocol import Frame, Outcome, is_step

LONGEST = 0.25
"""Seconds of the wall clock that one poll makes up for: a screen that was held up does not make the world jump."""
BUDGET = 0.015
"""Seconds of the wall clock that one poll may take. What does not fit is left out: time passes more slowly then."""
AHEAD = 10.0
"""Virtual seconds that a step goes on for its event, at most: further than that it would be a leap."""
MOST_POINTS = 20_000
"""Scheduling points that it takes for that, at most: about half a second of the wall clock."""


class ExactSession(DirectedSession):
    """``clock`` paces it; without one, the wall's. All happens in :meth:`poll`, :meth:`step` and the commands.

    To go on from what is recorded, it begins with what is ``restored``, at the time ``begin``; or it performs the same
    again by ``strategy``, with the same tasks as the recording's ``driver`` had, up to :meth:`catch_up`.
    """

    exact = True

    def __init__(
        self,
        scenario: Scenario,
        *,
        clock: Callable[[], float] = time.monotonic,
        strategy: Strategy | None = None,
        driver: Literal["run", "session"] = "session",
        restored: Restored | None = None,
        begin: float = 0.0,
    ) -> None:
        self._runtime = VirtualRuntime(strategy, seed=scenario.seed)
        if begin > 0:
            self._runtime.run(until=begin)
        super().__init__(
            scenario, self._runtime, clock=clock, schedule=lambda: self._runtime.schedule, restored=restored
        )
        if driver == "run":
            # Whoever performs a run without a screen waits for its end in a task; here it is waited for as well, and
            # nothing follows from it.
            self._runtime.spawn(partial(self._director.wait, (self._director.duration or 0.0) + LIMIT), "curtain")
        self._clock = clock
        self._polled = clock()
        # What has happened but is not to be seen yet, since a step shows one event; and what the next frame shows.
        self._ahead: deque[Event] = deque()
        self._shown: list[Event] = []
        self._closed = False

    def poll(self) -> Frame:
        now = self._clock()
        elapsed, self._polled = min(now - self._polled, LONGEST), now
        if not self._paused and not self._closed:
            self._show_all()
            self._drive(lambda: self._advance(elapsed * self.speed))
            self._show_all()
        events, self._shown = self._shown, []
        outcomes = self._take_outcomes()
        if self._ahead:
            return self._frame(events, events[-1].time if events else self._ahead[0].time, outcomes, ahead=True)
        return self._frame(events, self._runtime.now(), outcomes)

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._polled = self._clock()

    def step(self, *, notable: bool = False) -> None:
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

    def _steer(self) -> None:
        """Each poll looks at the speed anew."""

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.stop_recording()
            self._runtime.close()

    def catch_up(self, event: int, time: float, seconds: float) -> list[Event] | None:
        """Perform on, for so many seconds of the wall clock, towards ``event``, which happened at ``time``.

        Returns the events that came of it, nothing of which is shown; None when it is done. The session then begins at
        that event, as if it had just been opened: not paused, with a history of its own. What stops the runtime before
        is raised.
        """
        fold, runtime, until = self._fold, self._runtime, self._clock() + seconds
        came: list[Event] = []
        while fold.event < event:
            moment = runtime.next_deadline()
            if moment is None or moment > time:
                raise ReplayDivergence(f"only {fold.event} of {event} events have come by {time} s")
            if moment < time:
                self._run(moment)
            else:
                runtime.step()
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
        self._steering.saw_all(self.start)
        self._memory = self._recall(replace(self._header, start=self.start), runtime.now())
        return None

    # Letting time pass

    def _advance(self, seconds: float) -> None:
        """Moment by moment, so as to stop where the scenario pauses, and when the time for it is up."""
        runtime, target, until = self._runtime, self._runtime.now() + seconds, self._clock() + BUDGET
        while not self._paused:
            moment = runtime.next_deadline()
            if moment is None or moment > target:
                self._run(target)
                self._take()
                return
            self._run(moment)
            self._take()
            if self._clock() > until:
                return

    def _run(self, until: float) -> None:
        """All that is due until then. However time is cut, the same happens."""
        self._runtime.run(until=until)
        # Once more, to do nothing: the runtime would else let whoever ran last go first at the next moment.
        self._runtime.run(until=until)

    def _look_ahead(self, wanted: Callable[[Event], bool]) -> None:
        """Go on to the next such event, within :data:`AHEAD` seconds; where none comes, it is told how far it went."""
        runtime = self._runtime
        begin = runtime.now()
        for _ in range(MOST_POINTS):
            if not runtime.step(until=begin + AHEAD):
                break
            if any([wanted(event) for event in self._take()]):
                return
        moment = runtime.next_deadline()
        if moment is None:
            self._outcomes.append(Outcome("nothing more happens by itself"))
            return
        if moment > begin + AHEAD:
            self._run(begin + AHEAD)
            self._take()
        passed = runtime.now() - begin
        self._outcomes.append(Outcome(f"nothing of the kind for {passed:.3g} s; press again to go on looking"))

    def _perform(self, attempt: Callable[[], None]) -> None:
        if self._closed:
            return
        self._show_all()
        task = self._runtime.spawn(attempt, "you")

        def until_done() -> None:
            # At this moment of virtual time: a command waits for locks only, and whoever holds one gives it back.
            while task.is_alive():
                if not self._runtime.step():
                    raise Deadlock("a command waits for something that never comes")

        self._drive(until_done)
        self._take()
        self._show_all()

    def _drive(self, go: Callable[[], None]) -> None:
        """What stops the runtime stops the session, and is told."""
        try:
            go()
        except MsgmuxError as error:
            self._paused = True
            self._alarm = str(error).splitlines()[0]

    # What of it is seen

    def _take(self) -> list[Event]:
        events = self._subscription.drain()
        self._ahead.extend(events)
        self._heed(events)
        return events

    def _show(self, event: Event) -> None:
        self._fold.apply(event)
        self._shown.append(event)

    def _show_all(self) -> None:
        while self._ahead:
            self._show(self._ahead.popleft())
