"""Which exercises are solved, kept in a file between two runs of the program."""

import os
from pathlib import Path

import msgspec

from msgmux.exercises import Exercise
from msgmux_tui.settings.paths import state_folder


class Solved:
    """The version of each exercise that was solved, by its name, kept in a file in the state folder.

    A file that cannot be read counts as empty. Where it cannot be written, what was solved is known until the program
    ends. In both cases :attr:`problem` says what is wrong; nothing is raised.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_folder() / "exercises.json"
        self.problem = ""
        self._versions: dict[str, int] = {}
        try:
            self._versions = msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            # Nothing was solved yet.
            pass
        except (OSError, msgspec.DecodeError) as error:
            self.problem = f"{self._path}: what you have solved so far can't be read: {error}"

    def words(self, exercise: Exercise) -> str:
        """For the list of exercises."""
        version = self._versions.get(exercise.name)
        if version is None:
            return ""
        return "solved" if version == exercise.version else f"version {version} solved"

    def solve(self, exercise: Exercise) -> None:
        """Remember that this one is solved."""
        if self._versions.get(exercise.name, 0) >= exercise.version:
            return
        self._versions[exercise.name] = exercise.version
        # Written to a second file that replaces the first: a crash never leaves half a file.
        beside = self._path.with_name(f"{os.getpid()}-{self._path.name}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.format(msgspec.json.encode(self._versions)))
            beside.replace(self._path)
        except OSError as error:
            self.problem = f"{self._path}: what you solve can't be kept: {error.strerror}"
