"""How far one has come in each lesson, remembered from one day to the next."""

import os
from pathlib import Path

import msgspec

from msgmux_tui.settings.paths import state_folder


class Reached(msgspec.Struct, frozen=True):
    """The furthest card, from 0, of so many; how many answers were right; whether the goal was reached."""

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
    """What was reached, by the lesson's name; kept in the state folder.

    A file that cannot be read is as good as none, and one that cannot be written does not end a lesson: then what was
    reached is known until the program ends, and :attr:`problem` says why.
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
        """Remember it, if it is further than before: who looks at a lesson again has not unlearnt it."""
        before = self.of(lesson)
        if (now.done, now.card, now.right) <= (before.done, before.card, before.right):
            return
        self._reached[lesson] = Reached(
            max(now.card, before.card), now.cards, max(now.right, before.right), now.done or before.done
        )
        self._keep()

    def _keep(self) -> None:
        # Written beside it and renamed, so that what is there is always whole.
        beside = self._path.with_name(f"{os.getpid()}-{self._path.name}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.format(msgspec.json.encode(self._reached)))
            beside.replace(self._path)
        except OSError as error:
            self.problem = f"{self._path}: what you reach can't be kept: {error.strerror}"
