"""A lesson: the session's screen with a card in a panel, which is turned by the page keys."""

import time
from collections.abc import Callable

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult

from msgmux.checker import Program
from msgmux.commands import PauseTime, ResumeTime, Selection
from msgmux.scenario import Scenario
from msgmux_tui import lessons
from msgmux_tui.keys import actions as keymap
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.lessons.child import Checking
from msgmux_tui.lessons.model import Goal, Lesson
from msgmux_tui.lessons.notes import Following
from msgmux_tui.lessons.progress import Progress, Reached
from msgmux_tui.lessons.walk import Walk
from msgmux_tui.lessons.wording import card_view, outline
from msgmux_tui.lessons.world import LessonClock, World
from msgmux_tui.panes import CardPane, ThreadsPane
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.screens.outline import OutlineScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession, Frame, Kind, Session
from msgmux_tui.session.step import StepSession
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import CardView, View
from msgmux_tui.viewmodel.watching import Watching
from msgmux_tui.widgets.pane import Pane

UNDIMMED = ("card", "header", "caption", "scrub")
"""What the spotlight leaves as it is."""
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
        following: Following | None = None,
        keymap: Keymap = DEFAULT,
        notice: str = "",
        timer: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.walk = Walk(lesson)
        self._progress = progress
        self._following = following
        self._presenter = presenter
        self._page = 0
        # Is the present card laid out? Before, nobody knows how many pages it has, nor what it waits for.
        self._is_laid_out = False
        # Was the key that turns on pressed in vain; and has all been done then that could be?
        self._skips = self._has_tried = False
        # Did the card wait for something in the session, when it was last looked at?
        self._waits = False
        self._time = LessonClock(clock)
        self._lit = False
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
        return ExactSession(scenario, clock=self._time)

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
            walk.look(self.frame.state, self.frame.now, self.frame.events)
        stepping = self.stepping
        wanted = walk.lesson.goal.invariant
        broken = [check.name for check in stepping.threads.broken] if stepping is not None else []
        walk.rested = None
        if stepping is not None and stepping.threads.at_rest and not broken:
            walk.rested = stepping.threads.preemptions
        if wanted in broken and not walk.by_hand and not self._plays_back:
            walk.by_hand = wanted
            self._remember()
        # What the card is about has come, and does not pass while it is read; whoever lets it go on wants that.
        waited, self._waits = self._waits, walk.wants_time
        if waited and not self._waits and self._is_watched:
            self.session.command(PauseTime())

    @property
    def _is_watched(self) -> bool:
        """Is it the lesson's scenario that is shown, at this moment?"""
        return self.stepping is None and self.player is None

    @property
    def _world(self) -> World:
        return World(self.session, self._time, self._poll)

    def _poll(self) -> Frame:
        self.watching.poll()
        return self.frame

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
        self._page, self._skips, self._has_tried = 0, False, False
        self._is_laid_out = False
        self.call_after_refresh(self._mark_laid_out)
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
        if self._is_watched:
            # What has come already is awaited no more.
            walk.look(self.frame.state, self.frame.now, self.frame.events)
            self._let_time_pass()
        if self._plays_back and walk.stage not in ("reveal", "proof"):
            self.begin(self.scenario, "exact")
        if walk.stage == "task":
            self.set_focus(self.query_one(ThreadsPane))
        self._look_for_more()
        self._remember()
        if self._following is not None:
            self._following.say(walk.lesson, walk.index)
        self.stale = True
        self.pull()

    def _mark_laid_out(self) -> None:
        self._is_laid_out = True

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

    def _let_time_pass(self) -> None:
        """As long as the card waits for something in the session, unless it is to be read first."""
        walk = self.walk
        self._waits = walk.wants_time
        card = walk.card
        reads_first = card is not None and card.pause and walk.chosen is None
        self.session.command(ResumeTime() if self._waits and not reads_first else PauseTime())

    async def action_turn(self, step: int) -> None:
        if not self._is_laid_out:
            # A key that comes before the card does is kept for it: the one to enter is scheduled already.
            self.call_after_refresh(self.action_turn, step)
            return
        card = self.query_one(CardPane)
        self._page = min(self._page, card.pages - 1)
        if 0 <= self._page + step < card.pages:
            self._page += step
            self.pull()
            return
        if step > 0 and not self.walk.done and not self._fulfil():
            return
        if self.walk.turn(step):
            self._enter()
        elif step > 0:
            self._next_lesson()

    async def action_turn_by_arrow(self, step: int) -> None:
        await self.action_turn(step)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Arrows and enter turn cards where nothing else needs them."""
        if action == "turn_by_arrow":
            return self.walk.stage not in ("task", "reveal") and self.zoomed is None and self.player is None
        return super().check_action(action, parameters)

    def _fulfil(self) -> bool:
        """Bring about what the card waits for. Returns whether to turn on all the same."""
        walk, card = self.walk, self.walk.card
        sure, self._skips = self._skips, True
        if card is None or (sure and self._has_tried):
            return sure
        self._has_tried = sure
        if walk.question is not None and not sure:
            self.tell("press the number of your answer; <lesson.on> again shows the answer")
        elif card.press and not walk.was_pressed and not sure:
            self.tell(f"press <{card.press}> yourself; <lesson.on> again does it for you")
        elif walk.question is not None:
            walk.show_answer(self.frame.now)
            self._look_for_more()
            self._bring()
        elif self._is_watched:
            self._has_tried = True
            self._bring()
        else:
            self._has_tried = True
            self.tell("the checker still looks for the answer; <lesson.on> again goes on all the same")
        return False

    def _bring(self) -> None:
        """The world to the moment that the card speaks of."""
        if not self._is_watched:
            self.pull()
            return
        if not self._world.perform(self.walk):
            self.tell("what the card waits for does not come; <lesson.on> again goes on all the same")
        self._waits = False
        self.stale = True
        self.pull()
        if self.walk.grade is not None:
            self._turn_to_grade()

    def _turn_to_grade(self) -> None:
        """What came of the answer is on the last page."""
        self._remember()
        self._page = self.query_one(CardPane).pages - 1
        self.pull()

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
        self._plays_back, self._waits = False, False
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
        elif str(digit) not in self.walk.question.keys:
            keys = self.walk.question.keys
            self.tell(f"answers are {', '.join(keys[:-1])} and {keys[-1]}")
        else:
            self.walk.answer(self.walk.question.keys.index(str(digit)), self.frame.now)
            if self._is_watched:
                self._let_time_pass()
            self._look_for_more()
            self.pull()
            self._turn_to_grade()

    def action_again(self) -> None:
        """The question, where it was answered wrong; the attempt from its start."""
        if self.walk.stage == "task":
            self.begin(self.scenario, "exact")
            self.set_focus(self.query_one(ThreadsPane))
            self.tell("your attempt begins anew")
        elif self.walk.retry():
            self._page, self._skips, self._has_tried = 0, False, False
            self.pull()
        else:
            self.tell("once more: a question that was answered wrong, or an attempt to break something")

    async def action_outline(self) -> None:
        names = outline(self.walk)
        await self.open_dialog(OutlineScreen(names, self.walk.index), self._jump)

    def _jump(self, index: int | None) -> None:
        """To that card, with the world at the moment at which it begins."""
        walk = self.walk
        if index is None:
            return
        if self.walk.lesson.scenario is not None and not walk.lesson.is_race:
            self.begin(self.scenario, "exact")
            before = Walk(walk.lesson)
            while before.index < min(index, len(walk.lesson.cards)):
                self._world.perform(before)
                before.turn(1)
        walk.go_to(index)
        if walk.grade is None or self._is_watched:
            walk.forget()
        self._enter()

    def action_spotlight(self) -> None:
        """On the focused pane and the card; and off again."""
        self._lit = not self._lit
        self._shine()

    def _shine(self) -> None:
        for pane in self.query(Pane):
            pane.set_class(self._lit and not (pane.has_focus or pane.id in UNDIMMED), "-dimmed")
            pane.refresh()

    @on(events.DescendantFocus)
    def _follow_focus(self) -> None:
        if self._lit:
            self._shine()

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
