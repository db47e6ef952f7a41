"""What the queue holds, and the steps that change it: link, deliver, evict.

Everything here happens under one lock, the queue's, which the caller of every method holds. Each step is planned first,
which may fail, and then committed by stores in a row, without a call and without a loop: nothing asynchronous is raised
in between (see :mod:`msgmux.section`). **The lock's invariant:** whenever it is free, the list is well-formed and
dense, no cursor is behind the head, the list keeps its bound, and the events committed so far add up to exactly this.
"""

from typing import ClassVar

from msgmux import events as ev
from msgmux.linked_list import LinkedList
from msgmux.log import EventLog
from msgmux.message import NODE_CAPACITY, Chunk, Node
from msgmux.registration import ConsumerEntry, ProducerEntry
from msgmux.runtime.interface import Runtime
from msgmux.section import Section
from msgmux.settings import Settings
from msgmux.state import NODES_SHOWN, CleanerState, ConsumerState, NodeState, ProducerState, QueueState

EVICT_NODES = 512
"""The most nodes that one hold of the lock evicts. Far below 1 ms of CPU time: a node takes about 0.3 µs."""

SAMPLE_EVERY = 0.05
"""Channel levels are published at most this often, in seconds."""


class Store:
    """The list, the registrations and the cursors."""

    list_class: ClassVar[type[LinkedList]] = LinkedList

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self.runtime = runtime
        self.settings = settings
        # Guards everything in this object and in the entries.
        self.section = Section(runtime)
        self.log = EventLog(runtime, self.section)
        self.list = self.list_class()
        self.tail_seq = 0
        self.producers: dict[str, ProducerEntry] = {}
        self.consumers: dict[str, ConsumerEntry] = {}
        # The highest numbers of any tag ever given.
        self.producer_tags = self.consumer_tags = 0
        # True while the list is at its bound and a channel waits: whoever makes room then wakes the receiver.
        self.full = False
        # True when a producer was forgotten and those who wait for that are not told yet.
        self.forgot = False
        # True when the last sample was due too early to be published: levels have changed since.
        self.sample_due = False
        self.closed = False
        self.cleaner = CleanerState()
        self._evicted: dict[ev.Reason, int] = {}
        self._turn = 0
        self._sampled_at = -SAMPLE_EVERY
        self._sampled_levels: dict[int, int] = {}
        self._sampled_taken: dict[int, int] = {}

    @property
    def head_seq(self) -> int:
        return self.tail_seq - self.list.length + 1

    # Linking

    def link_round(self, now: float) -> int:
        """Link at most one node from each inlet, beginning with another one each time. Returns the messages linked."""
        if not self.producers:
            return 0
        entries = list(self.producers.values())
        if len(entries) > 1:
            self._turn = turn = (self._turn + 1) % len(entries)
            entries = entries[turn:] + entries[:turn]
        linked = 0
        for entry in entries:
            if entry.channel._items:
                linked += self._link(entry, now)
            if entry.closing and not entry.channel._items:
                self._forget(entry, now)
        return linked

    def _link(self, entry: ProducerEntry, now: float) -> int:
        channel = entry.channel
        n = len(channel._items)
        if n > NODE_CAPACITY:
            n = NODE_CAPACITY
        if n and self.settings.max_messages is not None:
            n = self.make_room(n, now)
            self.full = self.full or not n
        if not n:
            return 0
        if channel.closed:
            # A put that raced the closing may take its own back, under the channel's lock.
            with channel._lock:
                n = self._move(entry, n, now)
        else:
            n = self._move(entry, n, now)
        if self.log.pending is not None:
            self.log.hand_out()
        if n and entry.blocked:
            channel._announce_room()
        return n

    def _move(self, entry: ProducerEntry, n: int, now: float) -> int:
        """Move the first ``n`` messages of an inlet, or as many as are left there, into a new node at the tail."""
        channel, chain, log = entry.channel, self.list, self.log
        items = channel._items
        payloads = items[:n]
        n = len(payloads)
        if not n:
            return 0
        seq, put, tail = self.tail_seq + 1, entry.put, chain.tail
        node = Node(entry.origin, seq, put + 1, now, payloads, channel._mutable, 0, tail)
        tail_seq, put, length, nodes = seq + n - 1, put + n, chain.length + n, chain.nodes + 1
        event, number = None, log.number
        if log.active:
            size = ev.total_size(payloads, channel._sized)
            words = ev.preview(payloads[0])
            event = log.make(ev.Put, now, entry.name, entry.id, seq, n, node.first_producer_seq, size, words)
            number += 1
        # Committed. Puts append to the other end of the items, so the first are still the same.
        del items[:n]
        if tail is None:
            chain.head = node
        else:
            tail.next = node
        chain.tail = node
        chain.length = length
        chain.nodes = nodes
        self.tail_seq = tail_seq
        entry.put = put
        log.number = number
        log.pending = event
        return n

    def make_room(self, wanted: int, now: float) -> int:
        """How many of ``wanted`` messages the list may take, after letting go of what the bound says must go."""
        bound = self.settings.max_messages
        assert bound is not None
        wanted = min(wanted, bound)
        missing = self.list.length + wanted - bound
        if missing > 0 and self.consumers:
            # What everybody has had goes first, whatever its age.
            had = min(self.consumed_seq() - self.head_seq + 1, missing)
            if had > 0:
                self.evict(self.head_seq + had - 1, "limit", now)
                missing -= had
        if missing > 0 and self.settings.overflow == "evict-oldest":
            last = self.head_seq + missing - 1
            for entry in self.consumers.values():
                self._skip(entry, last, now)
            self.evict(last, "overflow", now)
            missing = 0
        # Less than nothing, if the bound was lowered below what the list holds.
        return max(0, wanted - max(0, missing))

    def _skip(self, entry: ConsumerEntry, last: int, now: float) -> None:
        if entry.cursor >= last:
            return
        log = self.log
        first = entry.cursor + 1
        skipped = entry.skipped + last - first + 1
        event = log.make(ev.Skipped, now, entry.name, entry.id, first, last)
        number = log.number if event is None else event.number
        # Committed.
        entry.cursor = last
        entry.node = None
        entry.skipped = skipped
        log.number = number
        log.pending = event
        log.hand_out()

    def _forget(self, entry: ProducerEntry, now: float) -> None:
        """The closed producer's channel is empty: its name is free."""
        log, producers, name = self.log, self.producers, entry.name
        event = log.make(ev.ProducerUnregistered, now, name, entry.id, entry.put)
        number = log.number if event is None else event.number
        # Committed.
        del producers[name]
        entry.gone = True
        self.forgot = True
        log.number = number
        log.pending = event
        log.hand_out()

    @property
    def pending(self) -> bool:
        """True while an inlet holds anything, or a closed one waits to be forgotten."""
        # These three are asked at every pass. A loop is half the time of `any` over a list: 0.5 µs of the 4 that a put
        # takes which wakes a consumer.
        for entry in self.producers.values():  # noqa: SIM110
            if entry.channel._items or entry.closing:
                return True
        return False

    # Delivering

    def deliver_round(self, now: float, *, unlimited: bool = False) -> int:
        """Send each consumer what lies past its cursor, as far as its channel has room. Returns the messages sent."""
        tail = self.tail_seq
        sent = 0
        for entry in self.consumers.values():
            # Whoever takes from a channel that is held up makes the delivery itself.
            if entry.cursor < tail and (unlimited or not entry.channel._backpressured):
                sent += self.deliver(entry, now, unlimited=unlimited)
        return sent

    def deliver(self, entry: ConsumerEntry, now: float, *, unlimited: bool = False) -> int:
        """Send one consumer what lies past its cursor, as far as its channel has room. Returns the messages sent."""
        channel = entry.channel
        first, tail = entry.cursor + 1, self.tail_seq
        seq, node = first, entry.node
        room = tail if unlimited else channel.capacity - channel._level
        chunks: list[Chunk] = []
        while seq <= tail:
            if room <= 0:
                channel._set_backpressured(True)
                # Publish, then look again: a taker that made room before this did not see that it was waited for.
                room = channel.capacity - channel._level - (seq - first)
                if room <= 0:
                    break
                channel._set_backpressured(False)
            if node is None:
                node = self.list.find(seq)
                assert node is not None, f"the list is dense, yet seq {seq} is not in it"
            payloads = node.payloads
            offset = seq - node.first_seq
            n = len(payloads) - offset
            after = node.next
            if n > room:
                if room < channel.capacity and not channel._eager:
                    # Not worth a cut: it would put this consumer out of step with the nodes for long, and each of its
                    # batches would be cut again (12 % at three producers and three consumers).
                    channel._set_backpressured(True)
                    break
                n, after = room, node
            # A payload list never changes after linking, so a whole one is shared rather than copied.
            if n < len(payloads):
                payloads = payloads[offset : offset + n]
            producer_seq = node.first_producer_seq + offset
            chunks.append(Chunk(node.producer.name, seq, producer_seq, node.timestamp, payloads, node.mutable))
            seq += n
            room -= n
            node = after
        sent = seq - first
        if sent:
            log, pipe = self.log, channel._chunks
            cursor, delivered, total = seq - 1, entry.delivered + sent, channel._sent + sent
            event, number = None, log.number
            if log.active:
                event = log.make(ev.Delivered, now, entry.name, entry.id, first, cursor)
                number += 1
            # Committed. The chunks first: no call, and it is this that may lack memory.
            pipe += chunks
            channel._sent = total
            entry.node = node
            entry.cursor = cursor
            entry.delivered = delivered
            log.number = number
            log.pending = event
            if event is not None:
                log.hand_out()
            if channel._waiting:
                channel._announce_arrival()
        else:
            entry.node = node
        if seq > tail and channel._backpressured:
            channel._set_backpressured(False)
        return sent

    @property
    def deliverable(self) -> bool:
        """True while some consumer lags whose channel is not known to be full."""
        tail = self.tail_seq
        for entry in self.consumers.values():  # noqa: SIM110
            if entry.cursor < tail and not entry.channel._backpressured:
                return True
        return False

    @property
    def dry(self) -> bool:
        """True while some consumer waits for a message."""
        for entry in self.consumers.values():  # noqa: SIM110
            if entry.channel._waiting:
                return True
        return False

    # Evicting

    def consumed_seq(self) -> int:
        """The last seq that every registered consumer has had; the tail where there is no consumer."""
        return min([entry.cursor for entry in self.consumers.values()], default=self.tail_seq)

    def evict(self, last: int, reason: ev.Reason, now: float) -> None:
        """Take messages up to ``last`` out of the list. Whole nodes go to the section, which frees them."""
        chain, log, dropped = self.list, self.log, self.section.dropped
        first = self.head_seq
        newest = chain.head
        while newest is not None and newest.last_seq < last:
            newest = newest.next
        age = now - newest.timestamp if newest is not None else 0.0
        gone, head, start, length, nodes = chain.plan_eviction(last)
        whole = (gone,)
        evicted = {**self._evicted, reason: self._evicted.get(reason, 0) + last - first + 1}
        event = log.make(ev.Evicted, now, first, last, chain.nodes - nodes, age, reason)
        number = log.number if event is None else event.number
        # Committed.
        dropped += whole
        chain.head = head
        chain.length = length
        chain.nodes = nodes
        if head is None:
            chain.tail = None
        else:
            head.start = start
            head.prev = None
        self._evicted = evicted
        log.number = number
        log.pending = event
        log.hand_out()

    def evict_expired(self, now: float, reason: ev.Reason) -> tuple[int, int]:
        """Evict what everybody has had and what is older than the retention, at most :data:`EVICT_NODES` nodes.

        Returns the messages evicted, and the whole nodes among them.
        """
        retention = self.settings.retention
        if retention is None:
            return 0, 0
        head, consumed = self.head_seq, self.consumed_seq()
        last = 0
        node, nodes = self.list.head, 0
        while node is not None and nodes < EVICT_NODES and now - node.timestamp >= retention:
            if node.last_seq > consumed:
                last = max(last, consumed)
                break
            last = node.last_seq
            node = node.next
            nodes += 1
        if last < head:
            return 0, 0
        self.evict(last, reason, now)
        return last - head + 1, nodes

    def finish_pass(self, evicted: int, now: float, due: float | None) -> None:
        """A cleaner pass has done what it can: say what holds the head. ``due``: the next planned one."""
        head, retention = self.list.head, self.settings.retention
        consumers: tuple[str, ...] = ()
        seconds: float | None = None
        stop: ev.Stop = "empty"
        if head is not None:
            seq = head.seq
            consumers = tuple([entry.name for entry in self.consumers.values() if entry.cursor < seq])
            if retention is not None:
                seconds = max(0.0, head.timestamp + retention - now)
            stop = "kept" if retention is None else "consumer" if consumers else "age"
        cleaner = CleanerState(self.cleaner.passes + 1, {}, now, stop, consumers, due)
        log = self.log
        event = log.make(ev.CleanerPass, now, evicted, stop, consumers, seconds, due)
        number = log.number if event is None else event.number
        # Committed.
        self.cleaner = cleaner
        log.number = number
        log.pending = event
        log.hand_out()

    # Telling

    def sample(self, now: float) -> None:
        """Publish the channel levels that have changed, unless the last sample is too fresh.

        Another one is due then as well: what a pass has just delivered is mostly taken without a further pass, and
        without a second look a replay would show it waiting until the next one.
        """
        self.sample_due = self.log.active and now < self.next_sample
        if self.sample_due or not self.log.active:
            return
        levels, known_levels = changed(
            self._sampled_levels, [(entry.id, entry.name, entry.channel._level) for entry in self.producers.values()]
        )
        taken, known_taken = changed(
            self._sampled_taken,
            [(entry.id, entry.name, entry.delivered - entry.channel._level) for entry in self.consumers.values()],
        )
        if not levels and not taken:
            return
        log = self.log
        event = log.make(ev.Levels, now, levels, taken)
        number = log.number if event is None else event.number
        # Committed.
        self._sampled_levels = known_levels
        self._sampled_taken = known_taken
        self._sampled_at = now
        self.sample_due = True
        log.number = number
        log.pending = event
        log.hand_out()

    @property
    def next_sample(self) -> float:
        """The earliest time at which a sample would be published."""
        return self._sampled_at + SAMPLE_EVERY

    def snapshot(self, most_nodes: int | None = None) -> QueueState:
        """All that is held now, with the newest nodes: at most so many, and never more than a state lists."""
        self.log.hand_out()
        tail = self.tail_seq
        nodes: list[NodeState] = []
        most = NODES_SHOWN if most_nodes is None else min(most_nodes, NODES_SHOWN)
        for node in reversed(self.list):
            if len(nodes) >= most:
                break
            nodes.append(node_state(node))
        nodes.reverse()
        return QueueState(
            event=self.log.number,
            head_seq=self.head_seq,
            tail_seq=tail,
            producers={entry.name: producer_state(entry) for entry in self.producers.values()},
            consumers={entry.name: consumer_state(entry, tail) for entry in self.consumers.values()},
            settings=self.settings,
            cleaner=CleanerState(
                self.cleaner.passes,
                dict(self._evicted),
                self.cleaner.last_pass,
                self.cleaner.stop,
                self.cleaner.consumers,
                self.cleaner.due,
            ),
            nodes=tuple(nodes),
            node_count=self.list.nodes,
            closed=self.closed,
            producer_tags=self.producer_tags,
            consumer_tags=self.consumer_tags,
        )


def changed(known: dict[int, int], values: list[tuple[int, str, int]]) -> tuple[dict[str, int], dict[int, int]]:
    """The values that differ from those known under their id, by name; and all of them by id, to be known next."""
    news = {name: value for id, name, value in values if known.get(id, 0) != value}
    return news, {id: value for id, _, value in values}


def producer_state(entry: ProducerEntry) -> ProducerState:
    """What a snapshot says of a producer."""
    return ProducerState(
        entry.name,
        entry.id,
        entry.tag,
        entry.channel.capacity,
        entry.put,
        bool(entry.blocked),
        entry.status,
        entry.pace,
        entry.channel._level,
    )


def consumer_state(entry: ConsumerEntry, tail: int) -> ConsumerState:
    """What a snapshot says of a consumer."""
    return ConsumerState(
        entry.name,
        entry.id,
        entry.tag,
        entry.channel.capacity,
        entry.cursor,
        tail - entry.cursor,
        entry.delivered,
        entry.skipped,
        entry.status,
        entry.pace,
        entry.delivered - entry.channel._level,
    )


def node_state(node: Node) -> NodeState:
    """What a snapshot says of a node."""
    producer = node.producer
    return NodeState(
        node.seq,
        len(node),
        producer.name,
        producer.id,
        producer.tag,
        node.first_producer_seq + node.start,
        node.timestamp,
        ev.preview(node.payloads[0]),
    )
