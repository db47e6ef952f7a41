"""The player: a session that plays a recording, or the history of a running session."""

import time
from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from msgmux.commands import TIME, AnyCommand, Capabilities, Command, Direction, Mark, Outcome
from msgmux.events import Violation
from msgmux.recording import Kind, Marker, Timeline
from msgmux_tui.session.basis import BasicSession
from msgmux_tui.session.protocol import CROWDS, MOST_EVENTS, Frame, LeadIn, is_step

MOMENT = 0.1
"""A recording of fewer seconds, such as most counterexamples, is played event by event: by the clock it would be
over at once.
"""
LEAD_SECONDS = 60.0
"""The most seconds that a lead-in goes back. It also has at most as many events as a frame."""
EVENTS_A_SECOND = 2.0
"""At speed 1, of a recording that is shorter than :data:`MOMENT`."""
COUNTEREXAMPLE = (
    "a counterexample: <time.step> one event on, <time.pause> plays, <player.step> steps through its threads"
)
END = "this is the end of the recording; <player.back> goes one event back"
_WORDS: dict[Kind, str] = {"join": "joining or leaving", "notable": "notable event"}


class ReplaySession(BasicSession):
    """Plays ``timeline``, which may still grow, from the event number ``at`` (default: its beginning).

    ``clock`` is the wall clock, in seconds. ``tells_end``: pause at the end, with a notice. What it shows depends only
    on the position, not on how that was reached.
    """

    kind: Literal["replay"] = "replay"
    capabilities: Capabilities = TIME | {Mark}

    def __init__(
        self,
        timeline: Timeline,
        *,
        at: int | None = None,
        tells_end: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeless = tells_end and not timeline.growing and timeline.end - timeline.begin < MOMENT
        self._due = 0.0
        super().__init__(clock, paused=self._timeless)
        self.timeline = timeline
        self.title = timeline.header.title
        self.recording: Path | None = None
        self._tells_end = tells_end
        self._position = timeline.first if at is None else min(max(at, timeline.first), timeline.last)
        self._now = timeline.time_of(self._position)
        self._state = self.start = timeline.state_at(self._position)
        # The position of the last frame; then whether the position has been reached from there by a jump.
        self._shown = self._position
        self._jumped = False
        self._own_markers: list[Marker] = []
        last = timeline.events_between(timeline.last - 1, timeline.last)
        if tells_end and not timeline.growing and last and isinstance(last[0], Violation):
            self.tell(COUNTEREXAMPLE)

    @property
    def position(self) -> int:
        return self._position

    @property
    def now(self) -> float:
        return self._now

    @property
    def behind(self) -> float:
        return max(0.0, self.timeline.end - self._now)

    @property
    def markers(self) -> Sequence[Marker]:
        return sorted([*self.timeline.markers, *self._own_markers], key=lambda marker: marker.event)

    # Frames

    def poll(self) -> Frame:
        elapsed = self._elapsed()
        if not self._paused:
            self._play(elapsed)
        before, self._shown = self._shown, self._position
        jumped, self._jumped = self._jumped, False
        outcomes = self._answers.take()
        if self._position != self._state.event:
            self._state = self.timeline.state_at(self._position)
        if jumped:
            return Frame(self._state, self._now, (), True, outcomes, lead_in=self._lead_in())
        events = self.timeline.events_between(before, self._position)
        # There are fewer events than numbers if some were never recorded.
        gap = len(events) > MOST_EVENTS or len(events) < self._position - before
        if gap:
            events = [event for event in events if type(event) not in CROWDS]
        return Frame(self._state, self._now, events, gap, outcomes)

    def close(self) -> None:
        """Close the player. The timeline is left to its owner."""
        self._closed = True

    # Seeking

    def _step(self, *, notable: bool) -> None:
        if not self._paused:
            return
        if notable:
            self.jump(1)
            return
        found = self._step_after(self._position)
        if found is None:
            self.tell("this is the end")
        else:
            self._stand(found)

    def step_back(self) -> None:
        self._pause()
        last = self._step_before(self._position + 1)
        if last is None:
            self.tell("this is the beginning")
            return
        before = self._step_before(last)
        self._jump_to(self.timeline.first if before is None else before)

    def jump(self, direction: Direction, kind: Kind = "notable") -> None:
        self._pause()
        timeline = self.timeline
        if direction > 0:
            found = timeline.next_event(self._position, kind)
        else:
            found = timeline.previous_event(self._position, kind)
        if kind == "marker" and self._own_markers:
            numbers = [marker.event for marker in self.markers]
            at = bisect_right(numbers, self._position)
            if direction < 0:
                at = bisect_right(numbers, self._position - 1) - 1
            found = numbers[at] if 0 <= at < len(numbers) else None
        if found is None:
            self.tell(f"there is no {_WORDS.get(kind, kind)} {'after' if direction > 0 else 'before'} this")
        else:
            self._jump_to(found)

    def seek_event(self, event: int) -> None:
        self._jump_to(min(max(event, self.timeline.first), self.timeline.last))

    def seek_time(self, seconds: float) -> None:
        timeline = self.timeline
        seconds = min(max(seconds, timeline.begin), timeline.end)
        self._jump_to(timeline.event_at_time(seconds))
        self._now = seconds

    def seek_seq(self, seq: int) -> None:
        self._jump_to(self.timeline.event_of_seq(seq))

    def _play(self, seconds: float) -> None:
        timeline = self.timeline
        if self._timeless:
            self._play_by_events(seconds)
            return
        self._now = max(min(self._now + seconds, timeline.end), timeline.begin)
        # An event's time may be earlier than that of the event before; playing never goes back.
        self._position = max(timeline.event_at_time(self._now), self._position)
        if self._position < timeline.first:
            # The history has dropped the events at the position.
            self._jump_to(timeline.first)
        if self._now >= timeline.end and not timeline.growing and self._tells_end:
            self._pause()
            self.tell(END)

    def _play_by_events(self, seconds: float) -> None:
        self._due += seconds * EVENTS_A_SECOND
        while self._due >= 1:
            self._due -= 1
            if self._position >= self.timeline.last:
                self._due = 0.0
                self._pause()
                self.tell(END)
                return
            self._stand(self._step_after(self._position) or self.timeline.last)

    def _jump_to(self, event: int) -> None:
        self._jumped = True
        self._stand(event)

    def _stand(self, event: int) -> None:
        self._position = event
        self._now = self.timeline.time_of(event)

    def _step_after(self, event: int) -> int | None:
        """The next event that a step stops at (see :func:`is_step`)."""
        timeline = self.timeline
        while event < timeline.last:
            upto = event + 64
            for found in timeline.events_between(event, upto):
                if is_step(found):
                    return found.number
            event = upto
        return None

    def _step_before(self, event: int) -> int | None:
        """The last event before ``event`` that a step stops at."""
        timeline = self.timeline
        while event > timeline.first + 1:
            after = event - 65
            for found in reversed(timeline.events_between(after, event - 1)):
                if is_step(found):
                    return found.number
            event = after + 1
        return None

    def _lead_in(self) -> LeadIn:
        timeline = self.timeline
        begin = max(timeline.event_at_time(self._now - LEAD_SECONDS), self._position - MOST_EVENTS, timeline.first)
        events = timeline.events_between(begin, self._position)
        if len(events) < self._position - begin:
            begin, events = self._position, []
        return LeadIn(timeline.state_at(begin), timeline.time_of(begin), events)

    # Commands

    def _resume(self) -> None:
        """Go on; from the end of a recording, from its beginning again."""
        timeline = self.timeline
        over = self._position >= timeline.last if self._timeless else self._now >= timeline.end
        if over and not timeline.growing:
            self._jump_to(timeline.first)
        super()._resume()

    def _give(self, id: int, command: AnyCommand) -> None:
        """Set a marker in this player only; the recording is not changed."""
        assert isinstance(command, Mark)
        mark = Marker(self._position, self._now, command.text)
        insort(self._own_markers, mark, key=lambda marker: marker.event)
        self._answers.answer(id, Outcome(f"marked: {command.text}"))

    def _refusal(self, command: Command) -> str:
        return "what has happened can't be changed; <player.fork> goes on from here, live"

    def start_recording(self, path: Path) -> None:
        """Write the whole timeline at once, since it is recorded already."""
        self.save(path)
        self.tell(f"all of this is saved as {path}")

    def stop_recording(self) -> None: ...

    def save(self, path: Path) -> None:
        self.timeline.save(path)
