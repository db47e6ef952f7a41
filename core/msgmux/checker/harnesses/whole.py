"""Harnesses of the whole queue, with all its threads."""

from msgmux.checker.harness import Bench, Harness
from msgmux.errors import DuplicateName

# Retention and cleaning interval in seconds. No other timer is due earlier, so one early tick of the clock is enough to
# let the cleaner run.
SOON = 0.01


def _pairs(bench: Bench) -> None:
    queue = bench.make_queue(retention=SOON, clean_every=SOON)
    producers = [queue.register_producer(name) for name in ("P1", "P2")]
    consumers = [queue.register_consumer(name) for name in ("C1", "C2")]
    for producer in producers:
        bench.puts(producer, 2)
    for consumer in consumers:
        bench.gets(consumer, 4)


def _single(bench: Bench) -> None:
    queue = bench.make_queue()
    bench.gets(queue.register_consumer("C1"), 1)
    bench.puts(queue.register_producer("P1"), 1)


def _aging(bench: Bench) -> None:
    queue = bench.make_queue(retention=SOON, clean_every=SOON)
    bench.puts(queue.register_producer("P1"), 2)
    queue.register_consumer("C1", capacity=1)


def _cleaned(bench: Bench) -> None:
    queue = bench.make_queue(retention=0.0)
    bench.puts(queue.register_producer("P1"), 2)
    bench.gets(queue.register_consumer("C1"), 2)
    bench.does("clean", queue.clean)


def _named(bench: Bench) -> None:
    queue = bench.make_queue()

    def register() -> None:
        try:
            queue.register_consumer("audit")
        except DuplicateName:
            # The other one was quicker; that is what the name is for.
            return

    bench.does("first", register)
    bench.does("second", register)


def _stalled(bench: Bench) -> None:
    queue = bench.make_queue()
    bench.puts(queue.register_producer("P1"), 3)
    queue.register_consumer("slow", capacity=1)
    bench.gets(queue.register_consumer("quick"), 3)


def _shared(bench: Bench) -> None:
    queue = bench.make_queue()
    consumer = queue.register_consumer("C1")
    for reader in ("reader 1", "reader 2"):
        bench.gets(consumer, 1, task=reader)
    producer = queue.register_producer("P1")
    bench.puts(producer, 2)


def _unread(bench: Bench) -> None:
    queue = bench.make_queue(retention=SOON, clean_every=SOON)
    queue.register_consumer("C1")
    for name in ("P1", "P2"):
        bench.puts(queue.register_producer(name), 1)


def _crowded(bench: Bench) -> None:
    queue = bench.make_queue(max_messages=2, overflow="evict-oldest")
    queue.register_consumer("C1", capacity=1)
    for name in ("P1", "P2", "P3"):
        bench.puts(queue.register_producer(name), 2)


def _leaving(bench: Bench) -> None:
    queue = bench.make_queue()
    consumer = queue.register_consumer("C1", capacity=1)
    bench.puts(queue.register_producer("P1"), 3)
    bench.gets(consumer, 3)
    bench.does("leave", consumer.close)


def _closed(bench: Bench) -> None:
    queue = bench.make_queue()
    producer = queue.register_producer("P1")
    queue.register_consumer("C1")
    bench.puts(producer, 2)
    bench.does("close", producer.close)


WHOLE = (
    Harness("pairs", "two producers of two messages each, two consumers, all threads", _pairs, clock="explored"),
    Harness("single", "a message, its producer and its consumer", _single),
    Harness(
        "aging", "a producer, a consumer too slow to read, and a cleaner whose time comes", _aging, clock="explored"
    ),
    Harness("cleaned", "a producer, a consumer, and a cleaner that may take at once what was had", _cleaned),
    Harness("named", "two threads register a consumer of the same name", _named),
    Harness("stalled", "a consumer that never reads, beside one that does", _stalled),
    Harness("shared", "two threads read from one consumer", _shared),
    Harness("unread", "two producers, and a consumer that does not read yet", _unread, clock="explored"),
    Harness(
        "crowded", "a list that lets go of the oldest of two messages, and a consumer that does not read", _crowded
    ),
    Harness("leaving", "a consumer that is closed while it gets", _leaving),
    Harness("closed", "a producer that is closed while it puts", _closed),
)
