"""The session screen's commands to the session, given by keys, the command palette and forms.

They change producers, consumers, the queue's settings, and time.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import TypeVar

from msgmux.commands import (
    AddConsumer,
    AddProducer,
    AnyCommand,
    Changes,
    Configure,
    ConsumerSpec,
    Direction,
    PauseTime,
    ProducerSpec,
    ResumeTime,
    Selection,
    SetConsumer,
    SetProducer,
    SetSpeed,
    Step,
)
from msgmux.scenario.performer import free_name
from msgmux_tui.keys.action import Action
from msgmux_tui.keys.giving import GIVING, NOBODY, is_taken
from msgmux_tui.panes import CleanerPane, ListPane, ProducersPane
from msgmux_tui.screens import forms
from msgmux_tui.screens.first import FirstScreen
from msgmux_tui.session import SPEEDS, Frame, Session
from msgmux_tui.viewmodel.selection import Choice

T = TypeVar("T")

SAMPLES: dict[str, AnyCommand] = {
    "cast.add": AddProducer(),
    "queue.edit": Configure({}),
    "time.step": Step(),
    "time.faster": SetSpeed(1.0),
}
"""By action: a command to send to a session that does not accept it, so that the session's own refusal is shown."""


class CommandScreen(FirstScreen, inherit_bindings=False):
    """The commands of a screen that shows a session. Subclasses decide what is displayed."""

    choice: Choice
    # Commands for the selected producer or consumer, delayed until the selection is known (see `undecided`).
    waiting: list[Callable[[], None]]

    @property
    @abstractmethod
    def session(self) -> Session:
        """The session that is shown and that receives the commands."""

    @property
    @abstractmethod
    def frame(self) -> Frame:
        """The last frame of that session."""

    @abstractmethod
    def pull(self) -> None:
        """Take one frame from the session and draw it."""

    # Wall-clock time in seconds; only differences are used.
    clock: Callable[[], float]

    def knows(self, action: Action) -> bool:
        return super().knows(action) and is_taken(action.id, self.session.capabilities)

    def offers(self, action: str) -> bool:
        """Return whether the session accepts this action's command; if not, show the session's own refusal."""
        if is_taken(action, self.session.capabilities):
            return True
        self.session.command(SAMPLES[action])
        self.pull()
        return False

    # The target of a command

    @property
    def undecided(self) -> bool:
        """Whether the selection depends on a command still in progress (``p``, then ``P`` before ``p`` is done)."""
        return self.session.busy or self.choice.expected is not None

    def action_give(self, action: str) -> None:
        """Send the command of this action, as soon as its target is known."""
        giving = GIVING[action]

        def give() -> None:
            who: Selection | None = NOBODY
            if giving.whom == "either":
                who = self.choice.selected
            elif giving.whom is not None:
                name = self.choice.of(giving.whom, self.frame.state)
                who = None if name is None else Selection(giving.whom, name)
                if who is None:
                    self.tell(f"there is no {giving.whom}; <{giving.whom}.add> adds one")
            if who is not None:
                self.session.command(giving.make(self.frame.state, who))

        self._soon(give)

    def _soon(self, give: Callable[[], None]) -> None:
        if self.undecided or self.waiting:
            self.waiting.append(give)
        else:
            give()
        self.pull()

    # Exact values, by forms

    async def action_add_by_form(self) -> None:
        if not self.offers("cast.add"):
            return
        state = self.frame.state

        def add_producer(spec: ProducerSpec | None) -> None:
            if spec is not None:
                self._soon(lambda: self._command(AddProducer(spec)))

        def add_consumer(spec: ConsumerSpec | None) -> None:
            if spec is not None:
                self._soon(lambda: self._command(AddConsumer(spec)))

        if isinstance(self.focused, ProducersPane):
            await self.open_dialog(
                forms.new_producer(free_name("P", state.producer_tags, state.producers), state), add_producer
            )
        else:
            await self.open_dialog(
                forms.new_consumer(free_name("C", state.consumer_tags, state.consumers), state), add_consumer
            )

    async def action_edit(self) -> None:
        if isinstance(self.focused, ListPane | CleanerPane) or self.choice.selected is None:
            await self.action_edit_queue()
        else:
            await self._edit_one(self.choice.selected)

    async def _edit_one(self, who: Selection) -> None:
        if not is_taken("cast.edit.one", self.session.capabilities):
            if Configure in self.session.capabilities:
                self.tell(f"only its own program knows how {who.name} works; <queue.edit> is about the queue")
            else:
                self.offers("queue.edit")
            return

        def set_producer(spec: ProducerSpec | None) -> None:
            if spec is not None:
                self._command(SetProducer(spec.name, spec.rate, spec.payload))

        def set_consumer(spec: ConsumerSpec | None) -> None:
            if spec is not None:
                self._command(SetConsumer(spec.name, spec.work))

        state = self.frame.state
        if (putting := state.producers.get(who.name)) is not None and who.role == "producer":
            if (spec := putting.spec) is not None:
                await self.open_dialog(forms.producer(spec), set_producer)
                return
        elif (reading := state.consumers.get(who.name)) is not None and who.role == "consumer":
            if (reader := reading.spec) is not None:
                await self.open_dialog(forms.consumer(reader), set_consumer)
                return
        else:
            self.tell(f"{who.name} is not here any more")
            return
        self.tell(f"{who.name} is no sample {who.role}: only its own program knows how it works")

    async def action_edit_queue(self) -> None:
        if not self.offers("queue.edit"):
            return

        def configure(changes: Changes | None) -> None:
            if changes:
                self._command(Configure(changes))

        if self.frame.link.phase == "connecting":
            self.tell("connecting: the settings are not known yet")
            return
        await self.open_dialog(forms.queue(self.frame.state.settings), configure)

    # Time and the queue

    def action_pause(self) -> None:
        if self.session.paused:
            self.session.command(ResumeTime())
            self.tell("")  # the last notice was about the pause
        else:
            self.session.command(PauseTime())
            self.tell("paused: nothing ages. <time.step> goes one event on, <time.pause> goes on")

    def action_step(self, notable: bool = False) -> None:
        if not self.offers("time.step"):
            return
        if self.session.paused:
            self._command(Step(notable))
        else:
            self.tell(
                "<time.step> goes one event on while paused, <time.step_far> to something notable; <time.pause> pauses"
            )

    def action_speed(self, direction: Direction) -> None:
        if not self.offers("time.faster"):
            return
        at = min(range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - self.session.speed))
        speed = SPEEDS[min(max(at + direction, 0), len(SPEEDS) - 1)]
        self.session.command(SetSpeed(speed))
        self.tell("speed ×1: real time" if speed == 1 else f"speed ×{speed:g}")

    def _command(self, command: AnyCommand) -> None:
        """Send the command and draw a frame, which shows its effect if it has been performed by then."""
        self.session.command(command)
        self.pull()
