"""Which producer or consumer the keys act on."""

from collections.abc import Iterable

from msgmux.commands import Role, Selection
from msgmux.state import QueueState

PATIENCE = 40
"""Frames until one who was to come, and has not, has gone again."""


class Choice:
    """The selected one, and who was selected before: to go back to when the selected one leaves."""

    def __init__(self) -> None:
        self.selected: Selection | None = None
        # Who is to be selected as soon as the state has them; in how many frames that must be.
        self.expected: Selection | None = None
        self._frames_left = 0
        self._before: list[Selection] = []

    def select(self, who: Selection) -> None:
        if who != self.selected:
            if self.selected is not None:
                self._before = [*[s for s in self._before if s != self.selected][-31:], self.selected]
            self.selected = who

    def expect(self, who: Selection) -> None:
        """Select this one when it has come."""
        self.expected, self._frames_left = who, PATIENCE

    def settle(self, before: QueueState, state: QueueState) -> None:
        """Whoever is selected must be there. At first that is a consumer, which has more to show."""
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
            # Back to who was selected before, so that adding and removing changes nothing; else the next row.
            self._before = [who for who in self._before if _has(state, who)]
            gone, self.selected = self.selected, None
            if self._before:
                self.selected = self._before.pop()
            elif rest := _neighbours(_names(before, gone.role), gone.name, _names(state, gone.role)):
                self.selected = Selection(gone.role, rest)
            else:
                self.settle(before, state)

    def of(self, role: Role, state: QueueState) -> str | None:
        """Whom a key for this role acts on: the selected one, else the last selected, else the newest."""
        for who in (self.selected, *reversed(self._before)):
            if who is not None and who.role == role and _has(state, who):
                return who.name
        return next(reversed(_names(state, role)), None)


def _names(state: QueueState, role: Role) -> list[str]:
    return list(state.producers) if role == "producer" else list(state.consumers)


def _has(state: QueueState, who: Selection) -> bool:
    return who.name in (state.producers if who.role == "producer" else state.consumers)


def _neighbours(names: list[str], gone: str, left: Iterable[str]) -> str | None:
    """Who took the row of the one that is gone."""
    there = set(left)
    at = names.index(gone) if gone in names else 0
    return next((name for name in [*names[at:], *reversed(names[:at])] if name in there), None)
