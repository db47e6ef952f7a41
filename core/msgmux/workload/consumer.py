"""A sample consumer."""

from collections.abc import Callable
from typing import Self

from msgmux.errors import Closed, MsgmuxError, UnknownName
from msgmux.handles import Consumer
from msgmux.message import Message
from msgmux.pacing import Fixed, Service, stream
from msgmux.queue import MessageQueue
from msgmux.runtime import Task

NO_WORK = Fixed(0.0)


class WorkloadCrash(MsgmuxError):
    """What a sample consumer's thread dies of when it is told to fail."""


class ConsumerWorkload:
    """One thread that takes messages through ``handle``, one by one, and works on each for the time of ``work``.

    ``on_message`` gets each message when the work on it begins, in this thread. A thread that is told to stall or to
    fail while it waits for a message does so when one comes, before the work on it; that one is not lost, but worked on
    when it resumes. ``taken`` counts the messages whose work has begun.
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
        self._queue = queue
        self._runtime = runtime
        self._handle = handle
        self._on_message = on_message
        self._task: Task | None = None
        # The thread's own: what it has got and not yet worked on, and when the present work began.
        self._in_hand: Message | None = None
        self._begun: float | None = None
        self._random = stream(seed, handle.name)
        # Guards what commands change, all below, and keeps the events of stalling, failing and resuming in their order.
        # Taken before the queue's lock, never held while getting.
        self._lock = runtime.lock(f"{self.name}.pace")
        # The thread waits here for its work to be over, or to be resumed; notified at every command.
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
        """The seq last delivered to this consumer, or skipped; after its end, where it stood then."""
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
        """From now on a message takes this long, the present one included if that is sooner."""
        with self._lock:
            self._work = work
            self._over = min(self._over, self._runtime.now() + work.seconds(self._random))
            self._changed.notify()
            self._queue.paced("consumer", self.name, work)

    def stall(self) -> bool:
        """Take nothing more, until resumed. Returns whether it was reading until now."""
        with self._lock:
            if self._stalled or self._failed or self._stopped:
                return False
            self._stalled = True
            self._changed.notify()
            self._queue.stalled(self.name)
            return True

    def fail(self) -> None:
        """Let the thread raise :class:`WorkloadCrash`, and die of it. The handle stays registered."""
        with self._lock:
            if not (self._failed or self._stopped):
                self._failing = True
                self._changed.notify()

    def resume(self) -> None:
        """Go on after :meth:`stall`; after :meth:`fail` with a new thread on the same handle."""
        with self._lock:
            self._failing = False
            if self._stopped or not (self._stalled or self._failed):
                return
            restart, self._stalled, self._failed = self._failed, False, False
            self._changed.notify()
            self._queue.resumed(self.name)
        if restart:
            self.start()

    def halt(self) -> None:
        """End the thread when it next has a message or is at its work; the handle stays as it is."""
        with self._lock:
            self._stopped = True
            self._changed.notify()

    def stop(self) -> None:
        """End the thread and close the handle. What its channel holds is left. Idempotent."""
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
                    # The gate: a paused world holds us here.
                    self._runtime.sleep(0)
                    self._in_hand = self._handle.get()
                    if self._stalled or self._failing or self._stopped:
                        # Asked for while we waited. One that comes right after this line counts for the next message.
                        continue
                self._begin()
        except Closed:
            # By stop(), by whoever unregistered us, or by the queue's own end: nothing is left to do.
            return
        except WorkloadCrash:
            # Published where it was raised. This thread ends, as one that crashed would.
            return
        except Exception as error:
            with self._lock:
                self._publish_failed(error)
            raise

    def _await_turn(self) -> bool:
        """Wait until the work in progress is over and nobody holds us up; False when all is over."""
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
        """With the lock held, so that nobody can resume us before it is known that we failed."""
        self._failed, self._stalled, self._failing = True, False, False
        try:
            self._queue.failed("consumer", self.name, error)
        except UnknownName:
            # Unregistered by somebody else meanwhile; then there is nobody to show it of.
            return
