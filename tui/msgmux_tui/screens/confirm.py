"""A yes-or-no question that is answered by a key."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog


class ConfirmScreen(Dialog[bool], inherit_bindings=False):
    """Answers True to enter or to the key of ``action``, which asked; False to escape or another closing key."""

    BINDINGS = keymap.bindings("dialog", keymap.DIALOG)

    def __init__(self, question: str, *, action: str) -> None:
        super().__init__()
        self._question, self._action = question, action

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield Static(
                self.keymap.fill(f"<dialog.yes> or <{self._action}>: yes    <dialog.no>: no"),
                classes="hint",
                markup=False,
            )

    def on_key(self, event: events.Key) -> None:
        again = self.keymap[self._action]
        if event.key in again.pressed or event.character in again.keys:
            event.stop()
            _ = self.dismiss(True)

    def action_yes(self) -> None:
        _ = self.dismiss(True)

    def action_no(self) -> None:
        _ = self.dismiss(False)
