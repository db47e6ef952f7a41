"""What viewers get instead of every event: pictures a few times a second, and the rare events between them.

A picture is a key frame with only the newest nodes. The rare events (:data:`msgmux.events.FREQUENT` says which are not)
are all sent: somebody's note or command is not lost because the queue is busy. While only they are made, their numbers
follow on those of the pictures. Where another event or picture has a number in between, a viewer could not fold them:
then the last picture, with the rare events since, is sent again, under the number that is missing.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from msgmux.events import Event
from msgmux.publishing.source import Source
from msgmux.publishing.wire import line_of
from msgmux.recording import KeyFrame
from msgmux.state import Fold, QueueState

PICTURE_NODES = 200


class Batch(msgspec.Struct, frozen=True):
    """A picture of now and what leads to it: ``events`` are the rare ones since the picture ``base``.

    ``missed``: how many of them were too many to be kept.
    """

    base: QueueState
    events: Sequence[Event]
    missed: int
    frame: KeyFrame

    def lines(self, after: int) -> tuple[bytes, int]:
        """The events for a viewer that has been sent everything up to the number ``after``, and how many they are."""
        fold = Fold(self.base)
        lines: list[bytes] = []
        count = 0
        for event in self.events:
            fold.event = event.number - 1
            if event.number > after:
                if after != fold.event:
                    lines.append(line_of(KeyFrame(event.time, fold.state())))
                lines.append(line_of(event))
                after = event.number
                count += 1
            fold.apply(event)
        return b"".join(lines), count


class Pictures:
    """Watches ``source`` for rare events, and takes its pictures. For a single thread."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._base: QueueState | None = None
        # Rare events that are later than the last picture.
        self._waiting: list[Event] = []

    def open(self) -> None:
        """Watch from now on. Idempotent."""
        if self._base is None:
            self._base, self._waiting = shortened(self._source.watch()), []

    def shut(self) -> None:
        """Forget everything. Idempotent."""
        if self._base is not None:
            self._base = None
            self._source.unwatch()

    def take(self, nodes: int | None = PICTURE_NODES) -> Batch:
        """A picture with the newest ``nodes`` nodes (None: with all that a state has), and the rare events before."""
        self.open()
        base = self._base
        assert base is not None
        state = self._source.picture(nodes)
        frame = KeyFrame(self._source.now(), state)
        events, missed = self._source.rare()
        came = [*self._waiting, *events]
        self._base = shortened(state)
        # A player that has seeked gives an earlier state than before.
        known = [event for event in came if base.event < event.number <= state.event]
        self._waiting = [event for event in came if event.number > state.event]
        return Batch(base, () if missed else known, missed + len(known) if missed else 0, frame)


def shortened(state: QueueState) -> QueueState:
    """The state with the newest :data:`PICTURE_NODES` nodes."""
    return replace(state, nodes=state.nodes[-PICTURE_NODES:])
