"""The selection: which producer or consumer the keys act on."""

from collections.abc import Iterable

from msgmux.commands import Role, Selection
from msgmux.state import QueueState

PATIENCE = 40
"""Frames to wait for a producer or consumer that is to be selected when it appears (2 s at 20 frames a second)."""


class Choice:
    """The selected producer or consumer, and earlier ones, to return to when it leaves."""

    def __init__(self) -> None:
        self.selected: Selection | None = None
        # The one to select as soon as the state has it; then the number of frames left to wait for it.
        self.expected: Selection | None = None
        self._frames_left = 0
        self._before: list[Selection] = []

    def select(self, who: Selection) -> None:
        if who != self.selected:
            if self.selected is not None:
                self._before = [*[s for s in self._before if s != self.selected][-31:], self.selected]
            self.selected = who

    def expect(self, who: Selection) -> None:
        """Select ``who`` as soon as the state has it."""
        self.expected, self._frames_left = who, PATIENCE

    def settle(self, before: QueueState, state: QueueState) -> None:
        """Once a frame: keep the selection valid for ``state``. At the start a consumer is selected."""
        if self.expected is not None:
            self._frames_left -= 1
            if _has(state, self.expected):
                self.select(self.expected)
                self.expected = None
            elif self._frames_left <= 0:
                self.expected = None
        if self.selected is None:
            for role in ("consumer", "producer"):
                if names := _names(state, role):
                    self.selected = Selection(role, names[0])
                    return
        elif not _has(state, self.selected):
            # Return to the previous selection, so that adding and removing one changes nothing; else take the next row.
            self._before = [who for who in self._before if _has(state, who)]
            gone, self.selected = self.selected, None
            if self._before:
                self.selected = self._before.pop()
            elif rest := _neighbours(_names(before, gone.role), gone.name, _names(state, gone.role)):
                self.selected = Selection(gone.role, rest)
            else:
                self.settle(before, state)

    def of(self, role: Role, state: QueueState) -> str | None:
        """The name that a key for this role acts on: the selected one, else the last selected, else the newest one.

        None if there is none of this role.
        """
        for who in (self.selected, *reversed(self._before)):
            if who is not None and who.role == role and _has(state, who):
                return who.name
        return next(reversed(_names(state, role)), None)


def _names(state: QueueState, role: Role) -> list[str]:
    return list(state.producers) if role == "producer" else list(state.consumers)


def _has(state: QueueState, who: Selection) -> bool:
    return who.name in (state.producers if who.role == "producer" else state.consumers)


def _neighbours(names: list[str], gone: str, left: Iterable[str]) -> str | None:
    """The name that now has the row of ``gone``: the next one, else the one before; None if none is left."""
    there = set(left)
    at = names.index(gone) if gone in names else 0
    return next((name for name in [*names[at:], *reversed(names[:at])] if name in there), None)
