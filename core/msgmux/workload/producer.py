"""A sample producer."""

from math import inf
from typing import Self

from msgmux.errors import Closed, Full, UnknownName
from msgmux.handles import Producer
from msgmux.pacing import DEFAULT_PAYLOAD, Arrivals, Constant, Sending, stream
from msgmux.queue import MessageQueue
from msgmux.reporting import Reporter
from msgmux.runtime import Task

ONE_A_SECOND = Constant(1.0)
CATCH_UP = 0.1
"""Seconds. A delay up to this is made up for by sending faster; messages due before that are never sent."""


class ProducerWorkload:
    """One thread that puts messages through ``handle`` at the times of an arrival process, the first one at once.

    ``payload`` is a template: ``{n}`` is the number of the message, from 0, and ``{name}`` the producer's name. After
    ``messages`` messages it is ``done``: it stays registered, and puts more only after :meth:`burst`. While its channel
    is full it blocks, and falls behind its rate. A message that the queue rejects is counted and not put again.
    """

    def __init__(
        self,
        queue: MessageQueue,
        handle: Producer,
        rate: Arrivals = ONE_A_SECOND,
        *,
        payload: str = DEFAULT_PAYLOAD,
        messages: int | None = None,
        seed: int = 0,
    ) -> None:
        runtime = queue.runtime
        self.name = handle.name
        self.sent = 0
        self.rejected = 0
        self.done = False
        self._reporter = Reporter(queue)
        self._runtime = runtime
        self._handle = handle
        self._task: Task | None = None
        self._random = stream(seed, handle.name)
        # Guards all fields below, which commands change. Lock order: before the queue's lock. Never held during put().
        self._lock = runtime.lock(f"{self.name}.pace")
        # The thread waits here until its next message is due; every command notifies it.
        self._changed = runtime.condition(self._lock, f"{self.name}.pace")
        self._rate = rate
        self._payload = payload
        self._due = -inf
        self._arrivals = 0
        self._messages = self._left = messages
        # Messages that are due and not yet put.
        self._owed = 0
        self._stopped = False

    @property
    def tag(self) -> str:
        """The short name that screens show: P1, P2, …"""
        return self._handle.tag

    @property
    def rate(self) -> Arrivals:
        return self._rate

    @property
    def payload(self) -> str:
        return self._payload

    def start(self) -> Self:
        """Start the thread. Call it once."""
        # A daemon thread: while it is blocked in put(), it must neither keep the process from ending nor count as part
        # of a deadlock, since a consumer may be added later and make room.
        self._task = self._runtime.spawn(self._run, self.name, daemon=True)
        return self

    def set_rate(self, rate: Arrivals) -> None:
        """Set the arrival process of later messages. The next message never comes later by it, unless none come."""
        with self._lock:
            self._rate, self._arrivals = rate, 0
            gap = rate.gap(self._random, 0)
            # The earlier of the old and the new due time: otherwise a repeating key would postpone it for ever.
            self._due = inf if gap == inf else min(self._due, self._runtime.now() + gap)
            self._changed.notify()
            self._publish_pace()

    def set_payload(self, payload: str) -> None:
        with self._lock:
            self._payload = payload
            self._publish_pace()

    def burst(self, count: int) -> None:
        """Put ``count`` more messages at once, beside those of the arrival process."""
        with self._lock:
            self._owed += count
            self.done = False
            self._changed.notify()

    def halt(self) -> None:
        """End the thread after its current put, if any. The handle stays registered."""
        with self._lock:
            self._stopped = True
            self._changed.notify()

    def stop(self) -> None:
        """End the thread, even while it is blocked in put, and close the handle. Idempotent."""
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
            while self._await_message():
                # While the runtime is paused, every sleep() waits: this one keeps a paused producer from sending.
                self._runtime.sleep(0)
                self._send()
        except Closed:
            # The handle was closed by stop() or unregistered, or the queue was closed: the normal end of the thread.
            return
        except Exception as error:
            self._reporter.failed("producer", self.name, error)
            raise

    def _await_message(self) -> bool:
        """Wait until a message is due. False: the workload was stopped."""
        with self._lock:
            while not self._stopped:
                if self._owed:
                    self._owed -= 1
                    return True
                now = self._runtime.now()
                due = inf if self._left == 0 else self._due
                if due <= now:
                    self._arrive(now)
                else:
                    self._runtime.wait(self._changed, None if due == inf else due - now)
            return False

    def _arrive(self, now: float) -> None:
        count = self._rate.count if self._left is None else min(self._rate.count, self._left)
        if self._left is not None:
            self._left -= count
        self._owed += count
        gap = self._rate.gap(self._random, self._arrivals)
        self._arrivals += 1
        # Due times keep the interval of the process; of a delay, at most CATCH_UP seconds are made up for.
        self._due = max(self._due, now - CATCH_UP) + gap if self._due > -inf else now + gap

    def _send(self) -> None:
        n = str(self.sent + self.rejected)
        # {n} is replaced first: a name may itself contain the text "{n}".
        text = n.join([part.replace("{name}", self.name) for part in self._payload.split("{n}")])
        try:
            self._handle.put(text)
            self.sent += 1
        except Full:
            self.rejected += 1
        if self._left == 0 and not self._owed:
            with self._lock:
                self.done = not self._owed and not self._stopped
                if self.done:
                    try:
                        self._publish_pace()
                    except UnknownName:
                        # The producer was unregistered meanwhile, so there is no registration to publish it for.
                        return

    def _publish_pace(self) -> None:
        """Publish the current pace. The caller holds the lock, so that the last event has the values that hold."""
        self._reporter.paced(self.name, Sending(self._rate, self._payload, self._messages, self.done))
