"""The deterministic runtime: cooperative tasks in virtual time, the same run every time.

Here is what its locks, conditions and tasks do, and what its driver can do and see; who goes on, and when time moves,
is in :mod:`msgmux.runtime.scheduler`. Nothing here depends on hashes or addresses, nor on the wall clock, except that
``clock="paced"`` sleeps by it.

The driver is whoever calls :meth:`VirtualRuntime.run`. It is no task, so it must not wait; it may do everything else.
"""

from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Self

from msgmux.errors import Deadlock, MsgmuxError
from msgmux.runtime.deadlock import FrameOf, held_for_ever, lock_cycle, story, waits_of
from msgmux.runtime.interface import Condition, Lock
from msgmux.runtime.records import CLOCK, Option, TaskStatus, Wait
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.scheduler import Scheduler, last_nanosecond
from msgmux.runtime.strategies import Strategy
from msgmux.runtime.tasks import NANOSECONDS, VirtualCondition, VirtualLock, VirtualTask


class VirtualRuntime(Scheduler):
    """The deterministic :class:`~msgmux.runtime.Runtime`.

    ``carrier`` is ``"greenlet"`` or ``"thread"``; both give the same run. ``clock``: ``"autojump"`` at full speed,
    ``"paced"`` the same in step with the wall clock, ``"explored"`` as a task of its own (id 0), which may move time
    ``early_ticks`` times although others can go on. ``seed`` makes the numbers that :meth:`choose` suggests to the
    strategy. A run that takes more than ``max_points`` scheduling points ends by :class:`BoundReached`.

    >>> with VirtualRuntime() as runtime:
    ...     _ = runtime.spawn(lambda: runtime.sleep(3600), "sleeper", daemon=False)
    ...     runtime.run()
    ...     runtime.now()
    3600.0
    """

    exact = True

    # The runtime interface

    def sleep(self, seconds: float) -> None:
        task = self._task()
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

    def held(self, lock: Lock) -> Callable[[], bool]:
        assert isinstance(lock, VirtualLock)
        return lambda: lock.owner is not None and lock.owner is (self._current or self._driver)

    def when_forked(self, tell: Callable[[], None]) -> None:
        """Tasks go on in a forked child as they are."""

    def when_ending(self, tell: Callable[[], None]) -> None:
        """No task is stopped by the interpreter's end while it holds a lock of ours that somebody may want."""

    def ident(self) -> int:
        return 0 if self._current is None else self._current.id

    def condition(self, lock: Lock, name: str, *, must_wake: bool = False) -> Condition:
        assert isinstance(lock, VirtualLock)
        return VirtualCondition(self, lock, name, must_wake)

    def wait(self, condition: Condition, timeout: float | None = None) -> bool:
        assert isinstance(condition, VirtualCondition)
        task = self._task()
        lock = condition.lock
        if task is None:
            raise MsgmuxError(f"only a task can wait for {condition.name!r}; the driver must not")
        if condition.nudged:
            condition.nudged = False
            return True
        if lock.owner is not task:
            raise MsgmuxError(f"{task.name!r} waits for {condition.name!r} without holding the lock {lock.name!r}")
        self._point(task, "wait", condition.name)
        self.release(lock)
        condition.waiters.append(task)
        task.waits_on = condition
        self._block(task, timeout)
        # It has been picked, which a task that wants a lock is only when that is free.
        self._take(lock, task)
        return not task.timed_out

    def spawn(self, function: Callable[[], object], name: str, *, daemon: bool = True) -> VirtualTask:
        current = self._task()
        if current is not None:
            self._point(current, "spawn", name)
        self._spawned += 1
        task = VirtualTask(self, self._spawned, name, function, daemon)
        self._tasks[task.id] = task
        self._make_ready(task)
        return task

    def choose(self, n: int, label: str) -> int:
        task = self._task()
        if task is not None:
            self._point(task, "choose", label)
        if self._random is None:
            self._random = Random(self._seed)
        options = [Option(number, f"{label} = {number}") for number in range(n)]
        suggested = options[self._random.randrange(n)]
        if n == 1:
            # There is no choice, so the schedule gets none.
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

    # Driving

    def run(self, until: float | None = None) -> None:
        """Let the tasks run. It is called by the driver, and may be called again.

        With ``until``, everything due at that time or before happens, and the clock then stands at it. Without, it
        returns when all tasks but daemons have ended and nothing is left to do at this moment, or when those that are
        left are idle: they wait, without a timeout, for something that only the driver can bring about.

        Raises :class:`Deadlock` (always for a cycle of locks; without ``until`` also when a task that is no daemon
        waits for ever for a lock or on a condition that ``must_wake``), :class:`TaskFailed` and :class:`BoundReached`.
        """
        self._until = None if until is None else last_nanosecond(until)
        self._drive()
        if self._until is not None:
            self._move_to(self._until)
        elif (stuck := self._stuck()) is not None:
            raise Deadlock(f"{stuck.name} can never go on\n{self.explain()}", self.waits())

    def step(self, task: int | None = None, *, until: float | None = None, beyond: bool = True) -> bool:
        """One scheduling decision: the picked task goes on to its next point. False when nobody can go on.

        Given a ``task``'s id, that one goes on (else :class:`MsgmuxError`); 0 is the clock, whose step moves time and
        nothing else. Where there is a choice the schedule gets it, as with a strategy that does not keep the current
        task. Time does not go beyond ``until`` seconds; nor, without ``beyond``, beyond the end of :meth:`run`.
        """
        self._until = None if until is None else last_nanosecond(until)
        self._stepping, self._beyond, self._wanted = True, beyond, task
        try:
            if task == CLOCK:
                return self._tick()
            return self._drive()
        finally:
            self._stepping, self._beyond, self._wanted = False, False, None

    def enabled(self, *, until: float | None = None) -> tuple[int, ...]:
        """The ids of those who can go on now: what :meth:`step` takes. 0 is the clock."""
        self._until = None if until is None else last_nanosecond(until)
        able = tuple([task.id for task in self._enabled()])
        return able if able or self._next_moment() is None else (CLOCK,)

    def suggest(self, strategy: Strategy, *, until: float | None = None) -> int | None:
        """The id of the task that this strategy would pick now, for :meth:`step`; None when none can go on."""
        able = self.enabled(until=until)
        if len(able) < 2:
            return able[0] if able else None
        enabled = self._enabled()
        current = self._last if self._last in enabled else None
        if current is not None and strategy.keeps_current:
            return current.id
        return strategy.pick(enabled, current, len(self._choices)).id

    def resting(self, *, until: float | None = None) -> bool:
        """Whether :meth:`run` would return at once: no task can go on, and no time is left that counts."""
        self._until = None if until is None else last_nanosecond(until)
        if self._enabled():
            return False
        return self._next_moment() is None or (until is None and not self._progress())

    def close(self) -> None:
        """End every task where it stands, by an :class:`Abort` at its point. Idempotent."""
        self._aborting = True
        for task in list(self._tasks.values()):
            if task.carrier is not None:
                self._enter(task)
            else:
                self._end(task)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Looking

    @property
    def schedule(self) -> Schedule:
        """The choices so far."""
        return Schedule.of(self._choices)

    @property
    def tasks(self) -> tuple[TaskStatus, ...]:
        """The tasks that have not ended, in the order in which they were spawned. Their operations say no place, which
        costs a look at each stack: see :meth:`waits`.
        """
        return tuple([task.status() for task in self._tasks.values()])

    def next_deadline(self) -> float | None:
        """When something is due: now, if a task is ready; else the earliest moment that a task waits for."""
        if self._ready:
            return self.now()
        moment = self._timers.first()
        return None if moment is None else moment / NANOSECONDS

    def explain(self) -> str:
        """In words: every task, what it holds, what it waits for and at which line; one line each."""
        return story(self.waits())

    def waits(self) -> tuple[Wait, ...]:
        """The wait-for graph: every task, what it holds and waits for, who holds that, and its source line."""
        return waits_of(list(self._tasks.values()), self._frame_of())

    def _frame_of(self) -> FrameOf:
        """Where each task stands, for what is told of it."""
        return self._carrier.frame

    def check_deadlock(self) -> None:
        """Raise :class:`Deadlock` if a task, daemon or not, wants a lock that can never be free again.

        That is so where its holder waits, without a timeout, for something that only the driver could bring about; and
        wherever :meth:`run` would say so. To be asked when the driver will bring about nothing more.
        """
        stuck = self._stuck() or next((task for task in self._tasks.values() if held_for_ever(task)), None)
        if stuck is not None:
            raise Deadlock(f"{stuck.name} can never go on\n{self.explain()}", self.waits())

    # What locks, conditions and tasks call

    def acquire(self, lock: VirtualLock, blocking: bool) -> bool:
        task = self._task()
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
                task.kind, task.object, task.woken = "acquire", lock.name, False
                names = " waits for ".join([member.name for member in cycle])
                waits = waits_of(cycle, self._frame_of())
                self._fail(task, Deadlock(f"{names} waits for {task.name}\n{story(waits)}", waits))
        self._point(task, "acquire", lock.name)
        if lock.owner is not None:
            return False
        self._take(lock, task)
        return True

    def release(self, lock: VirtualLock) -> None:
        owner = lock.owner
        if owner is not (self._current or self._driver):
            # While aborting, a task that waited unwinds through a lock that it does not hold again.
            if self._aborting:
                return
            raise MsgmuxError(f"{lock.name!r} is released by one who does not hold it")
        lock.owner = None
        owner.holds.remove(lock)

    def notify(self, condition: VirtualCondition, n: int) -> None:
        task = self._task()
        if condition.lock.owner is not (task or self._driver):
            raise MsgmuxError(f"{condition.name!r} is notified without its lock {condition.lock.name!r} being held")
        if task is not None:
            self._point(task, "notify", condition.name)
        for waiter in condition.waiters[:n]:
            self._wake(waiter, timed_out=False)

    def nudge(self, condition: VirtualCondition) -> None:
        # No point: it comes from code that interrupts the task at a point of its own, such as a finalizer.
        condition.nudged = not condition.waiters
        for waiter in list(condition.waiters):
            self._wake(waiter, timed_out=False)

    @staticmethod
    def _take(lock: VirtualLock, task: VirtualTask) -> None:
        lock.owner = task
        task.wants = None
        task.holds.append(lock)
