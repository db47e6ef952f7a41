"""The cost of being watched by other processes: the rate of a published queue at 3x3, relative to a bare one."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles
from tempfile import mkdtemp
from typing import ClassVar

from msgmux.publishing import Publisher, QueueSource
from msgmux.publishing.doors import Door
from msgmux.publishing.viewer import MOST_OUT
from msgmux.reporting import Reporter
from msgmux_tui.bench.measuring import Effort, Run, Say, fitting, run
from msgmux_tui.bench.ours import MsgmuxBatches
from msgmux_tui.bench.report import Cells, Table
from msgmux_tui.bench.systems import System

SHAPE = (3, 3)
SECONDS = 1.0
"""Least CPU seconds of a run: long enough for the publisher to change from events to pictures."""
PATIENCE = 0.3
"""Seconds after which a publisher has noticed that a viewer does not read."""
FRAME = 0.05
"""Seconds between two frames of a screen."""

# A minimal viewer that reads and discards the stream, so that mainly the cost of the publishing program is measured.
_READER = """
import socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
sock.sendall(b'{"want":"follow","version":1%s}\\n' % (b',"every_event":true' if sys.argv[2] == "every" else b""))
sock.recv(1 << 18)
print("here", flush=True)
while sock.recv(1 << 18):
    pass
"""
# A program with a few messages a second, which runs for the given number of seconds.
_SLOW = """
import sys, time, msgmux
with msgmux.MessageQueue() as queue, msgmux.publish(queue, "bench", port=0) as published:
    orders = queue.register_producer("orders")
    print(published.address, flush=True)
    until = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < until:
        orders.put(b"x")
        time.sleep(0.05)
"""


class Published(MsgmuxBatches):
    """A published queue with a number of viewers, each in its own process."""

    name = "published, nobody attached"
    viewers: ClassVar[int] = 0
    every_event: ClassVar[bool] = False

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        self._folder = mkdtemp(prefix="msgmux-bench-")
        path = f"{self._folder}/bench.sock"
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen()
        self._publisher = Publisher(QueueSource(self.queue, "bench"), "bench", [Door(listening, f"unix:{path}")])
        gear = "every" if self.every_event else "any"
        self._readers = [
            subprocess.Popen([sys.executable, "-I", "-S", "-c", _READER, path, gear], stdout=subprocess.PIPE)
            for _ in range(self.viewers)
        ]
        for reader in self._readers:
            assert reader.stdout is not None
            reader.stdout.readline()

    def close(self) -> None:
        self._publisher.close()
        for reader in self._readers:
            reader.wait()
            if reader.stdout is not None:
                reader.stdout.close()
        super().close()
        shutil.rmtree(self._folder)


class Pictures(Published):
    """One viewer that gets pictures (key frames) instead of events, as is usual at this rate."""

    name = "one viewer, pictures"
    viewers = 1


class EveryEvent(Published):
    """One viewer that is sent every event."""

    name = "one viewer, every event"
    viewers = 1
    every_event = True


class Five(Published):
    """Five viewers."""

    name = "five viewers, pictures"
    viewers = 5


class Frozen(Published):
    """A viewer that has stopped reading some time ago, so that its backlog has exceeded the bound."""

    name = "a viewer that never reads"

    def __init__(self, producers: int, consumers: int) -> None:
        super().__init__(producers, consumers)
        self._frozen, theirs = socket.socketpair()
        self._publisher.attend(theirs)
        self._frozen.sendall(b'{"want":"follow","version":1,"every_event":true}\n')
        self._frozen.recv(1)
        reporter = Reporter(self.queue)
        for _ in range(2 * MOST_OUT // 1_000):
            reporter.note("x" * 1_000)
        time.sleep(PATIENCE)

    def close(self) -> None:
        super().close()
        self._frozen.close()


GOALS: dict[str, Cells] = {
    Published.name: (0.98, None),
    Pictures.name: (0.90, None),
    EveryEvent.name: (None, 0.80),
    Frozen.name: (0.95, None),
    Five.name: (None, 0.85),
}
"""See issue 11."""


def measure(effort: Effort, say: Say) -> list[Table]:
    """Rates relative to that of a queue that is not published, in interleaved rounds; and the age of shown events."""
    say("attached: not published, nobody, one viewer, five, one that never reads")
    bare: type[System] = MsgmuxBatches
    makes: list[type[System]] = [bare, Published, Pictures, EveryEvent, Frozen, Five]
    messages = fitting(bare, SHAPE, effort.seconds if effort.quick else max(SECONDS, effort.seconds))
    rounds = [[run(make, SHAPE, messages) for make in makes] for _ in range(effort.rounds)]

    def ratio(place: int, rate: Callable[[Run], float]) -> float:
        return median([rate(runs[place]) / rate(runs[0]) for runs in rounds])

    rows: dict[str, Cells] = {
        make.name: (ratio(place, lambda each: each.rate), ratio(place, lambda each: each.cpu_rate))
        for place, make in enumerate(makes)
        if place
    }
    say("attached: from an event to a frame, at human speed")
    ages = sorted(_ages(1.0 if effort.quick else 6.0))
    percentiles = quantiles(ages, n=100)
    return [
        Table(
            "attached", "Rate while published (3x3, put, batches; 1: not published)", "ratio", "more", ("wall", "CPU"),
            rows, GOALS, plotted=True,
        ),
        Table(
            "attached-age", "From an event to the frame that shows it, 20 events a second", "ms", "less",
            ("p50", "p99"), {"by TCP, a look each 50 ms": (1e3 * percentiles[49], 1e3 * percentiles[98])},
            {"by TCP, a look each 50 ms": (None, 120.0)},
        ),
    ]  # fmt: skip


def _ages(seconds: float) -> list[float]:
    """The age of each event, in seconds, when a screen's frame reads it. Both processes have the same clock."""
    import msgspec

    from msgmux.events import Event
    from msgmux.recording.format import Line
    from msgmux_tui.session.feeds import FeedGone, open_feed

    decode = msgspec.json.Decoder(Line).decode
    found: list[float] = []
    with subprocess.Popen([sys.executable, "-c", _SLOW, str(seconds)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        feed = open_feed(program.stdout.readline().strip())
        begun = False
        try:
            while True:
                now = time.monotonic()
                for line in feed.take():
                    if begun:
                        record = decode(line)
                        if isinstance(record, Event):
                            found.append(now - record.time)
                    begun = True
                time.sleep(FRAME)
        except FeedGone:
            pass
        finally:
            feed.close()
    return found
