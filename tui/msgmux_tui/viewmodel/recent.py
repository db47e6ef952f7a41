"""What a view needs from recent events beside the state: rates, the last events as lines, messages evicted a moment
ago, and notices.

A :class:`Trail` is given each frame's events and the state that they lead to. It reads no clock and keeps a bounded
amount. Measured: under 3 ms for 2,000 events, the most that a frame brings.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

from msgspec.structs import replace

from msgmux import events as ev
from msgmux.rates import BARS, Rates
from msgmux.state import NodeState, QueueState
from msgmux_tui.narration.feed import Feed
from msgmux_tui.narration.pieces import Narrate, Tags, condensed, gap, pieces
from msgmux_tui.viewmodel.view import Ghost, Pass, View

GHOSTS = 8
ALARM_SECONDS = 10.0
"""Wall-clock seconds for which a failed expectation stays in the caption."""
COMMON = (ev.Put, ev.Delivered, ev.Evicted, ev.Levels)
"""Kinds of which only the messages are remembered."""
MANY = 100
"""A frame with more events than this is crowded: each actor's routine events become one piece."""


class Trail:
    """The recent past of one session; ``narrate`` gives the sentence for an event."""

    def __init__(self, narrate: Narrate, state: QueueState, now: float) -> None:
        self._narrate = narrate
        self._feed = Feed()
        self.rates = Rates(state, now)
        self._ghosts: deque[Ghost] = deque(maxlen=GHOSTS)
        self._passes: deque[Pass] = deque(maxlen=BARS)
        self._say, self._said_at = "", 0.0
        self._alarm, self._alarm_until = "", 0.0
        # Why the last narrated cleaner pass stopped: a pass that stops for the same reason is not narrated again.
        self._stop: tuple[ev.Stop, tuple[str, ...]] | None = None
        self._tags = Tags({}, {})
        self._state, self._now = state, now
        self._settle(state, now)

    def take(self, events: Sequence[ev.Event], state: QueueState, now: float, speed: float = 1.0) -> None:
        """Take one frame: the events since the last one, and the ``state`` that includes them.

        ``now`` is in session seconds; ``speed`` is the number of session seconds in one wall-clock second.
        """
        self._feed.advance(max(0.0, now - self._now) / speed)
        told = [event for event in events if isinstance(event, COMMON) or self._notes(event, speed)]
        for eviction in [event for event in told if isinstance(event, ev.Evicted)][-GHOSTS:]:
            self._add_ghosts(eviction, state, events)
        made = condensed if len(events) > MANY else pieces
        self._feed.take(made(told, self._tags, self._narrate), speed)
        self.rates.take(events, state, now)
        self._settle(state, now)

    def resync(self, state: QueueState, now: float) -> None:
        """Continue from ``state`` after missing events, or after a seek."""
        self._ghosts.clear()
        self._feed.close_lines()
        if now < self._now:
            self._feed = Feed()
            self._passes.clear()
            self.rates = Rates(state, now)
            self._say = self._alarm = ""
        elif state.event > self._state.event:
            self._feed.take([gap(self._state.event + 1, state.event, self._now, now)])
        self.rates.take((), state, now)
        self._settle(state, now)

    def fill(self, view: View) -> View:
        """``view`` with everything that this trail holds."""
        return replace(
            view,
            producer_rates=self.rates.producers(),
            consumer_rates=self.rates.consumers(),
            ghosts=tuple(self._ghosts),
            passes=tuple(self._passes),
            lines=self._feed.lines(view.sought),
            say=self._say,
            said_at=self._said_at,
            alarm=view.alarm or (self._alarm if view.now < self._alarm_until else ""),
        )

    def _settle(self, state: QueueState, now: float) -> None:
        self._state, self._now = state, now
        self._tags = Tags(
            {name: producer.tag for name, producer in state.producers.items()},
            {name: consumer.tag for name, consumer in state.consumers.items()},
        )

    def _notes(self, event: ev.Event, speed: float) -> bool:
        """Store what the view needs of this event beside its line. Returns whether it also gets a line."""
        if isinstance(event, ev.ProducerRegistered):
            self._tags.producers[event.name] = event.tag
        elif isinstance(event, ev.ConsumerRegistered):
            self._tags.consumers[event.name] = event.tag
        elif isinstance(event, ev.CleanerPass):
            self._passes.append(Pass(event.time, event.evicted, event.stop, event.consumers, event.seconds))
            before, self._stop = self._stop, (event.stop, event.consumers)
            return before != self._stop
        elif isinstance(event, ev.Note) and event.about == "say":
            self._say, self._said_at = event.text, event.time
        elif isinstance(event, ev.Expected) and not event.met:
            self._alarmed(f"expected {event.expression}, and it is not so", event.time, speed)
        elif isinstance(event, ev.Violation):
            self._alarmed(f"{event.invariant} is violated: {event.detail}", event.time, speed)
        return True

    def _alarmed(self, text: str, time: float, speed: float) -> None:
        self._alarm, self._alarm_until = text, time + ALARM_SECONDS * max(1.0, speed)

    def _add_ghosts(self, event: ev.Evicted, after: QueueState, events: Sequence[ev.Event]) -> None:
        """Store the last evicted messages with their producers' tags, to show them for a moment."""
        for seq in range(max(event.first, event.last - GHOSTS + 1), event.last + 1):
            tag = _owner(self._state.nodes, seq) or _owner(after.nodes, seq) or self._putter(events, seq)
            self._ghosts.append(Ghost(seq, tag, event.reason, event.time))

    def _putter(self, events: Sequence[ev.Event], seq: int) -> str:
        """Return the tag of the producer of message ``seq``, which came and went within one frame; "" if none put it.

        From the frame's end, since it is asked for the last messages only.
        """
        for event in reversed(events):
            if isinstance(event, ev.Put) and event.seq <= seq < event.seq + event.count:
                return self._tags.producers.get(event.producer, "")
        return ""


def _owner(nodes: Sequence[NodeState], seq: int) -> str | None:
    index = bisect_right(nodes, seq, key=lambda node: node.seq) - 1
    return nodes[index].tag if index >= 0 and seq <= nodes[index].last else None
