"""A queue that goes on from a state: the same list, cursors, channels and numbers, with previews for payloads.

A state knows no payloads, so whoever reads on gets the previews of those that are known, and :data:`UNKNOWN` for the
others. The queue must be new, its threads not have run yet, and its clock stand at the state's time.
"""

from collections.abc import Iterator, Mapping

import msgspec

from msgmux.errors import Closed
from msgmux.handles import Consumer, Producer
from msgmux.message import NODE_CAPACITY, Chunk, Node, Origin
from msgmux.queue import MessageQueue
from msgmux.state import NodeState, QueueState

UNKNOWN = "(not recorded)"
"""Stands for a payload of which a state knows nothing."""


class Restored(msgspec.Struct, frozen=True):
    """The handles of those who are registered, by name."""

    producers: Mapping[str, Producer]
    consumers: Mapping[str, Consumer]


def restore(queue: MessageQueue, state: QueueState) -> Restored:
    """Let ``queue`` hold what ``state`` says. Raises :class:`Closed` for the state of a closed queue.

    What is only sampled is as at the last sample; a channel of unknown level begins empty.
    A put that was blocked is not: its producer may put again.
    """
    if state.closed:
        raise Closed("the queue was closed by then, and nothing goes on from there; go back before its end")
    store, dispatcher, registry = queue._store, queue._multiplexer, queue._registry
    with store.section.lock:
        ids = [p.id for p in state.producers.values()] + [c.id for c in state.consumers.values()]
        registry.count = max(ids, default=0)
        store.producer_tags, store.consumer_tags = state.producer_tags, state.consumer_tags
        producers: dict[str, Producer] = {}
        for p in state.producers.values():
            producer = Producer(
                queue.runtime, dispatcher, registry, p.name, p.capacity, registry.copy, p.id, p.tag, p.pace
            )
            entry = producer._entry
            entry.put, entry.status = p.put, p.status
            producer._items.extend([UNKNOWN] * (p.level or 0))
            producer._ask_always(dispatcher.asks_always)
            producers[p.name], store.producers[p.name] = producer, entry
        for node in nodes_of(state):
            store.list.append(_node(node))
        consumers: dict[str, Consumer] = {}
        for c in state.consumers.values():
            consumer = Consumer(
                queue.runtime, dispatcher, registry, c.name, c.capacity, registry.copy, c.id, c.tag, c.cursor, c.pace
            )
            reader = consumer._entry
            reader.delivered, reader.skipped, reader.status = c.delivered, c.skipped, c.status
            for seq in range(c.cursor - min(c.level or 0, c.cursor) + 1, c.cursor + 1):
                consumer._send(_single(store.list.find(seq), seq, state))
            consumers[c.name], store.consumers[c.name] = consumer, reader
        store.tail_seq = state.tail_seq
        store.log.number = state.event
        store.cleaner = msgspec.structs.replace(state.cleaner, evicted={})
        store._evicted = dict(state.cleaner.evicted)
        if store.cleaner.due is None:
            dispatcher.plan_first_cleaning()
    return Restored(producers, consumers)


def nodes_of(state: QueueState) -> Iterator[NodeState]:
    """All nodes, oldest first: before those that the state lists, as many as it counts, of nobody known."""
    first = state.nodes[0] if state.nodes else None
    hidden = (first.seq if first else state.tail_seq + 1) - state.head_seq
    count = max(state.node_count - len(state.nodes), -(-hidden // NODE_CAPACITY)) if hidden > 0 else 0
    seq = state.head_seq
    for n in range(count):
        size = hidden // count + (n < hidden % count)
        timestamp = first.timestamp if first is not None else 0.0
        yield NodeState(seq, size, "?", 0, "?", seq, timestamp, UNKNOWN)
        seq += size
    yield from state.nodes


def _node(node: NodeState) -> Node:
    payloads = [node.preview, *[UNKNOWN] * (node.count - 1)]
    origin = Origin(node.producer, node.producer_id, node.tag)
    return Node(origin, node.seq, node.producer_seq, node.timestamp, payloads)


def _single(node: Node | None, seq: int, state: QueueState) -> Chunk:
    """The message ``seq`` on its way to a consumer; one that is evicted already is known by its number only."""
    if node is None:
        timestamp = state.nodes[0].timestamp if state.nodes else 0.0
        return Chunk("?", seq, seq, timestamp, [UNKNOWN])
    offset = seq - node.first_seq
    return Chunk(node.producer.name, seq, node.first_producer_seq + offset, node.timestamp, [node.payloads[offset]])
