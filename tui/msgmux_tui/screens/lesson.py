"""The lesson screen: the session screen with a panel of cards, turned by the page keys."""

import time
from collections.abc import Callable, Iterable
from functools import partial

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult

from msgmux.commands import Selection
from msgmux_tui import lessons
from msgmux_tui.keys import actions as keymap
from msgmux_tui.keys.footers import QUESTION_FOOTER, READING_FOOTER
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.model import Lesson
from msgmux_tui.lessons.notes import Following
from msgmux_tui.lessons.progress import Progress
from msgmux_tui.lessons.wording import card_view, outline
from msgmux_tui.panes import CardPane, ThreadsPane
from msgmux_tui.screens.first import Place
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.screens.lesson_session import LessonSessionScreen, shown_scenario
from msgmux_tui.screens.outline import OutlineScreen
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import CardView, View
from msgmux_tui.widgets.pane import Pane

UNDIMMED = ("card", "header", "caption", "scrub")
"""Ids of the panes that the spotlight never dims."""
LOWER = ("cleaner", "events")
"""Ids of the panes of the lower row; on low terminals they share the place of the upper row."""


class LessonScreen(LessonSessionScreen):
    """Runs ``lesson`` from its first card, then the lessons after it. ``presenter`` makes the card large."""

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
        self._following = following
        self._presenter = presenter
        self._page = 0
        # Is the present card laid out? Before, nobody knows how many pages it has, nor what it waits for.
        self._is_laid_out = False
        # `_skips`: the key that turns on was pressed although the card still waits for something.
        # `_has_tried`: the lesson has then tried to bring that about itself.
        self._skips = self._has_tried = False
        self._spotlight = False
        self._card: CardView | None = None
        # The card whose question the class has been asked.
        self._asked_card: int | None = None
        # The footer, and the digits in it, that the bindings were last refreshed for.
        self._told_footer: tuple[dict[str, str] | None, str] = (None, "")
        super().__init__(lesson, glyphs, progress=progress, keymap=keymap, notice=notice, timer=timer, clock=clock)
        self.set_class(presenter, "-presenter")

    def compose_more(self) -> ComposeResult:
        yield CardPane(id="card", glyphs=self.glyphs)

    def on_mount(self) -> None:
        super().on_mount()
        self.call_after_refresh(self._open_card)

    # Frames

    def pull(self) -> None:
        super().pull()
        told = (self._footer(), self._digits)
        if self._told_footer != told:
            self._told_footer = told
            self.refresh_bindings()
        if self.is_mounted and self._card_view() != self._card:
            self.paint()

    @property
    def _digits(self) -> str:
        question = self.attempt.question
        if question is None:
            return super()._digits
        return f"{self.keymap.key(f'digit.{question.keys[0]}')}-{self.keymap.key(f'digit.{question.keys[-1]}')}"

    def _footer(self) -> dict[str, str] | None:
        if self.player is None and self.attempt.question is not None:
            return QUESTION_FOOTER
        if self.player is None and self.has_class("-reading"):
            return READING_FOOTER
        return super()._footer()

    def view(self) -> View:
        self._card = self._card_view()
        return replace(super().view(), card=self._card)

    def _card_view(self) -> CardView:
        return card_view(
            self.attempt,
            self.keymap,
            self.glyphs,
            page=self._page,
            large=self._presenter,
            progress=self._progress_words,
        )

    def present(self) -> None:
        """Send the card to the pages too, and its question as one to the class, until it is answered here."""
        pages = self.presentation
        if pages is None:
            return
        attempt, shown = self.attempt, self._card
        if shown is not None:
            pages.card(shown.title, "\n\n".join([paragraph.text for paragraph in shown.paragraphs]))
        card = attempt.index if attempt.card is not None and attempt.card.ask is not None else None
        if card != self._asked_card:
            self._asked_card = card
            pages.take_away()
            if card is not None and attempt.question is not None and attempt.grade is None:
                question = attempt.question
                pages.ask(question.text, question.choices, question.answer)
        if attempt.grade is not None and pages.asks and not pages.revealed and pages.question is not None:
            pages.reveal()
            self.keep_answers(pages.question, pages.counts)
        super().present()

    # The cards

    def _open_card(self) -> None:
        """Prepare the screen for the card that has just been turned to."""
        attempt, card = self.attempt, self.attempt.card
        self._page, self._skips, self._has_tried = 0, False, False
        self._is_laid_out = False
        self.call_after_refresh(self._mark_laid_out)
        # The last notice was about the previous card.
        self._notice = ""
        # While there is nothing to step through or to watch yet, the card takes the panes' room.
        self.set_class(attempt.lesson.is_race and attempt.stage in ("card", "code"), "-reading")
        self.set_class(attempt.stage == "code", "-code")
        if card is not None:
            if card.who:
                is_consumer = card.who in self.frame.state.consumers
                self.choice.select(Selection("consumer" if is_consumer else "producer", card.who))
            if card.pane and self.stepping is None:
                self.go_to(self.query_one(f"#{card.pane}", Pane), zoom=False)
        if self._is_watched:
            # The card's condition may hold already.
            attempt.look(self.frame.state, self.frame.now, self.frame.events)
            self._resume_or_pause()
        if self._plays_back and attempt.stage not in ("reveal", "proof"):
            self.begin(self.scenario, "exact")
        if attempt.stage == "task":
            self.set_focus(self.query_one(ThreadsPane))
        self._update_checking()
        self._remember()
        if self._following is not None:
            self._following.say(attempt.lesson, attempt.index)
        self.stale = True
        self.pull()

    def _mark_laid_out(self) -> None:
        # The card's pages are counted when it is drawn, and its room may have changed since.
        self.paint()
        self._is_laid_out = True

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
        if step > 0 and not self.attempt.done and not self._bring_about():
            return
        if self.attempt.turn(step):
            self._open_card()
        elif step > 0:
            self._next_lesson()

    async def action_turn_by_arrow(self, step: int) -> None:
        await self.action_turn(step)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let arrows and enter turn cards only where no pane uses these keys."""
        if action == "turn_by_arrow":
            return self.attempt.stage not in ("task", "reveal") and self.zoomed is None and self.player is None
        return super().check_action(action, parameters)

    def _bring_about(self) -> bool:
        """Try to bring about what the card waits for. Returns whether to turn to the next card anyway."""
        attempt, card = self.attempt, self.attempt.card
        sure, self._skips = self._skips, True
        if card is None or (sure and self._has_tried):
            return sure
        self._has_tried = sure
        if attempt.question is not None and not sure:
            self.tell("press the number of your answer; <lesson.on> again shows the answer")
        elif card.press and not attempt.was_pressed and not sure:
            self.tell(f"press <{card.press}> yourself; <lesson.on> again does it for you")
        elif attempt.question is not None:
            attempt.show_answer(self.frame.now)
            self._update_checking()
            self._run_to_moment()
        elif self._is_watched:
            self._has_tried = True
            self._run_to_moment()
        else:
            self._has_tried = True
            self.tell("the checker still looks for the answer; <lesson.on> again goes on all the same")
        return False

    def _run_to_moment(self) -> None:
        """Run the session on to the moment that the card describes."""
        if not self._is_watched:
            self.pull()
            return
        if not self._world.perform(self.attempt):
            self.tell("what the card waits for does not come; <lesson.on> again goes on all the same")
        self._waits = False
        self.stale = True
        self.pull()
        if self.attempt.grade is not None:
            self._turn_to_grade()

    def _turn_to_grade(self) -> None:
        """Show the card's last page, which tells whether the answer was right."""
        self._remember()
        self._page = self.query_one(CardPane).pages - 1
        self.pull()

    def _next_lesson(self) -> None:
        name = self.attempt.lesson.name
        at = lessons.ORDER.index(name) + 1 if name in lessons.ORDER else len(lessons.ORDER)
        if at >= len(lessons.ORDER):
            self.tell("this was the last lesson; <app.quit> quits")
            return
        self._start_lesson(lessons.ORDER[at])

    def action_hint(self) -> None:
        if self.attempt.stage != "task":
            self.tell("hints are for the card where something is to be broken")
        elif not self.attempt.hint():
            self.tell("these are all; <lesson.on> lets the checker find it")
        else:
            self.pull()
            self._page = self.query_one(CardPane).pages - 1
        self.pull()

    def action_digit(self, digit: int) -> None:
        """Answer the card's question; on a card without one, run the task of that number."""
        if self.attempt.question is None and self.has_class("-reading"):
            self.tell("there is nothing to answer here; whose turn it is you say where something is to be broken")
        elif self.attempt.question is None:
            super().action_digit(digit)
        elif str(digit) not in self.attempt.question.keys:
            keys = self.attempt.question.keys
            self.tell(f"answers are {', '.join(keys[:-1])} and {keys[-1]}")
        else:
            self.attempt.answer(self.attempt.question.keys.index(str(digit)), self.frame.now)
            if self._is_watched:
                self._resume_or_pause()
            self._update_checking()
            self.pull()
            self._turn_to_grade()

    def action_again(self) -> None:
        """Try again: the question, if it was answered wrong, or the schedule from its start."""
        if self.attempt.stage == "task":
            self.begin(self.scenario, "exact")
            self.set_focus(self.query_one(ThreadsPane))
            self.tell("your attempt begins anew")
        elif self.attempt.retry():
            self._page, self._skips, self._has_tried = 0, False, False
            self.pull()
        else:
            self.tell("once more: a question that was answered wrong, or an attempt to break something")

    async def action_outline(self) -> None:
        names = outline(self.attempt)
        await self.open_dialog(OutlineScreen(names, self.attempt.index), self._jump)

    def _jump(self, index: int | None) -> None:
        """Go to card ``index``, with the session at the moment at which that card begins. None: stay."""
        attempt = self.attempt
        if index is None:
            return
        if self.attempt.lesson.scenario is not None and not attempt.lesson.is_race:
            self.begin(self.scenario, "exact")
            before = Attempt(attempt.lesson)
            while before.index < min(index, len(attempt.lesson.cards)):
                self._world.perform(before)
                before.turn(1)
        attempt.go_to(index)
        if attempt.grade is None or self._is_watched:
            attempt.forget()
        self._open_card()

    def action_spotlight(self) -> None:
        """Dim all panes but the focused one and the card, or undo that."""
        self._spotlight = not self._spotlight
        self._apply_spotlight()

    def _apply_spotlight(self) -> None:
        for pane in self.query(Pane):
            pane.set_class(self._spotlight and not (pane.has_focus or pane.id in UNDIMMED), "-dimmed")
            pane.refresh()

    @on(events.DescendantFocus)
    def _follow_focus(self) -> None:
        if self._spotlight:
            self._apply_spotlight()

    def on_key(self, event: events.Key) -> None:
        """Note the key that the card waits for; the key's own action is performed as usual."""
        asked = self.attempt.card.press if self.attempt.card is not None else ""
        if asked and event.key in self.keymap[asked].pressed:
            self.attempt.press(asked)

    # The screen

    def go_to(self, pane: Pane, *, zoom: bool) -> None:
        self.set_class(pane.id in LOWER, "-lower")
        super().go_to(pane, zoom=zoom)

    async def action_open(self) -> None:
        """Start this lesson again from its first card."""
        self.attempt = Attempt(self.attempt.lesson)
        self.begin(self.scenario, "exact")
        self._open_card()

    def places(self) -> Iterable[Place]:
        """All lessons, to start one, and the cards of this one, to go to one."""
        for name in lessons.ORDER:
            yield f"Lesson: {name}", lessons.read(name).title, partial(self._start_lesson, name)
        for number, title in enumerate(outline(self.attempt)):
            yield f"Card: {title}", "Go to this card", partial(self._jump, number)

    def _start_lesson(self, name: str) -> None:
        self._stop_checking()
        self.attempt = Attempt(lessons.read(name))
        self.begin(shown_scenario(self.attempt.lesson), "exact")
        self._open_card()

    async def action_help(self) -> None:
        about = self.focused.HELP or "" if isinstance(self.focused, Pane) else ""
        await self.open_dialog(HelpScreen(f"{CardPane.HELP}\n\n{about}", self.session.capabilities))
