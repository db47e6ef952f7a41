"""The base class of all sessions: pause and speed, and commands that are accepted or refused, and answered."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from msgmux.commands import AnyCommand, Capabilities, Command, Outcome, PauseTime, ResumeTime, SetSpeed, Step
from msgmux.errors import MsgmuxError
from msgmux_tui.session.answers import Answers
from msgmux_tui.session.protocol import SPEEDS

LONGEST = 0.25
"""The most wall-clock seconds that one poll catches up with, so that a delayed screen causes no leap in the session."""


class BasicSession(ABC):
    """``clock`` is the wall clock, in seconds."""

    capabilities: Capabilities

    def __init__(self, clock: Callable[[], float], *, paused: bool = False) -> None:
        self._clock = clock
        self._polled = clock()
        self._paused = paused
        self._speed = 1.0
        self._answers = Answers(clock)
        self._closed = False

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def busy(self) -> bool:
        return self._answers.waiting

    @property
    def closed(self) -> bool:
        return self._closed

    def wait_closed(self, timeout: float) -> bool:
        """Wait until :meth:`close` has completed. Returns whether it has; most sessions close at once."""
        return self._closed

    def command(self, command: AnyCommand) -> int:
        id = self._answers.number(command)
        if type(command) not in self.capabilities:
            self._answers.answer(id, Outcome(self._refusal(command), ok=False))
        elif isinstance(command, PauseTime | ResumeTime | SetSpeed | Step):
            self._answers.answer(id, self._change_time(command))
        else:
            self._give(id, command)
        return id

    def tell(self, text: str) -> None:
        """Put a notice, which answers no command, into the next frame."""
        self._answers.answer(0, Outcome(text))

    @abstractmethod
    def _refusal(self, command: Command) -> str:
        """The text that says why this session does not accept ``command``, and what to do instead."""

    @abstractmethod
    def _give(self, id: int, command: AnyCommand) -> None:
        """Perform the accepted command ``id``, now or later, and answer it."""

    def _elapsed(self) -> float:
        """Session seconds since the last poll: at most :data:`LONGEST` wall-clock seconds, times the speed."""
        now = self._clock()
        elapsed, self._polled = min(now - self._polled, LONGEST), now
        return elapsed * self._speed

    # Time

    def _change_time(self, command: PauseTime | ResumeTime | SetSpeed | Step) -> Outcome:
        try:
            match command:
                case PauseTime():
                    self._pause()
                case ResumeTime():
                    self._resume()
                case SetSpeed(factor):
                    if not SPEEDS[0] <= factor <= SPEEDS[-1]:
                        raise MsgmuxError(f"speed must be from {SPEEDS[0]:g} to {SPEEDS[-1]:g}; got {factor!r}")
                    self._speed = factor
                    self._steer()
                case Step(notable):
                    self._step(notable=notable)
        except MsgmuxError as error:
            return Outcome(str(error), ok=False)
        return Outcome("")

    def _pause(self) -> None:
        self._paused = True
        self._steer()

    def _resume(self) -> None:
        self._paused = False
        self._polled = self._clock()
        self._steer()

    @abstractmethod
    def _step(self, *, notable: bool) -> None:
        """While paused: run to the next event, or with ``notable`` to the next notable one.

        Raises :class:`MsgmuxError`, which becomes a failed outcome.
        """

    def _steer(self) -> None:  # noqa: B027 - most have nothing to do
        """Called after a change of pause or speed. Most sessions need nothing here: they read both in each poll."""
