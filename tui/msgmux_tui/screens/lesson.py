"""A lesson: the session's screen with a card in a panel, which is turned by the page keys."""

import time
from collections.abc import Callable

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult

from msgmux.checker import Program
from msgmux.commands import PauseTime, ResumeTime, Selection
from msgmux.scenario import Scenario
from msgmux_tui import lessons
from msgmux_tui.keys import actions as keymap
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.lessons.child import Checking
from msgmux_tui.lessons.model import Goal, Lesson
from msgmux_tui.lessons.progress import Progress, Reached
from msgmux_tui.lessons.walk import Walk
from msgmux_tui.lessons.wording import card_view
from msgmux_tui.panes import CardPane, ThreadsPane
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession, Kind, Session
from msgmux_tui.session.step import StepSession
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import CardView, View
from msgmux_tui.viewmodel.watching import Watching
from msgmux_tui.widgets.pane import Pane

LOWER = ("cleaner", "events")
"""Panes that share a place with the others' row where there is little height."""


class LessonScreen(SessionScreen):
    """Takes ``lesson``, from its first card, and then the next ones. ``presenter``: the card is large."""

    BINDINGS = keymap.bindings("lesson", keymap.LESSON)

    def __init__(
        self,
        lesson: Lesson,
        glyphs: Glyphs,
        *,
        progress: Progress,
        presenter: bool = False,
        keymap: Keymap = DEFAULT,
        notice: str = "",
        timer: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.walk = Walk(lesson)
        self._progress = progress
        self._presenter = presenter
        self._page = 0
        self._skips = False
        # The card after which the session was stopped: once, for whoever lets it go on wants that.
        self._stopped_after = -1
        self._card: CardView | None = None
        self._checking: Checking | None = None
        # Is it the checker's schedule that is stepped through, and not one's own?
        self._plays_back = False
        super().__init__(
            _shown_scenario(lesson),
            self._open,
            glyphs,
            keymap=keymap,
            notice=notice or progress.problem,
            kind="exact",
            timer=timer,
            clock=clock,
        )
        self.set_class(presenter, "-presenter")

    def _open(self, scenario: Scenario, kind: Kind) -> Session:
        """Exact, whatever is asked for: a lesson must go as it says."""
        lesson = self.walk.lesson
        if lesson.scenario is None or lesson.is_race:
            return StepSession(lesson.program, clock=self.clock)
        return ExactSession(scenario, clock=self.clock)

    def compose_more(self) -> ComposeResult:
        yield CardPane(id="card", glyphs=self.glyphs)

    def on_mount(self) -> None:
        super().on_mount()
        self.call_after_refresh(self._enter)

    def end(self) -> None:
        self._stop_checking()
        super().end()

    # Frames

    def pull(self) -> None:
        super().pull()
        self._take_findings()
        self._heed()
        if self.is_mounted and self._card_view() != self._card:
            self.paint()

    def _heed(self) -> None:
        """What has happened in the session, as far as the lesson waits for it."""
        walk = self.walk
        if self.player is None:
            walk.look(self.frame.state, self.frame.now)
        stepping = self.stepping
        wanted = walk.lesson.goal.invariant
        broken = [check.name for check in stepping.threads.broken] if stepping is not None else []
        if wanted in broken and not walk.by_hand and not self._plays_back:
            walk.by_hand = wanted
            self._remember()
        # Where the next card pauses, the session stops now, at the moment that the current card is about.
        if walk.came_true and self._next_pauses() and self._stopped_after != walk.index:
            self._stopped_after = walk.index
            self.session.command(PauseTime())

    def _next_pauses(self) -> bool:
        cards, following = self.walk.lesson.cards, self.walk.index + 1
        return following < len(cards) and cards[following].pause

    def view(self) -> View:
        self._card = self._card_view()
        return replace(super().view(), card=self._card)

    def _card_view(self) -> CardView:
        return card_view(
            self.walk, self.keymap, self.glyphs, page=self._page, large=self._presenter, progress=self._progress_words
        )

    # The cards

    def _enter(self) -> None:
        """A card has come up."""
        walk, card = self.walk, self.walk.card
        self._page, self._skips = 0, False
        # What was told was about the card before.
        self._notice = ""
        # Where there is nothing to be stepped through yet, or to be watched, the card has the room.
        self.set_class(walk.lesson.is_race and walk.stage in ("card", "code"), "-reading")
        self.set_class(walk.stage == "code", "-code")
        if card is not None:
            if card.who:
                is_consumer = card.who in self.frame.state.consumers
                self.choice.select(Selection("consumer" if is_consumer else "producer", card.who))
            if card.pane and self.stepping is None:
                self.go_to(self.query_one(f"#{card.pane}", Pane), zoom=False)
            # A session that was stopped for the card before goes on with this one.
            if self.stepping is None and self.player is None:
                self.session.command(PauseTime() if card.pause and walk.grade is None else ResumeTime())
        if self._plays_back and walk.stage not in ("reveal", "proof"):
            self.begin(self.scenario, "exact")
        if walk.stage == "task":
            self.set_focus(self.query_one(ThreadsPane))
        self._look_for_more()
        self._remember()
        self.stale = True
        self.pull()

    def _look_for_more(self) -> None:
        """Ask the checker, where this card needs it."""
        walk, goal = self.walk, self.walk.lesson.goal
        if walk.stage == "reveal" and walk.found is not None:
            self._play_back()
        elif walk.wants_search:
            self._ask(walk.lesson.program, goal)
        elif walk.wants_proof:
            self._ask(goal.repaired, goal)
        else:
            self._stop_checking()

    async def action_turn(self, step: int) -> None:
        card = self.query_one(CardPane)
        self._page = min(self._page, card.pages - 1)
        if 0 <= self._page + step < card.pages:
            self._page += step
            self.pull()
            return
        if step > 0 and not self.walk.done and not self._skips:
            self._skips = True
            self.tell("this card waits for something; <lesson.on> again goes on all the same")
            return
        if self.walk.turn(step):
            self._enter()
        elif step > 0:
            self._next_lesson()

    def _next_lesson(self) -> None:
        name = self.walk.lesson.name
        at = lessons.ORDER.index(name) + 1 if name in lessons.ORDER else len(lessons.ORDER)
        if at >= len(lessons.ORDER):
            self.tell("this was the last lesson; <app.quit> quits")
            return
        self._stop_checking()
        self.walk = Walk(lessons.read(lessons.ORDER[at]))
        self.begin(_shown_scenario(self.walk.lesson), "exact")
        self._enter()

    def begin(self, scenario: Scenario, kind: Kind) -> None:
        """What is begun anew is this lesson's session: its cards go with nothing else."""
        self.scenario = _shown_scenario(self.walk.lesson)
        self._plays_back, self._stopped_after = False, -1
        self._show(self._open(self.scenario, kind))
        self.pull()

    def _show(self, session: Session) -> None:
        """In place of what is here, which ends."""
        self.end()
        self.present = None
        self.turn_to(Watching(session))

    def action_hint(self) -> None:
        if self.walk.stage != "task":
            self.tell("hints are for the card where something is to be broken")
        elif not self.walk.hint():
            self.tell("these are all; <lesson.on> lets the checker find it")
        else:
            self.pull()
            self._page = self.query_one(CardPane).pages - 1
        self.pull()

    def action_digit(self, digit: int) -> None:
        """The answer to the card's question; where nothing is asked, whose turn it is."""
        if self.walk.question is None and self.has_class("-reading"):
            self.tell("there is nothing to answer here; whose turn it is you say where something is to be broken")
        elif self.walk.question is None:
            super().action_digit(digit)
        elif not self.walk.answer(digit - 1, self.frame.now):
            self.tell(f"there are {len(self.walk.question.choices)} answers")
        else:
            if self.walk.seconds_left is not None:
                self.session.command(ResumeTime())
            self._look_for_more()
            self._remember()
            self.pull()
            self._page = self.query_one(CardPane).pages - 1
            self.pull()

    def on_key(self, event: events.Key) -> None:
        """A card may wait for the key of an action, whatever that does."""
        asked = self.walk.card.press if self.walk.card is not None else ""
        if asked and event.key in self.keymap[asked].pressed:
            self.walk.press(asked)

    def _remember(self) -> None:
        walk = self.walk
        self._progress.reach(walk.lesson.name, Reached(walk.furthest, len(walk.stages), walk.right, walk.over))

    # The checker

    def _ask(self, program: Program, goal: Goal) -> None:
        """Let it search, beside all this."""
        self._stop_checking()
        try:
            self._checking = Checking(program, goal)
        except OSError as error:
            self.tell(f"the checker can't be started: {error.strerror}")

    def _take_findings(self) -> None:
        """What it has come to, where it is over."""
        checking, walk = self._checking, self.walk
        if checking is None or not checking.over:
            return
        self._stop_checking()
        if checking.findings is None:
            self.tell(checking.problem)
        elif walk.wants_search:
            walk.take_findings(checking.findings)
            if walk.stage == "reveal":
                self._play_back()
        elif walk.wants_proof:
            walk.proved = checking.findings
        self._remember()

    def _stop_checking(self) -> None:
        checking, self._checking = self._checking, None
        if checking is not None:
            checking.close()

    @property
    def _progress_words(self) -> str:
        """What the checker is doing; empty where it does nothing."""
        if self._checking is None:
            return ""
        tally = self._checking.tally
        exhausted = "" if tally.exhausted is None else f", bound {tally.exhausted} exhausted"
        return f"the checker: {tally.schedules:,} tried{exhausted}"

    def _play_back(self) -> None:
        """The schedule that was found, from its beginning, at a speed that can be followed."""
        found = self.walk.found
        if found is None or found.counterexample is None:
            return
        session = StepSession(found.counterexample.program, schedule=found.counterexample.schedule, clock=self.clock)
        self._show(session)
        self._plays_back = True
        session.command(ResumeTime())

    # The screen

    def go_to(self, pane: Pane, *, zoom: bool) -> None:
        self.set_class(pane.id in LOWER, "-lower")
        super().go_to(pane, zoom=zoom)

    async def action_switch(self) -> None:
        self.tell("a lesson is exact, so that it goes as it says")

    async def action_open(self) -> None:
        """This lesson from its start."""
        self.walk = Walk(self.walk.lesson)
        self.begin(self.scenario, "exact")
        self._enter()

    async def action_help(self) -> None:
        about = self.focused.HELP or "" if isinstance(self.focused, Pane) else ""
        await self.open_dialog(HelpScreen(f"{CardPane.HELP}\n\n{about}", self.session.capabilities))


def _shown_scenario(lesson: Lesson) -> Scenario:
    """The lesson's, or for a program of the checker, which is none, one in which nothing happens."""
    return lesson.scenario or Scenario(lesson.file, title=lesson.title)
