"""Random events of a queue that never was: any kind, in an order that a fold accepts; some of them break invariants."""

from collections.abc import Iterator
from random import Random

from msgspec.structs import replace

from msgmux import events as ev
from msgmux.pacing import Bursts, Constant, Exponential, Fixed, OnOff, Poisson, Sending, Uniform
from msgmux.state import Fold, QueueState

NAMES = ("orders", "P2", "7", "__proto__", "constructor", "<b>", "é 漢")
REASONS: tuple[ev.Reason, ...] = ("expired", "limit", "overflow", "left")


def random_events(random: Random, start: QueueState, count: int) -> Iterator[ev.Event]:
    """So many events after ``start``."""
    fold = Fold(start)
    time, ids = 0.0, 100
    for number in range(start.event + 1, start.event + count + 1):
        time += random.choice((0.0, 0.05, 0.25, 1.0))
        ids += 1
        event = _one(random, fold.state(), number, time, ids)
        fold.apply(event)
        yield event


def _one(random: Random, state: QueueState, number: int, time: float, id: int) -> ev.Event:
    at = (number, time)
    free = [name for name in NAMES if name not in state.producers]
    if free and (not state.producers or random.random() < 0.05):
        return ev.ProducerRegistered(*at, random.choice(free), id, f"P{id}", random.randint(1, 9))
    free = [name for name in NAMES if name not in state.consumers]
    if free and (not state.consumers or random.random() < 0.05):
        return ev.ConsumerRegistered(
            *at, random.choice(free), id, f"C{id}", random.randint(1, 9), random.randint(0, state.tail_seq)
        )
    producer, consumer = random.choice([*state.producers.values()]), random.choice([*state.consumers.values()])
    kind = random.randrange(22)
    if kind < 6:
        size = random.choice((1, 1, 1, 3))
        wild = random.random() < 0.05
        own = producer.put + 1 + wild
        return ev.Put(
            *at, producer.name, producer.id, state.tail_seq + 1, size, own, 9, random.choice(("a", '"</b>', "é"))
        )
    if kind < 11:
        first = consumer.cursor + 1 - (random.random() < 0.05)
        last = max(first, state.tail_seq - random.choice((0, 0, 1)))
        return ev.Delivered(*at, consumer.name, consumer.id, first, last)
    if kind < 13 and state.length:
        last = random.randint(state.head_seq, state.tail_seq)
        nodes = sum([node.last <= last for node in state.nodes])
        return ev.Evicted(*at, state.head_seq, last, nodes, 1.5, random.choice(REASONS))
    if kind == 13:
        names = tuple(random.sample([*state.consumers], min(len(state.consumers), random.randint(1, 4))))
        stop: ev.Stop = random.choice(("empty", "consumer", "age", "kept"))
        return ev.CleanerPass(*at, 0, stop, names, random.choice((0.04, 0.25, 3.0)), random.choice((None, time + 1)))
    if kind == 14:
        bound = random.choice((None, 20))
        return ev.SettingsChanged(*at, random.choice((None, 0.2, 90.0)), 0.5, bound, "block", None)
    if kind == 15:
        levels = {name: random.randint(0, 9) for name in state.producers if random.random() < 0.5}
        taken = {name: c.delivered for name, c in state.consumers.items() if random.random() < 0.5}
        return ev.Levels(*at, levels, taken)
    if kind == 16:
        rate = random.choice((Constant(2.5), Poisson(0.05), Bursts(3, 0.5), OnOff(5.0, 1.0, 2.0)))
        return ev.Paced(*at, "producer", producer.name, producer.id, Sending(rate, done=random.random() < 0.3))
    if kind == 17:
        work = random.choice((Fixed(0.0), Exponential(0.1), Uniform(0.1, 2.0)))
        return ev.Paced(*at, "consumer", consumer.name, consumer.id, work)
    if kind == 18:
        return random.choice((ev.Stalled, ev.Resumed))(*at, consumer.name, consumer.id)
    if kind == 19:
        return random.choice((ev.Blocked, ev.Unblocked))(*at, producer.name, producer.id)
    if kind == 20 and random.random() < 0.4:
        if random.random() < 0.5:
            return ev.ProducerUnregistered(*at, producer.name, producer.id, producer.put)
        return ev.ConsumerUnregistered(*at, consumer.name, consumer.id, consumer.cursor)
    if kind == 20:
        role: ev.Role = random.choice(("producer", "consumer", "queue"))
        return ev.Failed(*at, role, producer.name, "ValueError")
    rare: list[ev.Event] = [
        ev.Note(*at, "words", random.choice(("say", "marker", "pause"))),
        ev.Expected(*at, "lag < 3", random.random() < 0.5),
        ev.Violation(*at, "lost", "#3 is gone"),
        ev.Skipped(*at, consumer.name, consumer.id, consumer.cursor + 1, consumer.cursor + 2),
    ]
    return random.choice(rare)


def unsampled(state: QueueState) -> QueueState:
    """The state as a source tells it that has not sampled its channels."""
    consumers = {name: replace(consumer, taken=None) for name, consumer in state.consumers.items()}
    return replace(state, consumers=consumers)
