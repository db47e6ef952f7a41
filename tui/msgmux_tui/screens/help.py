"""The help screen: what the focused pane shows, and all keys."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown, Static

from msgmux.commands import Capabilities
from msgmux_tui.keys import actions as keymap
from msgmux_tui.keys.action import Action
from msgmux_tui.keys.giving import is_taken
from msgmux_tui.screens.dialog import Dialog


class HelpScreen(Dialog[None], inherit_bindings=False):
    """``about`` is the focused pane's help text, in Markdown.

    Keys whose commands a session with these ``capabilities`` does not accept are left out.
    """

    BINDINGS = keymap.bindings("dialog", keymap.DIALOG)

    def __init__(self, about: str, capabilities: Capabilities) -> None:
        super().__init__()
        self._about = about
        self._capabilities = capabilities

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as scroll:
            scroll.can_focus = True
            scroll.border_subtitle = self.keymap.fill("arrows scroll, <dialog.no> closes")
            if self._about:
                yield Markdown(self.keymap.fill(self._about), open_links=False)
            for group, all_actions in self.keymap.groups.items():
                actions = [action for action in all_actions if is_taken(action.id, self._capabilities)]
                if not actions:
                    continue
                yield Static(group, classes="heading", markup=False)
                yield Static("\n".join([f"{keys:>12}  {title}" for keys, title in _lines(actions)]), markup=False)

    def action_yes(self) -> None:
        _ = self.dismiss()

    def action_no(self) -> None:
        _ = self.dismiss()


def _lines(actions: Iterable[Action]) -> Iterator[tuple[str, str]]:
    """Keys and title of each action; a series of actions gives one line."""
    for series, group in groupby(actions, key=lambda action: action.series):
        if series:
            yield " ".join([action.first_key for action in group]), series
        else:
            yield from [(action.shown_key, action.title) for action in group]
