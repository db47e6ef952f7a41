"""Harnesses: small programs around a queue or a part of it, small enough for the checker to run many schedules."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from msgmux.checker.history import RunHistory, payload
from msgmux.checker.invariants import Invariants
from msgmux.errors import Closed
from msgmux.events import Event, Put
from msgmux.handles import Consumer, Producer
from msgmux.log import Subscription
from msgmux.queue import MessageQueue
from msgmux.runtime.scheduler import Clock
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.state import QueueState

Problems = Iterator[tuple[str, str]]
"""Pairs (name of the violated invariant, what is wrong)."""


class Bench:
    """What a harness fills in before the run: the queue, the tasks that use it, and the history of what these put and
    got. The bench also collects the queue's events and lets the invariants judge them.
    """

    def __init__(self, runtime: VirtualRuntime, queue_class: type[MessageQueue] = MessageQueue) -> None:
        self.runtime = runtime
        self.queue_class = queue_class
        self.history = RunHistory()
        self.queue: MessageQueue | None = None
        self.start: QueueState | None = None
        self.invariants: Invariants | None = None
        self.events: list[Event] = []
        # Further checks of the harness, called at the end of the run, when no task can go on any more.
        self.checks: list[Callable[[], Problems]] = []
        self._subscription: Subscription | None = None

    def watch(self, queue: MessageQueue) -> MessageQueue:
        """Make ``queue`` the one that is checked, and return it. Must be called before the queue's first event."""
        self.queue = queue
        self._subscription = queue.subscribe()
        self.start = self._subscription.start
        self.invariants = Invariants(self.start)
        return queue

    def make_queue(self, **settings: Any) -> MessageQueue:
        """Create the queue to be checked: of the faulty class if a variant is checked.

        ``settings`` and errors are those of :class:`MessageQueue`.
        """
        return self.watch(self.queue_class(runtime=self.runtime, **settings))

    def drain(self) -> list[Event]:
        """The events since the last call, after the invariants have judged them; empty without a queue."""
        if self._subscription is None or self.invariants is None:
            return []
        events = self._subscription.drain()
        for event in events:
            self.invariants.look(event)
        self.events += events
        return events

    def puts(self, producer: Producer, count: int, *, task: str = "") -> None:
        """Spawn a task (named as the producer, unless given) that puts ``count`` messages, or until it is closed."""

        def put() -> None:
            try:
                for _ in range(count):
                    producer.put(payload(producer.name, self.history.accepted.get(producer.name, 0) + 1))
                    self.history.accept(producer.name)
            except Closed:
                # The harness has closed the producer. The messages that were accepted before must still arrive.
                return

        self.runtime.spawn(put, task or producer.name, daemon=False)

    def gets(self, consumer: Consumer, count: int, *, task: str = "") -> None:
        """Spawn a task (named as the consumer, unless given) that gets ``count`` messages, or until it is closed."""

        def get() -> None:
            try:
                for _ in range(count):
                    self.history.got(consumer.name, consumer.get(), task)
            except Closed:
                # No more messages come. Whether one is missing is judged at the end, from the history.
                return

        self.runtime.spawn(get, task or consumer.name, daemon=False)

    def does(self, name: str, work: Callable[[], object]) -> None:
        """Spawn a task called ``name`` that runs ``work`` once."""
        self.runtime.spawn(work, name, daemon=False)


class Harness(msgspec.Struct, frozen=True):
    """A small program to be checked. ``begin`` sets up the queue and spawns the tasks.

    ``clock`` and ``early_ticks``: as for :class:`VirtualRuntime`. ``horizon``: seconds of virtual time that a run lasts
    (None: until no task can go on). ``max_points``: a run with more scheduling points than this is *unknown*.
    """

    name: str
    title: str
    begin: Callable[[Bench], None]
    clock: Clock = "autojump"
    early_ticks: int = 1
    horizon: float | None = None
    max_points: int = 10_000


def at_rest(bench: Bench, queue: MessageQueue, waiting: dict[str, str]) -> Problems:
    """The problems at the end of a run: no task can go on although work is left, so a wake-up or a message was lost.

    ``waiting`` maps the name of a condition to the name of the task that waits on it.
    """
    state = queue.snapshot()
    if state.closed:
        return
    filled, unread = queue.levels()
    bound = state.settings.max_messages
    for name, level in filled.items():
        if level and (bound is None or state.length < bound):
            yield "lost", f"{level} of {name}'s messages wait in its channel, and everybody sleeps"
    for name, consumer in state.consumers.items():
        if consumer.lag and unread[name] < consumer.capacity:
            yield "lost", f"{name} is not sent #{consumer.cursor + 1}, though it has room, and everybody sleeps"
    for name, level in unread.items():
        task = waiting.get(f"{name}.arrival")
        if level and task is not None:
            what = "a message lies" if level == 1 else f"{level} messages lie"
            yield "lost", f"{task} waits for a message although {what} in the channel of {name}: nobody wakes it"
    for name, accepted in bench.history.accepted.items():
        linked = sum([event.count for event in bench.events if isinstance(event, Put) and event.producer == name])
        if linked + filled.get(name, 0) < accepted:
            yield "lost", _not_linked(name, accepted, linked)


def _not_linked(name: str, accepted: int, linked: int) -> str:
    if accepted == 1:
        return f"{name}'s put was accepted, but its message was never linked"
    return f"{accepted} puts of {name} were accepted, but only {linked} of its messages were linked"
