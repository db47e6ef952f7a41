"""The base class of every screen that the app can start with: notices, remappable keys, and an orderly end."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import TypeVar

from msgmux_tui.keys.action import Action
from msgmux_tui.keys.keymap import Keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.screens.steady import SteadyScreen
from msgmux_tui.session import Session
from msgmux_tui.theme.glyphs import Glyphs

T = TypeVar("T")
Place = tuple[str, str, Callable[[], None]]
"""An entry of the command palette: title, explanation, and what it does."""


class FirstScreen(SteadyScreen[None], inherit_bindings=False):
    """The screen under all dialogs. ``own`` is the session to save at exit, or None."""

    glyphs: Glyphs
    keymap: Keymap

    @property
    @abstractmethod
    def own(self) -> Session | None:
        """The session that ran on this screen, whose history is saved at exit; None if there is none."""

    @property
    def stem(self) -> str:
        """The beginning of the names of this screen's files."""
        return "session"

    @property
    def answers_words(self) -> str:
        """How many questions of a scenario were answered right; empty if none was asked."""
        return ""

    @abstractmethod
    def tell(self, text: str) -> None:
        """Show ``text`` in the caption line."""

    @abstractmethod
    def end(self) -> None:
        """Close all sessions and child processes of this screen. Idempotent."""

    def knows(self, action: Action) -> bool:
        """Return whether the command palette offers ``action`` on this screen."""
        return action.where in ("app", "session")

    def go_away(self) -> None:
        """Called before the program is suspended: nothing need go on unseen."""
        return

    def places(self) -> Iterable[Place]:
        """What the command palette can go to on this screen, beside its actions: title, explanation, and how."""
        return ()

    async def open_dialog(self, dialog: Dialog[T], answer: Callable[[T | None], None] | None = None) -> None:
        """Open ``dialog`` over this screen; ``answer`` is called with its result.

        Does nothing while another dialog is open, so that a key typed twice does not open two.
        """
        if self.app.screen is self:
            dialog.keymap = self.keymap
            await self.app.push_screen(dialog, answer)
