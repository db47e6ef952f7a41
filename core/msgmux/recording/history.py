"""The timeline of what a running session has seen: new events are appended, and the oldest are dropped if it gets too
large.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from msgmux.events import AnyEvent, Event
from msgmux.recording.format import Header
from msgmux.recording.profile import Bucket, Profile
from msgmux.recording.timeline import BLOCK_EVENTS, Block, Timeline, pack
from msgmux.state import QueueState

LIMIT = 64 << 20
"""Most bytes of encoded events and key frames that are kept."""
GAP_SECONDS = 0.5
"""While frames bring only snapshots and no events, one snapshot is kept for each such period, in seconds."""


class History(Timeline):
    """Gets each frame of a session (:meth:`take`) and gives the state at any earlier moment. For a single thread.

    ``header`` says what is performed and has the state before the first event; ``now`` is the time of that state, in
    seconds. At most ``limit`` bytes are kept: the oldest events are dropped, and :attr:`begin` moves on.
    """

    growing = True

    def __init__(self, header: Header, now: float = 0.0, *, limit: int = LIMIT) -> None:
        super().__init__()
        self.header = header
        self._limit = limit
        self._encode = msgspec.json.Encoder().encode_lines
        self._decode: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
        self._profile = Profile(now)
        # The newest block is open: its latest state and its events, not encoded. For the closed blocks, their encoded
        # events by the number of the block's first event.
        self._state = header.start
        self._open: list[Event] = []
        self._closed: dict[int, bytes] = {}
        self._size = 0
        self._begin_block(header.start, now)

    def take(self, events: Sequence[Event], state: QueueState, now: float, *, gap: bool = False) -> None:
        """Append a frame: the ``events`` since the last frame, and the ``state`` after them at time ``now`` (seconds).

        ``gap``: events were missed, so ``events`` do not lead to ``state`` and are not kept; a new block begins.
        """
        if gap:
            newest = self._blocks[-1]
            if not self._open and now - newest.begin < GAP_SECONDS and len(self._blocks) > 1:
                self._blocks.pop()
            else:
                self._close_block()
            self._begin_block(state, now)
        else:
            if len(self._open) >= BLOCK_EVENTS:
                self._close_block()
                self._begin_block(self._state, self._blocks[-1].end)
            self._open += events
            for event in events:
                self._landmarks.note(event)
            self._state = state
        newest = self._blocks[-1]
        self._blocks[-1] = replace(newest, last=newest.event + len(self._open), end=max(newest.end, now))
        self._profile.note(self._blocks[-1].end, state.length, state.tail_seq - state.slowest)
        self._drop()

    def overview(self) -> tuple[Bucket, ...]:
        return self._profile.buckets()

    def _begin_block(self, state: QueueState, now: float) -> None:
        self._state, self._open = state, []
        self._blocks.append(Block(state.event, state.event, now, now, state.tail_seq, pack(state), 0, 0))

    def _close_block(self) -> None:
        block = self._blocks[-1]
        self._closed[block.event] = content = self._encode(self._open)
        self._size += len(content) + len(block.frame)
        self._decoded.pop(block.event, None)

    def _drop(self) -> None:
        while self._size > self._limit and len(self._blocks) > 1:
            # The commands in a dropped block stay in the header: they are needed to perform the run again.
            self.header = replace(self.header, given=self.given_until(self._blocks[1].event))
            block = self._blocks.pop(0)
            self._size -= len(self._closed.pop(block.event)) + len(block.frame)
            self._landmarks.forget(self._blocks[0].event)
            self._profile.forget(self._blocks[0].begin)

    def _read(self, block: Block) -> list[Event]:
        if block.event == self._blocks[-1].event:
            return list(self._open)
        content = self._closed[block.event]
        return list(self._decode.decode_lines(content))
