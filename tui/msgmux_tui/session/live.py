"""The session on real threads."""

import threading
from collections.abc import Callable

from msgmux.events import Event
from msgmux.recording import is_notable
from msgmux.runtime import SteerableClock, ThreadRuntime
from msgmux.scenario import Scenario
from msgmux.state import Fold, QueueState
from msgmux_tui.session.directed import DirectedSession
from msgmux_tui.session.protocol import CROWDS, MOST_EVENTS, Frame, Outcome, is_step
from msgmux_tui.session.worker import Hands

PATIENCE = 2.0
"""Seconds that the end waits for each thread. All end at once, unless one is stuck in a consumer's own code."""


class LiveSession(DirectedSession):
    """Real threads under a clock that can be paused and sped up.

    The screen's thread takes no lock of the queue: events come without one, and whatever needs one (commands, the
    clock's changes, snapshots) is done by the session's own hands, a thread.
    """

    exact = False

    def __init__(self, scenario: Scenario) -> None:
        self._clock = SteerableClock()
        self._hands = Hands("session")
        self._closed = False
        # A snapshot has been asked for; what came after that; the rare ones of what it stands for.
        self._awaiting = False
        self._since: list[Event] = []
        self._rare: list[Event] = []
        # How many events the subscription had missed at the last look; and whether some are missing in what is folded.
        self._missed = 0
        self._lost = False
        # Put by the hands, taken by poll().
        self._snapshot: QueueState | None = None
        # The step that is being made, if any; how many events it has brought.
        self._stepping: threading.Thread | None = None
        self._step_events = 0
        self._step_to: Callable[[Event], bool] = is_step
        super().__init__(scenario, ThreadRuntime(self._clock, seed=scenario.seed))

    def poll(self) -> Frame:
        # Looked at first, so that this frame has all that the step has brought.
        stepped = self._stepping is not None and not self._stepping.is_alive()
        outcomes = self._take_outcomes()
        events, gap = self._follow(self._subscription.drain())
        self._heed(events)
        if self._stepping is not None:
            self._step_events += len([event for event in events if is_step(event)])
            if stepped:
                self._tell_step()
        return self._frame(events, self._clock.now(), outcomes, gap=gap)

    # Time

    def pause(self) -> None:
        self._paused = True
        self._steer()

    def resume(self) -> None:
        self._paused, self._stepping = False, None
        self._steer()

    def step(self, *, notable: bool = False) -> None:
        if self._paused and self._stepping is None and not self._closed:
            self._step_events = 0
            self._step_to = is_notable if notable else is_step
            self._stepping = threading.Thread(target=self._step, name="step", daemon=True)
            self._stepping.start()

    def _steer(self) -> None:
        self._hands.do(self._set_clock)

    def _set_clock(self) -> None:
        """Make the clock go as it should. A change takes the locks of all who wait for a moment."""
        if self._closed:
            return
        if self._clock.speed != self._speed:
            self._clock.speed = self._speed
        if self._stepping is None and self._clock.paused != self._paused:
            (self._clock.pause if self._paused else self._clock.resume)()

    def _step(self) -> None:
        with self._director.queue.subscribe() as events:
            self._clock.resume()
            for event in events:
                if self._step_to(event):
                    break
            self._clock.pause()
        if self._stepping is not threading.current_thread():
            # Somebody has resumed meanwhile; then this pause was for nothing.
            self._steer()

    def _tell_step(self) -> None:
        self._stepping = None
        if self._step_events > 1 and self._step_to is is_step:
            text = "real threads run on a little. <session.switch> makes it exact, and a step one event"
            self._outcomes.append(Outcome(f"{self._step_events} events: {text}"))

    # Following the events

    def _follow(self, events: list[Event]) -> tuple[list[Event], bool]:
        """Fold the events, or skip to a snapshot where they are too many. Returns what to show, and if it has a gap."""
        self._lost = self._lost or self._subscription.missed > self._missed
        self._missed = self._subscription.missed
        if not self._awaiting:
            if not self._lost and len(events) <= MOST_EVENTS:
                self._fold.apply_all(events)
                return events, False
            self._ask(events)
            return [], False
        self._since += events
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is None:
            return [], False
        since = [event for event in self._since if event.number > snapshot.event]
        shown, self._rare, self._since = self._rare, [], []
        self._fold = Fold(snapshot)
        if self._lost or len(since) > MOST_EVENTS:
            # Still too many: this picture, and another one with the next frame.
            self._ask(since)
        else:
            self._awaiting = False
            self._fold.apply_all(since)
            shown += since
        return shown, True

    def _ask(self, events: list[Event]) -> None:
        """For a snapshot, which will include these events."""
        self._rare += [event for event in events if type(event) not in CROWDS]
        self._awaiting, self._lost = True, False
        self._hands.do(self._look)

    def _look(self) -> None:
        self._snapshot = self._director.queue.snapshot()

    # Commands, and the end

    def _perform(self, attempt: Callable[[], None]) -> None:
        self._hands.do(attempt)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self.stop_recording()
        self._hands.close(PATIENCE)
        # A clock that stands would hold everybody where they are.
        self._clock.resume()
        self._director.stop(PATIENCE)
        if self._stepping is not None:
            self._stepping.join(PATIENCE)
