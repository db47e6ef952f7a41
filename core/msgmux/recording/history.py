"""What a running session has seen: a timeline that grows at one end and, where it gets too large, ends at the other."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from msgmux.events import AnyEvent, Event
from msgmux.recording.format import Header
from msgmux.recording.profile import Bucket, Profile
from msgmux.recording.timeline import BLOCK_EVENTS, Block, Timeline, pack
from msgmux.state import QueueState

LIMIT = 64 << 20
"""Bytes of events and key frames that are kept."""
GAP_SECONDS = 0.5
"""Where one snapshot follows on the other, with no events in between, so many seconds lie between those kept."""


class History(Timeline):
    """Fed with each frame of a session (:meth:`take`), and asked for any earlier moment. For one thread.

    ``header`` says what is performed, and has the state that the first event follows on; ``now`` is the time there.
    At most ``limit`` bytes are kept: the oldest events are dropped, and :attr:`begin` says where it begins now.
    """

    growing = True

    def __init__(self, header: Header, now: float = 0.0, *, limit: int = LIMIT) -> None:
        super().__init__()
        self.header = header
        self._limit = limit
        self._encode = msgspec.json.Encoder().encode_lines
        self._decode: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
        self._profile = Profile(now)
        # The newest block grows: its state and events as they came. The events of the others, encoded, by their block.
        self._state = header.start
        self._open: list[Event] = []
        self._closed: dict[int, bytes] = {}
        self._size = 0
        self._begin_block(header.start, now)

    def take(self, events: Sequence[Event], state: QueueState, now: float, *, gap: bool = False) -> None:
        """One frame: ``events`` since the last one lead to ``state``; with ``gap`` they don't, and are left out."""
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
            # Commands that are forgotten as events are still part of what led here.
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
