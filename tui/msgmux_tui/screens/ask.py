"""The dialog of a scenario's ``ask`` step: a question, its choices, and why the right one is right."""

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from msgmux.scenario.model import Ask
from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.theme.glyphs import Glyphs


class AskScreen(Dialog[int | None], inherit_bindings=False):
    """Answers with the index of the choice that was picked first, or None if the question was left.

    A choice is picked by its digit, by arrows and enter, or by a click. Then the dialog says whether it is right, and
    why; enter or a click closes it.
    """

    BINDINGS = keymap.bindings("dialog", [action for action in keymap.DIALOG if action.id != "dialog.yes"])

    def __init__(self, ask: Ask, glyphs: Glyphs) -> None:
        super().__init__()
        self._ask, self._glyphs = ask, glyphs
        self._picked: int | None = None

    def compose(self) -> ComposeResult:
        text = self._glyphs.text
        with Vertical(classes="dialog"):
            yield Static(text(self._ask.question), classes="title", markup=False)
            yield OptionList(*self._lines(), markup=False)
            yield Static("", id="verdict", markup=False)
            hint = self.keymap.fill("its number, arrows and enter, or a click: answer    <dialog.no>: go on without")
            yield Static(hint, classes="hint", markup=False)

    def _lines(self) -> list[str]:
        """The numbered choices; once one is picked, with marks at the right one and at a wrong answer."""
        marks = [""] * len(self._ask.choices)
        if self._picked is not None:
            marks[self._picked] = f"  {self._glyphs.bad}"
            marks[self._ask.answer] = f"  {self._glyphs.ok}"
        lines = [f"{n}  {words}{marks[n - 1]}" for n, words in enumerate(self._ask.choices, 1)]
        return [self._glyphs.text(line) for line in lines]

    def on_key(self, event: events.Key) -> None:
        if event.key.isdecimal() and 1 <= int(event.key) <= len(self._ask.choices):
            event.stop()
            self._pick(int(event.key) - 1)

    @on(OptionList.OptionSelected)
    def _select(self, message: OptionList.OptionSelected) -> None:
        if self._picked is None:
            self._pick(message.option_index)
        else:
            self.action_no()

    def _pick(self, index: int) -> None:
        if self._picked is not None:
            return
        self._picked = index
        options = self.query_one(OptionList)
        for n, words in enumerate(self._lines()):
            options.replace_option_prompt_at_index(n, words)
        right = index == self._ask.answer
        verdict = "Right." if right else f"No: {self._ask.choices[self._ask.answer]}."
        self.query_one("#verdict", Static).update(self._glyphs.text(f"{verdict} {self._ask.why}".strip()))
        self.query_one(".hint", Static).update(self.keymap.fill("enter, <dialog.no> or a click: go on"))

    def action_no(self) -> None:
        _ = self.dismiss(self._picked)
