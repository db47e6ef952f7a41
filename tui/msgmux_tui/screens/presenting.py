"""What the lecturer's screen does for the pages of the class: it sends its frames, asks questions, holds the pages."""

from pathlib import Path
from typing import TYPE_CHECKING

from msgmux.commands import Mark, PauseTime, ResumeTime
from msgmux.scenario.model import Ask
from msgmux_tui.screens.poll import AddressScreen, PollScreen, question_form
from msgmux_tui.screens.scripted import ScriptedScreen
from msgmux_tui.session import stepping
from msgmux_tui.viewmodel.watching import Watching
from msgmux_tui.web.polls import Question, append_csv, in_words

if TYPE_CHECKING:
    from msgmux_tui.web.presentation import Presentation

HOLD = "Look up, please."
NOT_PRESENTED = "this session is not presented; msgmux-tui present shows one to the class"


class PresentingScreen(ScriptedScreen, inherit_bindings=False):
    """A screen whose session can be presented. Without a ``presentation`` it is like any other."""

    presentation: "Presentation | None" = None
    answers: Path | None = None
    """A CSV file that gets the answers to every question."""
    # Time is resumed when the question that a step has asked is taken away.
    _resumes = False
    _why = ""

    def present(self) -> None:
        """Send the present frame to the pages: that of the running session, not of its history."""
        pages = self.presentation
        if pages is None:
            return
        watching: Watching = self.running or self.watching
        on_steps = stepping(watching.session)
        had, viewers = bool(pages.problem), pages.viewers
        pages.show(watching.session, watching.frame, on_steps.threads if on_steps is not None else None)
        if pages.problem and not had:
            self.tell(pages.problem)
        if pages.viewers != viewers:
            self.stale = True
        if isinstance(over := self.app.screen, PollScreen):
            over.show(pages.counts, pages.viewers, pages.revealed)

    async def action_class_address(self) -> None:
        pages = self.presentation
        if pages is None:
            self.tell(NOT_PRESENTED)
            return
        from msgmux_tui.web.codes import code_of

        await self.open_dialog(AddressScreen(pages.address, code_of(pages.address)))

    def action_class_hold(self) -> None:
        pages = self.presentation
        if pages is None:
            self.tell(NOT_PRESENTED)
            return
        pages.hold("" if pages.held else HOLD)
        self.tell("the pages are held: <class.hold> lets them go on" if pages.held else "the pages go on")

    async def action_class_ask(self) -> None:
        pages = self.presentation
        if pages is None:
            self.tell(NOT_PRESENTED)
        elif pages.asks:
            await self._show_poll()
        else:

            def asked(question: Question | None) -> None:
                if question is not None:
                    self._why, self._resumes = "", False
                    pages.ask(question.question, question.choices, question.right)
                    self.call_later(self._show_poll)

            await self.open_dialog(question_form(), asked)

    async def ask(self, ask: Ask) -> None:
        """Ask the question of a step: the class, if there is one; else whoever sits here."""
        pages = self.presentation
        if pages is None:
            await super().ask(ask)
            return
        if not self.session.paused:
            self.session.command(PauseTime())
        self._why, self._resumes = ask.why, True
        pages.ask(ask.question, tuple(ask.choices), ask.answer)
        await self._show_poll()

    async def _show_poll(self) -> None:
        pages = self.presentation
        if pages is None or pages.question is None:
            return

        def answered(ends: bool | None) -> None:
            if not ends or pages.question is None:
                if pages.asks:
                    self.tell("the question stays on the pages; <class.ask> shows the answers")
            elif not pages.revealed:
                pages.reveal()
                self.keep_answers(pages.question, pages.counts)
                self.call_later(self._show_poll)
            else:
                pages.take_away()
                if self._resumes:
                    self._resumes = False
                    self.session.command(ResumeTime())

        screen = PollScreen(pages.question, self.glyphs, why=self._why)
        await self.open_dialog(screen, answered)
        if self.app.screen is screen:
            screen.show(pages.counts, pages.viewers, pages.revealed)

    def keep_answers(self, question: Question, counts: tuple[int, ...]) -> None:
        """Keep the answers with the session, as a note, and in the file that was asked for."""
        if Mark in self.session.capabilities:
            self.session.command(Mark(in_words(question, counts)[:400]))
        if self.answers is not None:
            try:
                append_csv(self.answers, question, counts, self.frame.now)
            except OSError as error:
                self.tell(f"{self.answers} can't be written: {error.strerror}")
