"""Any moment of what was recorded: the state then, the events from there, and where to jump to.

What happened is kept as blocks of a few thousand events, each with the state that its first event follows on (its key
frame), packed. A state is made from the key frame before it and the events in between: seeking costs one block,
wherever it goes, and the same moment always gives the same state, whatever was looked at before.
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
KEPT_BLOCKS = 4
"""Blocks whose events are kept decoded: about 3 MB each."""


class Block(msgspec.Struct, frozen=True):
    """The events after number ``event``, up to number ``last``; none is missing among them.

    ``begin`` and ``end`` are seconds; ``tail`` is the list's last seq at its beginning. ``frame`` is the packed state
    there; ``where`` and ``size`` tell the timeline where the events are.
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
    """A key frame as a block keeps it: about a tenth of its size in a file."""
    return zlib.compress(msgspec.msgpack.encode(state), 1)


def unpack(frame: bytes) -> QueueState:
    """What :func:`pack` packed."""
    return msgspec.msgpack.decode(zlib.decompress(frame), type=QueueState)


class Timeline(ABC):
    """What happened from event ``first`` (the number that the first state includes) to event ``last``.

    Positions are numbers of events; a state at a position includes that event. Times are seconds of the recorded
    runtime. A position outside is taken for the nearest one inside.
    """

    header: Header
    growing = False
    """Does a session go on that adds to it?"""
    schedule: Schedule | None = None
    """What the scheduler of an exact run chose, as far as that is known."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._landmarks = Landmarks()
        # By the first event of a block: its events, and the time of each, as late as any before it (a cleaner pass by
        # hand may bear the time that it was given).
        self._decoded: OrderedDict[int, tuple[list[Event], list[float]]] = OrderedDict()
        # The fold that made the last state, to go on from, and the first event of its block.
        self._fold: Fold | None = None
        self._fold_block = -1

    @abstractmethod
    def _read(self, block: Block) -> list[Event]:
        """The events of a block."""

    @abstractmethod
    def overview(self) -> tuple[Bucket, ...]:
        """The length of the list and the largest lag over time, for a scrub bar: at most some 1,000 buckets."""

    @property
    def first(self) -> int:
        return self._blocks[0].event

    @property
    def last(self) -> int:
        return self._blocks[-1].last

    @property
    def begin(self) -> float:
        """When it begins: the time of the first event."""
        return self._blocks[0].begin

    @property
    def end(self) -> float:
        """The time of the last event."""
        return self._blocks[-1].end

    @property
    def missed(self) -> int:
        """Events that nobody recorded, somewhere in between."""
        blocks = self._blocks
        return sum([after.event - before.last for before, after in zip(blocks, islice(blocks, 1, None), strict=False)])

    @property
    def markers(self) -> tuple[Marker, ...]:
        """The marks that were left, the first thousand."""
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
        """The state that includes all that happened up to that time."""
        return self.state_at(self.event_at_time(seconds))

    def event_at_time(self, seconds: float) -> int:
        """The last event that happened at that time or before."""
        index = max(0, bisect_right(self._blocks, seconds, key=lambda block: block.begin) - 1)
        block = self._blocks[index]
        if block.end <= seconds:
            return block.last
        return block.event + bisect_right(self._times(block), seconds)

    def time_of(self, event: int) -> float:
        """When it happened; for the very first position, when the recording begins."""
        block = self._block_of(event)
        if event <= block.event:
            return block.begin
        return self._times(block)[min(event, block.last) - block.event - 1]

    def event_of_seq(self, seq: int) -> int:
        """The event that linked the message ``seq``; the nearest position where none that is recorded did."""
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
        """The next event of that kind after position ``after``."""
        return self._landmarks.after(after, kind)

    def previous_event(self, before: int, kind: Kind) -> int | None:
        """The last event of that kind before ``before``."""
        return self._landmarks.before(before, kind)

    def given(self) -> tuple[Given, ...]:
        """The commands of an exact run, from its very beginning: those before this timeline's, then its own."""
        return self.given_until(self.last)

    def given_until(self, event: int) -> tuple[Given, ...]:
        """Those of them that were told by the event of that number."""
        found = {given.placed: given for given in self.header.given}
        number = self.next_event(self.first, "command")
        while number is not None and number <= event:
            for told in self.events_between(number - 1, number):
                if isinstance(told, Commanded) and told.placed is not None:
                    found.setdefault(told.placed, Given(told.command, told.who, told.placed))
            number = self.next_event(number, "command")
        return tuple(found.values())

    def follows(self, event: int) -> bool:
        """Does the event after position ``event`` follow on its state, with none missed in between?"""
        return event < self.last and event < self._block_of(event).last

    def save(self, path: Path, *, level: int = LEVEL) -> None:
        """Write all of it as a recording, compressed (so hard) where the name ends in .gz. Raises :class:`OSError`."""
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
        # The newest block of a history still grows.
        if decoded is None or len(decoded[0]) != block.last - block.event:
            events = self._read(block)
            times = list(accumulate([event.time for event in events], max, initial=block.begin))[1:]
            decoded = self._decoded[block.event] = events, times
            while len(self._decoded) > KEPT_BLOCKS:
                self._decoded.popitem(last=False)
        self._decoded.move_to_end(block.event)
        return decoded
