"""Sends SIGINT to the main thread while it waits."""

import signal
import sys
import threading
import time
from math import inf
from types import FrameType
from typing import NoReturn, Self

from msgmux import Message, MessageQueue
from msgmux.runtime import ThreadRuntime
from msgmux.runtime.conditions import ThreadCondition

QUIET = 0.02
"""Seconds between two interrupts of the main thread."""


def waits(ident: int) -> bool:
    """Return whether the thread is waiting inside a call of the queue."""
    frame = sys._current_frames().get(ident)
    if frame is None or frame.f_code is not ThreadCondition.wait.__code__ or frame.f_back is None:
        return False
    return frame.f_back.f_code is ThreadRuntime.wait.__code__


class Interrupts:
    """Sends SIGINT to the main thread whenever it waits, until left; ``raised`` counts the KeyboardInterrupts.

    A context manager, to be used in the main thread. ``most`` limits the number of signals.
    """

    def __init__(self, most: int | None = None, until: float = inf) -> None:
        self.raised = 0
        self._most = most
        self._until = until
        self._leave = threading.Event()
        self._main = threading.get_ident()
        self._thread = threading.Thread(target=self._send, name="interrupter", daemon=True)

    def _send(self) -> None:
        sent_at = 0
        waited = 0
        while self.raised != self._most and not self._leave.wait(QUIET if self._most is None else 0.001):
            if sent_at > self.raised:
                # Sent, but not raised yet. A signal that came just before the thread blocked is raised when the next
                # one wakes it.
                waited += 1
                if waited % 20 == 0 and waits(self._main):
                    signal.pthread_kill(self._main, signal.SIGINT)
            elif time.monotonic() < self._until and waits(self._main):
                sent_at, waited = self.raised + 1, 0
                signal.pthread_kill(self._main, signal.SIGINT)

    def _raise(self, number: int, frame: FrameType | None) -> NoReturn:
        self.raised += 1
        raise KeyboardInterrupt

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._raise)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join()
        signal.signal(signal.SIGINT, self._before)


def interrupted_wait(seconds: float) -> int:
    """Wait for one message, repeating after each interrupt, and get it. Returns the number of interrupts."""
    with MessageQueue() as bell, bell.register_producer("clock") as clock:
        listener = bell.register_consumer("main")
        heard: list[Message] = []
        ringer = threading.Timer(seconds, clock.put, ["over"])
        ringer.start()
        # The last interrupt is well before the message, because an interrupted get may lose its message.
        with Interrupts(until=time.monotonic() + seconds * 0.8) as interrupts:
            while not heard:
                try:
                    heard.append(listener.get())
                except KeyboardInterrupt:
                    continue
        ringer.join()
        assert [message.payload for message in heard] == ["over"]
        return interrupts.raised
