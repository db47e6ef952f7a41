"""The base class of sessions with a director in this process: folding the events, and performing commands."""

import time
from abc import abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Literal

from msgmux.commands import CAST, QUEUE, TIME, AnyCommand, Capabilities, Command, Outcome
from msgmux.events import Event, Note
from msgmux.recording import Beginning, Header, History
from msgmux.runtime import Runtime
from msgmux.runtime.schedule import Schedule
from msgmux.scenario import Scenario
from msgmux.scenario.again import stage
from msgmux.state import Fold
from msgmux_tui.session.basis import BasicSession
from msgmux_tui.session.channel_samples import with_levels, with_samples_of
from msgmux_tui.session.journal import Journal
from msgmux_tui.session.protocol import Frame


class DirectedSession(BasicSession):
    """A director performs ``scenario`` on ``runtime``. Subclasses advance time, and decide when to perform commands."""

    kind: Literal["threads", "exact"]
    capabilities: Capabilities = CAST | QUEUE | TIME

    def __init__(
        self,
        scenario: Scenario,
        runtime: Runtime,
        *,
        clock: Callable[[], float] = time.monotonic,
        schedule: Callable[[], Schedule] | None = None,
        beginning: Beginning | None = None,
        driver: Literal["run", "session"] = "session",
        keeps_current: bool = True,
    ) -> None:
        super().__init__(clock)
        self.title = scenario.title or scenario.file
        self._director = stage(scenario, runtime, beginning)
        self._subscription = self._director.queue.subscribe()
        self.start = self._state = self._subscription.start
        self._fold = Fold(self.start)
        self._alarm = ""
        runs: Literal["virtual", "threads"] = "virtual" if self.kind == "exact" else "threads"
        self._header = Header(
            self.start,
            self.title,
            scenario.source,
            scenario.seed,
            runs,
            driver=driver,
            keeps_current=keeps_current,
            beginning=beginning,
        )
        self._recall = partial(Journal, clock=clock, tell=self.tell, schedule=schedule)
        self._journal = self._recall(self._header, runtime.now())
        self._director.start()

    @property
    def timeline(self) -> History:
        return self._journal.history

    @property
    def recording(self) -> Path | None:
        return self._journal.recording

    def start_recording(self, path: Path) -> None:
        self._journal.record(path)

    def stop_recording(self) -> None:
        self._journal.stop()

    def save(self, path: Path) -> None:
        self._journal.save(path)

    @abstractmethod
    def poll(self) -> Frame: ...

    # Frames

    def _frame(
        self,
        events: list[Event],
        now: float,
        outcomes: tuple[Outcome, ...],
        *,
        gap: bool = False,
        ahead: bool = False,
    ) -> Frame:
        """The frame after folding ``events``. It has the current channel levels, or the last sampled ones if the queue
        has run ``ahead`` of the folded events.
        """
        state = self._fold.state() if events or gap else self._state
        self._state = with_samples_of(self._state, state) if ahead else with_levels(self._director.queue, state)
        self._journal.take(events, self._state, now, gap=gap)
        return Frame(self._state, now, events, gap, outcomes, self._alarm)

    def _react(self, events: Iterable[Event]) -> None:
        """React to the events that concern the session itself, such as a scenario's pause."""
        for event in events:
            if isinstance(event, Note):
                self._hear(event)

    def _hear(self, note: Note) -> None:
        if note.about == "pause":
            self._pause()
            self.tell(f"{note.text}  (<time.pause> goes on)")
        elif note.about == "ask":
            # The screen asks, and resumes.
            self._pause()
        elif note.about == "end":
            self.tell(f"{note.text}; everybody goes on with their work. <session.open> starts again")

    # Commands

    def _refusal(self, command: Command) -> str:
        return "this is nothing that a session of this kind can do"

    @abstractmethod
    def _give(self, id: int, command: AnyCommand) -> None: ...
