"""A sample consumer."""

from collections.abc import Callable
from typing import Self

from msgmux.errors import Closed, MsgmuxError, UnknownName
from msgmux.handles import Consumer
from msgmux.message import Message
from msgmux.pacing import Fixed, Service, stream
from msgmux.queue import MessageQueue
from msgmux.reporting import Reporter
from msgmux.runtime import Task

NO_WORK = Fixed(0.0)


class WorkloadCrash(MsgmuxError):
    """Raised in a sample consumer's thread after :meth:`ConsumerWorkload.fail`; it ends that thread."""


class ConsumerWorkload:
    """One thread that gets messages through ``handle``, one by one, and works on each for a service time of ``work``.

    ``on_message`` is called with each message when the work on it begins, in this thread. ``seed`` and the handle's
    name decide the random service times. ``taken`` counts the messages whose work has begun.

    A thread that is told to stall or to fail while it waits in ``get`` does so when the next message comes, before the
    work on it. That message is not lost: the thread works on it after :meth:`resume`.
    """

    def __init__(
        self,
        queue: MessageQueue,
        handle: Consumer,
        work: Service = NO_WORK,
        *,
        seed: int = 0,
        on_message: Callable[[Message], None] | None = None,
    ) -> None:
        runtime = queue.runtime
        self.name = handle.name
        self.taken = 0
        self._reporter = Reporter(queue)
        self._runtime = runtime
        self._handle = handle
        self._on_message = on_message
        self._task: Task | None = None
        # Used by the thread alone: the message that it got and has not begun to work on, and when the
        # current work began.
        self._in_hand: Message | None = None
        self._begun: float | None = None
        self._random = stream(seed, handle.name)
        # Guards all fields below, which commands change, and keeps the events Stalled, Failed and Resumed in the order
        # of the changes. Lock order: before the queue's lock. Never held during get().
        self._lock = runtime.lock(f"{self.name}.pace")
        # The thread waits here for the end of its work or for resume(); every command notifies it.
        self._changed = runtime.condition(self._lock, f"{self.name}.pace")
        self._work = work
        self._over = 0.0
        self._stalled = False
        self._failing = False
        self._failed = False
        self._stopped = False

    @property
    def tag(self) -> str:
        """The short name that screens show: C1, C2, …"""
        return self._handle.tag

    @property
    def cursor(self) -> int:
        """The seq last delivered to this consumer, or skipped; after its end, the final one."""
        return self._handle.cursor

    @property
    def work(self) -> Service:
        return self._work

    @property
    def stalled(self) -> bool:
        return self._stalled

    @property
    def failed(self) -> bool:
        return self._failed

    def start(self) -> Self:
        """Start the thread. Call it once; :meth:`resume` starts another after a failure."""
        self._task = self._runtime.spawn(self._run, self.name, daemon=True)
        return self

    def set_work(self, work: Service) -> None:
        """Set the service time of all later messages. The current work may end sooner by it, not later."""
        with self._lock:
            self._work = work
            self._over = min(self._over, self._runtime.now() + work.seconds(self._random))
            self._changed.notify()
            self._reporter.paced(self.name, work)

    def stall(self) -> bool:
        """Get no more messages until :meth:`resume`. Returns False if it was stalled, failed or stopped already."""
        with self._lock:
            if self._stalled or self._failed or self._stopped:
                return False
            self._stalled = True
            self._changed.notify()
            self._reporter.stalled(self.name)
            return True

    def fail(self) -> None:
        """Let the thread end by :class:`WorkloadCrash`. The handle stays registered, so its messages are retained."""
        with self._lock:
            if not (self._failed or self._stopped):
                self._failing = True
                self._changed.notify()

    def resume(self) -> None:
        """Go on after :meth:`stall`; after :meth:`fail`, start a new thread on the same handle."""
        with self._lock:
            self._failing = False
            if self._stopped or not (self._stalled or self._failed):
                return
            restart, self._stalled, self._failed = self._failed, False, False
            self._changed.notify()
            self._reporter.resumed(self.name)
        if restart:
            self.start()

    def halt(self) -> None:
        """End the thread at its next message, or at once while it works or is stalled. The handle stays registered."""
        with self._lock:
            self._stopped = True
            self._changed.notify()

    def stop(self) -> None:
        """End the thread and close the handle. Messages in its channel are not read. Idempotent."""
        self.halt()
        self._handle.close()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread to end, at most ``timeout`` seconds. Returns whether it has."""
        if self._task is None:
            return True
        self._task.join(timeout)
        return not self._task.is_alive()

    def _run(self) -> None:
        try:
            while self._await_turn():
                if self._in_hand is None:
                    # While the runtime is paused, every sleep() waits: this one keeps a paused consumer from reading.
                    self._runtime.sleep(0)
                    self._in_hand = self._handle.get()
                    if self._stalled or self._failing or self._stopped:
                        # Commanded during get(). A command after this line takes effect at the next message.
                        continue
                self._begin()
        except Closed:
            # The handle was closed by stop() or unregistered, or the queue was closed: the normal end of the thread.
            return
        except WorkloadCrash:
            # Its event was published where it was raised. The thread ends, as a real one would after an exception.
            return
        except Exception as error:
            with self._lock:
                self._publish_failed(error)
            raise

    def _await_turn(self) -> bool:
        """Wait until the current work is over and the workload is not stalled. False: it was stopped."""
        with self._lock:
            if self._begun is not None:
                self._over = self._begun + self._work.seconds(self._random)
                self._begun = None
            while not self._stopped:
                left = self._over - self._runtime.now()
                if self._failing:
                    crash = WorkloadCrash(f"consumer {self.name!r} was told to fail")
                    self._publish_failed(crash)
                    raise crash
                if self._stalled:
                    self._runtime.wait(self._changed)
                elif left > 0:
                    self._runtime.wait(self._changed, left)
                else:
                    return True
            return False

    def _begin(self) -> None:
        message, self._in_hand = self._in_hand, None
        if message is not None and self._on_message is not None:
            self._on_message(message)
        self.taken += 1
        self._begun = self._runtime.now()

    def _publish_failed(self, error: BaseException) -> None:
        """Publish Failed. The caller holds the lock, so that Resumed cannot be published before it."""
        self._failed, self._stalled, self._failing = True, False, False
        try:
            self._reporter.failed("consumer", self.name, error)
        except UnknownName:
            # The consumer was unregistered meanwhile: the queue knows no consumer to which the event belongs.
            return
