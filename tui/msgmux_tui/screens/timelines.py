"""The dialogs about timelines: the list to switch from, and two of them side by side."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import OptionList, Static

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.system.messages import printable
from msgmux_tui.viewmodel.comparing import Comparison
from msgmux_tui.viewmodel.timelines import Branch


class Listed(msgspec.Struct, frozen=True):
    """A timeline in the list: the stretch that it has, in seconds, and what it is, in words."""

    branch: Branch
    begin: float
    end: float
    words: str
    shown: bool

    @property
    def row(self) -> str:
        mark = "*" if self.shown else " "
        origin = f", from {self.branch.at:.1f} s of {self.branch.origin}" if self.branch.origin else ""
        return f"{mark} {self.branch.number}  {self.begin:.1f} s to {self.end:.1f} s  {self.words}{origin}"


class Chosen(msgspec.Struct, frozen=True):
    """The answer: the timeline, and whether to show it or to compare the shown one with it."""

    branch: Branch
    what: Literal["show", "compare"]


class TimelinesScreen(Dialog[Chosen | None], inherit_bindings=False):
    """Answers with what was chosen, or None."""

    BINDINGS = [
        *keymap.bindings("dialog", [action for action in keymap.DIALOG if action.id != "dialog.yes"]),
        *keymap.bindings("dialog", keymap.TIMELINES),
    ]

    def __init__(self, listed: Sequence[Listed]) -> None:
        super().__init__()
        self._listed = listed

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Timelines: what you forked from waits as you left it. * is shown.", markup=False)
            yield OptionList(*[each.row for each in self._listed], markup=False)
            hint = "enter: switch    <timelines.compare>: side by side with the shown one    <dialog.no>: stay"
            yield Static(self.keymap.fill(hint), classes="hint", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        others = [n for n, each in enumerate(self._listed) if not each.shown]
        self.query_one(OptionList).highlighted = others[-1] if others else 0

    @on(OptionList.OptionSelected)
    def _switch(self, message: OptionList.OptionSelected) -> None:
        self._answer(message.option_index, "show")

    def action_compare(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self._answer(at, "compare")

    def _answer(self, at: int, what: Literal["show", "compare"]) -> None:
        chosen = self._listed[at]
        # The shown one is shown already, and the same as itself.
        _ = self.dismiss(None if chosen.shown else Chosen(chosen.branch, what))

    def action_no(self) -> None:
        _ = self.dismiss(None)


class ComparisonScreen(Dialog[None], inherit_bindings=False):
    """Shows how the timelines ``first`` and ``second`` compare; lines that differ begin with ``mark``."""

    BINDINGS = keymap.bindings("dialog", keymap.DIALOG)

    def __init__(self, first: Branch, second: Branch, found: Comparison, mark: str) -> None:
        super().__init__()
        self._mark = mark
        self._names = first.name, second.name
        self._found = found

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide"):
            yield Static(self._where(), markup=False)
            yield Static(self._table())
            yield Static(self.keymap.fill(f"{self._mark} differs    <dialog.no>: close"), classes="hint", markup=False)

    def _where(self) -> str:
        parting, (first, second) = self._found.parting, self._names
        if not parting.parted:
            return f"{first} and {second} are the same, as far as both go: to {parting.time:.1f} s."
        return (
            f"The same until {parting.time:.1f} s. Then they part:\n"
            f"  {first}:  {printable(parting.first)}\n  {second}:  {printable(parting.second)}\n"
        )

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 1, 0, 0), expand=True)
        first, second = self._names
        table.add_column("", width=1)
        table.add_column(f"at {self._found.time:.1f} s", min_width=12, no_wrap=True)
        for heading in (first, second):
            table.add_column(heading, ratio=1, overflow="fold")
        for line in self._found.lines:
            style = "bold" if line.differs else "dim"
            cells = self._mark if line.differs else " ", line.what, line.first, line.second
            table.add_row(*[Text(printable(cell), style=style) for cell in cells])
        return table

    def action_yes(self) -> None:
        _ = self.dismiss()

    def action_no(self) -> None:
        _ = self.dismiss()
