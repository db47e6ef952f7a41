"""The small screens over the session: what they have in common, and the command palette as one of them."""

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.screen import ModalScreen, Screen, ScreenResultType

from msgmux_tui.keys.bindings import rebind
from msgmux_tui.keys.keymap import DEFAULT, Keymap


class ClosedOnce(Screen[ScreenResultType]):
    """A screen that closes once, even if more keys arrive while it closes.

    A key that was on its way when the key before it closed the screen still arrives here. To Textual, closing twice
    means to close whatever is on top by then; and where that is the last screen, the program ends by an error.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()


# It comes second below, and before Screen all the same: Textual takes a screen's style from its first base.


class Dialog(ModalScreen[ScreenResultType], ClosedOnce[ScreenResultType], inherit_bindings=False):
    """A question, a list, a text. What is under it goes on. Whoever opens it gives it the keys."""

    keymap: Keymap = DEFAULT

    def on_mount(self) -> None:
        rebind(self.walk_children(with_self=True), self.keymap)


class Palette(CommandPalette, ClosedOnce[None]):
    """Textual's command palette."""

    def _watch__list_visible(self) -> None:
        # Its timers may still go off when its widgets are gone.
        if self.query(CommandList):
            super()._watch__list_visible()
