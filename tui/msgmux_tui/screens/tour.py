"""The guided tour: a dialog of cards over the running session. Each card focuses the pane that it describes."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.screens.tour_stops import CARDS
from msgmux_tui.theme.glyphs import Glyphs


class TourScreen(Dialog[None], inherit_bindings=False):
    """``light`` is called with the id of the pane that the shown card describes."""

    BINDINGS = [
        *keymap.bindings("tour", keymap.TOUR),
        *keymap.bindings("dialog", [action for action in keymap.DIALOG if action.id == "dialog.no"]),
    ]

    def __init__(self, light: Callable[[str], None], glyphs: Glyphs) -> None:
        super().__init__()
        self._light, self._glyphs = light, glyphs
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog card"):
            yield Static(id="card-title", classes="title", markup=False)
            yield Static(id="card-text", markup=False)
            yield Static(id="card-keys", classes="hint", markup=False)

    def on_mount(self) -> None:
        self._show()

    def action_turn(self, step: int) -> None:
        if self._at + step == len(CARDS):
            _ = self.dismiss()
            return
        self._at = max(0, self._at + step)
        self._show()

    def action_no(self) -> None:
        _ = self.dismiss()

    def _show(self) -> None:
        card = CARDS[self._at]
        on = "ends the tour" if self._at == len(CARDS) - 1 else "next card"
        back = "left: the card before   " if self._at else ""
        self.query_one("#card-title", Static).update(f"{self._at + 1} of {len(CARDS)}   {card.title}")
        self.query_one("#card-text", Static).update(self._glyphs.text(self.keymap.fill(card.text)))
        self.query_one("#card-keys", Static).update(
            self.keymap.fill(f"right or enter: {on}   {back}<dialog.no>: close")
        )
        # In the half of the screen that does not hide the described pane.
        self.set_class(card.pane != "list", "-above")
        self._light(card.pane)
