"""The stream's last ten minutes, for those who come late, and its present state, for those who fall behind."""

from collections import deque

import msgspec
from msgspec.structs import replace

from msgmux.events import Event
from msgmux.recording import Header, KeyFrame, Tick
from msgmux.recording.format import Line
from msgmux.state import Fold, QueueState
from msgmux_tui.web.page.lines import Threads

KEPT = 600.0
"""Seconds of the past that a late joiner gets."""
MOST_BYTES = 2 << 20
"""The most bytes of it, if much happens: then it is shorter."""
PICTURED = 60
"""Nodes in a picture for who has fallen behind: the newest."""

_encode = msgspec.json.Encoder().encode


class Past:
    """Everything since ``header``, of which only the newest is kept line by line; what is older is folded together."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._oldest, self._newest = Fold(header.start), Fold(header.start)
        self._time = 0.0
        self._lines: deque[tuple[float, str, Line | Threads]] = deque()
        self._size = 0
        # Of a step session: how its threads stood before the first line that is kept.
        self._threads: Threads | None = None

    def take(self, line: str, record: Line | Threads, now: float) -> None:
        """Add one line, which ``record`` has been read from, at ``now`` seconds of the wall clock."""
        self._newest = _after(self._newest, record)
        if isinstance(record, Event | Tick | KeyFrame):
            self._time = record.time
        self._lines.append((now, line, record))
        self._size += len(line)
        while self._lines and (self._size > MOST_BYTES or self._lines[0][0] < now - KEPT):
            _, line, old = self._lines.popleft()
            self._size -= len(line)
            self._oldest = _after(self._oldest, old)
            if isinstance(old, Threads):
                self._threads = old

    def told(self) -> list[str]:
        """The lines for a late joiner: a header that begins with the oldest state, then all since."""
        lines = [_encode(replace(self._header, start=self._oldest.state())).decode()]
        if self._threads is not None:
            lines.append(_encode(self._threads).decode())
        return [*lines, *[line for _, line, _ in self._lines]]

    def picture(self) -> str:
        """The present state as a key frame."""
        return _encode(KeyFrame(self._time, newest_nodes(self._newest.state(), PICTURED))).decode()


def newest_nodes(state: QueueState, most: int) -> QueueState:
    """``state`` with no more than its newest nodes."""
    return state if len(state.nodes) <= most else replace(state, nodes=state.nodes[len(state.nodes) - most :])


def _after(fold: Fold, record: Line | Threads) -> Fold:
    """What ``record`` makes of a state: the same fold, or a new one."""
    if isinstance(record, KeyFrame):
        return Fold(record.state)
    if isinstance(record, Event) and record.number > fold.event:
        fold.apply(record)
    return fold
