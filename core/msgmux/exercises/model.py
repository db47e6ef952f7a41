"""An exercise as frozen records: what its folder says, checked."""

from pathlib import Path
from typing import Literal

import msgspec

from msgmux.checker.bounding import BoundKind

SKELETON, SOLUTION, HARNESS, SPEC = "skeleton.py", "solution.py", "harness.py", "exercise.toml"
TOO_SIMPLE = "one_big_lock.py"
"""What is right, and refused all the same: it reaches nothing of what ``reach`` asks for."""


class Reach(msgspec.Struct, frozen=True):
    """What must come about under some schedule: an ``outcome`` of the harness; ``why`` is told where none gives it."""

    outcome: str
    why: str


class Exercise(msgspec.Struct, frozen=True):
    """What one folder says.

    ``needs``: the names that the student's file must define, since the harness imports them; ``without``: the modules
    that it may not import. ``bound`` None: every schedule is run, as far as that goes in ``seconds`` (of the wall
    clock) for each test of the harness; else those up to that bound, which counts deviations of that ``kind``.
    """

    name: str
    folder: Path
    version: int
    title: str
    learn: str
    fault: str
    needs: tuple[str, ...]
    without: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    reach: tuple[Reach, ...] = ()
    kind: BoundKind = "delay"
    bound: int | None = None
    seconds: float = 20.0
    tests: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """The name by which the harness imports the student's file."""
        return self.name.replace("-", "_")

    @property
    def file_name(self) -> str:
        """What the student's file is called, unless told otherwise."""
        return f"{self.module}.py"

    def text(self, file: Literal["skeleton.py", "solution.py", "harness.py", "one_big_lock.py"]) -> str:
        """The text of one of its files. Raises :class:`OSError`."""
        return (self.folder / file).read_text("utf-8")
