"""Ctrl+C for a main thread, at a moment when it waits."""

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgmux import Message, MessageQueue
from msgmux.runtime import ThreadRuntime

QUIET = 0.02
"""Seconds between two interrupts of the main thread."""


def waits(ident: int) -> bool:
    """Whether the thread waits for something of a queue just now."""
    frame = sys._current_frames().get(ident)
    if frame is None or frame.f_code is not threading.Condition.wait.__code__ or frame.f_back is None:
        return False
    return frame.f_back.f_code is ThreadRuntime.wait.__code__


@contextmanager
def interrupts(ready: Callable[[], bool], count: int | None = None) -> Iterator[Counter[str]]:
    """Sends SIGINT to the calling thread whenever it waits and is ``ready``, ``count`` times or until left."""
    main = threading.get_ident()
    sent: Counter[str] = Counter()
    leave = threading.Event()

    def send() -> None:
        while not leave.wait(QUIET if count is None else 0.001) and sent["interrupts"] != count:
            if ready() and waits(main):
                sent["interrupts"] += 1
                signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=send, name="interrupter")
    thread.start()
    try:
        yield sent
    finally:
        leave.set()
        thread.join()


def interrupted_wait(seconds: float) -> int:
    """Wait for one message as long as that takes, through interrupts, and get it. Returns how many there were."""
    with MessageQueue() as bell, bell.register_producer("clock") as clock:
        listener = bell.register_consumer("main")
        until = time.monotonic() + seconds
        caught = 0
        heard: list[Message] = []

        def ready() -> bool:
            # One after the other, and the last one well before the message: an interrupt may take with it what a
            # thread has just been given.
            return caught == sent["interrupts"] and time.monotonic() < until - 10 * QUIET

        ringer = threading.Timer(seconds, clock.put, ["over"])
        ringer.start()
        with interrupts(ready) as sent:
            while not heard:
                try:
                    heard.append(listener.get())
                except KeyboardInterrupt:
                    caught += 1
        ringer.join()
        assert [message.payload for message in heard] == ["over"]
        assert caught == sent["interrupts"]
        return caught
