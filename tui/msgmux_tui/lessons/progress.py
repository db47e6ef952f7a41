"""The progress in each lesson, kept in a file between two runs of the program."""

import os
from pathlib import Path

import msgspec

from msgmux_tui.settings.paths import state_folder


class Reached(msgspec.Struct, frozen=True):
    """The progress in one lesson: the furthest ``card`` (from 0) of ``cards``, the number of ``right`` answers, and
    whether the goal was reached (``done``).
    """

    card: int = 0
    cards: int = 0
    right: int = 0
    done: bool = False

    @property
    def words(self) -> str:
        """For the list of lessons."""
        if self.done:
            return "done"
        return f"{self.card + 1} of {self.cards}" if self.cards else ""


class Progress:
    """The progress by the lesson's name, kept in a file in the state folder.

    A file that cannot be read counts as empty. Where it cannot be written, the progress is kept until the program ends.
    In both cases :attr:`problem` says what is wrong; nothing is raised.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_folder() / "lessons.json"
        self.problem = ""
        try:
            self._reached = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Reached])
        except FileNotFoundError:
            self._reached = {}
        except (OSError, msgspec.DecodeError) as error:
            self._reached = {}
            self.problem = f"{self._path}: what you have reached so far can't be read: {error}"

    def of(self, lesson: str) -> Reached:
        return self._reached.get(lesson, Reached())

    def reach(self, lesson: str, now: Reached) -> None:
        """Store ``now`` where it is further than before: taking a lesson again must not take its progress back."""
        before = self.of(lesson)
        if (now.done, now.card, now.right) <= (before.done, before.card, before.right):
            return
        self._reached[lesson] = Reached(
            max(now.card, before.card), now.cards, max(now.right, before.right), now.done or before.done
        )
        self._keep()

    def _keep(self) -> None:
        # Written to a second file that replaces the first: a crash never leaves half a file.
        beside = self._path.with_name(f"{os.getpid()}-{self._path.name}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.format(msgspec.json.encode(self._reached)))
            beside.replace(self._path)
        except OSError as error:
            self.problem = f"{self._path}: what you reach can't be kept: {error.strerror}"
