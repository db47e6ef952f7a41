"""A consumer's channel: a bounded, closable pipe from the queue to a user's threads.

The rules are those of :mod:`msgmux.inlet`: no lock per message, single atomic operations, publish and then look again.
The channel's lock is for waiting, closing, and taking a chunk.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Generic

from msgmux.dispatcher import Dispatcher, check_capacity, deadline_after
from msgmux.errors import Closed, Empty, Reentered
from msgmux.message import Batch, Chunk, Message, Payload
from msgmux.payloads import CopyPayload, copies
from msgmux.runtime.interface import Runtime

EAGER_CAPACITY = 64
"""Outlets up to this size are refilled at every message of room; a larger one when it is dry, by the thread that finds
it so. To ask whether it is time at every message cost 150 ns for each, at half of the channel still 5."""


class Outlet(Generic[Payload]):
    """A consumer's channel: the queue sends chunks, any number of threads take messages; each goes to one of them."""

    __slots__ = (
        "_arrival",
        "_backpressured",
        "_chunks",
        "_copy",
        "_dispatcher",
        "_eager",
        "_entered",
        "_held",
        "_ident",
        "_lock",
        "_moved",
        "_ready",
        "_runtime",
        "_sent",
        "_waiting",
        "_wants_refill",
        "capacity",
        "closed",
        "name",
    )

    def __init__(self, runtime: Runtime, dispatcher: Dispatcher, name: str, capacity: int, copy: CopyPayload) -> None:
        check_capacity(name, capacity)
        self.name = name
        self.capacity = capacity
        self.closed = False
        # These belong to the queue's lock. Backpressured: messages wait in the list, for this channel is full. Waiting:
        # notify on arrival.
        self._backpressured = False
        self._waiting = False
        # Backpressured, and to be refilled at every message of room: the taker looks at it after taking, the sender at
        # the level again after setting it.
        self._wants_refill = False
        # Messages ever sent (the queue alone adds) and ever moved out of chunks (takers add, under the lock).
        self._sent = 0
        self._moved = 0
        # Makes takers of chunks one at a time, and guards waiting and closing.
        self._lock = runtime.lock(f"{name}.channel")
        # Notified by the queue when something was sent while `waiting`, and at closing.
        self._arrival = runtime.condition(self._lock, f"{name}.arrival")
        self._chunks: deque[Chunk] = deque()
        # The messages of one chunk, made but not yet read: what single gets and iteration live on.
        self._ready: deque[Message[Payload]] = deque()
        self._eager = capacity <= EAGER_CAPACITY
        self._dispatcher = dispatcher
        self._entered = dispatcher.entered
        self._held = runtime.held(self._lock)
        self._ident = runtime.ident
        self._copy = copy
        self._runtime = runtime

    @property
    def _level(self) -> int:
        """Messages that were sent and not yet read."""
        return self._sent - self._moved + len(self._ready)

    # The user's end

    def get(self, timeout: float | None = None) -> Message[Payload]:
        """The next message; wait for it at most ``timeout`` seconds (None: as long as it takes; 0: not at all).

        Raises :class:`Empty` when time is up, :class:`Closed` when the consumer is closed and all is read,
        :class:`TypeError` for a bool as ``timeout`` (looked at only where no message lies ready),
        :class:`Reentered` from a finalizer or a signal handler that interrupts the queue, and what ``copy_payload``
        raises, which costs that message and no other.

        Interrupted (Ctrl+C), it may lose the one message that it was about to return, as :class:`queue.Queue` may;
        never another one, nor the order.
        """
        try:
            message = self._ready.popleft()
        except IndexError:
            return self._next_message(timeout)
        if self._wants_refill:
            self._dispatcher.refill(self)
        return message

    def get_nowait(self) -> Message[Payload]:
        """Short for ``get(timeout=0)``: raises :class:`Empty` at once where :meth:`get` would wait, and otherwise
        what :meth:`get` raises.
        """
        return self.get(0)

    def get_many(self, max: int, timeout: float | None = None) -> Batch[Payload]:
        """Up to ``max`` messages: waits for at least one, then gives what is there.

        The batch is empty when ``timeout`` seconds have passed. Raises :class:`ValueError` when ``max`` is less than 1,
        and otherwise, except :class:`Empty`, what :meth:`get` does. Interrupted, it may lose the batch that it was
        about to return, and no other message.
        """
        if max < 1:
            raise ValueError(f"max must be at least 1; got {max!r}")
        deadline = None if timeout is None else deadline_after(self._runtime, timeout)
        chunks: list[Chunk] = []
        try:
            while True:
                # The lock is reentrant, so it would let in a handler that interrupts its holder.
                if self._held():
                    raise Reentered
                self._entered[self._ident()] = self._held
                with self._lock:
                    self._take_chunks(max, chunks)
                if chunks:
                    break
                try:
                    self._wait_for_arrival(deadline)
                except Empty:
                    return Batch()
            if self._wants_refill:
                self._dispatcher.refill(self)
        except BaseException:
            # Interrupted: the next get has them.
            if chunks:
                self._give_back(chunks)
            raise
        for chunk in chunks:
            if chunk.mutable:
                return Batch(self._copied(chunks))
        return Batch(chunks)

    def __iter__(self) -> Iterator[Message[Payload]]:
        """Messages until the consumer is closed and all is read. Leaving the loop loses nothing.

        Raises :class:`Reentered` and what ``copy_payload`` raises, as :meth:`get` does.
        """
        take = self._ready.popleft
        while True:
            try:
                if self._eager:
                    while True:
                        message = take()
                        if self._wants_refill:
                            self._dispatcher.refill(self)
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

    def _next_message(self, timeout: float | None) -> Message[Payload]:
        """The slow path of get: open the next chunk, waiting for one if need be."""
        message = self._open_chunk(None if timeout is None else deadline_after(self._runtime, timeout))
        if self._wants_refill:
            self._dispatcher.refill(self)
        return message

    def _open_chunk(self, deadline: float | None) -> Message[Payload]:
        ready = self._ready
        while True:
            if not self._chunks and not ready:
                self._wait_for_arrival(deadline)
            single = None
            # As in get_many.
            if self._held():
                raise Reentered
            self._entered[self._ident()] = self._held
            with self._lock:
                if not ready and self._chunks:
                    # Looked at first; taken by stores in a row, without a call, so that nothing comes in between.
                    chunks = self._chunks
                    chunk = chunks[0]
                    n = len(chunk.payloads)
                    if chunk.mutable and n > 1:
                        # Copying may be slow and runs the payload's own code: one message, and outside the lock.
                        single, rest = chunk.split(1)
                        moved = self._moved + 1
                        chunks[0] = rest
                        self._moved = moved
                    elif n == 1:
                        moved = self._moved + 1
                        single = chunk
                        del chunks[0]
                        self._moved = moved
                    else:
                        messages = list(chunk.messages())
                        moved = self._moved + n
                        # Before they are counted as moved: in between the channel seems fuller than it is, not emptier.
                        ready += messages
                        del chunks[0]
                        self._moved = moved
            if single is not None:
                try:
                    if not single.mutable:
                        return single.first()
                except BaseException:
                    self._give_back([single])
                    raise
                return self._copied([single])[0].first()
            try:
                return ready.popleft()
            except IndexError:
                # Another thread that shares this handle was quicker.
                continue

    def _take_chunks(self, most: int, taken: list[Chunk]) -> None:
        """Move what is there, up to ``most`` messages, to ``taken``; with the lock held.

        Each moves there in one go, by stores without a call.
        """
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
            chunk = chunks[0]
            n = len(chunk.payloads)
            if n > most:
                chunk, rest = chunk.split(most)
                one, moved = (chunk,), self._moved + most
                most = 0
                taken += one
                chunks[0] = rest
                self._moved = moved
            else:
                one, moved = (chunk,), self._moved + n
                most -= n
                taken += one
                del chunks[0]
                self._moved = moved

    def _copied(self, chunks: list[Chunk]) -> list[Chunk]:
        """The chunks as a consumer may have them. A copy that raises costs its own message and no other.

        One that is interrupted costs none, for it is not the message's fault: the next get has it.
        """
        done: list[Chunk] = []
        for index, chunk in enumerate(chunks):
            if not chunk.mutable:
                done.append(chunk)
                continue
            payloads: list[Any] = []
            try:
                for payload in copies(chunk.payloads, self._copy):
                    payloads.append(payload)
            except BaseException as error:
                if not isinstance(error, Exception):
                    self._give_back(chunks)
                    raise
                head, rest = chunk.split(len(payloads))
                self._give_back([*chunks[:index], head, rest.split(1)[1], *chunks[index + 1 :]])
                raise
            done.append(Chunk(chunk.producer, chunk.seq, chunk.producer_seq, chunk.timestamp, payloads))
        return done

    def _give_back(self, chunks: list[Chunk]) -> None:
        self._entered[self._ident()] = self._held
        with self._lock:
            for chunk in reversed(chunks):
                if chunk.payloads:
                    self._chunks.appendleft(chunk)
                    self._moved -= len(chunk.payloads)
            self._arrival.notify_all()

    def _wait_for_arrival(self, deadline: float | None) -> None:
        """Return when there may be something to take. Raises Empty when time is up, Closed when nothing will come.

        Waits once at most: `waiting` is spent by a delivery, whoever takes it, so each wait must go by `fetch` again.
        """
        self._dispatcher.fetch(self)
        if self._chunks or self._ready:
            return
        self._entered[self._ident()] = self._held
        with self._lock:
            if self._chunks or self._ready:
                return
            if self.closed:
                raise Closed(f"consumer {self.name!r} is closed and everything in its channel has been read")
            left = None if deadline is None else deadline - self._runtime.now()
            if left is not None and left <= 0:
                raise Empty(f"nothing arrived for consumer {self.name!r} in time")
            # Unset: the channel was not dry for the queue, but another thread that shares this handle was quicker. Then
            # nobody would wake us, so we ask again. Set: whoever unsets it must take our lock to announce the arrival.
            if self._waiting:
                self._runtime.wait(self._arrival, left)

    # The queue's end

    def _set_backpressured(self, backpressured: bool) -> None:
        """With the queue's lock held: does this channel hold up its consumer?"""
        self._backpressured = backpressured
        self._wants_refill = backpressured and self._eager

    @property
    def _dry(self) -> bool:
        return not self._chunks and not self._ready

    def _send(self, chunk: Chunk) -> None:
        """With the queue's lock held, which makes the caller the only sender; never waits."""
        self._chunks.append(chunk)
        self._sent += len(chunk.payloads)

    def _announce_arrival(self) -> None:
        with self._lock:
            self._arrival.notify_all()
            # Afterwards, and in the same hold: an exception in between leaves somebody to be told again, not asleep.
            self._waiting = False

    def _abandon(self) -> None:
        """Give nothing more, without a look at a lock that may never be free again."""
        self._lock = self._runtime.lock(f"{self.name}.channel")
        self._held = self._runtime.held(self._lock)
        self.closed = True
        self._ready = deque()
        self._chunks = deque()

    def _shut(self) -> None:
        """Nothing more will be sent; those that wait are woken. What is in the channel can still be read."""
        self.closed = True
        with self._lock:
            self._arrival.notify_all()
