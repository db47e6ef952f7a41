"""How fast producers put and consumers are delivered: the one rate that panes, expectations and exports show.

Messages are counted in bars of half a second, by the time of their events; a message at the border of two belongs to
the earlier. The rate at a moment is that of the last :data:`NOW_BARS` whole bars and the running one, or of the time
since the registration, if that is shorter: steady to read, and quick to follow a change.
"""

from collections import deque
from collections.abc import Iterable

import msgspec

from msgmux.events import (
    ConsumerRegistered,
    ConsumerUnregistered,
    Delivered,
    Event,
    ProducerRegistered,
    ProducerUnregistered,
    Put,
)
from msgmux.state import QueueState

BAR = 0.5
"""Seconds of one bar."""
BARS = 240
"""Whole bars that are remembered."""
NOW_BARS = 4


class Rate(msgspec.Struct, frozen=True):
    """Messages a second: of the last two seconds, since registration, and each half second (oldest first)."""

    now: float = 0.0
    average: float = 0.0
    history: tuple[float, ...] = ()


class Meter:
    """Counts one producer's or consumer's messages. ``id`` is that of its registration, ``count`` what it had at
    ``now``.
    """

    def __init__(self, id: int, count: int, now: float) -> None:
        self.id = id
        self._born, self._first = now, count
        self._seen, self._then = count, now
        self._bars: deque[float] = deque(maxlen=BARS)
        self._running = 0.0  # messages in the bar that runs
        self._bar_from = now - now % BAR

    def add(self, count: int, time: float) -> None:
        """So many messages more, at that time."""
        self._seen += count
        if time <= self._born:
            # What comes at the very moment has taken no time.
            self._first += count
            return
        # The border belongs to the earlier bar.
        if time > self._bar_from + BAR:
            self._advance(time, include_border=True)
        self._running += count

    def take(self, count: int, now: float) -> None:
        """It has come to ``count`` messages since registration, at the time ``now``.

        Those that no event has told of (there was a gap) are spread evenly over the time since the last look.
        """
        came, start = count - self._seen, self._then
        self._seen, self._then = count, now
        if now <= start or not came:
            self._running += came
            self._advance(now)
            return
        pace = came / (now - start)
        self._advance(start)
        self._forget_before(now)
        while now >= self._bar_from + BAR:
            end = self._bar_from + BAR
            self._running += pace * max(0.0, end - max(start, self._bar_from))
            self._advance(end)
        self._running += pace * (now - max(start, self._bar_from))

    def rate(self) -> Rate:
        """At the time of the last :meth:`take`."""
        lately = list(self._bars)[-NOW_BARS:]
        span = self._then - max(self._bar_from - len(lately) * BAR, self._born)
        now = (sum(lately) * BAR + self._running) / span if span > 0 else 0.0
        lived = self._then - self._born
        return Rate(now, (self._seen - self._first) / lived if lived > 0 else 0.0, tuple(self._bars))

    def _advance(self, time: float, *, include_border: bool = False) -> None:
        """Close the bars that are over by then."""
        self._forget_before(time)
        while time > self._bar_from + BAR or (time == self._bar_from + BAR and not include_border):
            self._bars.append(self._running / BAR)
            self._running = 0.0
            self._bar_from += BAR

    def _forget_before(self, time: float) -> None:
        """What lies further back than all bars is not counted, so that a long silence costs no more than they do."""
        if time - self._bar_from > BARS * BAR:
            self._bar_from, self._running = time - time % BAR - BARS * BAR, 0.0


class Rates:
    """The meters of all who are there, by name. To be told of all that happens, in order."""

    def __init__(self, state: QueueState, now: float) -> None:
        self._producers: dict[str, Meter] = {}
        self._consumers: dict[str, Meter] = {}
        self._settle(state, now)

    def take(self, events: Iterable[Event], state: QueueState, now: float) -> None:
        """``events`` since the last call, which led to ``state``, as it is at ``now``; after a gap, some or none."""
        producers, consumers = self._producers, self._consumers
        for event in events:
            if isinstance(event, Put):
                if event.producer in producers and (meter := producers[event.producer]).id == event.id:
                    meter.add(event.count, event.time)
            elif isinstance(event, Delivered):
                if event.consumer in consumers and (meter := consumers[event.consumer]).id == event.id:
                    meter.add(event.last - event.first + 1, event.time)
            else:
                self._heed(event)
        self._settle(state, now)

    def producers(self) -> dict[str, Rate]:
        """At the time of the last look, by name."""
        return {name: meter.rate() for name, meter in self._producers.items()}

    def now_of(self, id: int) -> float:
        """Messages a second of the registration ``id``, at the time of the last look; 0 where there is none."""
        meters = [*self._producers.values(), *self._consumers.values()]
        return next((meter.rate().now for meter in meters if meter.id == id), 0.0)

    def consumers(self) -> dict[str, Rate]:
        """At the time of the last look, by name."""
        return {name: meter.rate() for name, meter in self._consumers.items()}

    def _heed(self, event: Event) -> None:
        """Somebody comes or goes, if it is about that."""
        match event:
            case ProducerRegistered(name=name, id=id, time=time):
                _register(self._producers, name, id, time)
            case ConsumerRegistered(name=name, id=id, time=time):
                _register(self._consumers, name, id, time)
            case ProducerUnregistered(name=name):
                self._producers.pop(name, None)
            case ConsumerUnregistered(name=name):
                self._consumers.pop(name, None)

    def _settle(self, state: QueueState, now: float) -> None:
        _count(self._producers, {name: (p.id, p.put) for name, p in state.producers.items()}, now)
        _count(self._consumers, {name: (c.id, c.delivered) for name, c in state.consumers.items()}, now)


def _register(meters: dict[str, Meter], name: str, id: int, time: float) -> None:
    # After a gap, a state may have told of it already.
    if name not in meters or meters[name].id != id:
        meters[name] = Meter(id, 0, time)


def _count(meters: dict[str, Meter], counts: dict[str, tuple[int, int]], now: float) -> None:
    """Bring the meters to these (id, count); a registration that no event told of gets a new one."""
    for name in [name for name in meters if name not in counts]:
        del meters[name]
    for name, (id, count) in counts.items():
        meter = meters.get(name)
        if meter is None or meter.id != id:
            meters[name] = Meter(id, count, now)
        else:
            meter.take(count, now)
