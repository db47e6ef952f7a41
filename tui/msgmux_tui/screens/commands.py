"""What the session's screen commands: producers, consumers, the queue and time, by keys, palette and forms."""

from abc import abstractmethod
from collections.abc import Callable

from msgmux.scenario import Changes, ConsumerSpec, ProducerSpec
from msgmux_tui.panes import CleanerPane, ListPane, ProducersPane
from msgmux_tui.screens import forms
from msgmux_tui.screens.first import FirstScreen
from msgmux_tui.session import SPEEDS, Direction, Frame, Session
from msgmux_tui.session.records import Role, Selection
from msgmux_tui.viewmodel.selection import Choice


class CommandScreen(FirstScreen, inherit_bindings=False):
    """The commands of a screen that shows a session; what it shows is its subclass's matter."""

    choice: Choice
    # Commands to the selected one, while it is not known yet who that is.
    waiting: list[Callable[[], None]]

    @property
    @abstractmethod
    def session(self) -> Session:
        """What is shown and commanded."""

    @property
    @abstractmethod
    def frame(self) -> Frame:
        """Its last frame."""

    @abstractmethod
    def pull(self) -> None:
        """Show what has come of a command."""

    # Seconds of the wall.
    clock: Callable[[], float]

    # Whom a command is for

    @property
    def undecided(self) -> bool:
        """Who is selected depends on a command that is still being performed: p, and then P before p is done."""
        return self.session.busy or self.choice.expected is not None

    def _with(self, role: Role, command: Callable[[str], None]) -> None:
        """Give a command to the one of this role, as soon as it is clear who that is."""

        def give() -> None:
            name = self.choice.of(role, self.frame.state)
            if name is None:
                self.tell(f"there is no {role}; <{role}.add> adds one")
            else:
                command(name)

        self._soon(give)

    def _soon(self, give: Callable[[], None]) -> None:
        if self.undecided or self.waiting:
            self.waiting.append(give)
        else:
            give()
        self.pull()

    # Producers and consumers

    def action_add_producer(self) -> None:
        self._soon(self.session.add_producer)

    def action_add_consumer(self) -> None:
        self._soon(self.session.add_consumer)

    def action_remove_producer(self) -> None:
        self._with("producer", self.session.remove_producer)

    def action_remove_consumer(self) -> None:
        self._with("consumer", self.session.remove_consumer)

    def action_undo(self) -> None:
        self._soon(self.session.undo)

    def action_quicken(self, direction: Direction) -> None:
        def quicken() -> None:
            if self.choice.selected is not None:
                self.session.quicken(self.choice.selected, direction)

        self._soon(quicken)

    def action_stall(self) -> None:
        def stall_or_resume(name: str) -> None:
            runs = self.frame.state.consumers[name].status == "running"
            (self.session.stall if runs else self.session.resume_consumer)(name)

        self._with("consumer", stall_or_resume)

    def action_crash(self) -> None:
        self._with("consumer", self.session.crash)

    def action_burst(self) -> None:
        self._with("producer", self.session.burst)

    # Exact values, by forms

    async def action_add_by_form(self) -> None:
        state = self.frame.state

        def add_producer(spec: ProducerSpec | None) -> None:
            if spec is not None:
                self._soon(lambda: self.session.add_producer(spec))

        def add_consumer(spec: ConsumerSpec | None) -> None:
            if spec is not None:
                self._soon(lambda: self.session.add_consumer(spec))

        if isinstance(self.focused, ProducersPane):
            await self.open_dialog(forms.new_producer(self.session.free_name("producer"), state), add_producer)
        else:
            await self.open_dialog(forms.new_consumer(self.session.free_name("consumer"), state), add_consumer)

    async def action_edit(self) -> None:
        if isinstance(self.focused, ListPane | CleanerPane) or self.choice.selected is None:
            await self.action_edit_queue()
        else:
            await self._edit_one(self.choice.selected)

    async def _edit_one(self, who: Selection) -> None:
        def set_producer(spec: ProducerSpec | None) -> None:
            if spec is not None:
                self.session.set_producer(spec.name, spec.rate, spec.payload)
                self.pull()

        def set_consumer(spec: ConsumerSpec | None) -> None:
            if spec is not None:
                self.session.set_consumer(spec.name, spec.work)
                self.pull()

        if who.role == "producer" and (producer := self.session.producer_spec(who.name)) is not None:
            await self.open_dialog(forms.producer(producer), set_producer)
        elif who.role == "consumer" and (consumer := self.session.consumer_spec(who.name)) is not None:
            await self.open_dialog(forms.consumer(consumer), set_consumer)
        else:
            self.tell(f"{who.name} is not here any more")

    async def action_edit_queue(self) -> None:
        def configure(changes: Changes | None) -> None:
            if changes:
                self.session.configure(changes)
                self.pull()

        await self.open_dialog(forms.queue(self.frame.state.settings), configure)

    # Time and the queue

    def action_pause(self) -> None:
        if self.session.paused:
            self.session.resume()
            self.tell("")  # what there was to read was about the pause
        else:
            self.session.pause()
            self.tell("paused: nothing ages. <time.step> goes one event on, <time.pause> goes on")

    def action_step(self, notable: bool = False) -> None:
        if self.session.paused:
            self.session.step(notable=notable)
            self.pull()
        else:
            self.tell(
                "<time.step> goes one event on while paused, <time.step_far> to something notable; <time.pause> pauses"
            )

    def action_speed(self, direction: Direction) -> None:
        at = min(range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - self.session.speed))
        speed = self.session.speed = SPEEDS[min(max(at + direction, 0), len(SPEEDS) - 1)]
        self.tell("time passes as on the wall" if speed == 1 else f"time passes ×{speed:g}")

    def action_retention(self, direction: Direction) -> None:
        self.session.retention(direction)
        self.pull()

    def action_mark(self) -> None:
        self.session.marker()
        self.pull()
