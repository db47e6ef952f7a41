"""The lecturer's dialogs about the pages: a question's answers as bars, and the address with its QR code."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.screens.form import Field, Form
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.web.polls import Question

BAR = 24
"""Cells of the longest bar."""
MOST_CHOICES = 9


class PollScreen(Dialog[bool], inherit_bindings=False):
    """A question that is on the pages. Answers True if its end was asked for, by enter; the screen under it keeps
    ``counts`` up to date by :meth:`show`.
    """

    BINDINGS = keymap.bindings("dialog", keymap.DIALOG)

    def __init__(self, question: Question, glyphs: Glyphs, *, why: str = "") -> None:
        super().__init__()
        self._question, self._glyphs, self._why = question, glyphs, why
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._glyphs.text(self._question.question), classes="title", markup=False)
            yield Static("", id="bars", markup=False)
            yield Static("", id="verdict", markup=False)
            yield Static("", classes="hint", markup=False)

    def show(self, counts: Sequence[int], viewers: int, revealed: bool) -> None:
        """Draw what has been answered, and the right answer once it is ``revealed``."""
        drawn = (tuple(counts), viewers, revealed)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        text = self._glyphs.text
        # Line by line: `text` shows a line feed as a character that can't be printed.
        lines = [text(line) for line in bars(self._question, counts, self._glyphs, marked=revealed)]
        self.query_one("#bars", Static).update("\n".join(lines))
        answered = f"{sum(counts)} of {viewers} answered"
        right = self._question.right
        if revealed and right is not None:
            answered += f". Right is: {self._question.choices[right]}. {self._why}"
        self.query_one("#verdict", Static).update(text(answered.strip()))
        enter = "take it from the pages" if revealed else "end it, and show everybody"
        away = "leave it on the pages" if revealed else "leave it open"
        hint = self.keymap.fill(f"<dialog.yes>: {enter}    <dialog.no>: {away}")
        self.query_one(".hint", Static).update(hint)

    def action_yes(self) -> None:
        _ = self.dismiss(True)

    def action_no(self) -> None:
        _ = self.dismiss(False)


def bars(question: Question, counts: Sequence[int], glyphs: Glyphs, *, marked: bool) -> list[str]:
    """Two lines for each choice: its number and words, then its bar and count."""
    most = max([*counts, 1])
    lines: list[str] = []
    for index, (choice, count) in enumerate(zip(question.choices, counts, strict=True)):
        mark = f"  {glyphs.ok}" if marked and index == question.right else ""
        bar = "█" * (-(-count * BAR // most))
        lines += [f"{index + 1}  {choice}{mark}", f"   {bar} {count}"]
    return lines


class AddressScreen(Dialog[None], inherit_bindings=False):
    """The address of the pages, and its QR code."""

    BINDINGS = keymap.bindings("dialog", keymap.DIALOG)

    def __init__(self, address: str, code: str) -> None:
        super().__init__()
        self._address, self._code = address, code

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("For everybody's browser", classes="title", markup=False)
            yield Static(self._code, id="code", markup=False)
            yield Static(self._address, id="address", markup=False)
            yield Static(self.keymap.fill("<dialog.no>: close"), classes="hint", markup=False)

    def action_yes(self) -> None:
        _ = self.dismiss()

    def action_no(self) -> None:
        _ = self.dismiss()


def question_form() -> Form[Question]:
    """The form of a question that the lecturer types."""

    def words(text: str) -> str:
        if not 1 <= len(text) <= 200:
            raise ValueError("a question, of 200 characters at most")
        return text

    def choices(text: str) -> tuple[str, ...]:
        found = tuple([choice.strip() for choice in text.split("/")])
        if not 2 <= len(found) <= MOST_CHOICES or not all([1 <= len(each.lstrip("*")) <= 80 for each in found]):
            raise ValueError(f"2 to {MOST_CHOICES} answers with / between them, of 80 characters at most")
        if len([each for each in found if each.startswith("*")]) > 1:
            raise ValueError("only one answer can be the right one")
        return found

    def make(question: str, marked: tuple[str, ...]) -> Question:
        right = next((index for index, each in enumerate(marked) if each.startswith("*")), None)
        return Question(0, question, tuple([each.removeprefix("*").strip() for each in marked]), right)

    return Form(
        "A question to the class",
        [
            Field("Question", "", "it appears on every page", words),
            Field("Answers", "yes / no", "with / between them; a * before the right one, if there is one", choices),
        ],
        make,
    )
