"""The deterministic runtime: cooperative tasks in virtual time, the same run every time.

What its locks, conditions and tasks do stands here; who goes on, and when time moves, in
:mod:`msgmux.runtime.scheduler`. Nothing looks at hashes or at addresses, nor, but to be watched (``clock="paced"``),
at the wall clock.

The driver, whoever calls :meth:`VirtualRuntime.run`, is no task: it may do whatever does not wait.
"""

from collections.abc import Callable
from random import Random

from msgmux.errors import Deadlock, MsgmuxError
from msgmux.runtime.deadlock import lock_cycle, story, waits_of
from msgmux.runtime.interface import Condition, Lock
from msgmux.runtime.scheduler import Scheduler
from msgmux.runtime.tasks import Option, VirtualCondition, VirtualLock, VirtualTask


class VirtualRuntime(Scheduler):
    """The deterministic :class:`~msgmux.runtime.Runtime`.

    ``carrier`` is ``"greenlet"`` or ``"thread"``; both give the same run. ``clock``: ``"autojump"`` at full speed,
    ``"paced"`` the same in step with the wall clock, ``"explored"`` as a task of its own (id 0), which may move time
    ``early_ticks`` times although others can go on. ``seed`` feeds :meth:`choose` where the strategy does not decide. A
    run that takes more than ``max_points`` scheduling points ends by :class:`BoundReached`.

    >>> with VirtualRuntime() as runtime:
    ...     _ = runtime.spawn(lambda: runtime.sleep(3600), "sleeper", daemon=False)
    ...     runtime.run()
    ...     runtime.now()
    3600.0
    """

    exact = True

    # The runtime interface

    def sleep(self, seconds: float) -> None:
        task = self._task("sleep")
        if task is None:
            if seconds > 0:
                raise MsgmuxError("only a task can sleep; the driver lets time pass by run(until=…)")
            return
        self._point(task, "sleep")
        if seconds > 0:
            task.state = "sleeping"
            self._ready.remove(task)
            self._set_timer(task, seconds)
            self._park(task)

    def lock(self, name: str) -> Lock:
        return VirtualLock(self, name)

    def condition(self, lock: Lock, name: str) -> Condition:
        assert isinstance(lock, VirtualLock)
        return VirtualCondition(self, lock, name)

    def wait(self, condition: Condition, timeout: float | None = None) -> bool:
        assert isinstance(condition, VirtualCondition)
        task = self._task("wait")
        lock = condition.lock
        if task is None:
            raise MsgmuxError(f"only a task can wait for {condition.name!r}; the driver must not")
        if lock.owner is not task:
            raise MsgmuxError(f"{task.name!r} waits for {condition.name!r} without holding the lock {lock.name!r}")
        self._point(task, "wait " + condition.name)
        self.release(lock)
        condition.waiters.append(task)
        task.waits_on = condition
        self._block(task, timeout)
        # Picked again, which happens only when the lock is free.
        self._take(lock, task)
        return not task.timed_out

    def spawn(self, function: Callable[[], object], name: str, *, daemon: bool = True) -> VirtualTask:
        current = self._task("spawn")
        if current is not None:
            self._point(current, "spawn " + name)
        self._spawned += 1
        task = VirtualTask(self, self._spawned, name, function, daemon)
        self._tasks[task.id] = task
        self._make_ready(task)
        return task

    def choose(self, n: int, label: str) -> int:
        task = self._task("choose")
        if task is not None:
            self._point(task, "choose " + label)
        if self._random is None:
            self._random = Random(self._seed)
        options = [Option(number, f"{label} = {number}") for number in range(n)]
        suggested = options[self._random.randrange(n)]
        if n == 1:
            # No choice, so none is noted.
            return 0
        try:
            picked = self._strategy.pick(options, suggested, len(self._choices))
        except MsgmuxError as error:
            if task is None:
                raise
            self._fail(task, error)
            raise
        self._choices.append(picked.id)
        return picked.id

    def point(self, label: str) -> None:
        """A scheduling point that is none of the interface's: before an access to what tasks share without a lock."""
        task = self._task("point")
        if task is not None:
            self._point(task, label)

    # What locks, conditions and tasks call

    def acquire(self, lock: VirtualLock, blocking: bool) -> bool:
        task = self._task("acquire")
        if task is None:
            if lock.owner is not None:
                if not blocking:
                    return False
                raise MsgmuxError(f"{lock.name!r} is held by {lock.owner.name!r}: the driver would wait for ever")
            self._take(lock, self._driver)
            return True
        if blocking:
            task.wants = lock
            if lock.owner is not None and (cycle := lock_cycle(task)):
                task.operation = "acquire " + lock.name
                names = " waits for ".join([member.name for member in cycle])
                waits = waits_of(cycle, self._carrier)
                self._fail(task, Deadlock(f"{names} waits for {task.name}\n{story(waits)}", waits))
        self._point(task, "acquire " + lock.name)
        if lock.owner is not None:
            return False
        self._take(lock, task)
        return True

    def release(self, lock: VirtualLock) -> None:
        owner = lock.owner
        if owner is not (self._current or self._driver):
            # While aborting, a task unwinds through locks that it has not got back.
            if self._aborting:
                return
            raise MsgmuxError(f"{lock.name!r} is released by one who does not hold it")
        lock.owner = None
        owner.holds.remove(lock)

    def notify(self, condition: VirtualCondition, n: int) -> None:
        task = self._task("notify")
        if condition.lock.owner is not (task or self._driver):
            raise MsgmuxError(f"{condition.name!r} is notified without its lock {condition.lock.name!r} being held")
        if task is not None:
            self._point(task, "notify " + condition.name)
        for waiter in condition.waiters[:n]:
            self._wake(waiter, timed_out=False)

    @staticmethod
    def _take(lock: VirtualLock, task: VirtualTask) -> None:
        lock.owner = task
        task.wants = None
        task.holds.append(lock)
