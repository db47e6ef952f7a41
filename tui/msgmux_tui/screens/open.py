"""The dialog that chooses a scenario to start: the current one again, or another bundled one."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from msgmux.scenario import Scenario
from msgmux_tui import scenarios
from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog


class OpenScreen(Dialog[Scenario | None], inherit_bindings=False):
    """Answers with the chosen scenario, or None."""

    BINDINGS = keymap.bindings("dialog", [action for action in keymap.DIALOG if action.id != "dialog.yes"])

    def __init__(self, now: Scenario) -> None:
        super().__init__()
        bundled = [scenarios.read(name) for name in scenarios.names()]
        self._scenarios = [now, *[scenario for scenario in bundled if scenario != now]]

    def compose(self) -> ComposeResult:
        again, *others = self._scenarios
        with Vertical(classes="dialog"):
            yield Static("Start a scenario; what is here now ends.", markup=False)
            yield OptionList(
                Option(f"this one again: {again.title or again.file}"),
                *[Option(f"{scenario.file.removesuffix('.toml')}: {scenario.title}") for scenario in others],
                markup=False,
            )
            yield Static(self.keymap.fill("arrows, enter: start    <dialog.no>: none"), classes="hint", markup=False)

    @on(OptionList.OptionSelected)
    def _start(self, message: OptionList.OptionSelected) -> None:
        _ = self.dismiss(self._scenarios[message.option_index])

    def action_no(self) -> None:
        _ = self.dismiss(None)
