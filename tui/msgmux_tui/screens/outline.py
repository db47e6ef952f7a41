"""The dialog that lists the cards of a lesson, to go to one of them."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog


class OutlineScreen(Dialog[int | None], inherit_bindings=False):
    """Answers with the index of the chosen card (from 0), or None. ``now`` is the index of the shown card."""

    BINDINGS = keymap.bindings("dialog", [action for action in keymap.DIALOG if action.id != "dialog.yes"])

    def __init__(self, titles: Sequence[str], now: int) -> None:
        super().__init__()
        self._titles, self._now = titles, now

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Go to a card; the lesson is brought to the moment at which it begins.", markup=False)
            yield OptionList(*self._titles, markup=False)
            yield Static(self.keymap.fill("arrows, enter: go there    <dialog.no>: stay"), classes="hint", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(OptionList).highlighted = self._now

    @on(OptionList.OptionSelected)
    def _go(self, message: OptionList.OptionSelected) -> None:
        _ = self.dismiss(message.option_index)

    def action_no(self) -> None:
        _ = self.dismiss(None)
