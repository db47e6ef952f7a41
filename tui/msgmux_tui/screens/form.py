"""A form: a dialog with a few fields, all validated on submit; each error is shown under its field."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog

R = TypeVar("R")


class Field(NamedTuple):
    """One input line. ``read`` parses it or raises :class:`ValueError`; ``choices`` are suggested while typing."""

    label: str
    text: str
    hint: str
    read: Callable[[str], object]
    choices: tuple[str, ...] = ()


class Form(Dialog[R], Generic[R], inherit_bindings=False):
    """``make`` receives the parsed values in the order of the fields and returns the form's answer.

    It may raise :class:`ValueError` if the values contradict each other; that error is shown under the last field.
    The answer is None if the form was left by escape.
    """

    BINDINGS = keymap.bindings("form", keymap.FORM)

    def __init__(self, title: str, fields: Sequence[Field], make: Callable[..., R]) -> None:
        super().__init__()
        self._title, self._fields, self._make = title, fields, make

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="title", markup=False)
            for number, field in enumerate(self._fields):
                yield Static(field.label, classes="label", markup=False)
                suggester = SuggestFromList(field.choices) if field.choices else None
                entry = Input(field.text, id=f"field-{number}", compact=True, suggester=suggester)
                entry.cursor_blink = False
                yield entry
                yield Static(field.hint, classes="help", id=f"help-{number}", markup=False)
            yield Static(
                self.keymap.fill("<form.next>: next field   enter: do it   <form.cancel>: leave it"),
                classes="hint",
                markup=False,
            )

    @property
    def _entries(self) -> list[Input]:
        return list(self.query(Input))

    def action_next_field(self, direction: int) -> None:
        entries = self._entries
        at = entries.index(self.focused) if isinstance(self.focused, Input) else -direction
        entries[(at + direction) % len(entries)].focus()

    def action_no(self) -> None:
        _ = self.dismiss(None)

    @on(Input.Submitted)
    def _submit(self) -> None:
        values: list[object] = []
        wrong: Input | None = None
        for number, (field, entry) in enumerate(zip(self._fields, self._entries, strict=True)):
            try:
                values.append(field.read(entry.value.strip()))
                self._explain(number, field.hint, wrong=False)
            except ValueError as error:
                self._explain(number, str(error), wrong=True)
                wrong = wrong or entry
        if wrong is not None:
            wrong.focus()
            return
        try:
            answer = self._make(*values)
        except ValueError as error:
            self._explain(len(self._fields) - 1, str(error), wrong=True)
            return
        _ = self.dismiss(answer)

    def _explain(self, number: int, text: str, *, wrong: bool) -> None:
        words = self.query_one(f"#help-{number}", Static)
        words.update(text)
        words.set_class(wrong, "-wrong")
