"""What a screen remembers beside the state: rates, the last events in words, what just went, what was said.

A :class:`Trail` is fed each frame's events with the state that they lead to. It never looks at a clock, keeps a
bounded amount, and costs less than 3 ms for the 2,000 events that a frame may bring at most.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from msgmux import events as ev
from msgmux.rates import BARS, Rates
from msgmux.state import NodeState, QueueState
from msgmux_tui.narration.feed import CROWDS, Lines, Narrate
from msgmux_tui.viewmodel.view import Ghost, Pass, View

GHOSTS = 8
ALARM_SECONDS = 10.0
"""So long (of the reader's time) a failed expectation stays in the caption."""
MANY = 100
"""Events in a frame, from which on each actor's puts and deliveries are taken as one."""


class Trail:
    """The memory of one session's screen; ``narrate`` puts an event into words."""

    def __init__(self, narrate: Narrate, state: QueueState, now: float) -> None:
        self._lines = Lines(narrate)
        self.rates = Rates(state, now)
        self._ghosts: deque[Ghost] = deque(maxlen=GHOSTS)
        self._passes: deque[Pass] = deque(maxlen=BARS)
        self._say, self._said_at = "", 0.0
        self._alarm, self._alarm_until = "", 0.0
        # What the last told pass ended with: a pass that ends alike is shown by the cleaner's pane, but not told.
        self._stop: tuple[ev.Stop, tuple[str, ...]] | None = None
        self._producer_tags: dict[str, str] = {}
        self._consumer_tags: dict[str, str] = {}
        self._state, self._now = state, now
        self._settle(state, now)

    def take(self, events: Sequence[ev.Event], state: QueueState, now: float, speed: float = 1.0) -> None:
        """One frame: the events since the last one, and the ``state`` that includes them. ``speed`` is how many of
        the session's seconds are one of the reader's.
        """
        self._lines.breathe(max(0.0, now - self._now) / speed)
        for event in condensed(events) if len(events) > MANY else events:
            if isinstance(event, ev.Put):
                self._lines.put(event, self._producer_tags.get(event.producer, event.producer))
            elif isinstance(event, ev.Delivered):
                self._lines.delivered(event, self._consumer_tags.get(event.consumer, event.consumer))
            elif isinstance(event, ev.Evicted):
                self._lines.evicted(event)
                self._bury(event, state, events)
            else:
                self._rare(event, speed)
        self.rates.take(events, state, now)
        self._settle(state, now)

    def resync(self, state: QueueState, now: float) -> None:
        """Go on from ``state`` after a gap, or after a jump to another moment."""
        self._ghosts.clear()
        self._lines.part()
        if now < self._now:
            self._lines.clear()
            self._passes.clear()
            self.rates = Rates(state, now)
            self._say = self._alarm = ""
        self.rates.take((), state, now)
        self._settle(state, now)

    def onto(self, view: View) -> View:
        """The view, with all that is remembered."""
        return replace(
            view,
            producer_rates=self.rates.producers(),
            consumer_rates=self.rates.consumers(),
            ghosts=tuple(self._ghosts),
            passes=tuple(self._passes),
            lines=self._lines.lines(),
            say=self._say,
            said_at=self._said_at,
            alarm=view.alarm or (self._alarm if view.now < self._alarm_until else ""),
        )

    def _settle(self, state: QueueState, now: float) -> None:
        self._state, self._now = state, now
        self._producer_tags = {name: producer.tag for name, producer in state.producers.items()}
        self._consumer_tags = {name: consumer.tag for name, consumer in state.consumers.items()}

    def _rare(self, event: ev.Event, speed: float) -> None:
        if isinstance(event, ev.ProducerRegistered):
            self._producer_tags[event.name] = event.tag
        elif isinstance(event, ev.ConsumerRegistered):
            self._consumer_tags[event.name] = event.tag
        elif isinstance(event, ev.CleanerPass):
            self._passes.append(Pass(event.time, event.evicted, event.stop, event.consumers, event.seconds))
            before, self._stop = self._stop, (event.stop, event.consumers)
            if before == self._stop:
                return
        elif isinstance(event, ev.Note) and event.about == "say":
            self._say, self._said_at = event.text, event.time
        elif isinstance(event, ev.Expected) and not event.met:
            self._alarmed(f"expected {event.expression}, and it is not so", event.time, speed)
        elif isinstance(event, ev.Violation):
            self._alarmed(f"{event.invariant} is violated: {event.detail}", event.time, speed)
        if not isinstance(event, ev.Levels):
            self._lines.tell(event)

    def _alarmed(self, text: str, time: float, speed: float) -> None:
        self._alarm, self._alarm_until = text, time + ALARM_SECONDS * max(1.0, speed)

    def _bury(self, event: ev.Evicted, after: QueueState, events: Sequence[ev.Event]) -> None:
        """Remember whose the last evicted messages were."""
        for seq in range(max(event.first, event.last - GHOSTS + 1), event.last + 1):
            tag = _owner(self._state.nodes, seq) or _owner(after.nodes, seq)
            if tag is None and len(events) <= MANY:  # it came and went within this frame
                name = next(
                    (e.producer for e in events if isinstance(e, ev.Put) and e.seq <= seq < e.seq + e.count), ""
                )
                tag = self._producer_tags.get(name, "")
            self._ghosts.append(Ghost(seq, tag or "", event.reason, event.time))


def _owner(nodes: Sequence[NodeState], seq: int) -> str | None:
    index = bisect_right(nodes, seq, key=lambda node: node.seq) - 1
    return nodes[index].tag if index >= 0 and seq <= nodes[index].last else None


Run = tuple[ev.Event, ev.Event]
"""The first and the last of events that are told as one."""


def condensed(events: Sequence[ev.Event]) -> list[ev.Event]:
    """The events of a crowded frame: rare ones as they are; each actor's puts, deliveries and evictions between them
    as one. Deliveries and evictions are joined as long as they go on without a gap, so that what is told stays true.
    """
    kept: list[ev.Event] = []
    runs: dict[tuple[type[ev.Event], str], Run] = {}
    key: tuple[type[ev.Event], str]
    for event in events:
        if isinstance(event, ev.Put):
            key = (ev.Put, event.producer)
        elif isinstance(event, ev.Delivered):
            key = (ev.Delivered, event.consumer)
        elif isinstance(event, ev.Evicted):
            key = (ev.Evicted, event.reason)
        elif isinstance(event, CROWDS):
            key = (type(event), event.consumer if isinstance(event, ev.Skipped) else event.producer)
        else:
            # What came before it is told before it.
            kept += _ended(runs.values())
            runs.clear()
            kept.append(event)
            continue
        run = runs.get(key)
        if run is None:
            runs[key] = (event, event)
        elif _follows(run[1], event):
            runs[key] = (run[0], event)
        else:
            kept.append(_joined(*run))
            runs[key] = (event, event)
    return kept + _ended(runs.values())


def _ended(runs: Collection[Run]) -> list[ev.Event]:
    """An event for each run. Producers take turns, so a run of puts is told as all that was put meanwhile."""
    puts = [run for run in runs if isinstance(run[0], ev.Put)]
    low = min([first.seq for first, _ in puts if isinstance(first, ev.Put)], default=0)
    high = max([last.seq + last.count for _, last in puts if isinstance(last, ev.Put)], default=0)
    return [
        replace(last, seq=low, count=high - low) if isinstance(last, ev.Put) else _joined(first, last)
        for first, last in runs
    ]


def _follows(before: ev.Event, event: ev.Event) -> bool:
    if isinstance(event, ev.Delivered | ev.Evicted) and isinstance(before, ev.Delivered | ev.Evicted):
        return event.first == before.last + 1
    return True


def _joined(first: ev.Event, last: ev.Event) -> ev.Event:
    if isinstance(first, ev.Delivered) and isinstance(last, ev.Delivered):
        return replace(last, first=first.first)
    if isinstance(first, ev.Evicted) and isinstance(last, ev.Evicted):
        return replace(last, first=first.first)
    return last
