"""Gives the state at any moment of what was recorded, the events from there on, and the events to jump to.

The events are divided into blocks of a few thousand. Each block has a key frame: the packed state before its first
event. A state is computed from the key frame of its block and the events after it. So seeking decodes at most one
block, and the state at a position does not depend on which positions were asked for before.
"""

import zlib
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from itertools import accumulate, islice
from pathlib import Path

import msgspec
from msgspec.structs import replace

from msgmux.events import Commanded, Event, Put
from msgmux.recording.format import Given, Header
from msgmux.recording.landmarks import Kind, Landmarks, Marker
from msgmux.recording.profile import Bucket
from msgmux.recording.writing import LEVEL, RecordingWriter
from msgmux.runtime.schedule import Schedule
from msgmux.state import Fold, QueueState

BLOCK_EVENTS = 8_192
"""Events in a block, if they are not unusually long."""
KEPT_BLOCKS = 4
"""How many blocks are kept decoded: about 3 MB each."""


class Block(msgspec.Struct, frozen=True):
    """The events with the numbers ``event`` + 1 to ``last``, without a gap.

    ``begin`` and ``end``: their times in seconds. ``frame``: the packed state before them, and ``tail`` the seq of the
    last message in it. ``where`` and ``size``: offset and length of the events in the file, in bytes.
    """

    event: int
    last: int
    begin: float
    end: float
    tail: int
    frame: bytes
    where: int
    size: int


def pack(state: QueueState) -> bytes:
    """Encode and compress a state: to about a tenth of its size as a line of a file."""
    return zlib.compress(msgspec.msgpack.encode(state), 1)


def unpack(frame: bytes) -> QueueState:
    """The state that :func:`pack` packed. Raises :class:`msgspec.ValidationError` if it exceeds the state's bounds."""
    return msgspec.msgpack.decode(zlib.decompress(frame), type=QueueState)


class Timeline(ABC):
    """What happened from position :attr:`first` to position :attr:`last`.

    A position is the number of an event; the state at a position includes that event. The state at ``first`` is the
    earliest one. A position outside of these two stands for the nearer of them. Times are seconds of the recorded
    runtime's clock. Methods that read events of a file raise :class:`RecordingError` if it has changed since it was
    opened, and :class:`OSError`.
    """

    header: Header
    growing = False
    """Whether a running session adds events to it."""
    schedule: Schedule | None = None
    """The schedule of an exact run; None if it is not known."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._landmarks = Landmarks()
        # Recently used blocks, decoded, by `Block.event`: the events, and their times made non-decreasing for binary
        # search (the event of a cleaner pass by hand has the time that the caller gave, which may be earlier).
        self._decoded: OrderedDict[int, tuple[list[Event], list[float]]] = OrderedDict()
        # The fold that gave the last state, and `Block.event` of its block: a later state in the same block goes on
        # from it.
        self._fold: Fold | None = None
        self._fold_block = -1

    @abstractmethod
    def _read(self, block: Block) -> list[Event]:
        """The events of a block."""

    @abstractmethod
    def overview(self) -> tuple[Bucket, ...]:
        """The length of the list and the largest lag over time, for a scrub bar: at most about 1,000 buckets."""

    @property
    def first(self) -> int:
        """The first position: the number of the event before the first recorded one."""
        return self._blocks[0].event

    @property
    def last(self) -> int:
        """The last position: the number of the last recorded event."""
        return self._blocks[-1].last

    @property
    def begin(self) -> float:
        """The time at the first position, in seconds."""
        return self._blocks[0].begin

    @property
    def end(self) -> float:
        """The time at the end, in seconds: that of the last event or of a later tick or frame."""
        return self._blocks[-1].end

    @property
    def missed(self) -> int:
        """How many events between ``first`` and ``last`` were never recorded."""
        blocks = self._blocks
        return sum([after.event - before.last for before, after in zip(blocks, islice(blocks, 1, None), strict=False)])

    @property
    def markers(self) -> tuple[Marker, ...]:
        """The marks that were set; the first thousand of them."""
        return tuple(self._landmarks.markers)

    def state_at(self, event: int) -> QueueState:
        """The state that includes ``event`` and nothing after it."""
        block = self._block_of(event)
        event = min(max(event, block.event), block.last)
        fold = self._fold
        if fold is None or self._fold_block != block.event or fold.event > event:
            fold = self._fold = Fold(unpack(block.frame))
            self._fold_block = block.event
        if fold.event < event:
            events = self._events(block)
            fold.apply_all(islice(events, fold.event - block.event, event - block.event))
        return fold.state()

    def state_at_time(self, seconds: float) -> QueueState:
        """The state that includes all events up to and at that time."""
        return self.state_at(self.event_at_time(seconds))

    def event_at_time(self, seconds: float) -> int:
        """The number of the last event at that time or before."""
        index = max(0, bisect_right(self._blocks, seconds, key=lambda block: block.begin) - 1)
        block = self._blocks[index]
        if block.end <= seconds:
            return block.last
        return block.event + bisect_right(self._times(block), seconds)

    def time_of(self, event: int) -> float:
        """The time of an event, in seconds; for the first position, when the recording begins."""
        block = self._block_of(event)
        if event <= block.event:
            return block.begin
        return self._times(block)[min(event, block.last) - block.event - 1]

    def event_of_seq(self, seq: int) -> int:
        """The number of the event that linked the message ``seq``; if it was not recorded, the nearest position."""
        index = max(0, bisect_left(self._blocks, seq, key=lambda block: block.tail) - 1)
        block = self._blocks[index]
        for event in self._events(block):
            if isinstance(event, Put) and seq < event.seq + event.count:
                return event.number
        return block.last

    def events_between(self, after: int, upto: int) -> list[Event]:
        """The events after position ``after``, up to and including ``upto``."""
        found: list[Event] = []
        index = max(0, bisect_right(self._blocks, after, key=lambda block: block.event) - 1)
        for block in islice(self._blocks, index, None):
            if block.event >= upto:
                break
            found += self._events(block)[max(0, after - block.event) : upto - block.event]
        return found

    def next_event(self, after: int, kind: Kind) -> int | None:
        """The number of the next event of that kind after position ``after``; None if there is none."""
        return self._landmarks.after(after, kind)

    def previous_event(self, before: int, kind: Kind) -> int | None:
        """The number of the last event of that kind before position ``before``; None if there is none."""
        return self._landmarks.before(before, kind)

    def given(self) -> tuple[Given, ...]:
        """All commands of an exact run, in order: those before this timeline begins, then those in it."""
        return self.given_until(self.last)

    def given_until(self, event: int) -> tuple[Given, ...]:
        """The commands of an exact run up to and including the event of that number."""
        found = {given.placed: given for given in self.header.given}
        number = self.next_event(self.first, "command")
        while number is not None and number <= event:
            for told in self.events_between(number - 1, number):
                if isinstance(told, Commanded) and told.placed is not None:
                    found.setdefault(told.placed, Given(told.command, told.who, told.placed))
            number = self.next_event(number, "command")
        return tuple(found.values())

    def follows(self, event: int) -> bool:
        """Whether the next event after position ``event`` was recorded, with none missed in between."""
        return event < self.last and event < self._block_of(event).last

    def save(self, path: Path, *, level: int = LEVEL) -> None:
        """Write the whole timeline as a recording, with gzip compression of that ``level`` if the name ends in .gz.

        Raises :class:`OSError` if the file cannot be written.
        """
        before = self.first
        header = replace(self.header, start=self.state_at(before), given=self.given_until(before))
        with RecordingWriter(path, header, level=level) as writer:
            for block in self._blocks:
                if block.event > before:
                    writer.resync(self.state_at(block.event), block.begin)
                for event in self._events(block):
                    writer.event(event)
                before = block.last
            if self.schedule is not None:
                writer.schedule(self.schedule)

    def _block_of(self, event: int) -> Block:
        return self._blocks[max(0, bisect_right(self._blocks, event, key=lambda block: block.event) - 1)]

    def _events(self, block: Block) -> list[Event]:
        return self._decode_block(block)[0]

    def _times(self, block: Block) -> list[float]:
        return self._decode_block(block)[1]

    def _decode_block(self, block: Block) -> tuple[list[Event], list[float]]:
        decoded = self._decoded.get(block.event)
        # The newest block of a history grows, so what was decoded may be incomplete.
        if decoded is None or len(decoded[0]) != block.last - block.event:
            events = self._read(block)
            times = list(accumulate([event.time for event in events], max, initial=block.begin))[1:]
            decoded = self._decoded[block.event] = events, times
            while len(self._decoded) > KEPT_BLOCKS:
                self._decoded.popitem(last=False)
        self._decoded.move_to_end(block.event)
        return decoded
