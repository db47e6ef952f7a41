"""A pane in a dialog over the session screen, updated with it: the inspector, the invariants, the legend."""

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.pane import Pane


class Sheet(Dialog[None], inherit_bindings=False):
    """``rows`` is the height of the content. ``pick`` is called with the seq of a message picked in ``pane``."""

    BINDINGS = keymap.bindings("dialog", keymap.DIALOG)

    def __init__(self, pane: Pane, rows: int, *, pick: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self._pane, self._height, self._pick = pane, rows + 2, pick

    def compose(self) -> ComposeResult:
        self._pane.add_class("sheet")
        self._pane.styles.height = self._height
        yield self._pane

    def show(self, view: View) -> None:
        """Draw the pane from the same view as the screen under it."""
        self._pane.show(view)

    @on(Pane.MessagePicked)
    def _picked(self, message: Pane.MessagePicked) -> None:
        if self._pick is not None:
            self._pick(message.seq)

    def action_yes(self) -> None:
        _ = self.dismiss()

    def action_no(self) -> None:
        _ = self.dismiss()
