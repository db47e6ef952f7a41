"""The session that a lesson watches, and how its time is advanced to the moment that a card is about."""

from collections.abc import Callable

from msgmux.commands import PauseTime, ResumeTime
from msgmux_tui.keys.giving import command_of
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.model import Forecast
from msgmux_tui.session import Frame, Session

FRAME = 0.05
"""Seconds of the session from one look to the next, on a screen and without one: so both see the same moments."""
PATIENCE = 120.0
"""Seconds of the session within which what a card waits for must come true."""


class LessonClock:
    """The wall clock plus the time that was skipped, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.ahead = 0.0

    def __call__(self) -> float:
        return self._clock() + self.ahead


class World:
    """``session`` is paced by ``clock``; ``poll`` takes its next frame in, for whoever shows it."""

    def __init__(self, session: Session, clock: LessonClock, poll: Callable[[], Frame]) -> None:
        self.session, self._clock, self._take = session, clock, poll
        self._now = 0.0

    @property
    def now(self) -> float:
        """Seconds of the session, by its last frame."""
        return self._now

    def bring(self, attempt: Attempt, until: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Skip time until ``until()`` is true, at most ``seconds`` of the session; then pause. Returns ``until()``."""
        self._poll(attempt)
        for _ in range(round(seconds / FRAME)):
            if until():
                break
            if self.session.paused:
                self.session.command(ResumeTime())
            self._clock.ahead += FRAME
            self._poll(attempt)
        self.session.command(PauseTime())
        return until()

    def _poll(self, attempt: Attempt) -> Frame:
        """The next frame; what happens in it is taken in."""
        frame = self._take()
        self._now = frame.now
        attempt.look(frame.state, frame.now, frame.events)
        return frame

    def press(self, attempt: Attempt) -> None:
        """Do what the key that the card asks for does, to whom it is about."""
        card = attempt.card
        if card is None or not card.press:
            return
        command = command_of(card.press, self._poll(attempt).state, card.who)
        if command is not None:
            self.session.command(command)
        attempt.press(card.press)

    def perform(self, attempt: Attempt) -> bool:
        """All of the card that happens in the world: its key, its wait, the future that its question is about."""
        card = attempt.card
        if card is None:
            return True
        if not attempt.was_pressed:
            self.press(attempt)
        came = card.wait is None or self.bring(attempt, lambda: attempt.came_true)
        if card.ask is not None and isinstance(card.ask.run, Forecast) and attempt.grade is None:
            if attempt.chosen is None:
                attempt.answer(card.ask.answer, self._poll(attempt).now)
            came = self.bring(attempt, lambda: attempt.grade is not None, card.ask.run.after + 2 * FRAME) and came
        return came
