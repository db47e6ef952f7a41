"""What registering gives: the user's ends of the channels, with a name and an end of their own."""

from types import TracebackType
from typing import Protocol, Self

from msgmux.dispatcher import Dispatcher
from msgmux.inlet import Inlet
from msgmux.message import Payload
from msgmux.outlet import Outlet
from msgmux.pacing import Sending, Service
from msgmux.payloads import CopyPayload
from msgmux.registration import ConsumerEntry, ProducerEntry
from msgmux.runtime.interface import Runtime


class Registrar(Protocol):
    """Who keeps the registrations: the queue's registry."""

    def close_producer(self, entry: ProducerEntry, wait: bool, timeout: float | None) -> bool: ...
    def close_consumer(self, entry: ConsumerEntry) -> None: ...
    def unread(self, entry: ConsumerEntry) -> int: ...


class Producer(Inlet[Payload]):
    """A registered producer: :meth:`put` and :meth:`put_many` into its own channel. A context manager that closes it.

    Threads may share it. It is closed at once, and unregistered when the queue has taken what its channel held.
    """

    __slots__ = ("_entry", "_registrar")

    def __init__(
        self,
        runtime: Runtime,
        dispatcher: Dispatcher,
        registrar: Registrar,
        name: str,
        capacity: int,
        copy: CopyPayload,
        id: int,
        tag: str,
        pace: Sending | None,
    ) -> None:
        super().__init__(runtime, dispatcher, name, capacity, copy)
        self._registrar = registrar
        self._entry = ProducerEntry(name, id, tag, self, pace)

    @property
    def id(self) -> int:
        """The number of this registration, which events carry; a name can be registered again, an id cannot."""
        return self._entry.id

    @property
    def tag(self) -> str:
        """The short name that screens show: P1, P2, …"""
        return self._entry.tag

    def close(self, wait: bool = False, timeout: float | None = None) -> bool:
        """Refuse further puts; blocked ones raise :class:`Closed`. What was accepted is still linked. Idempotent.

        The name is free when all of it has been linked. ``wait=True`` waits for that, at most ``timeout`` seconds.
        Returns whether it is so. Raises :class:`TypeError` for a bool as ``timeout``, and :class:`Reentered` from a
        finalizer or a signal handler that interrupts the queue.
        """
        return self._registrar.close_producer(self._entry, wait, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Producer {self.name!r} {'closed' if self.closed else 'open'}>"


class Consumer(Outlet[Payload]):
    """A registered consumer: :meth:`get`, :meth:`get_many` or iteration. A context manager that closes it.

    Threads may share it; each message goes to one of them.
    """

    __slots__ = ("_entry", "_registrar")

    def __init__(
        self,
        runtime: Runtime,
        dispatcher: Dispatcher,
        registrar: Registrar,
        name: str,
        capacity: int,
        copy: CopyPayload,
        id: int,
        tag: str,
        cursor: int,
        pace: Service | None,
    ) -> None:
        super().__init__(runtime, dispatcher, name, capacity, copy)
        self._registrar = registrar
        self._entry = ConsumerEntry(name, id, tag, self, cursor, pace)

    @property
    def id(self) -> int:
        """The number of this registration, which events carry."""
        return self._entry.id

    @property
    def tag(self) -> str:
        """The short name that screens show: C1, C2, …"""
        return self._entry.tag

    @property
    def cursor(self) -> int:
        """The seq last delivered into this consumer's channel, or skipped."""
        return self._entry.cursor

    @property
    def skipped(self) -> int:
        """How many messages were evicted before this consumer had them (``overflow="evict-oldest"`` only)."""
        return self._entry.skipped

    def qsize(self) -> int:
        """How many messages this consumer has yet to read: those in its channel, and in the list past its cursor.

        An approximation, as with :class:`queue.Queue`: other threads change it, and what still waits in the producers'
        channels is not counted. Takes no lock.
        """
        return self._registrar.unread(self._entry)

    def close(self) -> None:
        """Unregister at once. What is in the channel can still be read; then :class:`Closed`. Idempotent.

        Raises :class:`Reentered` from a finalizer or a signal handler that interrupts the queue.
        """
        self._registrar.close_consumer(self._entry)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Consumer {self.name!r} at {self.cursor}{' closed' if self.closed else ''}>"
