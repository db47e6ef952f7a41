"""The app without a terminal: plays a recording on its own screen, for pictures and films of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.strip import Strip

from msgmux.recording import Timeline
from msgmux.scenario import Scenario
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.export.picture import stable
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ReplaySession
from msgmux_tui.theme.glyphs import UNICODE

LEAD_SECONDS = 30.0
"""Seconds before the first picture that are played, too, so that rates, event lines and sparklines are filled."""
PULL = 0.25
"""Seconds between two frames on the way to a picture. Rates are measured in half seconds."""
FAR = 5.0
"""Seconds. If two pictures are further apart, only this much before the second is played. So the cost of a film depends
on the number of its frames, not on the recording's length.
"""


class Offscreen:
    """The app's screen at a time of the recording, which can only move forward."""

    def __init__(self, pilot: Pilot[None], screen: SessionScreen, player: ReplaySession, clock: "HandClock") -> None:
        self._pilot = pilot
        self._screen = screen
        self._player = player
        self._clock = clock

    async def go_to(self, seconds: float) -> None:
        """Play up to that time of the recording; where it is far, jump to a little before it first."""
        if seconds - self._clock.now > FAR:
            self._clock.now = seconds - FAR
            # This poll leaves no time to make up for; the jump decides where the player stands.
            self._screen.pull()
            self._player.seek_time(self._clock.now)
            self._screen.pull()
        await self.play(seconds)

    async def play(self, seconds: float) -> None:
        """Play up to that time of the recording."""
        clock = self._clock
        while clock.now < seconds:
            clock.now = min(clock.now + PULL, seconds)
            self._screen.pull()
        await self._pilot.pause()

    def svg(self) -> str:
        """What is to be seen, as a picture."""
        return stable(self._pilot.app.export_screenshot(title="msgmux-tui"))

    def rows(self) -> Sequence[Strip]:
        """What is to be seen, row by row."""
        return self._screen._compositor.render_strips()


class HandClock:
    """A clock that is set by hand, in seconds."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def staged(timeline: Timeline, begin: float, size: tuple[int, int], theme: str) -> AsyncIterator[Offscreen]:
    """The app on ``timeline``, at ``begin`` or a little before."""
    start = max(timeline.begin, begin - LEAD_SECONDS)
    clock = HandClock(start)
    header = timeline.header
    # At the very beginning the first frame brings what happened in that moment, too: it may be all there is.
    at = timeline.first if start <= timeline.begin else timeline.event_at_time(start)
    player = ReplaySession(timeline, at=at, tells_end=False, clock=clock)
    screen = SessionScreen(
        Scenario("recording", title=header.title, source=header.scenario),
        lambda scenario, kind: player,
        UNICODE,
        kind="replay",
        timer=False,
        clock=clock,
    )
    app = MsgmuxApp(screen, theme=theme)
    async with app.run_test(size=size) as pilot:
        screen.pull()
        stage = Offscreen(pilot, screen, player, clock)
        await stage.play(begin)
        yield stage
