"""The Textual application: themes, global keys and the command palette. Everything else is in the screens."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.driver import Driver
from textual.screen import Screen

from msgmux_tui.keys import actions as keymap
from msgmux_tui.keys.bindings import rebind
from msgmux_tui.screens.dialog import Palette
from msgmux_tui.screens.first import FirstScreen
from msgmux_tui.system.terminal import sturdy
from msgmux_tui.theme.palettes import PREFIX
from msgmux_tui.theme.textual_theme import THEMES, PaletteTheme

INTERRUPTED = 130
"""The exit code after ctrl+c."""


class MsgmuxApp(App[None], inherit_bindings=False):
    """Shows ``screen``. ``theme`` is the name of one of our themes or of the user's ``own``; None chooses by the
    terminal's number of colours.
    """

    TITLE = "msgmux"
    CSS_PATH = "app.tcss"
    BINDINGS = keymap.bindings("app")
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True
    NOTIFICATION_TIMEOUT: ClassVar[float] = 4.0

    def __init__(self, screen: FirstScreen, *, theme: str | None = None, own: PaletteTheme | None = None) -> None:
        super().__init__()
        self._first = screen
        rebind([self], screen.keymap)
        self.set_class(screen.glyphs.ascii, "-ascii")
        self._ours = [*THEMES, *([own] if own is not None else [])]
        for each in self._ours:
            self.register_theme(each)
        self.theme = self._named(theme) if theme is not None else self._fitting_theme()

    def _named(self, name: str) -> str:
        """The registered name of one of our themes. Raises :class:`ValueError`, which lists the valid names."""
        full = name if name.startswith(PREFIX) else f"{PREFIX}{name}"
        known = [theme.name for theme in self._ours]
        if full not in known:
            names = ", ".join([name.removeprefix(PREFIX) for name in known])
            raise ValueError(f"{name!r} is no theme; there are: {names}")
        return full

    def _fitting_theme(self) -> str:
        """The default theme: ``ansi`` (the terminal's own colours) on a terminal with few colours, else dark."""
        few = self.console.color_system in (None, "standard") or self.native_ansi_color
        return "msgmux-ansi" if few else "msgmux-dark"

    def get_driver_class(self) -> type[Driver]:
        return sturdy(super().get_driver_class())

    def get_default_screen(self) -> Screen[None]:
        return self._first

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The entries of the command palette: every action that the screen offers, by its title."""
        for action in self._first.keymap:
            if self._first.knows(action) and action.id != "screen.palette":
                run = _runs(screen, f"app.{action.command}" if action.where == "app" else action.command)
                yield SystemCommand(action.title, f"{action.tooltip}  ({action.shown_key})", run)
        for theme in self._ours:
            name = theme.name.removeprefix(PREFIX)
            yield SystemCommand(f"Theme: {name}", "The colours of the screen", partial(self._take_theme, theme.name))
        for title, about, go in self._first.places():
            yield SystemCommand(title, about, go)

    def _take_theme(self, name: str) -> None:
        self.theme = name
        self._first.tell(f"theme: {name.removeprefix(PREFIX)}")

    def action_next_theme(self) -> None:
        names = [theme.name for theme in self._ours]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self._first.tell(f"theme: {self.theme.removeprefix(PREFIX)}")

    def action_command_palette(self) -> None:
        # Over a dialog the palette has none of these, because they act on the session.
        if self.screen is self._first:
            _ = self.push_screen(Palette(id="--command-palette"))

    def action_leave(self) -> None:
        self.exit(return_code=0)

    def action_suspend(self) -> None:
        """Go to the shell until the process is continued; where that can't be, say so."""
        if self._driver is None or not self._driver.can_suspend:
            self._first.tell("there is no shell to go to from here")
            return
        self._first.go_away()
        # Textual reacts to SIGTSTP and SIGCONT: it gives the terminal back, and takes it again.
        self.action_suspend_process()

    def action_interrupt(self) -> None:
        text = self.screen.get_selected_text()
        if text:
            self.copy_to_clipboard(text)
            self._first.tell("copied")
        else:
            self.exit(return_code=INTERRUPTED)


def _runs(screen: Screen[object], command: str) -> Callable[[], Awaitable[None]]:
    return lambda: screen.run_action(command)
