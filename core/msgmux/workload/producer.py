"""A sample producer."""

from math import inf
from typing import Self

from msgmux.errors import Closed, Full, UnknownName
from msgmux.handles import Producer
from msgmux.pacing import DEFAULT_PAYLOAD, Arrivals, Constant, Sending, stream
from msgmux.queue import MessageQueue
from msgmux.runtime import Task

ONE_A_SECOND = Constant(1.0)
CATCH_UP = 0.1
"""Seconds. A producer that is late by no more makes up for it; what it missed beyond that is not sent later."""


class ProducerWorkload:
    """One thread that puts messages through ``handle`` as they arrive, the first at once.

    ``payload`` is a template: ``{n}`` counts messages from 0, ``{name}`` is the producer's. After ``messages`` of them
    it is ``done``: it stays registered, and sends more only when told to by :meth:`burst`. Where the channel is full it
    blocks, and falls behind its rate; where the queue rejects a message, that one is counted and gone.
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
        self._queue = queue
        self._runtime = runtime
        self._handle = handle
        self._task: Task | None = None
        self._random = stream(seed, handle.name)
        # Guards what commands change, all below. Taken before the queue's lock, never held while putting.
        self._lock = runtime.lock(f"{self.name}.pace")
        # The thread waits here for its next message to be due; notified at every command.
        self._changed = runtime.condition(self._lock, f"{self.name}.pace")
        self._rate = rate
        self._payload = payload
        self._due = -inf
        self._arrivals = 0
        self._messages = self._left = messages
        # Messages that have arrived and are to be sent now.
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
        # A daemon, even if its messages are few: blocked in put, it must neither keep a process from ending nor count
        # as a deadlock, as long as somebody may still take.
        self._task = self._runtime.spawn(self._run, self.name, daemon=True)
        return self

    def set_rate(self, rate: Arrivals) -> None:
        """From now on messages arrive like this."""
        with self._lock:
            self._rate, self._arrivals = rate, 0
            gap = rate.gap(self._random, 0)
            # The earlier of the two moments: a key that is held down must not put the next message off for ever.
            self._due = inf if gap == inf else min(self._due, self._runtime.now() + gap)
            self._changed.notify()
            self._publish_pace()

    def set_payload(self, payload: str) -> None:
        with self._lock:
            self._payload = payload
            self._publish_pace()

    def burst(self, count: int) -> None:
        """Send so many messages more, at once."""
        with self._lock:
            self._owed += count
            self.done = False
            self._changed.notify()

    def halt(self) -> None:
        """End the thread after the put that it is in, if any; the handle stays as it is."""
        with self._lock:
            self._stopped = True
            self._changed.notify()

    def stop(self) -> None:
        """End the thread, also in the middle of a blocked put, and close the handle. Idempotent."""
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
                # The gate: a paused world holds us here.
                self._runtime.sleep(0)
                self._send()
        except Closed:
            # By stop(), by whoever unregistered us, or by the queue's own end: nothing is left to do.
            return
        except Exception as error:
            self._queue.failed("producer", self.name, error)
            raise

    def _await_message(self) -> bool:
        """Wait until a message has arrived; False when all is over."""
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
        # At a steady beat, but for the beats that were missed.
        self._due = max(self._due, now - CATCH_UP) + gap if self._due > -inf else now + gap

    def _send(self) -> None:
        n = str(self.sent + self.rejected)
        # {n} first: a name may hold anything.
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
                        # Unregistered by somebody else meanwhile; then there is nobody to show it of.
                        return

    def _publish_pace(self) -> None:
        """With the lock held, so that what is told last is what holds."""
        self._queue.paced("producer", self.name, Sending(self._rate, self._payload, self._messages, self.done))
