"""What can be published: a queue's events; or what a session shows, frame by frame."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec.structs import replace

from msgmux.commands import AnyCommand, Outcome
from msgmux.events import Event, Put
from msgmux.log import Subscription
from msgmux.publishing.allowing import Allowed, perform
from msgmux.queue import MessageQueue
from msgmux.recording import Header
from msgmux.state import QueueState

MOST_WAITING = 65_536
"""Events of a session that wait for the publisher's thread; when there are more, a key frame takes their place."""

Answer = Callable[[Outcome], None]


class Source(Protocol):
    """Used by the thread of its publisher alone. Between :meth:`open` and :meth:`shut` it gives every event; it costs
    nothing otherwise.
    """

    @property
    def takes(self) -> tuple[str, ...]:
        """The kinds of commands that it takes."""
        ...

    def header(self) -> Header:
        """That of a stream that begins now, with the whole state."""
        ...

    def now(self) -> float: ...

    @property
    def speed(self) -> float:
        """How many of its seconds pass in one of the wall's; 0: it is paused."""
        ...

    def told(self) -> Sequence[str]:
        """Words for whoever follows, since the last call."""
        ...

    def open(self) -> None: ...

    def shut(self) -> None: ...

    def events(self) -> tuple[Sequence[Event], int]:
        """Those since the last call, and how many before them were missed."""
        ...

    def picture(self, nodes: int | None = None) -> QueueState:
        """The state now, with the newest so many ``nodes`` (None: all that a state has).

        While it is not open, each has a greater number than the one before.
        """
        ...

    def give(self, command: AnyCommand, who: str, answer: Answer) -> None:
        """Have it performed, or refused; ``answer`` may be called now or later, by any thread."""
        ...


class QueueSource:
    """A queue in this process. Without ``previews``, no word of a payload leaves the program."""

    def __init__(self, queue: MessageQueue, title: str, *, allow: Iterable[str] = (), previews: bool = True) -> None:
        self._queue = queue
        self._title = title
        self._allowed = Allowed(allow)
        self._previews = previews
        self._subscription: Subscription | None = None
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
            # What happened without being counted lies before this number.
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

    def picture(self, nodes: int | None = None) -> QueueState:
        return self._shown(self._queue.picture(nodes))

    def give(self, command: AnyCommand, who: str, answer: Answer) -> None:
        answer(perform(self._queue, self._allowed, command, who))

    def _shown(self, state: QueueState) -> QueueState:
        if self._previews:
            return state
        return replace(state, nodes=tuple([replace(node, preview="") for node in state.nodes]))


class FrameSource:
    """What a session shows, given to :meth:`take` frame by frame by the session's thread.

    ``header`` is the session's own, ``now`` its time, ``takes`` the kinds of commands that it takes from outside: they
    come out of :meth:`wishes`, and the session's thread performs them.
    """

    def __init__(self, header: Header, now: float, *, takes: Iterable[str] = ()) -> None:
        self._header = header
        self._takes = tuple(takes)
        # Guards all below; held for no longer than it takes to copy a few references.
        self._lock = threading.Lock()
        self._state, self._now, self._speed = header.start, now, 1.0
        self._words: deque[str] = deque()
        self._open = False
        self._waiting: deque[Event] = deque()
        self._missed = 0
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
        """One frame: ``events`` lead to ``state``; with ``gap`` they don't. ``words`` are for whoever follows."""
        with self._lock:
            missed = state.event - self._state.event
            self._state, self._now, self._speed = state, now, speed
            if self._open:
                self._words.extend(words)
            if not self._open:
                return
            if gap or len(self._waiting) + len(events) > MOST_WAITING:
                self._missed += max(1, missed + len(self._waiting))
                self._waiting.clear()
            else:
                self._waiting.extend(events)

    def wishes(self) -> list[tuple[AnyCommand, str, Answer]]:
        """The commands that have come since the last call: who gave each, and what is to be called with its outcome."""
        return [self._wishes.popleft() for _ in range(len(self._wishes))]

    # For the publisher's

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
