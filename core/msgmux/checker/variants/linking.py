"""Variants in which the list or the registrations are changed without the lock, or the lock is released too early."""

from msgmux import events as ev
from msgmux.checker.instrument import with_points
from msgmux.checker.variants.variant import Variant, made_of
from msgmux.errors import DuplicateName
from msgmux.handles import Consumer
from msgmux.linked_list import LinkedList
from msgmux.message import Node
from msgmux.multiplexer import Multiplexer
from msgmux.pacing import Service
from msgmux.registration import ConsumerEntry, ProducerEntry
from msgmux.registry import Registry, Start, start_cursor
from msgmux.store import Store


class CountsLate(Multiplexer):
    """The cleaner writes the new length after it has released the lock."""

    def clean(self, at: float | None, *, planned: bool = False) -> int:
        store = self.store
        with store.section.lock:
            now = store.runtime.now()
            length = store.list.length
            evicted, _ = store.evict_expired(now if at is None else at, "expired")
            store.finish_pass(evicted, now, self.next_cleaning(now) if planned else store.cleaner.due)
            self.settle(now)
        # Messages that were linked since `length` was read are not counted.
        store.list.length = length - evicted
        return evicted


class LinksWithoutLock(Multiplexer):
    """A put links its message before it takes the lock."""

    def wake(self) -> None:
        if not self.must_notify:
            return
        self.store.link_round(self.store.runtime.now())
        with self.section.lock:
            self.make_pass()


class ChecksThenActs(Registry):
    """The lock is released between the look whether a name is free and the registration under it."""

    def register_consumer(
        self, name: str, start: Start, capacity: int, tag: str | None, pace: Service | None
    ) -> Consumer:
        store, lock = self._store, self._section.lock
        with lock:
            if name in store.consumers:
                raise DuplicateName(f"a consumer named {name!r} is registered already")
        # Here another thread may register the name that was found free.
        with lock:
            cursor = start_cursor(start, store.head_seq, store.tail_seq)
            number = self._next_number()
            store.consumer_tags += 1
            tag = tag or f"C{store.consumer_tags}"
            consumer = self._consumer_class(
                store.runtime, self._multiplexer, self, name, capacity, self.copy, number, tag, cursor, pace
            )
            store.consumers[name] = consumer._entry
            store.log.publish(ev.ConsumerRegistered, store.runtime.now(), name, number, tag, capacity, cursor)
            self._multiplexer.make_pass()
            return consumer


class LeavesNodes(Store):
    """A consumer that is skipped past messages keeps its pointer to a node that is about to be unlinked."""

    def _skip(self, entry: ConsumerEntry, last: int, now: float) -> None:
        if entry.cursor >= last:
            return
        first, entry.cursor = entry.cursor + 1, last
        entry.skipped += last - first + 1
        if self.log.active:
            self.log.publish(ev.Skipped, now, entry.name, entry.id, first, last)


class _LineStore(Store):
    """Links a message in the separate steps of a textbook's linked list, with scheduling points between them, so that
    without the lock another thread can see each intermediate state.
    """

    list_class = with_points(LinkedList, {"head", "tail", "length", "nodes", "next", "prev"})

    def _move(self, entry: ProducerEntry, n: int, now: float) -> int:
        payloads = entry.channel._take(n)
        n = len(payloads)
        if not n:
            return 0
        node = Node(entry.origin, self.tail_seq + 1, entry.put + 1, now, payloads)
        self.list.append(node)
        self.tail_seq += n
        entry.put += n
        size, words = ev.total_size(payloads), ev.preview(payloads[0])
        self.log.publish(ev.Put, now, entry.name, entry.id, node.first_seq, n, node.first_producer_seq, size, words)
        return n


LINKING = (
    Variant(
        "lost-update",
        "The length is read under the lock and written without it: a lost update",
        "list",
        "cleaned",
        "delay",
        2,
        200,
        made_of(multiplexer_class=with_points(CountsLate, {"length"})),
        Multiplexer._clean_some,
        CountsLate.clean,
    ),
    Variant(
        "no-lock-on-put",
        "A message is linked without the lock: two threads write the tail",
        "list",
        "pairs",
        "delay",
        1,
        200,
        made_of(multiplexer_class=LinksWithoutLock, store_class=_LineStore),
        Multiplexer.wake,
        LinksWithoutLock.wake,
    ),
    Variant(
        "check-then-act",
        "A name is looked up, and taken later: two consumers have it",
        "name",
        "named",
        "delay",
        1,
        200,
        made_of(registry_class=ChecksThenActs),
        Registry._register_consumer,
        ChecksThenActs.register_consumer,
    ),
    Variant(
        "dangling-node",
        "A node is unlinked under a cursor that still points at it",
        "list",
        "crowded",
        "delay",
        1,
        200,
        made_of(store_class=LeavesNodes),
        Store._skip,
        LeavesNodes._skip,
    ),
)
