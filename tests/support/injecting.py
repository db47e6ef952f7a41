"""Raises KeyboardInterrupt at one chosen point of a call, where CPython itself may raise it because of a signal.

CPython checks for signals at the start of a function, after a call, and at a backward jump. (It checks only after calls
of C functions; here every call is a point, so that the result does not depend on which calls an interpreter inlines.)
Points are counted in msgmux's own files, in the order in which they are reached.
"""

import dis
import os
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import msgmux

HOME = os.path.dirname(msgmux.__file__)
_POINTS: dict[CodeType, frozenset[int]] = {}


def points_of(code: CodeType) -> frozenset[int]:
    """Offsets of the instructions before which the exception is raised."""
    points = _POINTS.get(code)
    if points is None:
        found = set()
        after_call = False
        for instruction in dis.get_instructions(code):
            name = instruction.opname
            if name == "CACHE":
                continue
            if after_call or "JUMP_BACKWARD" in name:
                found.add(instruction.offset)
            after_call = name.startswith("CALL") and not name.startswith("CALL_INTRINSIC")
        points = _POINTS[code] = frozenset(found)
    return points


class Injector:
    """Counts points while a call runs, and raises, or acts, at point number ``at``. ``place`` is where that was."""

    def __init__(
        self, at: int, act: Callable[[], object] | None = None, error: type[BaseException] = KeyboardInterrupt
    ) -> None:
        self.at = at
        self.act = act
        self.error = error
        self.count = 0
        self.place = ""

    def run(self, call: Callable[[], Any]) -> Any:
        """Run ``call()``, counting the points of this thread only."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            return call()
        finally:
            sys.settrace(before)

    @property
    def raised(self) -> bool:
        return self.count >= self.at

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(HOME) or self.raised:
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        # The start of a function, or the resumption of a generator.
        self._reach(frame)
        return self._step

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode" and not self.raised and frame.f_lasti in points_of(frame.f_code):
            self._reach(frame)
        return self._step

    def _reach(self, frame: FrameType) -> None:
        self.count += 1
        if self.count == self.at:
            self.place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno} {frame.f_code.co_name}"
            if self.act is None:
                raise self.error(self.place)
            self.act()
