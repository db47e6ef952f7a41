"""What steps of a scenario want of the screen of a running session: questions to the class, and pictures."""

import os
import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from msgmux.commands import Mark, PauseTime, ResumeTime
from msgmux.events import Event, Note
from msgmux.scenario import Scenario
from msgmux.scenario.model import Action, Ask, Screenshot
from msgmux_tui import scenarios
from msgmux_tui.screens.ask import AskScreen
from msgmux_tui.screens.browsing import BrowsingScreen
from msgmux_tui.screens.first import Place
from msgmux_tui.session import Kind, Session, runs_exactly
from msgmux_tui.widgets.drawing import clock


class ScriptedScreen(BrowsingScreen, inherit_bindings=False):
    """A screen that asks the questions of its scenario's ``ask`` steps, and takes the pictures of ``screenshot`` steps.

    Only what the scenario itself contains is done, and only in a session of this program: an event of a recording or of
    another program makes nothing happen.
    """

    scenario: Scenario
    # Questions that are due and not asked yet; how many were answered right, and how many were asked; pictures taken.
    _due: list[Ask]
    _right: int
    _asked_count: int
    _taken: set[str]

    @abstractmethod
    def begin(self, scenario: Scenario, kind: Kind) -> None:
        """Close the current session and start one on ``scenario`` in its place."""

    def begin_script(self) -> None:
        """Forget the answers and pictures of the scenario that was shown before."""
        self._due, self._right, self._asked_count, self._taken = [], 0, 0, set()

    @property
    def answers_words(self) -> str:
        """``2 of 3 questions answered right``; empty if nothing was asked."""
        if not self._asked_count:
            return ""
        questions = "question" if self._asked_count == 1 else "questions"
        return f"{self._right} of {self._asked_count} {questions} answered right"

    def heed(self, session: Session, events: Sequence[Event]) -> None:
        """Note what these events of ``session`` ask for, and do what can be done now."""
        if session.kind in ("threads", "exact"):
            for event in events:
                if isinstance(event, Note):
                    self._heed_note(event)
        if self._due and self.player is None and self.is_mounted and self.app.screen is self:
            self.call_later(self._ask_next)

    def _heed_note(self, note: Note) -> None:
        for action in self.scenario.actions():
            match action:
                case Ask(question) if note.about == "ask" and question == note.text:
                    self._due.append(action)
                    return
                case Screenshot(name) if note.about == "screenshot" and name == note.text:
                    # A repeated step takes one picture.
                    if name not in self._taken:
                        self._taken.add(name)
                        self.call_after_refresh(self._take_picture, name)
                    return
                case _:
                    pass

    async def _ask_next(self) -> None:
        """Ask the next question. Time has been paused by the session itself, at the step's own moment."""
        if not self._due or self.app.screen is not self:
            return
        await self.ask(self._due.pop(0))

    async def ask(self, ask: Ask) -> None:
        """Ask whoever sits here."""
        if not self.session.paused:
            self.session.command(PauseTime())

        def answered(index: int | None) -> None:
            right = index == ask.answer
            self._asked_count += 1
            self._right += right
            words = (
                "not answered" if index is None else f"answered {ask.choices[index]}, {'right' if right else 'wrong'}"
            )
            # Kept with the session: a recording has it as a marker.
            self.session.command(Mark(f"{ask.question} {words}"[:400]))
            self.session.command(ResumeTime())
            self.pull()
            self.tell(self.answers_words)

        await self.open_dialog(AskScreen(ask, self.glyphs), answered)

    # The command palette

    def places(self) -> Iterable[Place]:
        """The bundled scenarios, to start one, and the steps of the present one, to go to its moment."""
        for name in scenarios.names():
            title = scenarios.read(name).title
            yield f"Scenario: {name}", f"{title}; what is here now ends", partial(self._start, name)
        for step in self.scenario.steps:
            if step.every is None:
                words = ", ".join([_step_words(action) for action in step.actions])
                yield f"Step at {clock(step.at)}: {words}", "Go to this moment of the past", partial(self._go, step.at)

    def _start(self, name: str) -> None:
        self.begin(scenarios.read(name), "exact" if runs_exactly(self.session) else "threads")

    def _go(self, seconds: float) -> None:
        now = self.session.timeline.end
        if seconds > now:
            self.tell(f"that is to come: it is {clock(now)} now, and the step is due at {clock(seconds)}")
            return
        if self.player is None:
            self.action_history()
        self.seek(seconds)

    def _take_picture(self, name: str) -> None:
        path = _free_path(f"{self.stem}-{name}")
        try:
            self.tell(f"the scenario's picture is saved as {self.app.save_screenshot(path.name, os.getcwd())}")
        except OSError as error:
            self.tell(f"{path.name} can't be written: {error.strerror}; start the program in a folder of yours")


def _step_words(action: Action) -> str:
    """``say``, ``stall billing``: what a step does, in a word or two."""
    kind = type(action).__name__
    words = "".join([f" {letter.lower()}" if letter.isupper() else letter for letter in kind]).strip()
    about = getattr(action, "name", "") or getattr(action, "text", "") or getattr(action, "question", "")
    return f"{words} {about[:40]}".strip()


def _free_path(words: str) -> Path:
    """A path in the present folder that does not exist yet, with nothing of ``words`` that could leave the folder."""
    stem = re.sub(r"[^\w.-]+", "-", words).strip(".-")[:80] or "picture"
    path, number = Path.cwd() / f"{stem}.svg", 2
    while path.exists():
        path, number = path.with_name(f"{stem}-{number}.svg"), number + 1
    return path
