"""Channels: bounded, closable pipes between a user's threads and the queue (the word and the meaning are Go's).

An :class:`Inlet` leads from a producer to the queue, an :class:`Outlet` from the queue to a consumer. The user's end
may block; the queue's end never does. **Nothing per message takes a lock**: the fast paths use single operations on a
list or deque, which are atomic with and without the GIL. Where two such operations must be seen together the code
publishes first and then looks again, and says so. One shared access stands on a line, so that a checker can put a
scheduling point before each.

A channel's lock is for its slow paths: waiting, closing, taking a chunk. Lock order: queue, then channel; a channel
never calls its hub with its own lock held.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from msgmux.errors import Closed, Empty, Full
from msgmux.message import Batch, Chunk, Message
from msgmux.payloads import ATOMIC, SIZED, CopyPayload, Mutable, copies, is_immutable
from msgmux.runtime.interface import Runtime

EAGER_CAPACITY = 64
"""Outlets up to this size are refilled at every message of room; a larger one when it is dry, by the thread that finds
it so. To ask whether it is time at every message cost 150 ns for each, at half of the channel still 5."""

NO_PERMITS: Iterator[type] = iter(())
MOST_PERMITS = 256
"""So many are made at once, at most: few enough that a change of the payloads' type is soon learnt."""


class Hub(Protocol):
    """What a channel asks of its queue. Every call takes the queue's lock."""

    armed: bool
    """True while nobody has promised to look into the inlets: the next put must ring. Inlets know it as ``alert``."""

    def ring(self) -> None:
        """Something was put while ``armed``."""

    def admit(self, inlet: "Inlet", deadline: float | None) -> int:
        """Make room in a full inlet, or wait for it. Returns how many messages may go in now, at least 1.

        Raises :class:`Full` when there is none in time and :class:`Closed` when the channel is closed.
        """

    def fetch(self, outlet: "Outlet") -> None:
        """The outlet is dry: fill it, or see to it that whoever fills it wakes those that wait on ``arrival``."""

    def relieve(self, outlet: "Outlet") -> None:
        """The outlet is ``thirsty`` and has room again."""


class Inlet:
    """A producer's channel: any number of threads put, the queue takes."""

    __slots__ = (
        "_copy",
        "_hub",
        "_items",
        "_kind",
        "_limit",
        "_permits",
        "_runtime",
        "alert",
        "capacity",
        "closed",
        "lock",
        "mutable",
        "name",
        "room",
        "sized",
    )

    def __init__(self, runtime: Runtime, hub: Hub, name: str, capacity: int, copy: CopyPayload) -> None:
        check_capacity(name, capacity)
        self.name = name
        self.capacity = capacity
        self.closed = False
        # What a put looks at after it has appended: closed, or the hub armed. One flag for both, since looking at each
        # cost 9 ns of a put's 69. Written with the queue's lock held.
        self.alert = hub.armed
        # Sticky: set before the first payload that must be copied goes in, so that a node without any is known as such.
        self.mutable = False
        # The other way round: no longer true once a payload goes in that is not of a type with a length.
        self.sized = True
        # Guards waiting and closing. Once ``closed``, taking and taking back happen under it as well.
        self.lock = runtime.lock(f"{name}.channel")
        # Notified by the queue when it has taken something while a put waits, and at closing.
        self.room = runtime.condition(self.lock, f"{name}.room", must_wake=True)
        # At this level put asks the hub first. The capacity; 0 while every put must ask (closed, or overflow=reject).
        self._limit = capacity
        # One item for each message that may go in without a look at the level, and each is the type of payload that
        # needs no look either. To take one is a third of what both looks cost (10 of a put's 55 ns). None are left
        # over at the limit, since they were made of the room there was.
        self._permits: Iterator[type] = NO_PERMITS
        self._items: list[Any] = []
        # The type of the last payload of which no instance can change; a producer's payloads mostly are of one type.
        self._kind: type = bytes
        self._hub = hub
        self._copy = copy
        self._runtime = runtime

    @property
    def level(self) -> int:
        """Messages that wait to be linked."""
        return len(self._items)

    # The user's end

    def put(self, payload: Any, timeout: float | None = None) -> None:
        """Put one message; wait for room at most ``timeout`` seconds (None: as long as it takes; 0: not at all).

        Raises :class:`Full` when time is up or the queue rejects it, and :class:`Closed` when the producer or the
        queue is closed. When it returns, the message is accepted and will not be lost.
        """
        # Take a permit: the loop goes round once, or not at all when there is none left.
        for kind in self._permits:  # noqa: B007 - used after it
            break
        else:
            kind = self._ask_for_room(timeout)
        if payload.__class__ is not kind:
            payload = self._guarded(payload)
        self._items.append(payload)
        # Publish, then look again. The closer sets the flag before its last take, the receiver before its last look
        # into the inlets: unset here = that take, or look, sees our item.
        if self.alert:
            self._look_again([payload], 0)

    def put_many(self, payloads: Iterable[Any], timeout: float | None = None) -> int:
        """Put all of them in order; as :meth:`put`, with one ``timeout`` for all. Returns their number.

        ``accepted`` of a raised :class:`Full` or :class:`Closed` says how many went in before.
        """
        batch = list(payloads)
        kind = self._kind
        # A plain loop: 8 ns a message, where a set of map(type, batch) takes 12.
        for payload in batch:
            if payload.__class__ is not kind:
                batch = [each if each.__class__ is self._kind else self._guarded(each) for each in batch]
                break
        deadline = None if timeout is None else self._runtime.now() + timeout
        items = self._items
        done = 0
        while done < len(batch):
            self._permits = NO_PERMITS
            room = self._limit - len(items)
            if room <= 0:
                try:
                    room = self._hub.admit(self, deadline)
                except (Full, Closed) as error:
                    error.accepted = done
                    raise
            part = batch[done : done + room]
            items.extend(part)
            # Publish, then look again, as in put.
            if self.alert:
                self._look_again(part, done)
            done += len(part)
        return done

    def _ask_for_room(self, timeout: float | None) -> type:
        """Take a permit when there was none: ask the hub if the channel is full, and make new ones."""
        room = self._limit - len(self._items)
        if room <= 0:
            room = self._hub.admit(self, None if timeout is None else self._runtime.now() + timeout)
        self._permits = iter([self._kind] * (min(room, MOST_PERMITS) - 1))
        # Publish, then look again: whoever made every put ask took the permits away before this.
        if not self._limit:
            self._permits = NO_PERMITS
        return self._kind

    def _guarded(self, payload: Any) -> Any:
        kind = payload.__class__
        if kind not in SIZED:
            self.sized = False
        if kind in ATOMIC:
            self._kind = kind
            return payload
        if is_immutable(payload):
            return payload
        self.mutable = True
        return Mutable(self._copy(payload))

    def _look_again(self, part: list[Any], accepted_before: int) -> None:
        """The flag was up after an append: is the channel closed, or the hub to be told?"""
        if self.closed:
            self._take_back(part, accepted_before)
        if self._hub.armed:
            self._hub.ring()

    def _take_back(self, part: list[Any], accepted_before: int) -> None:
        """The channel was closed around an append: take out what the queue has not taken, and raise if there is any.

        The queue takes from the front, so what is left of ours is a tail of ``part``, found from the end by identity.
        """
        items = self._items
        with self.lock:
            left = 0
            end = len(items)
            while end and items[end - 1] is not part[-1]:
                end -= 1
            while left < len(part) and end - left > 0 and items[end - left - 1] is part[-1 - left]:
                left += 1
            del items[end - left : end]
        if left:
            raise Closed(
                f"producer {self.name!r} was closed before the put was accepted; register it again to put more",
                accepted_before + len(part) - left,
            )

    # The queue's end

    def take(self, n: int) -> list[Any]:
        """Take the first ``n`` messages. With the queue's lock held, which makes the caller the only taker."""
        if self.closed:
            with self.lock:
                return self._cut(n)
        return self._cut(n)

    def _cut(self, n: int) -> list[Any]:
        items = self._items
        taken = items[:n]
        # Appends go to the other end, so the first are still the same. Not `n` of them: a closed channel may hold fewer
        # by now, and what is appended meanwhile is for its put to take back.
        del items[: len(taken)]
        return taken

    def wait_for_room(self, deadline: float | None) -> bool:
        """Wait until there is room or the channel is closed; False when the time is up."""
        with self.lock:
            while len(self._items) >= self.capacity and not self.closed:
                left = None if deadline is None else deadline - self._runtime.now()
                if left is not None and left <= 0:
                    return False
                self._runtime.wait(self.room, left)
        return True

    def announce_room(self) -> None:
        with self.lock:
            self.room.notify_all()

    def ask_always(self, always: bool) -> None:
        """Whether each put must ask the hub, room or not."""
        self._limit = 0 if always or self.closed else self.capacity
        self._permits = NO_PERMITS

    def shut(self) -> None:
        """Refuse puts from now on; those that wait for room are woken, and raise."""
        with self.lock:
            self.closed = True
            self.alert = True
            self._limit = 0
            self._permits = NO_PERMITS
            self.room.notify_all()


class Outlet:
    """A consumer's channel: the queue sends chunks, any number of threads take messages; each goes to one of them."""

    __slots__ = (
        "_chunks",
        "_copy",
        "_hub",
        "_moved",
        "_ready",
        "_runtime",
        "arrival",
        "capacity",
        "closed",
        "eager",
        "held_up",
        "lock",
        "name",
        "sent",
        "thirsty",
        "waiting",
    )

    def __init__(self, runtime: Runtime, hub: Hub, name: str, capacity: int, copy: CopyPayload) -> None:
        check_capacity(name, capacity)
        self.name = name
        self.capacity = capacity
        self.closed = False
        # These belong to the queue's lock. held_up: messages wait in the list because this channel is full. waiting:
        # notify on arrival.
        self.held_up = False
        self.waiting = False
        # Held up, and to be refilled at every message of room: the taker looks at it after taking, the sender at the
        # level again after setting it.
        self.thirsty = False
        # Messages ever sent (the queue alone adds) and ever moved out of chunks (takers add, under the lock).
        self.sent = 0
        self._moved = 0
        # Makes takers of chunks one at a time, and guards waiting and closing.
        self.lock = runtime.lock(f"{name}.channel")
        # Notified by the queue when something was sent while `waiting`, and at closing.
        self.arrival = runtime.condition(self.lock, f"{name}.arrival")
        self._chunks: deque[Chunk] = deque()
        # The messages of one chunk, made but not yet read: what single gets and iteration live on.
        self._ready: deque[Message] = deque()
        self.eager = capacity <= EAGER_CAPACITY
        self._hub = hub
        self._copy = copy
        self._runtime = runtime

    @property
    def level(self) -> int:
        """Messages that were sent and not yet read."""
        return self.sent - self._moved + len(self._ready)

    # The user's end

    def get(self, timeout: float | None = None) -> Message:
        """The next message; wait for it at most ``timeout`` seconds (None: as long as it takes; 0: not at all).

        Raises :class:`Empty` when time is up, and :class:`Closed` when the consumer is closed and all is read.
        """
        try:
            message = self._ready.popleft()
        except IndexError:
            return self._next_message(timeout)
        if self.thirsty:
            self._hub.relieve(self)
        return message

    def get_many(self, max: int, timeout: float | None = None) -> Batch:
        """Up to ``max`` messages: waits for at least one, then gives what is there.

        The batch is empty when ``timeout`` seconds have passed. Raises :class:`Closed` as :meth:`get` does.
        """
        if max < 1:
            raise ValueError(f"max must be at least 1; got {max!r}")
        deadline = None if timeout is None else self._runtime.now() + timeout
        while True:
            with self.lock:
                chunks = self._take_chunks(max)
            if chunks:
                break
            try:
                self._wait_for_arrival(deadline)
            except Empty:
                return Batch()
        if self.thirsty:
            self._hub.relieve(self)
        return Batch(self._copied(chunks))

    def __iter__(self) -> Iterator[Message]:
        """Messages until the consumer is closed and all is read. Leaving the loop loses nothing."""
        take = self._ready.popleft
        while True:
            try:
                if self.eager:
                    while True:
                        message = take()
                        if self.thirsty:
                            self._hub.relieve(self)
                        yield message
                # Nobody looks for room in a large channel: 5 of a message's 90 ns less.
                while True:
                    yield take()
            except IndexError:
                pass
            try:
                message = self._next_message(None)
            except Closed:
                return
            yield message

    def _next_message(self, timeout: float | None) -> Message:
        """The slow path of get: open the next chunk, waiting for one if need be."""
        message = self._open_chunk(None if timeout is None else self._runtime.now() + timeout)
        if self.thirsty:
            self._hub.relieve(self)
        return message

    def _open_chunk(self, deadline: float | None) -> Message:
        ready = self._ready
        while True:
            if self.dry:
                self._wait_for_arrival(deadline)
            single = None
            with self.lock:
                if not ready and self._chunks:
                    chunk = self._chunks.popleft()
                    n = len(chunk.payloads)
                    if chunk.mutable and n > 1:
                        # Copying may be slow and runs the payload's own code: one message, and outside the lock.
                        chunk, rest = chunk.split(1)
                        self._chunks.appendleft(rest)
                        n = 1
                    self._moved += n
                    if n == 1:
                        single = chunk
                    else:
                        ready.extend(chunk.messages())
            if single is not None:
                return (self._copied([single])[0] if single.mutable else single).first()
            try:
                return ready.popleft()
            except IndexError:
                # Another thread that shares this handle was quicker.
                continue

    def _take_chunks(self, most: int) -> list[Chunk]:
        """What is there, up to ``most`` messages, with the lock held."""
        taken: list[Chunk] = []
        ready = self._ready
        while ready and most:
            try:
                message = ready.popleft()
            except IndexError:
                # A single get, which takes no lock, was quicker.
                break
            taken.append(
                Chunk(message.producer, message.seq, message.producer_seq, message.timestamp, [message.payload])
            )
            most -= 1
        chunks = self._chunks
        while chunks and most:
            chunk = chunks.popleft()
            if len(chunk.payloads) > most:
                chunk, rest = chunk.split(most)
                chunks.appendleft(rest)
            taken.append(chunk)
            most -= len(chunk.payloads)
            self._moved += len(chunk.payloads)
        return taken

    def _copied(self, chunks: list[Chunk]) -> list[Chunk]:
        """The chunks as a consumer may have them. A copy that raises costs its own message and no other."""
        done: list[Chunk] = []
        for index, chunk in enumerate(chunks):
            if not chunk.mutable:
                done.append(chunk)
                continue
            payloads: list[Any] = []
            try:
                for payload in copies(chunk.payloads, self._copy):
                    payloads.append(payload)
            except BaseException:
                head, rest = chunk.split(len(payloads))
                self._give_back([*chunks[:index], head, rest.split(1)[1], *chunks[index + 1 :]])
                raise
            done.append(Chunk(chunk.producer, chunk.seq, chunk.producer_seq, chunk.timestamp, payloads))
        return done

    def _give_back(self, chunks: list[Chunk]) -> None:
        with self.lock:
            for chunk in reversed(chunks):
                if chunk.payloads:
                    self._chunks.appendleft(chunk)
                    self._moved -= len(chunk.payloads)
            self.arrival.notify_all()

    def _wait_for_arrival(self, deadline: float | None) -> None:
        """Return when there may be something to take. Raises Empty when time is up, Closed when nothing will come.

        Waits once at most: `waiting` is spent by a delivery, whoever takes it, so each wait must go by `fetch` again.
        """
        self._hub.fetch(self)
        if not self.dry:
            return
        with self.lock:
            if self._chunks or self._ready:
                return
            if self.closed:
                raise Closed(f"consumer {self.name!r} is closed and everything in its channel has been read")
            left = None if deadline is None else deadline - self._runtime.now()
            if left is not None and left <= 0:
                raise Empty(f"nothing arrived for consumer {self.name!r} in time")
            # Unset: the channel was not dry for the queue, but another thread that shares this handle was quicker. Then
            # nobody would wake us, so we ask again. Set: whoever unsets it must take our lock to announce the arrival.
            if self.waiting:
                self._runtime.wait(self.arrival, left)

    # The queue's end

    def hold_up(self, held_up: bool) -> None:
        """With the queue's lock held: does this channel hold up its consumer?"""
        self.held_up = held_up
        self.thirsty = held_up and self.eager

    @property
    def dry(self) -> bool:
        return not self._chunks and not self._ready

    def send(self, chunk: Chunk) -> None:
        """With the queue's lock held, which makes the caller the only sender; never waits."""
        self._chunks.append(chunk)
        self.sent += len(chunk.payloads)

    def announce_arrival(self) -> None:
        with self.lock:
            self.arrival.notify_all()

    def shut(self) -> None:
        """Nothing more will be sent; those that wait are woken. What is in the channel can still be read."""
        with self.lock:
            self.closed = True
            self.arrival.notify_all()


def check_capacity(name: str, capacity: int) -> None:
    """Raise :class:`ValueError` unless a channel can have that capacity."""
    if capacity < 1:
        raise ValueError(f"capacity of {name!r} must be at least 1 message; got {capacity!r}")
