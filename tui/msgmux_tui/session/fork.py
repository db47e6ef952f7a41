"""Forks: continuing from any moment of a recording, as a session on the deterministic runtime.

An exact run is performed again up to that moment, with its schedule and its recorded commands, and continues from
there; every payload and every task is as it was. If that is impossible (a run on real threads, or a recording without
its beginning), a queue is rebuilt from the state at that moment, with previews as payloads.
"""

import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from msgmux.errors import MsgmuxError
from msgmux.events import Event
from msgmux.recording import Beginning
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import C, Fifo, Replay
from msgmux.scenario import Scenario, ScenarioError, parse
from msgmux_tui.session.exact import ExactSession
from msgmux_tui.session.protocol import Player

SLICE = 0.03
"""Wall-clock seconds of one call of :meth:`Fork.work`, short enough for a screen to show the progress between calls."""
AGAIN = "this is the run itself, performed again to here; from now on it is yours"
REBUILT = "rebuilt from what was recorded: the same list, cursors and channels, with previews for payloads"


class Schedules:
    """The strategy that follows a recorded schedule until :meth:`let_go`, then picks first in, first out."""

    def __init__(self, schedule: Schedule | None, keeps_current: bool) -> None:
        self.keeps_current = keeps_current
        self._free = Fifo()
        self._recorded = None if schedule is None else Replay(schedule, self._free, keeps_current=keeps_current)

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        return (self._recorded or self._free).pick(enabled, current, index)

    def let_go(self) -> None:
        """Stop following the schedule."""
        self._recorded = None


class Fork:
    """A fork in progress, of ``player`` at its position: call :meth:`work` until it returns True.

    For use only by the thread that will use :attr:`session`. ``clock`` is that session's clock, in seconds. Raises
    :class:`MsgmuxError` if the queue was closed at that moment.
    """

    def __init__(self, player: Player, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeline = player.timeline
        self._clock = clock
        self._event = player.position
        self._time = self._timeline.time_of(self._event)
        self._state = self._timeline.state_at(self._event)
        self._reached = 0
        self._schedules = Schedules(self._timeline.schedule, self._timeline.header.keeps_current)
        self.how = ""
        """After the last :meth:`work`: how the fork was made, in words."""
        self.session: ExactSession | None = None
        if self._state.closed:
            raise MsgmuxError("the queue was closed by then, and nothing goes on from there; go back before its end")
        self._scenario, understood = self._read_scenario()
        self._again: ExactSession | None = None
        if understood and self._timeline.header.runtime == "virtual":
            header = self._timeline.header
            self._again = ExactSession(
                self._scenario,
                clock=clock,
                strategy=self._schedules,
                driver=header.driver,
                beginning=header.beginning,
                given=self._timeline.given(),
            )

    @property
    def progress(self) -> float:
        """The part of the work that is done, from 0 to 1."""
        return 1.0 if self.session is not None else min(1.0, self._reached / max(1, self._event))

    def work(self) -> bool:
        """Work for about :data:`SLICE` seconds. Returns whether the fork is complete."""
        if self.session is None and self._again is not None:
            self._perform_again(self._again)
        if self.session is None and self._again is None:
            self._rebuild()
        return self.session is not None

    def close(self) -> None:
        """Abandon an incomplete fork. A finished session is left to its owner."""
        if self.session is None and self._again is not None:
            self._again.close()

    def _perform_again(self, again: ExactSession) -> None:
        try:
            came = again.catch_up(self._event, self._time, SLICE)
            agrees = came is None or self._agrees(came)
        except MsgmuxError:
            # The run differs from the recorded one: another program version, or unrecorded input.
            came, agrees = [], False
        if not agrees:
            again.close()
            self._again = None
        elif came is None:
            self._schedules.let_go()
            self._finish(again, AGAIN)
        elif came:
            self._reached = came[-1].number

    def _agrees(self, came: Sequence[Event]) -> bool:
        """Return whether the events ``came`` equal the recorded ones, where those exist."""
        seen = [event for event in came if self._timeline.first < event.number <= self._event]
        return not seen or self._timeline.events_between(seen[0].number - 1, seen[-1].number) == seen

    def _rebuild(self) -> None:
        header, timeline = self._timeline.header, self._timeline
        # A recording that starts later, or has lost its beginning, is of a session; its clock began at 0.
        started = timeline.begin if header.start.event == 0 and timeline.first == 0 else 0.0
        session = ExactSession(
            self._scenario,
            clock=self._clock,
            beginning=Beginning(self._state, self._time, max(0.0, self._time - started)),
        )
        self._finish(session, REBUILT)

    def _finish(self, session: ExactSession, how: str) -> None:
        self.session, self.how = session, how
        session.tell(how)

    def _read_scenario(self) -> tuple[Scenario, bool]:
        """The recorded scenario; without the contents of its file if the recording does not have them."""
        header = self._timeline.header
        try:
            return replace(parse(header.scenario, "the recording's scenario"), seed=header.seed), True
        except ScenarioError:
            return Scenario("recording", title=header.title, seed=header.seed), False


def fork(player: Player, *, clock: Callable[[], float] = time.monotonic) -> ExactSession:
    """Make a fork in one call, however long it takes. Its first frame says how it was made.

    Raises :class:`MsgmuxError` as :class:`Fork` does.
    """
    making = Fork(player, clock=clock)
    while not making.work():
        pass
    assert making.session is not None
    return making.session
