"""The sources that can be published: the events of a queue, or the frames of a session."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec.structs import replace

from msgmux.commands import AnyCommand, Outcome
from msgmux.events import FREQUENT, Event, Put
from msgmux.log import Subscription
from msgmux.publishing.allowing import Allowed, perform
from msgmux.queue import MessageQueue
from msgmux.recording import Header
from msgmux.state import QueueState

MOST_WAITING = 65_536
"""Most events of a session that wait for the publisher's thread; more of them are replaced by a key frame."""

Answer = Callable[[Outcome], None]


class Source(Protocol):
    """What a publisher gets events and states from. Only the publisher's thread uses it.

    Between :meth:`open` and :meth:`shut` it gives every event; otherwise it costs the published queue nothing.
    """

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of the kinds of commands that it takes from viewers."""
        ...

    def header(self) -> Header:
        """The header of a stream that begins now, with the whole state."""
        ...

    def now(self) -> float:
        """The time of the source's clock, in seconds."""
        ...

    @property
    def speed(self) -> float:
        """How many seconds of the source's clock pass in a second of wall time; 0: it is paused."""
        ...

    def told(self) -> Sequence[str]:
        """The remarks for viewers since the last call."""
        ...

    def open(self) -> None:
        """Begin to collect events. Idempotent."""
        ...

    def shut(self) -> None:
        """Stop collecting events, and forget those that were not fetched. Idempotent."""
        ...

    def events(self) -> tuple[Sequence[Event], int]:
        """The events since the last call, and how many were missed before them."""
        ...

    def watch(self) -> QueueState:
        """Begin to collect rare events (those not in :data:`msgmux.events.FREQUENT`), whether it is open or not, and
        return the state before the first of them.
        """
        ...

    def unwatch(self) -> None:
        """Stop collecting rare events, and forget those that were not fetched. Idempotent."""
        ...

    def rare(self) -> tuple[Sequence[Event], int]:
        """The rare events since the last call, and how many of them were missed."""
        ...

    def picture(self, nodes: int | None = None) -> QueueState:
        """The state now, with only the newest ``nodes`` nodes (None: with all that a state has).

        While the source is shut, each picture has a greater ``event`` number than the one before. While the source is
        watched, no picture of a queue has that of a rare event.
        """
        ...

    def give(self, command: AnyCommand, who: str, answer: Answer) -> None:
        """Perform or refuse a command. ``answer`` is called with the outcome, now or later, by any thread."""
        ...


class QueueSource:
    """A queue in this process. Without ``previews``, nothing of a payload is sent to viewers.

    ``allow``: as for :func:`msgmux.publish`; raises :class:`MsgmuxError` for an unknown word.
    """

    def __init__(self, queue: MessageQueue, title: str, *, allow: Iterable[str] = (), previews: bool = True) -> None:
        self._queue = queue
        self._title = title
        self._allowed = Allowed(allow)
        self._previews = previews
        self._subscription: Subscription | None = None
        self._watching: Subscription | None = None
        self._missed = 0
        self._began = queue.runtime.now()

    @property
    def takes(self) -> tuple[str, ...]:
        return self._allowed.takes

    def header(self) -> Header:
        return Header(
            self._shown(self._queue.snapshot()),
            self._title,
            "",
            0,
            "virtual" if self._queue.runtime.exact else "threads",
            driver="session",
            began=self._began,
            takes=self.takes,
        )

    def now(self) -> float:
        return self._queue.runtime.now()

    @property
    def speed(self) -> float:
        return 1.0

    def told(self) -> Sequence[str]:
        return ()

    def open(self) -> None:
        if self._subscription is None:
            # While nobody subscribes, events are not numbered. A picture gives all of them together a number, so that
            # the events of the new subscription have greater ones.
            self._queue.picture(0)
            self._subscription, self._missed = self._queue.subscribe(), 0

    def shut(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    def events(self) -> tuple[Sequence[Event], int]:
        if self._subscription is None:
            return (), 0
        events = self._subscription.drain()
        missed, self._missed = self._subscription.missed - self._missed, self._subscription.missed
        if not self._previews:
            events = [replace(event, preview="") if isinstance(event, Put) else event for event in events]
        return events, missed

    def watch(self) -> QueueState:
        # Numbered as in `open`.
        self._queue.picture(0)
        self._watching = self._queue.subscribe(rare_only=True)
        return self._shown(self._watching.start)

    def unwatch(self) -> None:
        if self._watching is not None:
            self._watching.close()
            self._watching = None

    def rare(self) -> tuple[Sequence[Event], int]:
        watching = self._watching
        if watching is None:
            return (), 0
        events = watching.drain()
        missed, watching.missed = watching.missed, 0
        return events, missed

    def picture(self, nodes: int | None = None) -> QueueState:
        return self._shown(self._queue.picture(nodes))

    def give(self, command: AnyCommand, who: str, answer: Answer) -> None:
        answer(perform(self._queue, self._allowed, command, who))

    def _shown(self, state: QueueState) -> QueueState:
        if self._previews:
            return state
        return replace(state, nodes=tuple([replace(node, preview="") for node in state.nodes]))


class FrameSource:
    """The frames of a session, which the session's thread passes to :meth:`take`.

    ``header`` is the session's own, ``now`` its time in seconds. ``takes``: the kinds of commands that it takes from
    viewers; the session's thread fetches these by :meth:`wishes` and performs them.
    """

    def __init__(self, header: Header, now: float, *, takes: Iterable[str] = ()) -> None:
        self._header = header
        self._takes = tuple(takes)
        # Guards all fields below, except that single operations of the two deques of words and wishes are atomic and do
        # without it. Only held while a few references are copied.
        self._lock = threading.Lock()
        self._state, self._now, self._speed = header.start, now, 1.0
        self._words: deque[str] = deque()
        self._open = False
        self._waiting: deque[Event] = deque()
        self._missed = 0
        # The rare events that wait; None: not watched. `_rare_missed` counts those that were too many.
        self._rare: deque[Event] | None = None
        self._rare_missed = 0
        self._wishes: deque[tuple[AnyCommand, str, Answer]] = deque()

    # For the session's thread

    def take(
        self,
        events: Sequence[Event],
        state: QueueState,
        now: float,
        *,
        gap: bool = False,
        speed: float = 1.0,
        words: Iterable[str] = (),
    ) -> None:
        """Add a frame: ``events`` lead from the last frame's state to ``state``, at time ``now`` (seconds).

        ``gap``: events were missed, so that ``events`` do not lead there. ``words``: remarks for the viewers.
        """
        with self._lock:
            missed = state.event - self._state.event
            self._state, self._now, self._speed = state, now, speed
            if self._rare is not None:
                self._words.extend(words)
                rare = [event for event in events if type(event) not in FREQUENT]
                self._rare_missed += max(0, len(self._rare) + len(rare) - MOST_WAITING)
                self._rare.extend(rare)
            elif self._open:
                self._words.extend(words)
            if not self._open:
                return
            if gap or len(self._waiting) + len(events) > MOST_WAITING:
                self._missed += max(1, missed + len(self._waiting))
                self._waiting.clear()
            else:
                self._waiting.extend(events)

    def wishes(self) -> list[tuple[AnyCommand, str, Answer]]:
        """The commands since the last call, as (command, who gave it, function to call with the outcome)."""
        return [self._wishes.popleft() for _ in range(len(self._wishes))]

    # For the publisher's thread

    @property
    def takes(self) -> tuple[str, ...]:
        return self._takes

    def header(self) -> Header:
        with self._lock:
            state = self._state
        return replace(self._header, start=state, takes=self._takes)

    def now(self) -> float:
        with self._lock:
            return self._now

    @property
    def speed(self) -> float:
        with self._lock:
            return self._speed

    def told(self) -> Sequence[str]:
        return [self._words.popleft() for _ in range(len(self._words))]

    def open(self) -> None:
        with self._lock:
            self._open = True

    def shut(self) -> None:
        with self._lock:
            self._open = False
            self._waiting.clear()
            self._missed = 0

    def events(self) -> tuple[Sequence[Event], int]:
        with self._lock:
            events, missed = list(self._waiting), self._missed
            self._waiting.clear()
            self._missed = 0
        return events, missed

    def watch(self) -> QueueState:
        with self._lock:
            self._rare, self._rare_missed = deque(maxlen=MOST_WAITING), 0
            return self._state

    def unwatch(self) -> None:
        with self._lock:
            self._rare = None

    def rare(self) -> tuple[Sequence[Event], int]:
        with self._lock:
            if self._rare is None:
                return (), 0
            events, missed = list(self._rare), self._rare_missed
            self._rare.clear()
            self._rare_missed = 0
        return events, missed

    def picture(self, nodes: int | None = None) -> QueueState:
        with self._lock:
            state = self._state
        if nodes is None or len(state.nodes) <= nodes:
            return state
        return replace(state, nodes=state.nodes[len(state.nodes) - nodes :])

    def give(self, command: AnyCommand, who: str, answer: Answer) -> None:
        tag = str(command.__struct_config__.tag)
        if tag not in self._takes:
            answer(Outcome(f"{tag.replace('_', ' ')!r} is not taken from outside", ok=False))
        else:
            self._wishes.append((command, who, answer))
