"""Selection, following, filtering and the sheets over the panes: actions that do not change the session."""

from abc import abstractmethod
from typing import Literal

from textual import on
from textual.widgets import Input

from msgmux_tui.narration import describe as words
from msgmux_tui.panes import ChecksPane, EventsPane, InspectorPane, LegendPane, ListPane, ThreadsPane
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.screens.sheet import Sheet
from msgmux_tui.screens.stepping import SteppingScreen
from msgmux_tui.screens.tour import TourScreen
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import Follow
from msgmux_tui.widgets.pane import Pane

FOLLOWS: tuple[Follow, ...] = ("all", "tail", "slowest", "free")


class BrowsingScreen(SteppingScreen, inherit_bindings=False):
    """A screen's actions that change only what is displayed, never the session."""

    glyphs: Glyphs
    # The panes must be drawn again although the session has not changed.
    stale: bool
    # `seq`: the selected message. `follow`: what the list pane keeps in sight.
    seq: int | None
    follow: Follow
    # `inspected`: what the inspector shows. `sought`: the filter of the events pane, empty for none.
    # `events_until`: the number of the last event it shows; None: the newest.
    inspected: Literal["message", "row"]
    sought: str
    events_until: int | None

    @property
    @abstractmethod
    def zoomed(self) -> Pane | None:
        """The maximised pane, or None."""

    @abstractmethod
    def action_maximise(self) -> None:
        """Maximise the focused pane, or show all panes again."""

    @abstractmethod
    def go_to(self, pane: Pane, *, zoom: bool) -> None:
        """Focus ``pane``; with ``zoom`` also maximise it."""

    @abstractmethod
    def paint(self) -> None:
        """Draw the panes."""

    # Selection

    @on(Pane.Picked)
    def _pick(self, message: Pane.Picked) -> None:
        self.choice.select(message.selection)
        self.paint()

    @on(Pane.MessagePicked)
    def _pick_message(self, message: Pane.MessagePicked) -> None:
        self._pick_seq(message.seq)

    def _pick_seq(self, seq: int) -> None:
        self.seq = seq
        if self.follow in ("tail", "slowest"):
            # Following the tail or the slowest consumer could scroll the selected message out of sight.
            self.follow = "free"
        self.paint()

    @on(EventsPane.Scrolled)
    def _scroll_events(self, message: EventsPane.Scrolled) -> None:
        self.events_until = message.until
        self.paint()

    def action_follow(self) -> None:
        if isinstance(self.focused, EventsPane):
            self.events_until = None
            self.tell("the events follow the newest")
            return
        self.follow = FOLLOWS[(FOLLOWS.index(self.follow) + 1) % len(FOLLOWS)]
        shown = {"all": "both ends and every cursor", "tail": "the tail", "slowest": "the slowest consumer"}
        self.tell(f"the list keeps {shown.get(self.follow, 'the selected message')} in sight")

    # Sheets, tour and filter

    async def action_inspect(self) -> None:
        if isinstance(self.focused, ThreadsPane):
            self.action_go_on()
            return
        self.inspected = "message" if isinstance(self.focused, ListPane) else "row"
        await self._open_sheet(InspectorPane(glyphs=self.glyphs), 15)

    async def action_checks(self) -> None:
        await self._open_sheet(ChecksPane(glyphs=self.glyphs), 14)

    async def action_legend(self) -> None:
        await self._open_sheet(LegendPane(glyphs=self.glyphs), 14)

    async def _open_sheet(self, pane: Pane, rows: int) -> None:
        await self.open_dialog(Sheet(pane, rows, pick=self._pick_seq))
        self.call_after_refresh(self.paint)

    async def action_tour(self) -> None:
        if self.zoomed is not None:
            self.action_maximise()
        await self.open_dialog(
            TourScreen(lambda name: self.go_to(self.query_one(f"#{name}", Pane), zoom=False), self.glyphs)
        )

    def action_filter(self) -> None:
        if self.zoomed is not None and not isinstance(self.zoomed, EventsPane):
            self.action_maximise()
        entry = self.query_one("#filter", Input)
        entry.display, entry.value = True, self.sought
        self.query_one("#caption").display = False
        entry.focus()

    @on(Input.Changed, "#filter")
    def _typed(self, message: Input.Changed) -> None:
        if message.input.display:
            self.sought, self.events_until = message.value.strip(), None
            self.paint()

    @on(Input.Submitted, "#filter")
    def _keep_filter(self, message: Input.Submitted) -> None:
        self._apply_filter(message.value.strip(), done=True)

    def _apply_filter(self, words: str, *, done: bool) -> None:
        """Filter the events by ``words``; ``done`` closes the input line."""
        self.sought, self.events_until = words, None
        entry = self.query_one("#filter", Input)
        if done and entry.display:
            entry.display = False
            self.query_one("#caption").display = True
            self.query_one(EventsPane).focus()
        self.stale = True
        self.call_after_refresh(self.paint)

    def action_copy(self) -> None:
        text = self._selected_words()
        self.app.copy_to_clipboard(text)
        self.tell(f"copied: {text}")

    def _selected_words(self) -> str:
        state = self.frame.state
        if isinstance(self.focused, ListPane) and self.seq is not None:
            return words.about_message(state, self.seq, self.frame.now)
        if self.choice.selected is not None:
            return words.about(state, self.choice.selected)
        return "nothing is selected"

    async def action_help(self) -> None:
        pane = self.focused if isinstance(self.focused, Pane) else None
        await self.open_dialog(HelpScreen(pane.HELP or "" if pane is not None else "", self.session.capabilities))
