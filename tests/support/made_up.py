"""Constructed states and views, for drawing without a queue, a clock or an app."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from msgmux.checker.records import Resource, SourceLine, TaskView
from msgmux.commands import Selection
from msgmux.pacing import Constant, Sending
from msgmux.rates import Rate
from msgmux.runtime.records import Operation
from msgmux.settings import Settings
from msgmux.state import CleanerState, ConsumerState, NodeState, ProducerState, QueueState
from msgmux_tui.narration.records import Line
from msgmux_tui.session.records import Check, Threads
from msgmux_tui.viewmodel.view import Ghost, Pass, View

NAMES = {"P1": "orders", "P2": "clicks", "P3": "alerts"}
WHO = ("P1", "P2", "P1", "P3", "P1", "P2")
RETENTION = 4.0


def nodes_of_one(first: int, last: int, now: float) -> tuple[NodeState, ...]:
    """Nodes with one message each, 3 a second, the last one 0.5 s ago. Those older than 4 s are past retention."""
    return tuple(
        [
            NodeState(seq, 1, NAMES[tag], 1, tag, seq, now - 0.5 - (last - seq) / 3, f"{NAMES[tag][:-1]} {seq}")
            for seq in range(first, last + 1)
            for tag in (WHO[seq % len(WHO)],)
        ]
    )


def nodes_of_many(first: int, counts: list[int], now: float) -> tuple[NodeState, ...]:
    """Record batches with ``counts`` messages."""
    nodes: list[NodeState] = []
    for n, count in enumerate(counts):
        tag = f"P{n % 3 + 1}"
        nodes.append(NodeState(first, count, NAMES[tag], 1, tag, first, now - 1.0, f"first of {count}"))
        first += count
    return tuple(nodes)


def consumer(number: int, name: str, tail: int, lag: int = 0, level: int = 0, **more: object) -> ConsumerState:
    """A consumer with ``lag`` undelivered messages in the list, and ``level`` messages in its channel."""
    made = ConsumerState(name, number, f"C{number}", 2, tail - lag, lag, delivered=50, taken=50 - level)
    return replace(made, **more)


def state(
    nodes: tuple[NodeState, ...], lags: Mapping[str, tuple[int, int]], *, tail: int | None = None, **more: object
) -> QueueState:
    """Three producers, and consumers by name with (lag, level)."""
    tail = tail if tail is not None else nodes[-1].last if nodes else 0
    consumers = {name: consumer(n, name, tail, *lag) for n, (name, lag) in enumerate(lags.items(), 1)}
    producers = {
        name: ProducerState(name, 1, tag, 4, put=20, level=n, pace=Sending(Constant(pace)))
        for n, ((tag, name), pace) in enumerate(zip(NAMES.items(), (1.5, 1.0, 0.5), strict=True))
    }
    cleaner = CleanerState(9, {"expired": 56}, 9.6, "consumer", ("billing",), 10.6)
    made = QueueState(
        event=412,
        head_seq=nodes[0].seq if nodes else tail + 1,
        tail_seq=tail,
        producers=producers,
        consumers=consumers,
        settings=Settings(RETENTION, 1.0, 48, "block"),
        cleaner=cleaner,
        nodes=nodes,
        node_count=len(nodes),
    )
    return replace(made, **more)


LINES = (
    Line(6.2, ("P1", "P2"), "producer", "put 61–62", "put", 380),
    Line(6.3, ("C1", "C3"), "consumer", "got 61–62", "delivered", 383),
    Line(6.6, (), "queue", "evicted 55–56: consumed and expired", "evicted", 385),
    Line(7.0, ("C2",), "consumer", "stops reading", "stalled", 387),
    Line(8.6, (), "queue", "the cleaner waits for C2", "cleaner_pass", 396),
    Line(9.5, ("P3",), "producer", "put 90", "put", 410),
    Line(9.6, ("C1", "C3"), "consumer", "got 90", "delivered", 412),
)
PASSES = (
    Pass(1.6, 0, "age", (), 3.3),
    Pass(2.6, 0, "age", (), 2.3),
    Pass(5.6, 2, "age", (), 0.3),
    Pass(6.6, 3, "empty"),
    Pass(8.6, 0, "consumer", ("billing",)),
    Pass(9.6, 0, "consumer", ("billing",)),
)


def view(made: QueueState, **more: object) -> View:
    """A view of the default scenario at second 10, with ``made`` as the state."""
    busy = tuple([(0.0, 2.0, 4.0, 2.0, 0.0, 2.0)[n % 6] for n in range(60)])
    rates = {name: Rate(speed, speed, busy) for name, speed in zip(NAMES.values(), (1.5, 1.0, 0.5), strict=True)}
    base = View(
        made,
        now=10.0,
        scenario="Three messages a second, and a reader that falls asleep",
        producer_rates=rates,
        consumer_rates={"audit": Rate(3.0, 2.9), "billing": Rate(0.0, 1.2), "search": Rate(3.0, 2.9)},
        passes=PASSES,
        lines=LINES,
        checks=(Check("order", 150), Check("once", 150), Check("unread", 56), Check("bound", 90)),
        selected=Selection("consumer", "billing"),
    )
    return replace(base, **more)


def second_ten(**more: object) -> View:
    """34 messages, billing stalled and 18 behind with 2 in its channel, two evicted a moment ago."""
    made = state(nodes_of_one(57, 90, 10.0), {"audit": (0, 0), "billing": (18, 2), "search": (0, 1)})
    billing = replace(made.consumers["billing"], status="stalled")
    made = replace(made, consumers={**made.consumers, "billing": billing})
    ghosts = (Ghost(55, "P2", "expired", 9.6), Ghost(56, "P1", "expired", 9.6))
    return view(made, **{"ghosts": ghosts, **more})


def unsampled(**more: object) -> View:
    """Second ten as somebody sees it who is told no levels of channels: billing is stalled all the same."""
    whole = second_ten(**more)
    return replace(whole, state=whole.state.without_samples())


def unsampled_steps() -> View:
    """The threads of second ten, with channels of unknown levels."""
    return replace(stepped(), state=second_ten().state.without_samples())


def crowd(consumers: int = 32) -> View:
    """100 messages, and ``consumers`` consumers, each with a lag 2 larger than the one before."""
    lags = {f"reader {n}": (2 * n, n % 3) for n in range(consumers)}
    return view(state(nodes_of_one(101, 200, 10.0), lags))


def batches() -> View:
    """Full and small nodes in turn: one consumer within a batch, one at its end, one with everything before it."""
    nodes = nodes_of_many(100_000, [3, 256, 3, 256], 10.0)
    tail = nodes[-1].last
    return view(state(nodes, {"audit": (0, 0), "billing": (tail - 100_100, 2), "search": (tail - 99_999, 0)}))


def huge() -> View:
    """Half a million messages in 5,000 nodes, of which the state lists the newest 2,000."""
    nodes = nodes_of_many(400_000, [100] * 2_000, 10.0)
    tail = nodes[-1].last
    lags = {"audit": (0, 0), "billing": (tail - 200_000, 2), "search": (100_000, 0)}
    return view(state(nodes, lags, head_seq=100_000, node_count=5_000))


def empty() -> View:
    """An empty list: everything was read and evicted."""
    return view(state((), {"audit": (0, 0), "billing": (0, 2), "search": (0, 0)}, tail=90))


def nobody() -> View:
    """A list without consumers or producers."""
    return view(state(nodes_of_one(57, 90, 10.0), {}, producers={}), selected=None)


def untouched() -> View:
    """Consumers that have got nothing of the list: their cursors are before its head."""
    return view(state(nodes_of_one(57, 65, 10.0), {"audit": (9, 0), "billing": (9, 2), "search": (0, 0)}))


SOURCE = (
    "    def _send(self) -> None:",
    "        store = self.store",
    "        while True:",
    "            with store.lock:",
    "                if self._stopping:",
    "                    return",
    "                now = store.runtime.now()",
    "                if store.deliver_round(now):",
    "                    self.settle(now)",
    "                    continue",
    "                store.runtime.wait(self._outgoing, max(0.0, store.next_sample - now))",
)


HERE: dict[str, Any] = {"file": "core/msgmux/multiplexer.py", "line": 40}
BEGIN = Operation("start")


def task(id: int, name: str, doing: Operation, **more: object) -> TaskView:
    """A task, ready unless ``doing`` says otherwise, that stopped at line 40, with 11 lines of source."""
    source = tuple([SourceLine(n, text) for n, text in enumerate(SOURCE, 37)])
    made = TaskView(id, name, "ready", True, doing, source=source)
    return replace(made, **more)


TASKS = (
    task(1, "receiver", Operation("notify", "sender", **HERE), state="running", holds=("queue",)),
    task(2, "sender", Operation("acquire", "queue", **HERE), can_go=False, waits_for="queue", held_by="receiver"),
    task(
        3,
        "cleaner",
        Operation("wait", "cleaner", "in", **HERE),
        state="blocked",
        can_go=False,
        waits_for="cleaner",
        until=0.01,
    ),
    task(4, "orders", Operation("wait", "orders.room", "after", **HERE), waits_for="orders.channel"),
    task(
        5,
        "audit",
        Operation("wait", "audit.arrival", "in", **HERE),
        state="blocked",
        can_go=False,
        waits_for="audit.arrival",
    ),
    task(6, "billing", BEGIN, source=()),
    task(0, "the clock", Operation("tick", "0.01 s"), source=(), until=0.01),
)
RESOURCES = (
    Resource("orders.channel", "lock", "", ("orders",)),
    Resource("queue", "lock", "receiver", ("sender",)),
    Resource("audit.arrival", "condition", "", ("audit",)),
    Resource("cleaner", "condition", "", ("cleaner",)),
)


def stepped(**more: object) -> View:
    """Second ten, step by step: the receiver has the queue's lock, the sender wants it and is chosen."""
    graph = ("sender waits for receiver (queue)",)
    threads = Threads(TASKS, RESOURCES, 2, "1 receiver takes the lock queue", "can go on: 1 4 6 0", (), graph, (), 9, 1)
    return second_ten(mode="STEP", halted=True, threads=replace(threads, **more))


def deadlocked() -> View:
    """Two tasks, each of which waits for a lock that the other holds."""
    receiver = replace(TASKS[0], state="ready", can_go=False, waits_for="audit.channel", held_by="sender")
    sender = replace(TASKS[1], holds=("audit.channel",))
    locks = (Resource("audit.channel", "lock", "sender", ("receiver",)), *RESOURCES)
    graph = ("receiver waits for sender (audit.channel)", "sender waits for receiver (queue)")
    broken = (Check("deadlock", 0, "receiver waits for sender waits for receiver"),)
    return stepped(
        tasks=(receiver, sender, *TASKS[2:]),
        resources=locks,
        cycles=(("receiver", "sender"),),
        graph=graph,
        broken=broken,
    )


def many_tasks() -> View:
    """More tasks than any pane has rows; the last one is selected."""
    tasks = tuple([task(n, f"worker {n}", Operation("acquire", "queue", **HERE)) for n in range(1, 33)])
    return stepped(tasks=(*tasks, TASKS[-1]), chosen=32)


STATES = {
    "second_ten": second_ten,
    "unsampled": unsampled,
    "unsampled_steps": unsampled_steps,
    "crowd": crowd,
    "batches": batches,
    "huge": huge,
    "empty": empty,
    "nobody": nobody,
    "untouched": untouched,
    "stepped": stepped,
    "deadlocked": deadlocked,
    "many_tasks": many_tasks,
}
