"""The cost of events: the rate at 3x3 without a subscriber, with a sampling one, and with one that records all."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from msgmux import MessageQueue, Subscription
from msgmux.recording import Header, RecordingWriter
from msgmux_tui.bench.measuring import Effort, Run, Say, fitting, run
from msgmux_tui.bench.ours import MsgmuxBatches
from msgmux_tui.bench.report import Cells, Table
from msgmux_tui.bench.systems import System

SHAPE = (3, 3)
SAMPLE_EVERY = 0.05
"""Seconds between two reads of a sampling subscriber: as a screen with 20 frames a second."""
GOAL = 0.75
"""A recording subscriber costs at most a quarter of the rate; see issue 4 and the README."""


class Watched(MsgmuxBatches, ABC):
    """A queue with a subscriber that reads its events in another thread."""

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        self._events = self.queue.subscribe()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(self.queue, self._events), daemon=True)
        self._thread.start()

    @abstractmethod
    def _watch(self, queue: MessageQueue, events: Subscription) -> None:
        """Read the events until the queue ends, or ``_stop`` is set."""

    def close(self) -> None:
        self._stop.set()
        super().close()
        self._thread.join()


class Sampled(Watched):
    """The subscriber reads at the rate of a screen."""

    name = "a sampling subscriber"

    def _watch(self, queue: MessageQueue, events: Subscription) -> None:
        while not self._stop.wait(SAMPLE_EVERY):
            events.drain()


class Recorded(Watched):
    """The subscriber writes each event into a file."""

    name = "a recording subscriber"

    def _watch(self, queue: MessageQueue, events: Subscription) -> None:
        with TemporaryDirectory() as folder:
            header = Header(events.start, "bench", "", 0, "threads")
            with RecordingWriter(Path(folder) / "bench.jsonl", header) as writer:
                for event in events:
                    writer.event(event)


def measure(effort: Effort, say: Say) -> list[Table]:
    """Rates relative to that of a queue without a subscriber, in interleaved rounds."""
    say("events: nobody watching, sampled, recorded")
    unwatched: type[System] = MsgmuxBatches
    makes: list[type[System]] = [unwatched, Sampled, Recorded]
    messages = fitting(unwatched, SHAPE, effort.seconds)
    rounds = [[run(make, SHAPE, messages) for make in makes] for _ in range(effort.rounds)]

    def ratio(place: int, rate: Callable[[Run], float]) -> float:
        return median([rate(runs[place]) / rate(runs[0]) for runs in rounds])

    rows: dict[str, Cells] = {
        name: (ratio(place, lambda each: each.rate), ratio(place, lambda each: each.cpu_rate))
        for place, name in enumerate(["nobody", Sampled.name, Recorded.name])
    }
    return [
        Table(
            "events", "Rate while watched (3x3, put, batches)", "ratio", "more", ("wall", "CPU"), rows,
            {Recorded.name: (GOAL, None)}, plotted=True,
        )
    ]  # fmt: skip
