"""What holds a task's stack: a greenlet, or an OS thread. The scheduler is the same for both, and so is the run.

Both are pooled, since making one costs more than a short run. A carrier does three things: it starts a task's body,
switches from one task to another, and switches back to the driver, which called :meth:`VirtualRuntime.run`.
"""

import sys
import threading
from types import FrameType
from typing import Any, ClassVar, Protocol

import greenlet

from msgmux.runtime.tasks import VirtualTask

POOL_SIZE = 64
"""Idle carriers kept for the next run."""


class Carrier(Protocol):
    """One run's stacks."""

    def start(self, task: VirtualTask) -> None:
        """Give the task a stack; its body runs when it is switched to for the first time."""

    def enter(self, task: VirtualTask) -> None:
        """From the driver into a task; returns when the driver is switched back to."""

    def switch(self, here: VirtualTask, there: VirtualTask | None) -> None:
        """From one task to another, or to the driver (None); returns when ``here`` is switched to again."""

    def frame(self, task: VirtualTask) -> FrameType | None:
        """Where the task's stack stands; None before its start."""


class GreenletCarrier:
    """Greenlets, which belong to the OS thread that made them: a runtime is driven by one thread only."""

    _local = threading.local()

    def __init__(self) -> None:
        self._driver: Any = None

    def start(self, task: VirtualTask) -> None:
        pool = self._pool()
        worker = pool.pop() if pool else _Worker(parent=_root())
        worker.task = task
        task.carrier = worker

    def enter(self, task: VirtualTask) -> None:
        self._driver = greenlet.getcurrent()
        following = task.carrier
        while following is not None:
            following = following.switch(None)

    def switch(self, here: VirtualTask, there: VirtualTask | None) -> None:
        target: Any = self._driver if there is None else there.carrier
        new = None
        if there is not None and not target:
            # A greenlet takes over the recursion depth of whoever enters it first, and keeps it. So it is the driver
            # that enters it: else a task started by a task started by a task would come to the limit of recursion.
            target, new = self._driver, target
        if here.state == "done":
            # The worker goes to the pool, and then to its target, from its own loop.
            here.carrier.target, here.carrier.new = target, new
        else:
            target.switch(new)

    def frame(self, task: VirtualTask) -> FrameType | None:
        worker = task.carrier
        if worker is None:
            return None
        frame: FrameType | None = sys._getframe() if worker is greenlet.getcurrent() else worker.gr_frame
        return frame

    @classmethod
    def _pool(cls) -> "list[_Worker]":
        pool: list[_Worker] | None = getattr(cls._local, "pool", None)
        if pool is None:
            pool = cls._local.pool = []
        return pool


def _root() -> Any:
    """The thread's own greenlet. It is no worker, so that no worker becomes the parent of its own ancestor."""
    root = greenlet.getcurrent()
    while root.parent is not None:
        root = root.parent
    return root


class _Worker(greenlet.greenlet):  # type: ignore[misc]  # greenlet has no usable types for subclassing
    """A pooled greenlet: runs one task's body after another."""

    task: VirtualTask | None = None
    # Where to go when the task is done; and, if that is the driver, the new worker that it is to enter next.
    target: Any = None
    new: "_Worker | None" = None

    def run(self, _: None) -> "_Worker | None":
        pool = GreenletCarrier._pool()
        while True:
            task = self.task
            assert task is not None
            task.runtime.run_body(task)
            # A pooled worker must keep nothing of a run alive.
            target, new, self.target, self.new, self.task, task.carrier = self.target, self.new, None, None, None, None
            del task
            if len(pool) >= POOL_SIZE:
                # A greenlet that ends goes on to its parent, which gets what it returns.
                self.parent = target
                return new
            pool.append(self)
            target.switch(new)
            del target, new


class ThreadCarrier:
    """OS threads that hand a baton on: each has a lock that it waits for until it is to run. For builds without
    greenlet, and to check that the schedule, not the carrier, decides what happens.
    """

    _pool: ClassVar["list[_Bearer]"] = []
    _pool_lock = threading.Lock()

    def __init__(self) -> None:
        self._driver = threading.Lock()
        self._driver.acquire()

    def start(self, task: VirtualTask) -> None:
        with self._pool_lock:
            bearer = self._pool.pop() if self._pool else None
        if bearer is None:
            bearer = _Bearer()
            threading.Thread(target=bearer.run, name="msgmux carrier", daemon=True).start()
        bearer.task = task
        task.carrier = bearer

    def enter(self, task: VirtualTask) -> None:
        task.carrier.baton.release()
        self._driver.acquire()

    def switch(self, here: VirtualTask, there: VirtualTask | None) -> None:
        baton = self._driver if there is None else there.carrier.baton
        bearer = here.carrier
        if here.state == "done":
            bearer.target = baton
        else:
            baton.release()
            bearer.baton.acquire()

    def frame(self, task: VirtualTask) -> FrameType | None:
        bearer = task.carrier
        return None if bearer is None else sys._current_frames().get(bearer.thread_id)


class _Bearer:
    """A pooled thread, which runs one task's body after another; it runs while it holds the baton."""

    def __init__(self) -> None:
        self.thread_id = 0
        self.baton = threading.Lock()
        self.baton.acquire()
        self.task: VirtualTask | None = None
        self.target: Any = None

    def run(self) -> None:
        self.thread_id = threading.get_ident()
        while True:
            self.baton.acquire()
            task = self.task
            assert task is not None
            task.runtime.run_body(task)
            target, self.target, self.task, task.carrier = self.target, None, None, None
            del task
            with ThreadCarrier._pool_lock:
                keep = len(ThreadCarrier._pool) < POOL_SIZE
                if keep:
                    ThreadCarrier._pool.append(self)
            target.release()
            if not keep:
                return
