"""A deterministic scheduler: cooperative tasks in virtual time, the same run every time.

Tasks run one at a time, each on a stack of its own (:mod:`msgmux.runtime.carriers`), and may be exchanged at their
scheduling points only. A :class:`~msgmux.runtime.strategies.Strategy` picks who goes on. Time is an integer of
nanoseconds that moves only when nobody can go on, to the earliest moment that somebody waits for (as in trio's
autojump clock and SimPy's event loop). Nothing here looks at the wall clock, at hashes or at addresses.

The driver, whoever calls :meth:`VirtualRuntime.run`, is no task: it may do whatever does not wait.
"""

import heapq
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Literal, Self

from msgmux.errors import BoundReached, Deadlock, MsgmuxError, TaskFailed
from msgmux.runtime.carriers import Carrier, GreenletCarrier, ThreadCarrier
from msgmux.runtime.deadlock import lock_cycle, story
from msgmux.runtime.interface import Condition, Lock
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import Fifo, Strategy
from msgmux.runtime.tasks import Abort, TaskStatus, VirtualCondition, VirtualLock, VirtualTask

Observer = Callable[[VirtualTask, str], None]
"""Told of every scheduling point: the task, and what it is about to do."""

MUST_END = ".room"
"""Conditions of this suffix are waited on in ``put``. Waiting there for ever is a deadlock; elsewhere, idleness."""


class VirtualRuntime:
    """The deterministic :class:`~msgmux.runtime.Runtime`.

    ``carrier`` is ``"greenlet"`` or ``"thread"``; both give the same run. ``seed`` feeds :meth:`choose`. A run that
    takes more than ``max_points`` scheduling points ends by :class:`BoundReached`.

    >>> with VirtualRuntime() as runtime:
    ...     _ = runtime.spawn(lambda: runtime.sleep(3600), "sleeper", daemon=False)
    ...     runtime.run()
    ...     runtime.now()
    3600.0
    """

    exact = True

    def __init__(
        self,
        strategy: Strategy | None = None,
        *,
        carrier: Literal["greenlet", "thread"] = "greenlet",
        seed: int = 0,
        max_points: int | None = None,
        observer: Observer | None = None,
    ) -> None:
        if carrier not in ("greenlet", "thread"):
            raise ValueError(f"carrier must be 'greenlet' or 'thread'; got {carrier!r}")
        self.points = 0
        self._strategy: Strategy = Fifo() if strategy is None else strategy
        self._keeps_current = self._strategy.keeps_current
        self._carrier: Carrier = GreenletCarrier() if carrier == "greenlet" else ThreadCarrier()
        self._random = Random(seed)
        self._max_points = max_points
        self._observer = observer
        self._time = 0
        self._until: int | None = None
        self._choices: list[int] = []
        self._tasks: dict[int, VirtualTask] = {}
        self._spawned = 0
        self._readied = 0
        # All tasks that are ready, the running one among them, in no order that matters.
        self._ready: list[VirtualTask] = []
        # (deadline, task id) of everybody who waits for a moment; an entry counts only while its task still does.
        self._timers: list[tuple[int, int]] = []
        # Who runs; None is the driver. _last is who ran before the driver came on, to be kept on if it can.
        self._current: VirtualTask | None = None
        self._last: VirtualTask | None = None
        self._stepping = False
        self._aborting = False
        self._failure: BaseException | None = None
        # Stands for the driver as the owner of a lock.
        self._driver = VirtualTask(self, 0, "the driver", lambda: None, True)

    # The runtime interface

    def now(self) -> float:
        return self._time / 1e9

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
        return self._random.randrange(n)

    # Driving

    def run(self, until: float | None = None) -> None:
        """Let the tasks run. To be called by the driver, again and again if it likes.

        With ``until``, everything due at that time or before happens, and the clock then stands at it. Without, it
        returns when all tasks but daemons have ended and nothing is left to do at this moment, or when those that are
        left are idle: wait, without a time, for something that only the driver can bring.

        Raises :class:`Deadlock` (always for a cycle of locks; without ``until`` also when a task that is no daemon
        waits for ever for a lock or in ``put``), :class:`TaskFailed` and :class:`BoundReached`.
        """
        self._until = None if until is None else nanoseconds(until)
        self._drive()
        if self._until is not None:
            self._time = max(self._time, self._until)
        elif (stuck := self._stuck()) is not None:
            raise Deadlock(f"{stuck.name} can never go on\n{self.explain()}")

    def step(self) -> bool:
        """One scheduling decision: the picked task goes on to its next point. False when nobody can go on."""
        self._until = None
        self._stepping = True
        try:
            return self._drive()
        finally:
            self._stepping = False

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
        """The tasks that have not ended, in the order in which they were spawned."""
        return tuple([task.status() for task in self._tasks.values()])

    def next_deadline(self) -> float | None:
        """When something is due: now, if a task is ready; else the earliest moment waited for, if there is one."""
        if self._ready:
            return self.now()
        self._drop_stale_timers()
        return self._timers[0][0] / 1e9 if self._timers else None

    def explain(self) -> str:
        """Every task, what it holds, what it waits for and at which line; one a line."""
        return story(list(self._tasks.values()), self._carrier)

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
                self._fail(task, Deadlock(f"{names} waits for {task.name}\n{story(cycle, self._carrier)}"))
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
        if task is not None:
            self._point(task, "notify " + condition.name)
        for waiter in condition.waiters[:n]:
            self._wake(waiter, timed_out=False)

    def join(self, other: VirtualTask, timeout: float | None) -> None:
        task = self._task("join")
        if task is None:
            if other.state != "done":
                raise MsgmuxError(f"only a task can wait for the end of {other.name!r}; the driver calls run()")
            return
        self._point(task, "join " + other.name)
        if other.state != "done":
            other.joiners.append(task)
            self._block(task, timeout)

    def run_body(self, task: VirtualTask) -> None:
        """The whole life of a task, on its own stack."""
        try:
            if not self._aborting:
                task.function()
        except Abort:
            pass
        except (KeyboardInterrupt, SystemExit) as error:
            self._failure = error
        except BaseException as error:  # noqa: BLE001 - raised again out of run(), as the cause of TaskFailed
            if self._failure is None:
                self._failure = TaskFailed(f"the task {task.name!r} ended by {type(error).__name__}")
                self._failure.__cause__ = error
        self._end(task)
        self._hand_over(task, None if self._stepping or self._failure is not None else self._pick(None))

    # The scheduler

    def _task(self, operation: str) -> VirtualTask | None:
        if self._aborting and self._current is not None:
            raise Abort
        return self._current

    def _point(self, task: VirtualTask, operation: str) -> None:
        """The scheduling point: returns when the task has been picked to do what it is about to do."""
        self.points += 1
        task.operation = operation
        if self._observer is not None:
            self._observer(task, operation)
        if self._max_points is not None and self.points > self._max_points:
            self._fail(task, BoundReached(f"the run takes more than {self._max_points} scheduling points"))
        if self._stepping:
            self._hand_over(task, None)
        elif not (self._keeps_current and (task.wants is None or task.wants.owner is None)):
            following = self._pick(task)
            if following is not task:
                self._hand_over(task, following)

    def _block(self, task: VirtualTask, timeout: float | None) -> None:
        task.state = "blocked"
        task.timed_out = False
        self._ready.remove(task)
        if timeout is not None:
            self._set_timer(task, timeout)
        self._park(task)

    def _park(self, task: VirtualTask) -> None:
        """The task cannot go on: somebody else must, or the driver."""
        following = None if self._stepping else self._pick(None)
        if following is not task:
            self._hand_over(task, following)

    def _hand_over(self, here: VirtualTask, there: VirtualTask | None) -> None:
        self._current = there
        self._last = here if there is None else None
        if there is not None and there.carrier is None:
            self._carrier.start(there)
        self._carrier.switch(here, there)
        if self._aborting and here.state != "done":
            raise Abort

    def _drive(self) -> bool:
        """From the driver: let the tasks run until it is the driver's turn again. False when nobody could."""
        if self._current is not None:
            raise MsgmuxError("run() and step() are for the driver, not for a task")
        last, self._last = self._last, None
        task = self._pick(last)
        if task is not None:
            self._enter(task)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return task is not None

    def _enter(self, task: VirtualTask) -> None:
        self._current = task
        if task.carrier is None:
            self._carrier.start(task)
        self._carrier.enter(task)
        self._current = None

    def _fail(self, task: VirtualTask, error: BaseException) -> None:
        """Give the driver the error; the task stays where it is until the runtime is closed."""
        self._failure = error
        self._hand_over(task, None)

    def _pick(self, current: VirtualTask | None) -> VirtualTask | None:
        """Who goes on; None when it is the driver's turn."""
        if self._aborting:
            return None
        while True:
            enabled = [task for task in self._ready if task.wants is None or task.wants.owner is None]
            if enabled:
                break
            if not self._advance():
                return None
        if current is not None and current not in enabled:
            current = None
        if current is not None and self._keeps_current:
            return current
        if len(enabled) == 1:
            return enabled[0]
        enabled.sort(key=lambda task: task.id)
        try:
            picked = self._strategy.pick(enabled, current, len(self._choices))
        except MsgmuxError as error:
            self._failure = error
            return None
        self._choices.append(picked.id)
        return picked

    def _advance(self) -> bool:
        """Nobody can go on at this moment: move to the next one. False when there is none that counts."""
        self._drop_stale_timers()
        if not self._timers:
            return False
        moment = self._timers[0][0]
        if self._until is not None:
            if moment > self._until:
                return False
        elif not self._stepping and not self._progress():
            return False
        self._time = max(self._time, moment)
        while self._timers and self._timers[0][0] == moment:
            _, number = heapq.heappop(self._timers)
            self._wake(self._tasks[number], timed_out=True)
            self._drop_stale_timers()
        return True

    def _progress(self) -> bool:
        """Whether a task that is no daemon will go on by itself in time. Daemons' own deadlines do not count."""
        return any([not task.daemon and task.deadline is not None for task in self._tasks.values()])

    def _stuck(self) -> VirtualTask | None:
        for task in self._tasks.values():
            if not task.daemon and (
                task.wants is not None or (task.waits_on is not None and task.waits_on.name.endswith(MUST_END))
            ):
                return task
        return None

    def _drop_stale_timers(self) -> None:
        timers = self._timers
        while timers:
            moment, number = timers[0]
            task = self._tasks.get(number)
            if task is not None and task.deadline == moment:
                return
            heapq.heappop(timers)

    def _set_timer(self, task: VirtualTask, seconds: float) -> None:
        task.deadline = self._time + (max(1, nanoseconds(seconds)) if seconds > 0 else 0)
        heapq.heappush(self._timers, (task.deadline, task.id))

    def _wake(self, task: VirtualTask, *, timed_out: bool) -> None:
        condition = task.waits_on
        if condition is not None:
            condition.waiters.remove(task)
            task.waits_on = None
            task.wants = condition.lock
        task.deadline = None
        task.timed_out = timed_out
        self._make_ready(task)

    def _make_ready(self, task: VirtualTask) -> None:
        task.state = "ready"
        self._readied += 1
        task.ready_since = self._readied
        self._ready.append(task)

    @staticmethod
    def _take(lock: VirtualLock, task: VirtualTask) -> None:
        lock.owner = task
        task.wants = None
        task.holds.append(lock)

    def _end(self, task: VirtualTask) -> None:
        """A task is done for good; nothing wakes it again."""
        if task.state == "ready":
            self._ready.remove(task)
        if task.waits_on is not None:
            task.waits_on.waiters.remove(task)
        task.state = "done"
        task.wants = task.waits_on = task.deadline = None
        del self._tasks[task.id]
        for joiner in task.joiners:
            if joiner.state == "blocked":
                self._wake(joiner, timed_out=False)
        task.joiners.clear()

    def __repr__(self) -> str:
        return f"<VirtualRuntime at {self.now()} s, {len(self._tasks)} tasks, {self.points} points>"


def nanoseconds(seconds: float) -> int:
    """The nearest whole number; infinity is too long for a run to live."""
    return round(min(seconds, 1e9) * 1e9)
