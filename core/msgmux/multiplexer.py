"""Who moves the messages, and when: the queue's own threads, and the users' threads that lend a hand.

The *receiver* links what the inlets hold, the *sender* delivers what the list holds, the *cleaner* evicts. Nobody
spins: each sleeps on a condition of the queue's lock until somebody has something for it.

To save hops between threads, a put that finds a consumer waiting, a put that finds its channel full, and a get that
finds its channel dry make a *pass* themselves: link and deliver, in one hold of the lock. Measured without it: 3.5
times the latency of a plain queue.
"""

from collections.abc import Callable

from msgmux import events as ev
from msgmux.errors import Closed, Full, Reentered
from msgmux.inlet import Inlet
from msgmux.message import NODE_CAPACITY
from msgmux.outlet import Outlet
from msgmux.registration import BlockedPut
from msgmux.runtime.interface import Task
from msgmux.store import EVICT_NODES, Store

PASS_ROUNDS = 16
"""Rounds of one node from each inlet that one pass makes at most, so that no hold of the lock is long."""


class Multiplexer:
    """The dispatcher of a queue's channels, and its three threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        runtime, lock = store.runtime, store.section.lock
        self.section = store.section
        self.section.mend = self.mend
        self.entered = self.section.entered
        # Read by puts without the lock: True while the receiver sleeps and nobody has promised to wake it. Set with
        # the lock held, after which the receiver looks into the inlets once more before it waits.
        self.must_notify = False
        self._stopping = False
        # Which of our threads have died. Their work falls to those who put and get, and to the others.
        self._dead: set[str] = set()
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
        self.plan_first_cleaning()
        self._threads = (
            spawn(self._guard("receiver", self._receive), "receiver"),
            spawn(self._guard("sender", self._send), "sender"),
            spawn(self._guard("cleaner", self._clean), "cleaner"),
        )

    def plan_first_cleaning(self) -> None:
        store = self.store
        store.cleaner = store.cleaner.rescheduled(self.next_cleaning(store.runtime.now()))

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
        try:
            self.section.run(self._wake)
        except Reentered:
            # A finalizer or a signal handler puts while its thread is at work here: the receiver will see to it.
            self._incoming.nudge()

    def alarm(self) -> None:
        """A put may not have told of what it put: let the receiver look. Takes no lock."""
        self._incoming.nudge()

    def _wake(self) -> None:
        if not self.must_notify:
            return
        if self.store.dry or "receiver" in self._dead:
            self.make_pass()
        else:
            self._wake_receiver()

    def admit(self, inlet: Inlet, deadline: float | None) -> int:
        section, put = self.section, BlockedPut()
        try:
            while not (room := section.run(self._admit, inlet, deadline, put)):
                inlet._wait_for_room(deadline)
                section.run(self._unblock, put)
        except Reentered:
            return self._admit_inside(inlet)
        except BaseException:
            if put.entry is not None:
                section.run(self._unblock, put)
            raise
        return room

    def _admit(self, inlet: Inlet, deadline: float | None, put: BlockedPut) -> int:
        """Room for so many messages, at least one; or 0, when the put is to wait for some and is counted as blocked."""
        store = self.store
        self._refuse_if_closed(inlet)
        self.make_pass()
        room = inlet.capacity - inlet._level
        if self.asks_always:
            # The bound counts the list and what waits in this channel.
            left = store.make_room(inlet._level + 1, store.runtime.now()) - inlet._level
            if left <= 0:
                raise self._rejected(inlet)
            return left
        if room > 0:
            return room
        if deadline is not None and deadline <= store.runtime.now():
            raise Full(
                f"the channel of producer {inlet.name!r} is full ({inlet.capacity} messages) and no room came "
                "in time; wait longer, or let consumers catch up"
            )
        self._block(inlet, put)
        return 0

    def _admit_inside(self, inlet: Inlet) -> int:
        """As :meth:`_admit`, by looking alone: the thread may hold any lock, and be in the middle of a step."""
        self._refuse_if_closed(inlet)
        store, room = self.store, inlet.capacity - inlet._level
        bound = store.settings.max_messages
        if self.asks_always and bound is not None:
            room = bound - store.list.length - inlet._level
            if room <= 0:
                raise self._rejected(inlet)
        if room <= 0:
            raise Full(
                f"the channel of producer {inlet.name!r} is full ({inlet.capacity} messages), and a put from inside of "
                "the queue (from a finalizer or a signal handler) cannot wait"
            )
        return room

    def _rejected(self, inlet: Inlet) -> Full:
        return Full(
            f"the list is at its bound of {self.store.settings.max_messages} messages and rejects the put of producer "
            f"{inlet.name!r}; try again when consumers have caught up"
        )

    @property
    def asks_always(self) -> bool:
        """Whether each put must ask whether the list takes it."""
        settings = self.store.settings
        return settings.overflow == "reject" and settings.max_messages is not None

    def fetch(self, outlet: Outlet) -> None:
        self.section.run(self._fetch, outlet)

    def _fetch(self, outlet: Outlet) -> None:
        # With nothing in the inlets, and nobody to whom to tell the channel's level, a pass would be for nothing:
        # 3 µs of the 11 that a thread needs for a message when it waits for each.
        store = self.store
        if not self._deliver_to(outlet) and (store.pending or store.log.active):
            self.make_pass()
        # Closed ones are left alone: nothing will be sent, so nobody would take the mark away.
        if not outlet._chunks and not outlet._ready and not outlet.closed:
            outlet._waiting = True

    def refill(self, outlet: Outlet) -> None:
        try:
            self.section.run(self._refill, outlet)
        except Reentered:
            # The caller has its message; the channel stays marked, and is refilled at the next one.
            return

    def _refill(self, outlet: Outlet) -> None:
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
        if store.log.active or store.sample_due:
            store.sample(now)
        if store.forgot:
            self.forgotten.notify_all()
            store.forgot = False
        if self._dead:
            self._stand_in(now)
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
        # In this order: an exception in between leaves puts that notify, not a receiver that sleeps for good.
        self._incoming.notify()
        self._set_must_notify("receiver" in self._dead)

    def _stand_in(self, now: float) -> None:
        """Do the work of those of our threads that have died."""
        store = self.store
        if "sender" in self._dead:
            store.deliver_round(now)
        due = store.cleaner.due
        if "cleaner" in self._dead and due is not None and now >= due:
            evicted, _ = store.evict_expired(now, "expired")
            store.finish_pass(evicted, now, self.next_cleaning(now))

    def mend(self) -> None:
        """With the lock held, after an exception: nobody sleeps who has something to do, and every flag is right.

        All are woken, for each looks for itself. Interrupted, this may be begun again.
        """
        store = self.store
        store.log.hand_out()
        store.log.wake_all()
        for producer in store.producers.values():
            producer.channel._ask_always(self.asks_always)
            producer.channel._announce_room()
        self._set_must_notify(self.must_notify)
        for consumer in store.consumers.values():
            if not consumer.channel._dry or consumer.channel.closed:
                consumer.channel._announce_arrival()
        for condition in (self._incoming, self._outgoing, self._cleaning, self.forgotten):
            condition.notify_all()

    def _wake_sender(self) -> None:
        store = self.store
        if store.deliverable or (store.sample_due and not self._sampling):
            self._outgoing.notify()

    def _refuse_if_closed(self, inlet: Inlet) -> None:
        if inlet.closed:
            raise Closed(f"producer {inlet.name!r} is closed; register it again to put more")

    def _block(self, inlet: Inlet, put: BlockedPut) -> None:
        log, entry = self.store.log, self.store.producers[inlet.name]
        event = None
        if not entry.blocked:
            event = log.make(ev.Blocked, self.store.runtime.now(), entry.name, entry.id)
        number = log.number if event is None else event.number
        blocked = entry.blocked
        # Committed.
        blocked[put] = True
        put.entry = entry
        log.number = number
        log.pending = event
        log.hand_out()

    def _unblock(self, put: BlockedPut) -> None:
        log, entry = self.store.log, put.entry
        if entry is None:
            return
        blocked, event = entry.blocked, None
        if len(blocked) == 1 and not entry.gone:
            event = log.make(ev.Unblocked, self.store.runtime.now(), entry.name, entry.id)
        number = log.number if event is None else event.number
        # Committed.
        del blocked[put]
        put.entry = None
        log.number = number
        log.pending = event
        log.hand_out()

    # The threads

    def _receive(self) -> None:
        store, section = self.store, self.section
        while True:
            with section.lock:
                if self._stopping:
                    return
                now = store.runtime.now()
                if store.link_round(now):
                    self.settle(now)
                else:
                    # Publish, then look again: a put that appended before this line did not see that it should notify.
                    self._set_must_notify(not store.full)
                    if not store.pending or store.full:
                        store.runtime.wait(self._incoming)
                        self._set_must_notify(False)
            if section.dropped:
                section.let_go()

    def _send(self) -> None:
        store, section = self.store, self.section
        while True:
            with section.lock:
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
            with self.section.lock:
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
        evicted = 0
        while True:
            evicted, done = self.section.run(self._clean_some, at, evicted, planned)
            if done:
                return evicted

    def _clean_some(self, at: float | None, before: int, planned: bool) -> tuple[int, bool]:
        """One hold of a cleaner pass: the messages evicted in it so far, and whether it is done."""
        store = self.store
        now = store.runtime.now()
        evicted, nodes = store.evict_expired(now if at is None else at, "expired")
        evicted += before
        done = nodes < EVICT_NODES
        if done:
            store.finish_pass(evicted, now, self.next_cleaning(now) if planned else store.cleaner.due)
        self.settle(now)
        return evicted, done

    def replan_cleaning(self) -> None:
        """With the lock held, when the time of the next cleaning has changed."""
        self._cleaning.notify()

    def next_cleaning(self, now: float, every: float | None = None) -> float:
        """When the next pass of the cleaner is due, from now on every so many seconds (None: as set)."""
        store = self.store
        due = store.cleaner.due
        if every is None:
            every = store.settings.clean_every
        # At a steady beat, unless the cleaner is late by a whole one, or not yet due (the beat has been changed).
        steady = due is not None and due <= now < due + every
        return (due if steady and due is not None else now) + every

    def _guard(self, name: str, work: Callable[[], None]) -> Callable[[], None]:
        """A thread of ours that dies is an event, and holds nobody up: its work falls to the others."""

        def run() -> None:
            try:
                work()
            except BaseException as error:
                if not (self.store.runtime.exact and not isinstance(error, Exception)):
                    self.section.run(self._lose, name, type(error).__name__)
                raise

        return run

    def _lose(self, name: str, error: str) -> None:
        self._dead.add(name)
        self.store.log.publish(ev.Failed, self.store.runtime.now(), "queue", name, error)
        if name == "receiver":
            self._set_must_notify(True)
        self.mend()
        self.make_pass()
