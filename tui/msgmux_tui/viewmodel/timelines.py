"""The timelines of a screen: the one that is shown, and those that forks were made from, each as it was left."""

from collections.abc import Iterator

import msgspec

from msgmux.commands import PauseTime
from msgmux_tui.viewmodel.watching import Watching

MOST = 8
"""How many timelines are kept beside the shown one; each may hold 64 MB of history. Beyond, the oldest fork goes."""


class Branch(msgspec.Struct, frozen=True):
    """A timeline: its ``number``, from 1, and the number of the one that it was forked from, ``at`` that second; 0 for
    one that was not forked.
    """

    number: int
    origin: int = 0
    at: float = 0.0

    @property
    def name(self) -> str:
        return f"timeline {self.number}"


class Timelines:
    """``shown`` is the timeline on the screen. The others are paused and wait."""

    def __init__(self) -> None:
        self.shown = Branch(1)
        self._kept: dict[Branch, Watching] = {}
        self._last = 1

    @property
    def kept(self) -> list[tuple[Branch, Watching]]:
        """The timelines that wait, by number."""
        return sorted(self._kept.items(), key=lambda item: item[0].number)

    def __iter__(self) -> Iterator[Watching]:
        return iter(self._kept.values())

    def fork(self, left: Watching, at: float) -> Branch | None:
        """Keep ``left``, the shown one, and begin another that was forked from it ``at`` that second. Returns the one
        that had to go for it, which is closed, or None.
        """
        origin = self.shown
        self._keep(left)
        self._last += 1
        self.shown = Branch(self._last, origin.number, at)
        if len(self._kept) <= MOST:
            return None
        gone = next(branch for branch, _ in self.kept if branch.origin and branch != origin)
        self._kept.pop(gone).session.close()
        return gone

    def switch(self, to: Branch, left: Watching) -> Watching:
        """Keep ``left``, the shown one, and show the timeline ``to`` instead, which is returned."""
        found = self._kept.pop(to)
        self._keep(left)
        self.shown = to
        return found

    def close(self) -> None:
        """Close those that wait, and begin to count anew."""
        for watching in self._kept.values():
            watching.session.close()
        self._kept.clear()
        self.shown, self._last = Branch(1), 1

    def _keep(self, left: Watching) -> None:
        left.session.command(PauseTime())
        self._kept[self.shown] = left
