"""The session on real threads."""

import threading
from collections.abc import Callable

from msgmux.commands import AnyCommand
from msgmux.events import Event
from msgmux.recording import is_notable
from msgmux.runtime import SteerableClock, ThreadRuntime
from msgmux.scenario import Scenario
from msgmux.state import Fold, QueueState
from msgmux_tui.session.directed import DirectedSession
from msgmux_tui.session.protocol import CROWDS, MOST_EVENTS, Frame, is_step
from msgmux_tui.session.worker import Worker

PATIENCE = 2.0
"""Seconds that the end waits for each thread. All end at once, unless one is stuck in a consumer's own code."""


class LiveSession(DirectedSession):
    """Real threads under a clock that can be paused and sped up.

    The screen's thread takes no lock of the queue: events come without one, and whatever needs one (commands, the
    clock's changes, snapshots) is done by the session's own worker, a thread.
    """

    kind = "threads"

    def __init__(self, scenario: Scenario) -> None:
        self._steerable = SteerableClock()
        self._worker = Worker("session")
        self._closing = False
        self._ending: threading.Thread | None = None
        # A snapshot has been asked for; what came after that; rare events that it replaces, still to be shown.
        self._awaiting = False
        self._since: list[Event] = []
        self._rare: list[Event] = []
        # How many events the subscription had missed at the last look; and whether some are missing in what is folded.
        self._missed = 0
        self._lost = False
        # Put by the worker, taken by poll().
        self._snapshot: QueueState | None = None
        # The step that is being made, if any; how many events it has brought.
        self._step_thread: threading.Thread | None = None
        self._step_events = 0
        self._step_to: Callable[[Event], bool] = is_step
        super().__init__(scenario, ThreadRuntime(self._steerable, seed=scenario.seed))

    def poll(self) -> Frame:
        # Looked at first, so that this frame has all that the step has brought.
        stepped = self._step_thread is not None and not self._step_thread.is_alive()
        outcomes = self._answers.take()
        events, gap = self._follow(self._subscription.drain())
        self._heed(events)
        if self._step_thread is not None:
            self._step_events += len([event for event in events if is_step(event)])
            if stepped:
                self._tell_step()
        return self._frame(events, self._steerable.now(), outcomes, gap=gap)

    # Time

    def _resume(self) -> None:
        self._step_thread = None
        super()._resume()

    def _step(self, *, notable: bool) -> None:
        if self._paused and self._step_thread is None and not self._closing:
            self._step_events = 0
            self._step_to = is_notable if notable else is_step
            self._step_thread = threading.Thread(target=self._run_to_event, name="step", daemon=True)
            self._step_thread.start()

    def _steer(self) -> None:
        self._worker.do(self._set_clock)

    def _set_clock(self) -> None:
        """Make the clock go as it should. A change takes the locks of all who wait for a moment."""
        if self._closing:
            return
        if self._steerable.speed != self._speed:
            self._steerable.speed = self._speed
        if self._step_thread is None and self._steerable.paused != self._paused:
            (self._steerable.pause if self._paused else self._steerable.resume)()

    def _run_to_event(self) -> None:
        with self._director.queue.subscribe() as events:
            self._steerable.resume()
            for event in events:
                if self._step_to(event):
                    break
            self._steerable.pause()
        if self._step_thread is not threading.current_thread():
            # Somebody has resumed meanwhile; then this pause was for nothing.
            self._steer()

    def _tell_step(self) -> None:
        self._step_thread = None
        if self._step_events > 1 and self._step_to is is_step:
            text = "real threads run on a little. <session.switch> makes it exact, and a step one event"
            self.tell(f"{self._step_events} events: {text}")

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
        self._worker.do(self._look)

    def _look(self) -> None:
        self._snapshot = self._director.queue.snapshot()

    # Commands, and the end

    def _give(self, id: int, command: AnyCommand) -> None:
        self._worker.do(lambda: self._answers.answer(id, self._director.command(command)))

    def close(self) -> None:
        if self._ending is None:
            self._closing = True
            self.stop_recording()
            self._ending = threading.Thread(target=self._end, name="end", daemon=True)
            self._ending.start()

    @property
    def closed(self) -> bool:
        return self._ending is not None and not self._ending.is_alive()

    def wait_closed(self, timeout: float) -> bool:
        if self._ending is not None:
            self._ending.join(timeout)
        return self.closed

    def _end(self) -> None:
        self._worker.close(PATIENCE)
        # A clock that stands would hold everybody where they are.
        self._steerable.resume()
        self._director.stop(PATIENCE)
        if self._step_thread is not None:
            self._step_thread.join(PATIENCE)
