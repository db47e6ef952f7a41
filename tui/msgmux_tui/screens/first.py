"""What every screen is that the app can open with: words for its user, keys that can be remapped, and an end."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TypeVar

from textual.screen import Screen

from msgmux_tui.keys.actions import Action
from msgmux_tui.keys.keymap import Keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.session import Session
from msgmux_tui.theme.glyphs import Glyphs

T = TypeVar("T")


class FirstScreen(Screen[None], inherit_bindings=False):
    """The screen under all dialogs. ``own``: the session whose history is kept at the end, where there is one."""

    glyphs: Glyphs
    keymap: Keymap

    @property
    @abstractmethod
    def own(self) -> Session | None:
        """The session that has happened here."""

    @abstractmethod
    def tell(self, text: str) -> None:
        """Words for the caption."""

    @abstractmethod
    def end(self) -> None:
        """End all that goes on here. Idempotent."""

    def knows(self, action: Action) -> bool:
        """Can the command palette offer it here?"""
        return action.where in ("app", "session")

    async def open_dialog(self, dialog: Dialog[T], answer: Callable[[T | None], None] | None = None) -> None:
        """Over this screen; not over another dialog, which a key typed twice in a hurry would else do."""
        if self.app.screen is self:
            dialog.keymap = self.keymap
            await self.app.push_screen(dialog, answer)
