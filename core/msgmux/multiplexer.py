"""Who moves the messages, and when: the queue's own threads, and the users' threads that lend a hand.

The *receiver* links what the inlets hold, the *sender* delivers what the list holds, the *cleaner* evicts. Nobody
spins: each sleeps on a condition of the queue's lock until somebody has something for it.

To save hops between threads, a put that finds a consumer waiting, a put that finds its channel full, and a get that
finds its channel dry make a *pass* themselves: link and deliver, in one hold of the lock. Measured without it: 3.5
times the latency of a plain queue.
"""

from collections.abc import Callable

from msgmux import events as ev
from msgmux.errors import Closed, Full
from msgmux.inlet import Inlet
from msgmux.message import NODE_CAPACITY, Node
from msgmux.outlet import Outlet
from msgmux.registration import ProducerEntry
from msgmux.runtime.interface import Task
from msgmux.store import EVICT_NODES, Store

PASS_ROUNDS = 16
"""Rounds of one node from each inlet that one pass makes at most, so that no hold of the lock is long."""


class Multiplexer:
    """The dispatcher of a queue's channels, and its three threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        runtime, lock = store.runtime, store.lock
        # Read by puts without the lock: True while the receiver sleeps and nobody has promised to wake it. Set with
        # the lock held, after which the receiver looks into the inlets once more before it waits.
        self.must_notify = False
        self._stopping = False
        # The receiver has died; passes are made by those who put and get.
        self._orphaned = False
        # The sender waits for no longer than until the next sample, so nobody need tell it of one.
        self._sampling = False
        # The receiver waits here; notified when an inlet has something to link, or when a full list has room again.
        self._incoming = runtime.condition(lock, "receiver")
        # The sender waits here; notified when there is something to deliver to a channel with room, or to sample.
        self._outgoing = runtime.condition(lock, "sender")
        # The cleaner waits here for its time; notified when that changes.
        self._cleaning = runtime.condition(lock, "cleaner")
        # Notified whenever a closing producer has been unregistered.
        self.forgotten = runtime.condition(lock, "unregistered")
        self._threads: tuple[Task, ...] = ()

    def start(self) -> None:
        spawn = self.store.runtime.spawn
        self._plan_cleaning()
        self._threads = (
            spawn(self._guard("receiver", self._receive), "receiver"),
            spawn(self._guard("sender", self._send), "sender"),
            spawn(self._guard("cleaner", self._clean), "cleaner"),
        )

    def stop(self) -> None:
        """With the lock held: send the threads home."""
        self._stopping = True
        self._set_must_notify(False)
        for condition in (self._incoming, self._outgoing, self._cleaning, self.forgotten):
            condition.notify_all()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    # The dispatcher of the channels

    def wake(self) -> None:
        with self.store.lock:
            if not self.must_notify:
                return
            if self.store.dry or self._orphaned:
                self.make_pass()
            else:
                self._wake_receiver()

    def admit(self, inlet: Inlet, deadline: float | None) -> int:
        store = self.store
        entry = None
        while True:
            with store.lock:
                self._refuse_if_closed(inlet)
                self.make_pass()
                room = inlet.capacity - inlet._level
                if store.settings.overflow == "reject" and store.settings.max_messages is not None:
                    # The bound counts the list and what waits in this channel.
                    left = store.make_room(inlet._level + 1, store.runtime.now()) - inlet._level
                    if left <= 0:
                        raise Full(
                            f"the list is at its bound of {store.settings.max_messages} messages and rejects the put "
                            f"of producer {inlet.name!r}; try again when consumers have caught up"
                        )
                    return left
                if room > 0:
                    return room
                if deadline is not None and deadline <= store.runtime.now():
                    raise Full(
                        f"the channel of producer {inlet.name!r} is full ({inlet.capacity} messages) and no room came "
                        "in time; wait longer, or let consumers catch up"
                    )
                entry = store.producers[inlet.name]
                self._count_blocked(entry, +1)
            try:
                inlet._wait_for_room(deadline)
            finally:
                with store.lock:
                    self._count_blocked(entry, -1)

    def fetch(self, outlet: Outlet) -> None:
        with self.store.lock:
            # With nothing in the inlets, and nobody to whom to tell the channel's level, a pass would be for nothing:
            # 3 µs of the 11 that a thread needs for a message when it waits for each.
            if not self._deliver_to(outlet) and (self.store.pending or self.store.log.active):
                self.make_pass()
            # Closed ones are left alone: nothing will be sent, so nobody would take the mark away.
            if outlet._dry and not outlet.closed:
                outlet._waiting = True

    def refill(self, outlet: Outlet) -> None:
        with self.store.lock:
            if outlet._backpressured:
                self._deliver_to(outlet)

    # Passes, with the lock held

    def _deliver_to(self, outlet: Outlet) -> int:
        """Deliver what waits in the list to this channel alone. Returns the messages sent.

        The taker fills its own channel: to wake the sender for it costs two switches of threads, and a pass for
        everybody is 5 µs at three producers and three consumers, where this is 1.
        """
        store = self.store
        entry = store.consumers.get(outlet.name)
        if entry is None or entry.channel is not outlet or entry.cursor >= store.tail_seq:
            return 0
        outlet._set_backpressured(False)
        now = store.runtime.now()
        sent = store.deliver(entry, now)
        if store.full or store.log.active:
            self.settle(now)
        return sent

    def make_pass(self) -> None:
        """Link what the inlets hold, deliver what the list holds, and wake those who must go on from here."""
        store = self.store
        if store.closed:
            return
        now = store.runtime.now()
        bounded = store.settings.max_messages is not None
        for _ in range(PASS_ROUNDS):
            linked = store.link_round(now)
            if bounded and linked:
                # What has been delivered may go, and makes room; and nobody need skip what there is room for.
                store.deliver_round(now)
            elif linked < NODE_CAPACITY:
                # Not one full node in all, so the inlets were emptied.
                break
        store.deliver_round(now)
        self.settle(now)

    def settle(self, now: float) -> None:
        """At the end of a hold that may have moved something: no work is left that nobody knows of."""
        store = self.store
        store.sample(now)
        if store.forgot:
            store.forgot = False
            self.forgotten.notify_all()
        if store.full:
            # Puts need not ring: whoever makes room comes by here.
            self._set_must_notify(False)
            if self._room():
                store.full = False
                self._set_must_notify(True)
        if not store.full and store.pending:
            self._wake_receiver()
        self._wake_sender()

    def _room(self) -> bool:
        """Whether a list that was full can take something now."""
        store, bound = self.store, self.store.settings.max_messages
        if bound is None or store.settings.overflow == "evict-oldest" or store.list.length < bound:
            return True
        return bool(store.consumers) and store.consumed_seq() >= store.head_seq

    def _set_must_notify(self, must_notify: bool) -> None:
        """Whether puts should ring; each inlet has a flag of its own for that, which its closing raises too."""
        self.must_notify = must_notify
        for entry in self.store.producers.values():
            channel = entry.channel
            channel._must_notify = must_notify or channel.closed

    def _wake_receiver(self) -> None:
        self._set_must_notify(self._orphaned)
        self._incoming.notify()

    def _wake_sender(self) -> None:
        store = self.store
        if store.deliverable or (store.sample_due and not self._sampling):
            self._outgoing.notify()

    def _refuse_if_closed(self, inlet: Inlet) -> None:
        if inlet.closed:
            raise Closed(f"producer {inlet.name!r} is closed; register it again to put more")

    def _count_blocked(self, entry: ProducerEntry, change: int) -> None:
        log, was = self.store.log, entry.blocked > 0
        entry.blocked += change
        if log.active and was != (entry.blocked > 0) and not entry.gone:
            kind = ev.Unblocked if was else ev.Blocked
            log.publish(kind, self.store.runtime.now(), entry.name, entry.id)

    # The threads

    def _receive(self) -> None:
        store = self.store
        while True:
            with store.lock:
                if self._stopping:
                    return
                now = store.runtime.now()
                if store.link_round(now):
                    self.settle(now)
                    continue
                # Publish, then look again: a put that appended before this line did not see that it should ring.
                self._set_must_notify(not store.full)
                if store.pending and not store.full:
                    continue
                store.runtime.wait(self._incoming)
                self._set_must_notify(False)

    def _send(self) -> None:
        store = self.store
        while True:
            with store.lock:
                if self._stopping:
                    return
                now = store.runtime.now()
                if store.deliver_round(now):
                    self.settle(now)
                    continue
                store.sample(now)
                self._sampling = store.sample_due
                store.runtime.wait(self._outgoing, max(0.0, store.next_sample - now) if store.sample_due else None)
                self._sampling = False

    def _clean(self) -> None:
        store = self.store
        while True:
            with store.lock:
                while True:
                    if self._stopping:
                        return
                    now = store.runtime.now()
                    due = store.cleaner.due
                    if due is not None and now >= due:
                        break
                    store.runtime.wait(self._cleaning, None if due is None else due - now)
            self.clean(None, planned=True)

    def clean(self, at: float | None, *, planned: bool = False) -> int:
        """One pass of the cleaner, as at the time ``at`` (None: now). Returns the number of messages evicted.

        However many there are, no hold of the lock evicts more than :data:`~msgmux.store.EVICT_NODES` nodes, and they
        are freed outside it.
        """
        store = self.store
        evicted = 0
        while True:
            dropped: list[Node] = []
            with store.lock:
                now = store.runtime.now()
                evicted += store.evict_expired(now if at is None else at, "expired", dropped)
                done = len(dropped) < EVICT_NODES
                if done:
                    # In the same hold as the event that tells of it.
                    if planned:
                        self._plan_cleaning()
                    store.finish_pass(evicted, now)
                self.settle(now)
            dropped.clear()
            if done:
                return evicted

    def plan_cleaning(self) -> None:
        """With the lock held, when ``clean_every`` has changed."""
        self._plan_cleaning()
        self._cleaning.notify()

    def _plan_cleaning(self) -> None:
        store = self.store
        now = store.runtime.now()
        due, every = store.cleaner.due, store.settings.clean_every
        # At a steady beat, unless the cleaner is late by a whole one, or not yet due (the beat has been changed).
        steady = due is not None and due <= now < due + every
        store.cleaner = store.cleaner.rescheduled((due if steady and due is not None else now) + every)

    def _guard(self, name: str, work: Callable[[], None]) -> Callable[[], None]:
        """A thread of ours that dies is an event, and holds nobody up: its work falls to those who put and get."""

        def run() -> None:
            try:
                work()
            except Exception as error:
                with self.store.lock:
                    if name == "receiver":
                        self._orphaned = True
                        self._set_must_notify(True)
                    if self.store.log.active:
                        now = self.store.runtime.now()
                        self.store.log.publish(ev.Failed, now, "queue", name, type(error).__name__)
                raise

        return run
