"""The session screen: all panes, and the timer that takes frames from the session and draws them."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Footer, Input

from msgmux.commands import Direction
from msgmux.errors import MsgmuxError
from msgmux.scenario import Scenario
from msgmux_tui.keys import actions as keymap
from msgmux_tui.keys.bindings import rebind
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.panes import (
    CaptionPane,
    CleanerPane,
    ConsumersPane,
    EventsPane,
    HeaderPane,
    ListPane,
    ProducersPane,
    ScrubPane,
    ThreadsPane,
    VariablesPane,
)
from msgmux_tui.screens.confirm import ConfirmScreen
from msgmux_tui.screens.open import OpenScreen
from msgmux_tui.screens.presenting import PresentingScreen
from msgmux_tui.screens.sheet import Sheet
from msgmux_tui.screens.too_small import HEIGHT, WIDTH, TooSmall
from msgmux_tui.session import Kind, Session, is_remote, runs_exactly
from msgmux_tui.session.records import Check
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.selection import Choice
from msgmux_tui.viewmodel.view import Follow, Mode, Scrub, View
from msgmux_tui.viewmodel.watching import Watching
from msgmux_tui.widgets.pane import BOXED_FROM, Pane

FRAMES_PER_SECOND = 20
BOX = 2
"""The rows of a pane's box."""
READING = 15.0
"""Reading speed in characters a second: how long a notice stays, but at least :data:`LEAST_SECONDS`."""
LEAST_SECONDS = 4.0
WELCOME = "New here? <screen.tour> shows a tour of six cards; <screen.help> explains the pane you are in."
WELCOME_SECONDS = 20.0
FOOTER_CELLS = 66
"""Narrower terminals have the footer without spaces at its entries' ends."""

OpenSession = Callable[[Scenario, Kind], Session]
"""Starts a session on a scenario, on real threads or on the deterministic runtime."""


class SessionScreen(PresentingScreen, inherit_bindings=False):
    """Shows and commands one session at a time.

    Without ``timer`` frames are taken only by calls of :meth:`pull` (for tests).
    """

    BINDINGS = keymap.bindings("session")
    AUTO_FOCUS = "ConsumersPane"
    ESCAPE_TO_MINIMIZE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDTH, "-fits")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HEIGHT, "-stands"), (BOXED_FROM, "-tall")]

    def __init__(
        self,
        scenario: Scenario,
        open_session: OpenSession,
        glyphs: Glyphs,
        *,
        keymap: Keymap = DEFAULT,
        notice: str = "",
        kind: Kind = "threads",
        timer: bool = True,
        welcome: bool = False,
        clock: Callable[[], float] = time.monotonic,
        session: Session | None = None,
    ) -> None:
        super().__init__()
        self._open_session = open_session
        self.glyphs = glyphs
        self.keymap = keymap
        self._timer = timer
        self.clock = clock
        self._asked = False
        self.follow: Follow = "all"
        self.scenario = scenario
        self.begin_script()
        self._take_up(Watching(session or open_session(scenario, kind)))
        if notice:
            self._say(notice, max(LEAST_SECONDS, len(notice) / READING))
        elif welcome:
            self._say(WELCOME, WELCOME_SECONDS)

    def _take_up(self, watching: Watching) -> None:
        self.watching = watching
        self.choice = Choice()
        self.waiting = []
        self.seq: int | None = None
        self.inspected: Literal["message", "row"] = "row"
        self.sought = ""
        self.events_until: int | None = None
        self._notice, self._notice_until = "", 0.0
        self.stale = True

    def begin(self, scenario: Scenario, kind: Kind) -> None:
        """Close the current session and start one on ``scenario`` in its place."""
        try:
            session = self._open_session(scenario, kind)
        except MsgmuxError as error:
            self.tell(str(error).splitlines()[0])
            return
        self.replace(scenario, session)

    def replace(self, scenario: Scenario, session: Session) -> None:
        """Close all sessions of this screen and show ``session`` in their place."""
        self.end()
        self.running = self.remote = None
        self.scenario = scenario
        self.begin_script()
        self.show_session(Watching(session))
        self.pull()

    def show_session(self, watching: Watching) -> None:
        chosen = self.choice.selected
        self._take_up(watching)
        if chosen is not None:
            self.choice.select(chosen)
        self.seat_panes()
        # Panes that become visible have not been drawn yet.
        self.call_after_refresh(self.paint)

    def compose(self) -> ComposeResult:
        glyphs = self.glyphs
        yield HeaderPane(id="header", glyphs=glyphs)
        yield ListPane(id="list", glyphs=glyphs)
        yield ThreadsPane(id="threads", glyphs=glyphs)
        yield VariablesPane(id="variables", glyphs=glyphs)
        with Horizontal(id="upper", classes="row"):
            yield ConsumersPane(id="consumers", glyphs=glyphs)
            yield ProducersPane(id="producers", glyphs=glyphs)
        with Horizontal(id="lower", classes="row"):
            yield CleanerPane(id="cleaner", glyphs=glyphs)
            yield EventsPane(id="events", glyphs=glyphs)
        yield from self.compose_more()
        yield ScrubPane(id="scrub", glyphs=glyphs)
        yield CaptionPane(id="caption", glyphs=glyphs)
        yield Input(id="filter", compact=True, placeholder="a tag, a name, a kind, or words: C2 evicted")
        yield Footer(show_command_palette=False)
        yield TooSmall(self.keymap)

    def compose_more(self) -> ComposeResult:
        """Further widgets of a subclass, below the panes."""
        return ()

    def on_mount(self) -> None:
        rebind(self.walk_children(with_self=True), self.keymap)
        self._panes = list(self.query(Pane))
        self._pane_rows = list(self.query(".row"))
        self.seat_panes()
        if self._timer:
            self.set_interval(1 / FRAMES_PER_SECOND, self.pull)
        self.call_after_refresh(self.pull)

    # Frames

    def pull(self) -> None:
        """Take one frame from the session, and draw the panes if anything has changed."""
        # A history that is shown still grows, so the scrub bar changes.
        self.stale = self.poll_background() or self.stale
        if self.running is not None:
            self.heed(self.running.session, self.running.frame.events)
        before = self.frame
        changed = self.watching.poll()
        self.heed(self.session, self.frame.events)
        self.present()
        if not changed and not self.stale and not self._notice_is_over():
            return
        for outcome in self.frame.outcomes:
            if outcome.words:
                self._say(outcome.words, max(LEAST_SECONDS, len(outcome.words) / READING))
            if outcome.select is not None:
                self.choice.expect(outcome.select)
        if self.frame.link.phase != before.link.phase:
            # The session's capabilities may have changed.
            self.refresh_bindings()
        self.choice.settle(before.state, self.frame.state)
        while self.waiting and not self.undecided:
            self.waiting.pop(0)()
        self.paint()

    def paint(self) -> None:
        """Draw the panes from the current view; they depend on nothing else."""
        view = self.view()
        self._fit_rows(view)
        for pane in self._panes:
            if pane.region:  # empty while another pane is maximised
                pane.show(view)
        if isinstance(over := self.app.screen, Sheet):
            over.show(view)
        self.stale = False

    def _fit_rows(self, view: View) -> None:
        """Let no row of panes be higher than its panes can use; the list gets what is left."""
        alone = self.zoomed is not None
        for row in self._pane_rows:
            needs = [pane.needs(view) for pane in row.query_children(Pane)]
            bound = max([need for need in needs if need is not None], default=0)
            free = alone or None in needs or self.app.size.height < BOXED_FROM
            row.styles.max_height = None if free else bound + BOX

    def view(self) -> View:
        """The view: everything that the panes draw in this frame."""
        frame, session = self.frame, self.session
        if self._notice_is_over():
            self._notice = ""
        player = self.player
        view = self.watching.trail.fill(
            View(
                state=frame.state,
                unknown=frame.link.phase == "connecting" and not frame.state.event,
                now=frame.now,
                scenario=session.title,
                mode=self._mode(),
                behind_live=player.behind if player is not None else 0.0,
                halted=session.paused,
                scrub=self._scrub() if player is not None else None,
                recording=session.recording is not None,
                viewers=self.presentation.viewers if self.presentation is not None else None,
                held=self.presentation is not None and bool(self.presentation.held),
                badge="exact" if runs_exactly(session) else "real threads",
                speed=session.speed,
                alarm=self.keymap.fill(frame.alarm),
                notice=self._notice,
                selected=self.choice.selected,
                selected_seq=self.seq,
                follow=self.follow,
                inspected=self.inspected,
                sought=self.sought,
                events_until=self.events_until,
                keymap=self.keymap,
                checks=tuple(
                    [
                        Check(verdict.name, verdict.count, verdict.violation)
                        for verdict in self.watching.invariants.summary()
                    ]
                ),
            )
        )
        return self.with_threads(view)

    def _mode(self) -> Mode:
        if self.player is not None:
            return "REPLAY"
        if is_remote(self.session):
            return "GONE" if self.frame.link.phase == "gone" else "WATCHING"
        return "PAUSED" if self.session.paused else "LIVE"

    def _scrub(self) -> Scrub:
        assert self.player is not None
        timeline = self.player.timeline
        buckets = timeline.overview()
        return Scrub(
            timeline.begin,
            timeline.end,
            tuple([bucket.length for bucket in buckets]),
            tuple([bucket.lag for bucket in buckets]),
            tuple([marker.time for marker in self.player.markers]),
        )

    def tell(self, text: str) -> None:
        """Show ``text`` in the caption, for as long as reading it takes. It names keys by action: ``<time.pause>``."""
        self._say(text, max(LEAST_SECONDS, len(text) / READING))
        self.paint()

    def tell_at_first(self, text: str) -> None:
        """Show ``text`` when the screen opens."""
        self._say(text, WELCOME_SECONDS)

    def _say(self, text: str, seconds: float) -> None:
        self._notice, self._notice_until = self.keymap.fill(text), self.clock() + seconds

    def _notice_is_over(self) -> bool:
        return bool(self._notice) and self.clock() >= self._notice_until

    @on(ScrubPane.Seek)
    def _seek_moment(self, message: ScrubPane.Seek) -> None:
        self.seek(message.seconds)

    def on_resize(self) -> None:
        self.stale = True
        # The session's footer has 62 cells with the usual spaces between its entries.
        self.query_one(Footer).compact = self.size.width < FOOTER_CELLS
        self.call_after_refresh(self.paint)

    # Choosing a session

    async def action_switch(self) -> None:
        """Start the scenario again on the other runtime. The first time, ask for confirmation."""
        if self.steps_code:
            self.tell("a file of yours is stepped through here; on real threads it runs by itself: python FILE")
            return
        exact = not runs_exactly(self.session)

        def switch(sure: bool | None) -> None:
            if sure:
                self._asked = True
                self.begin(self.scenario, "exact" if exact else "threads")

        if self._asked:
            switch(True)
        else:
            there = "exactly, in virtual time" if exact else "on real threads"
            question = f"Start this scenario anew, {there}? What is here now ends."
            await self.open_dialog(ConfirmScreen(question, action="session.switch"), switch)

    async def action_open(self) -> None:
        def start(scenario: Scenario | None) -> None:
            if scenario is not None:
                self.begin(scenario, "exact" if runs_exactly(self.session) else "threads")

        await self.open_dialog(OpenScreen(self.scenario), start)

    # Panes, focus, leaving

    @property
    def zoomed(self) -> Pane | None:
        """The maximised pane, or None."""
        return next((pane for pane in self._panes if pane.has_class("-zoomed")), None)

    def action_next_pane(self, direction: Direction) -> None:
        panes = [pane for pane in self._panes if pane.can_focus and self.has_place(pane)]
        at = panes.index(self.focused) if isinstance(self.focused, Pane) and self.focused in panes else -direction
        self.go_to(panes[(at + direction) % len(panes)], zoom=self.zoomed is not None)

    def action_maximise(self) -> None:
        pane = self.focused if isinstance(self.focused, Pane) else self._panes[1]
        self.go_to(pane, zoom=self.zoomed is None)

    def go_to(self, pane: Pane, *, zoom: bool) -> None:
        for other in self._panes:
            alone = zoom and other is pane
            other.set_class(alone, "-zoomed")
        for row in self.query(".row"):
            row.set_class(zoom and pane in row.children, "-zoomed")
        self.set_class(zoom, "-one-pane")
        self.set_focus(pane)
        self.stale = True
        self.call_after_refresh(self.paint)

    def action_close(self) -> None:
        if self.query_one("#filter", Input).display or self.sought:
            self._apply_filter("", done=True)
        elif self.zoomed is not None:
            self.action_maximise()
        elif self._notice:
            self._notice = ""
            self.paint()

    @property
    def stem(self) -> str:
        return Path(self.scenario.file).stem or "session"

    def action_picture(self) -> None:
        name = f"{self.stem}-{self.frame.now:.1f}s.svg"
        try:
            self.tell(f"the screen is saved as {self.app.save_screenshot(name, os.getcwd())}")
        except OSError as error:
            self.tell(f"{name} can't be written: {error.strerror}; start the program in a folder of yours")

    async def action_leave(self) -> None:
        """Leave the history, else the program; ask first while a recording is being written."""
        if self.running is not None:
            self.action_live()
        elif (path := self.session.recording) is not None:
            question = f"{path.name} is being recorded. End it, and quit?"
            await self.open_dialog(ConfirmScreen(question, action="app.quit"), self._leave_if)
        else:
            self.app.exit(return_code=0)

    def _leave_if(self, sure: bool | None) -> None:
        if sure:
            self.app.exit(return_code=0)
