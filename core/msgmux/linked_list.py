"""The doubly linked list of nodes, and nothing else. Who calls it holds the queue's lock."""

from collections.abc import Iterator
from typing import NamedTuple

from msgmux.message import Node


class Cut(NamedTuple):
    """An eviction that is planned: which nodes go, and how the list will begin and count."""

    gone: list[Node]
    head: Node | None
    start: int
    length: int
    nodes: int


class LinkedList:
    """Head = oldest, tail = newest. ``length`` counts messages, ``nodes`` nodes; seqs are dense from head to tail."""

    __slots__ = ("head", "length", "nodes", "tail")

    def __init__(self) -> None:
        self.head: Node | None = None
        self.tail: Node | None = None
        self.length = 0
        self.nodes = 0

    def append(self, node: Node) -> None:
        """Link a node at the tail."""
        tail = self.tail
        node.prev = tail
        if tail is None:
            self.head = node
        else:
            tail.next = node
        self.tail = node
        self.length += len(node)
        self.nodes += 1

    def evict(self, last_seq: int, dropped: list[Node]) -> None:
        """Take out all messages up to ``last_seq``, cutting the node in which it lies.

        Nodes that went whole are appended to ``dropped``, for the caller to let go of outside the lock. They lead
        nowhere, so that freeing a long run of them cannot recurse.
        """
        cut = self.plan_eviction(last_seq)
        head = cut.head
        self.head = head
        self.length = cut.length
        self.nodes = cut.nodes
        if head is None:
            self.tail = None
        else:
            head.start = cut.start
            head.prev = None
        for node in cut.gone:
            node.next = node.prev = None
        dropped += cut.gone

    def plan_eviction(self, last_seq: int) -> Cut:
        """What taking out all messages up to ``last_seq`` will change. Nothing is changed yet."""
        gone: list[Node] = []
        node, length = self.head, self.length
        while node is not None and node.last_seq <= last_seq:
            length -= len(node)
            gone.append(node)
            node = node.next
        start = 0
        if node is not None:
            start = node.start
            if node.seq <= last_seq:
                start += last_seq + 1 - node.seq
                length -= start - node.start
        return Cut(gone, node, start, length, self.nodes - len(gone))

    def find(self, seq: int) -> Node | None:
        """The node that holds ``seq``, looked for from the tail backwards, since that is where readers mostly are."""
        node = self.tail
        while node is not None and node.first_seq > seq:
            node = node.prev
        if node is None or seq < node.first_seq + node.start or seq >= node.first_seq + len(node.payloads):
            return None
        return node

    def __iter__(self) -> Iterator[Node]:
        """The nodes from head to tail."""
        node = self.head
        while node is not None:
            yield node
            node = node.next

    def __reversed__(self) -> Iterator[Node]:
        """The nodes from tail to head."""
        node = self.tail
        while node is not None:
            yield node
            node = node.prev

    def check(self) -> None:
        """Raise :class:`AssertionError` unless prev and next agree, the counts are right and the seqs are dense."""
        before: Node | None = None
        length = nodes = 0
        for node in self:
            if node.prev is not before:
                raise AssertionError(f"node {node.seq}: prev does not lead back to the node whose next it is")
            if not len(node):
                raise AssertionError(f"node {node.first_seq}: nothing is left in it, yet it is linked")
            if before is not None and node.seq != before.last_seq + 1:
                raise AssertionError(f"seq {before.last_seq} is followed by {node.seq}")
            if before is not None and node.timestamp < before.timestamp:
                raise AssertionError(f"node {node.seq} is older than the node before it")
            length += len(node)
            nodes += 1
            before = node
        if before is not self.tail:
            raise AssertionError("the tail is not the last node that the head leads to")
        if (length, nodes) != (self.length, self.nodes):
            raise AssertionError(f"{length} messages in {nodes} nodes, counted as {self.length} in {self.nodes}")
