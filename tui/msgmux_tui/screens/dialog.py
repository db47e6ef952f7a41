"""The base class of all dialogs over the session screen, and the command palette."""

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.screen import ModalScreen, ScreenResultType

from msgmux_tui.keys.bindings import rebind
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.screens.steady import SteadyScreen


class ClosedOnce(SteadyScreen[ScreenResultType]):
    """A screen that closes only once, even if more keys arrive while it is closing.

    A key that was queued before the screen closed is still delivered to it. A second ``dismiss`` would make Textual
    pop the screen that is on top by then, or fail with ``ScreenStackError`` if that is the last one.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()


# ClosedOnce is the second base below because Textual takes a screen's CSS from its first base; in the method
# resolution order it still comes before Screen.


class Dialog(ModalScreen[ScreenResultType], ClosedOnce[ScreenResultType], inherit_bindings=False):
    """A modal screen: a question, a list or a text. The session under it keeps running.

    The screen that opens it sets ``keymap``.
    """

    keymap: Keymap = DEFAULT

    def on_mount(self) -> None:
        rebind(self.walk_children(with_self=True), self.keymap)


class Palette(CommandPalette, ClosedOnce[None]):
    """Textual's command palette, as a screen that closes only once."""

    def _watch__list_visible(self) -> None:
        # Textual's timers may still fire after the widgets have been removed.
        if self.query(CommandList):
            super()._watch__list_visible()
