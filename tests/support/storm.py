"""A storm: a stress test of one queue on real threads, with all workloads and faults at once.

Correctness is checked in three ways: the invariants on the events as they come, the totals of what was accepted and got
at the end (Jepsen's total-queue), and the structure of the list in between.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from random import Random

from msgmux import Closed, Consumer, DuplicateName, Empty, Full, Message, MessageQueue, Producer, UnknownName
from msgmux.checker import Invariants
from msgmux.queue import Start
from msgmux.recording import Header, RecordingWriter, read_recording
from msgmux.runtime import SteerableClock, ThreadRuntime
from msgmux.settings import Overflow
from msgmux.state import fold
from support.audit import Tally
from support.interrupting import interrupted_wait

STEADY, PRODUCERS, VISITORS = 3, 4, 2
"""The number of threads of each kind. With the others there are about a dozen; more would only wait for each other."""
OVERFLOWS: tuple[Overflow, ...] = ("block", "evict-oldest", "block", "reject")
BLOBS = [bytes(size) for size in (0, 100, 10_000, 100_000)]
"""Payload data beside label and number. The same objects are used again, so that gigabytes pass without allocation."""
HANGS = 60.0
"""Seconds after which a thread that should have ended counts as hanging."""


class Crash(Exception):
    """Raised in the test's producers and consumers, to simulate a crash of user code."""


class SteppingClock(SteerableClock):
    """A clock that can also jump ahead, as after the suspension of a machine."""

    def step(self, seconds: float) -> None:
        with self._lock:
            assert self._course is not None
            self._course = self._course._replace(seconds=self._course.seconds + seconds)
        # resume() notifies all waiters, as every change of the clock does.
        self.resume()


class Storm:
    """One queue, from its first message to its last. ``folder`` is for recordings."""

    def __init__(self, seed: int, seconds: float, folder: Path) -> None:
        self.random = Random(seed)
        self.seconds = seconds
        self.folder = folder
        self.threads_before = threading.active_count()
        self.clock = SteppingClock()
        self.overflow = OVERFLOWS[seed % len(OVERFLOWS)]
        self.queue = MessageQueue(
            retention=0.01,
            clean_every=0.005,
            max_messages=self.random.choice([50, 2_000, 20_000]),
            overflow=self.overflow,
            runtime=ThreadRuntime(self.clock),
        )
        self.stop = threading.Event()
        self.over = threading.Event()
        """Set when the queue is closed and drained."""
        # By label: the number of messages that put accepted. Each label belongs to one thread, so no lock is needed.
        self.accepted: dict[str, int] = {}
        self.tallies: dict[str, Tally] = {}
        self.problems: list[str] = []
        # Incremented by many threads without a lock; a lost update only makes the report less exact.
        self.faults: Counter[str] = Counter()
        self.bytes = 0
        self.events = 0
        self.unseen = 0
        """The number of events that the watcher missed."""

    # Producers

    def produce(self, name: str, random: Random) -> None:
        """Register, put and end repeatedly, each time in another way."""
        registration = 0
        while not self.stop.is_set():
            registration += 1
            with suppress(Crash):
                try:
                    with self.queue.register_producer(name, capacity=random.choice([1, 4, 64, 1024])) as producer:
                        self.puts(producer, f"{name}.{registration}", random)
                except DuplicateName:
                    # The earlier registration is closed, but its last messages are not linked yet.
                    self.faults["names not free yet"] += 1
                    time.sleep(0.001)

    def puts(self, producer: Producer, label: str, random: Random) -> None:
        n = self.accepted[label] = 0
        for _ in range(random.randrange(1, 200)):
            if self.stop.is_set():
                return
            count = random.choice([1, 1, 1, 5, 100])
            blob = random.choice(BLOBS)
            payloads = [self.payload(label, n + k, blob, random) for k in range(count)]
            timeout = random.choice([None, None, 0.0, 0.001, 0.1])
            try:
                if count == 1:
                    producer.put(payloads[0], timeout)
                else:
                    producer.put_many(payloads, timeout)
                n += count
            except Full as full:
                n += full.accepted
                self.faults["puts refused"] += 1
            except Closed as closed:
                self.accepted[label] = n + closed.accepted
                self.faults["producers closed by others"] += 1
                return
            self.accepted[label] = n
            if random.random() < 0.01:
                self.faults["producers crashed"] += 1
                raise Crash
            if random.random() < 0.05:
                time.sleep(random.random() * 0.01)
            if random.random() < 0.02:
                self.put_what_cannot_be_copied(producer)
        if random.random() < 0.3:
            # No timeout, because the clock jumps.
            producer.close(wait=True)

    @staticmethod
    def payload(label: str, n: int, blob: bytes, random: Random) -> object:
        """Mostly an immutable payload, sometimes one that must be copied in put and per delivery."""
        return [label, n, blob] if random.random() < 0.02 else (label, n, blob)

    def put_what_cannot_be_copied(self, producer: Producer) -> None:
        class Stubborn:
            def __deepcopy__(self, memo: object) -> object:
                raise Crash

        try:
            producer.put(Stubborn())
        except Crash:
            self.faults["payloads that could not be copied"] += 1
        except (Full, Closed):
            return
        else:
            self.problems.append("a payload that can't be copied was accepted")

    # Consumers

    def consume(self, consumer: Consumer, tally: Tally, random: Random) -> None:
        """Read with every method until the end, with stalls and simulated crashes."""
        while not self.takes(consumer, tally, random):
            self.faults["consumers crashed and came back"] += 1

    def takes(self, consumer: Consumer, tally: Tally, random: Random) -> bool:
        """Read for a while. Returns whether the consumer has reached its end; otherwise its code has raised."""
        while True:
            try:
                way = random.randrange(3)
                if way == 0:
                    self.take(tally, [consumer.get(random.choice([None, 0.001]))], random)
                elif way == 1:
                    self.take(
                        tally, consumer.get_many(random.choice([1, 7, 1000]), random.choice([None, 0.01])), random
                    )
                else:
                    for message in consumer:
                        self.take(tally, [message], random)
                        if random.random() < 0.01:
                            break
                    else:
                        return True
            except Empty:
                continue
            except Closed:
                return True
            except Crash:
                return False

    def take(self, tally: Tally, messages: Iterable[Message], random: Random) -> None:
        for message in messages:
            tally.take(message)
            self.bytes += len(message.payload[2])
        if random.random() < 0.001:
            self.faults["consumers stalled"] += 1
            time.sleep(random.random() * 0.05)
        if random.random() < 0.001:
            raise Crash

    def visit(self, name: str, random: Random) -> None:
        """Register, read a little and unregister, repeatedly."""
        visits = 0
        while not self.stop.is_set():
            visits += 1
            self.faults["consumers that came and went"] += 1
            tally = Tally(f"{name}.{visits}", whole=False)
            start: Start = "oldest" if random.random() < 0.5 else "newest"
            try:
                consumer = self.queue.register_consumer(name, start, capacity=random.choice([1, 5, 300]))
            except Closed:
                return
            with suppress(Crash, Empty, Closed), consumer:
                for _ in range(random.randrange(50)):
                    self.take(tally, [consumer.get(0.02)], random)
            # Messages delivered before it was unregistered can still be read.
            with suppress(Crash):
                self.take(tally, list(consumer), random)
            self.problems += tally.problems
            if tally.missed > consumer.skipped:
                self.problems.append(f"{tally.name}: {tally.missed} missing, {consumer.skipped} told as skipped")

    # Interference

    def meddle(self, random: Random) -> None:
        """Change settings and the clock, clean by hand, and unregister producers."""
        while not self.stop.wait(random.random() * 0.02):
            what = random.choice(["retention", "limit", "clean", "speed", "pause", "step", "structure", "throw out"])
            self.faults[f"meddling: {what}"] += 1
            match what:
                case "retention":
                    self.queue.configure(retention=random.choice([0.0, 0.001, 0.05, None]), clean_every=0.005)
                case "limit":
                    self.queue.configure(max_messages=random.choice([10, 500, 20_000]))
                case "clean":
                    self.queue.clean()
                case "speed":
                    self.clock.speed = random.choice([0.1, 1.0, 10.0, 100.0])
                case "pause":
                    self.clock.pause()
                    time.sleep(random.random() * 0.01)
                    self.clock.resume()
                case "step":
                    self.clock.step(random.choice([0.1, 10.0, 100_000.0]))
                case "structure":
                    self.queue.check_structure()
                case "throw out":
                    with suppress(UnknownName):
                        self.queue.unregister_producer(f"p{random.randrange(PRODUCERS)}")
        self.clock.speed = 1.0

    def watch(self) -> None:
        """Check the invariants on the events as they come."""
        with self.queue.subscribe() as events:
            invariants = Invariants(events.start)
            known, missed = events.start.event, 0
            while True:
                last = self.over.is_set()
                for event in events.drain():
                    if events.missed > missed:
                        state = self.queue.snapshot()
                        invariants.resync(state, events.missed - missed)
                        known, missed = state.event, events.missed
                    if event.number > known:
                        invariants.look(event)
                        self.events += 1
                if last:
                    break
                time.sleep(0.005)
            self.unseen = missed
            self.problems += [f"{v.name}: {v.violation}" for v in invariants.reports() if v.violation]

    def record(self, random: Random) -> None:
        """Start and stop recordings; folding each gives the queue's snapshot at its end."""
        while not self.stop.is_set():
            path = self.folder / random.choice(["storm.jsonl", "storm.jsonl.gz"])
            with self.queue.subscribe() as events:
                with RecordingWriter(path, Header(events.start, "storm", "", 0, "threads")) as writer:
                    until = time.monotonic() + random.random() * 0.1
                    while time.monotonic() < until:
                        for event in events.drain():
                            writer.event(event)
                        writer.flush()
                    state = self.queue.snapshot()
                    for event in events.drain():
                        if event.number <= state.event:
                            writer.event(event)
                if events.missed:
                    self.faults["recordings that could not keep up"] += 1
                    continue
            recording = read_recording(path)
            self.faults["recordings"] += 1
            if recording.cut or fold(recording.header.start, recording.events).without_samples() != (
                state.without_samples()
            ):
                self.problems.append("a recording does not add up to what the queue says")
            self.stop.wait(random.random() * 0.2)

    # From start to end

    def rage(self) -> None:
        steady = []
        for n in range(STEADY):
            name = f"steady_{n}"
            consumer = self.queue.register_consumer(name, capacity=self.random.choice([1, 16, 1024]))
            self.tallies[name] = Tally(name, whole=True)
            steady.append(consumer)
        readers = [self.thread(self.consume, c, self.tallies[c.name], self.fork()) for c in steady]
        watcher = self.thread(self.watch)
        others = [self.thread(self.produce, f"p{n}", self.fork()) for n in range(PRODUCERS)]
        others += [self.thread(self.visit, f"v{n}", self.fork()) for n in range(VISITORS)]
        others += [self.thread(self.meddle, self.fork()), self.thread(self.record, self.fork())]
        try:
            self.faults["interrupts of a waiting main thread"] += interrupted_wait(self.seconds)
        finally:
            self.stop.set()
        join(others)
        self.queue.check_structure()
        self.queue.close()
        self.over.set()
        join([*readers, watcher])
        for consumer in steady:
            self.problems += self.tallies[consumer.name].sum_up(self.accepted, consumer.skipped)
            self.faults["messages told as skipped"] += consumer.skipped
            if consumer.skipped and self.overflow != "evict-oldest":
                self.problems.append(f"{consumer.name}: skipped {consumer.skipped}, under {self.overflow}")
        if threading.active_count() != self.threads_before:
            self.problems.append(f"threads left behind: {threading.enumerate()}")

    def fork(self) -> Random:
        """A random generator for one thread, so that its numbers do not depend on other threads."""
        return Random(self.random.random())

    def thread(self, work: Callable[..., None], *arguments: object) -> threading.Thread:
        def run() -> None:
            try:
                work(*arguments)
            except BaseException as error:
                self.problems.append(f"{work.__name__} has died of {error!r}")
                self.stop.set()
                raise

        # A daemon thread, so that a hanging one fails the test but does not keep the process from ending.
        thread = threading.Thread(target=run, name=work.__name__, daemon=True)
        thread.start()
        return thread


def join(threads: list[threading.Thread]) -> None:
    until = time.monotonic() + HANGS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            where = sys._current_frames().get(thread.ident or 0)
            raise AssertionError(f"{thread.name} hangs in {where}")
