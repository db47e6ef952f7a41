"""A session that a screen watches, with its last frame, its trail and its invariants."""

from collections.abc import Iterator, Sequence

from msgmux.checker import Invariants
from msgmux.events import Event
from msgmux.state import Fold
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.session import Frame, LeadIn, Session, player
from msgmux_tui.viewmodel.recent import Trail

SLICE = 40
"""Events of a lead-in given to the trail at a time: few enough that the frame is not taken as crowded."""


class Watching:
    """Polls ``session`` once a frame. ``player`` is the same session if it is a player, else None."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.player = player(session)
        self.frame = Frame(session.start, 0.0)
        self.trail: Trail
        self.invariants: Invariants
        self._begin()

    def _begin(self) -> None:
        self._narrator = Narrator(self.frame.state)
        self.trail = Trail(self._narrator, self.frame.state, self.frame.now)
        self.invariants = Invariants(self.frame.state)

    def poll(self) -> bool:
        """Take the next frame. Returns whether it differs from the last one."""
        before, frame = self.frame, self.session.poll()
        self.frame = frame
        if frame.state is before.state and frame.now == before.now and not frame.outcomes and not frame.gap:
            return False
        if frame.lead_in is not None:
            self._lead_in(frame.lead_in)
        elif frame.gap:
            self._narrator.learn(frame.state)
            self.trail.resync(frame.state, frame.now)
            # The events of a frame with a gap are incomplete, so the invariants count all of them as unknown.
            self.invariants.resync(frame.state, frame.state.event - before.state.event)
        else:
            for event in frame.events:
                self.invariants.look(event)
        self.trail.take(frame.events, frame.state, frame.now, self.session.speed)
        return True

    def _lead_in(self, lead: LeadIn) -> None:
        """Rebuild the trail from the lead-in, so that after a seek the panes look as if played up to there."""
        frame, self.frame = self.frame, Frame(lead.state, lead.now)
        self._begin()
        fold = Fold(lead.state)
        for events in _sliced(lead.events):
            for event in events:
                self.invariants.look(event)
            fold.apply_all(events)
            self.trail.take(events, fold.state(), max(self.frame.now, events[-1].time))
        self.frame = frame


def _sliced(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    for start in range(0, len(events), SLICE):
        yield events[start : start + SLICE]
