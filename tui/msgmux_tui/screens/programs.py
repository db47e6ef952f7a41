"""The dialog that chooses a program to watch. Its list of published queues is refreshed repeatedly."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from msgmux.errors import MsgmuxError
from msgmux_tui.keys import actions as keymap
from msgmux_tui.programs.found import HEADING, NOBODY, Found, row
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.session.worker import Worker

AGAIN_SECONDS = 1.0


class ProgramsScreen(Dialog[Found | None], inherit_bindings=False):
    """Answers with the chosen queue, or None. ``look`` asks all programs, in a worker: it may take a second."""

    BINDINGS = keymap.bindings("dialog", [action for action in keymap.DIALOG if action.id != "dialog.yes"])

    def __init__(self, look: Callable[[], Sequence[Found]]) -> None:
        super().__init__()
        self._look = look
        self._worker = Worker("programs")
        # Written by the worker thread, taken by the UI's timer: the queues found, or the error text.
        self._found: Sequence[Found] | str | None = None
        self._listed: list[Found] = []
        self._looking = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide"):
            yield Static("Programs that publish a queue", markup=False)
            yield Static(HEADING, classes="hint", markup=False)
            yield OptionList(markup=False)
            yield Static("looking…", id="nobody", markup=False)
            yield Static(self.keymap.fill("arrows, enter: watch it    <dialog.no>: none"), classes="hint", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self._begin()
        self.set_interval(AGAIN_SECONDS, self._begin)
        self.set_interval(0.05, self._take)

    def on_unmount(self) -> None:
        self._worker.close(0)

    def _begin(self) -> None:
        if not self._looking:
            self._looking = True
            self._worker.do(self._ask)

    def _ask(self) -> None:
        try:
            self._found = self._look()
        except MsgmuxError as error:
            self._found = str(error)

    def _take(self) -> None:
        """Show the worker's result, if there is a new one."""
        found, self._found = self._found, None
        if found is None:
            return
        self._looking = False
        words = found if isinstance(found, str) else "" if found else NOBODY
        nobody = self.query_one("#nobody", Static)
        nobody.update(words)
        nobody.display = bool(words)
        self._list([] if isinstance(found, str) else list(found))

    def _list(self, found: list[Found]) -> None:
        if found == self._listed:
            return
        options = self.query_one(OptionList)
        at = options.highlighted
        chosen = self._listed[at].place if at is not None else None
        self._listed = found
        options.clear_options()
        options.add_options([Option(row(one), disabled=one.listed is None) for one in found])
        places = [one.place for one in found]
        if found:
            options.highlighted = places.index(chosen) if chosen in places else 0

    @on(OptionList.OptionSelected)
    def _open(self, message: OptionList.OptionSelected) -> None:
        _ = self.dismiss(self._listed[message.option_index])

    def action_no(self) -> None:
        _ = self.dismiss(None)
