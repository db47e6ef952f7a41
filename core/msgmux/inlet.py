"""A producer's channel: a bounded, closable pipe from a user's threads to the queue (the meaning is Go's).

The user's end may block; the queue's end never does. **Nothing per message takes a lock**: the fast path uses single
operations on a list, which are atomic with and without the GIL. Where two such operations must be seen together the
code publishes first and then looks again, and says so. One shared access stands on a line, so that a checker can put a
scheduling point before each.

A channel's lock is for its slow paths: waiting and closing. Lock order: queue, then channel; a channel never calls its
dispatcher with its own lock held.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Generic

from msgmux.dispatcher import Dispatcher, check_capacity, deadline_after
from msgmux.errors import Closed, Full
from msgmux.message import Payload
from msgmux.payloads import ATOMIC, SIZED, CopyPayload, Mutable, is_immutable
from msgmux.runtime.interface import Runtime

NO_PERMITS: Iterator[type] = iter(())
MOST_PERMITS = 256
"""So many are made at once, at most: few enough that a change of the payloads' type is soon learnt."""


class Inlet(Generic[Payload]):
    """A producer's channel: any number of threads put, the queue takes."""

    __slots__ = (
        "_copy",
        "_dispatcher",
        "_entered",
        "_held",
        "_ident",
        "_items",
        "_kind",
        "_limit",
        "_lock",
        "_must_notify",
        "_mutable",
        "_permits",
        "_room",
        "_runtime",
        "_sized",
        "capacity",
        "closed",
        "name",
    )

    def __init__(self, runtime: Runtime, dispatcher: Dispatcher, name: str, capacity: int, copy: CopyPayload) -> None:
        check_capacity(name, capacity)
        self.name = name
        self.capacity = capacity
        self.closed = False
        # What a put looks at after it has appended: closed, or the dispatcher must be told. One flag for both, since to
        # look at each cost 9 ns of a put's 69. Written with the queue's lock held.
        self._must_notify = dispatcher.must_notify
        # Sticky: set before the first payload that must be copied goes in, so that a node without any is known as such.
        self._mutable = False
        # The other way round: no longer true once a payload goes in that is not of a type with a length.
        self._sized = True
        # Guards waiting and closing. Once ``closed``, taking and taking back happen under it as well.
        self._lock = runtime.lock(f"{name}.channel")
        # Notified by the queue when it has taken something while a put waits, and at closing.
        self._room = runtime.condition(self._lock, f"{name}.room", must_wake=True)
        # At this level put asks the dispatcher first. The capacity; 0 while every put must ask (closed, or
        # overflow=reject).
        self._limit = capacity
        # One item for each message that may go in without a look at the level, and each is the type of payload that
        # needs no look either. To take one is a third of what both looks cost (10 of a put's 55 ns). None are left
        # over at the limit, since they were made of the room there was.
        self._permits: Iterator[type] = NO_PERMITS
        self._items: list[Any] = []
        # The type of the last payload of which no instance can change; a producer's payloads mostly are of one type.
        self._kind: type = bytes
        self._dispatcher = dispatcher
        self._entered = dispatcher.entered
        self._held = runtime.held(self._lock)
        self._ident = runtime.ident
        self._copy = copy
        self._runtime = runtime

    @property
    def _level(self) -> int:
        """Messages that wait to be linked."""
        return len(self._items)

    # The user's end

    def put(self, payload: Payload, timeout: float | None = None) -> None:
        """Put one message; wait for room at most ``timeout`` seconds (None: as long as it takes; 0: not at all).

        Raises :class:`Full` when time is up or the queue rejects it, :class:`Closed` when the producer or the queue is
        closed, :class:`TypeError` for a bool as ``timeout`` (looked at only when the put has to wait), and what
        ``copy_payload`` raises for a payload that can change. When it returns, the message is accepted and will not be
        lost. Can be called from a finalizer or a signal handler: it never waits there.
        """
        # Take a permit: the loop goes round once, or not at all when there is none left.
        for kind in self._permits:  # noqa: B007 - used after it
            break
        else:
            kind = self._ask_for_room(timeout)
        # Not its __class__: a payload may say anything of that.
        if type(payload) is not kind:
            payload = self._guarded(payload)
        try:
            self._items.append(payload)
            # Publish, then look again. The closer sets the flag before its last take, the receiver before its last look
            # into the inlets: unset here = that take, or look, sees our item.
            if self._must_notify:
                self._look_again([payload], 0)
        except Closed:
            raise
        except BaseException:
            # Interrupted, and the item may lie there: somebody must learn of it.
            self._dispatcher.alarm()
            raise

    def put_nowait(self, payload: Payload) -> None:
        """Short for ``put(payload, timeout=0)``: raises :class:`Full` at once where
        :meth:`put` would wait, and otherwise what :meth:`put` raises.
        """
        self.put(payload, 0)

    def qsize(self) -> int:
        """How many messages wait in the channel to be linked; another thread may change it at any moment."""
        return self._level

    def put_many(self, payloads: Iterable[Payload], timeout: float | None = None) -> int:
        """Put all of them in order; as :meth:`put`, with one ``timeout`` for all. Returns their number.

        ``accepted`` of a raised :class:`Full` or :class:`Closed` says how many went in before. All payloads are copied
        before the first one goes in, so where ``copy_payload`` raises, none has. A bool as ``timeout`` is a
        :class:`TypeError`.
        """
        batch: list[Any] = list(payloads)
        kind = self._kind
        # A plain loop: 8 ns a message, where a set of map(type, batch) takes 12.
        for payload in batch:
            if type(payload) is not kind:
                batch = [each if type(each) is self._kind else self._guarded(each) for each in batch]
                break
        deadline = None if timeout is None else deadline_after(self._runtime, timeout)
        items = self._items
        done = 0
        while done < len(batch):
            self._permits = NO_PERMITS
            room = self._limit - len(items)
            if room <= 0:
                try:
                    room = self._dispatcher.admit(self, deadline)
                except (Full, Closed) as error:
                    error.accepted = done
                    raise
            part = batch[done : done + room]
            try:
                items.extend(part)
                # Publish, then look again, as in put.
                if self._must_notify:
                    self._look_again(part, done)
            except Closed:
                raise
            except BaseException:
                self._dispatcher.alarm()
                raise
            done += len(part)
        return done

    def _ask_for_room(self, timeout: float | None) -> type:
        """Take a permit when there was none: ask the dispatcher if the channel is full, and make new ones."""
        # None for anybody, by an iterator that nobody else has: it is still there if nobody else came here (or to
        # put_many) since, and without a permit nothing goes in but by a look at the level, here or there.
        mine: Iterator[type] = iter(())
        self._permits = mine
        room = self._limit - len(self._items)
        if room <= 0:
            # Others may take what it finds, so that it is this put's alone.
            self._dispatcher.admit(self, None if timeout is None else deadline_after(self._runtime, timeout))
            return self._kind
        permits = iter([self._kind] * (min(room, MOST_PERMITS) - 1))
        # No call between these two, so that no other thread of this interpreter comes in between. What goes in
        # beside the permits was looked for before: at most one message for each other thread that puts.
        if self._permits is mine:
            self._permits = permits
        # Publish, then look again: whoever makes every put ask takes the permits away after the limit.
        if self._limit == 0:
            self._permits = NO_PERMITS
        return self._kind

    def _guarded(self, payload: Any) -> Any:
        kind = type(payload)
        if kind not in SIZED:
            self._sized = False
        if kind in ATOMIC:
            self._kind = kind
            return payload
        if is_immutable(payload):
            return payload
        self._mutable = True
        return Mutable(self._copy(payload))

    def _look_again(self, part: list[Any], accepted_before: int) -> None:
        """The flag was up after an append: is the channel closed, or the dispatcher to be told?"""
        if self.closed:
            self._take_back(part, accepted_before)
        if self._dispatcher.must_notify:
            self._dispatcher.wake()

    def _take_back(self, part: list[Any], accepted_before: int) -> None:
        """The channel was closed around an append: take out what the queue has not taken, and raise if there is any.

        The queue takes from the front, so what is left of ours is a tail of ``part``, found from the end by identity.
        """
        items = self._items
        self._entered[self._ident()] = self._held
        with self._lock:
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

    def _take(self, n: int) -> list[Any]:
        """Take the first ``n`` messages. With the queue's lock held, which makes the caller the only taker."""
        items = self._items
        taken = items[:n]
        # Appends go to the other end, so the first are still the same. Not `n` of them: a closed channel may hold fewer
        # by now, and what is appended meanwhile is for its put to take back.
        del items[: len(taken)]
        return taken

    def _wait_for_room(self, deadline: float | None) -> bool:
        """Wait until there is room or the channel is closed; False when the time is up."""
        self._entered[self._ident()] = self._held
        with self._lock:
            while len(self._items) >= self.capacity and not self.closed:
                left = None if deadline is None else deadline - self._runtime.now()
                if left is not None and left <= 0:
                    return False
                self._runtime.wait(self._room, left)
        return True

    def _announce_room(self) -> None:
        with self._lock:
            self._room.notify_all()

    def _ask_always(self, always: bool) -> None:
        """Whether each put must ask the dispatcher, room or not."""
        self._limit = 0 if always or self.closed else self.capacity
        self._permits = NO_PERMITS

    def _abandon(self) -> None:
        """Refuse everything, without a look at a lock that may never be free again."""
        self._lock = self._runtime.lock(f"{self.name}.channel")
        self._held = self._runtime.held(self._lock)
        self.closed = True
        self._must_notify = True
        self._limit = 0
        self._permits = NO_PERMITS

    def _shut(self) -> None:
        """Refuse puts from now on; those that wait for room are woken, and raise."""
        # In this order: whoever sees the channel closed is refused, and before the last take every put sees it.
        self.closed = True
        self._must_notify = True
        self._limit = 0
        self._permits = NO_PERMITS
        with self._lock:
            self._room.notify_all()
