"""The scheduler of the deterministic runtime: who goes on, and when time moves.

Tasks run one at a time, each on a stack of its own (:mod:`msgmux.runtime.carriers`); one gives way to another at its
scheduling points only. A :class:`~msgmux.runtime.strategies.Strategy` picks who goes on. Time is an integer of
nanoseconds that moves to the earliest moment that somebody waits for (as in trio's autojump clock and SimPy's event
loop): when nobody can go on; or, with ``clock="explored"``, whenever the strategy picks the clock, which is then one of
the tasks that can go on. (A clock that moves only when nobody can go on hides every race against time: for example a
cleaner that evicts what is old while a consumer still reads.)
"""

import math
import time
from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import ClassVar, Literal, get_args

from msgmux.errors import BoundReached, MsgmuxError, TaskFailed
from msgmux.runtime.carriers import Carrier, GreenletCarrier, ThreadCarrier
from msgmux.runtime.records import CLOCK, Operation, OperationKind
from msgmux.runtime.strategies import Fifo, Strategy
from msgmux.runtime.tasks import NANOSECONDS, Abort, VirtualTask
from msgmux.runtime.timers import Timers

Observer = Callable[[VirtualTask, Operation], None]
"""Told of every scheduling point: the task, and what it is about to do."""
Clock = Literal["autojump", "paced", "explored"]
CarrierName = Literal["greenlet", "thread"]

LONGEST = 1e9
"""Seconds that a task waits at most (32 years): infinity has no number of nanoseconds."""


class Scheduler:
    """Picks the tasks of a :class:`~msgmux.runtime.virtual.VirtualRuntime` and moves its time; its base class."""

    running: ClassVar["Scheduler | None"] = None
    """The one whose task runs: instrumented copies of classes make their scheduling points in it."""

    def __init__(
        self,
        strategy: Strategy | None = None,
        *,
        clock: Clock = "autojump",
        carrier: CarrierName = "greenlet",
        early_ticks: int = 1,
        seed: int = 0,
        max_points: int | None = None,
        observer: Observer | None = None,
    ) -> None:
        if carrier not in get_args(CarrierName):
            raise ValueError(f"carrier must be 'greenlet' or 'thread'; got {carrier!r}")
        if clock not in get_args(Clock):
            raise ValueError(f"clock must be 'autojump', 'paced' or 'explored'; got {clock!r}")
        # What the run has cost so far: scheduling points, choices of another task than the one that could have gone
        # on, moves of the clock while somebody could have gone on.
        self.points = self.preemptions = self.early_ticks = 0
        # How often it was to be decided who goes on: at every point, wherever a task had to wait, and at its end. The
        # same for the same run, whether it is driven by run() or by step(), so it names a moment between two of them.
        self.decisions = 0
        # The task that the driver let go on last.
        self.entered: int | None = None
        self._strategy: Strategy = Fifo() if strategy is None else strategy
        self._keeps_current = self._strategy.keeps_current
        self._carrier: Carrier = GreenletCarrier() if carrier == "greenlet" else ThreadCarrier()
        self._seed = seed
        # Made at the first use: seeding takes longer than a short run.
        self._random: Random | None = None
        self._max_points = max_points
        self._observer = observer
        self._time = 0
        self._ticks_left = early_ticks if clock == "explored" else 0
        # Seconds of the wall clock at which virtual time was 0; None where time is not paced.
        self._paced_from: float | None = time.monotonic() if clock == "paced" else None
        self._until: int | None = None
        self._choices: list[int] = []
        self._tasks: dict[int, VirtualTask] = {}
        self._spawned = 0
        self._readied = 0
        # All tasks that are ready, the running one among them, by id.
        self._ready: list[VirtualTask] = []
        self._timers = Timers()
        # The task that runs; None is the driver. _last is the task that ran when the driver's turn came: it is the
        # current one for the next pick, if it can go on.
        self._current: VirtualTask | None = None
        self._last: VirtualTask | None = None
        self._stepping = False
        # Time may move although only daemons wait for it.
        self._beyond = False
        # The task that a step is to let go on; None: the one that the strategy picks.
        self._wanted: int | None = None
        self._aborting = False
        self._failure: BaseException | None = None
        # Every point must call _hooks: there is an observer, or a limit.
        self._hooked = observer is not None or max_points is not None

    # Made at the first use: most runs of the checker need neither, and are short.

    @cached_property
    def _driver(self) -> VirtualTask:
        """Stands for the driver as the owner of a lock."""
        return VirtualTask(self, -1, "the driver", nothing, True)

    @cached_property
    def _clock(self) -> VirtualTask:
        """Stands for the clock among those who can go on."""
        clock = VirtualTask(self, CLOCK, "the clock", nothing, True)
        clock.kind = "tick"
        # Later than every task, so that first in, first out never picks it.
        clock.ready_since = 1 << 62
        return clock

    # A task's life

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
        self.decisions += 1
        self._hand_over(task, None if self._stepping or self._failure is not None else self._pick(None))

    def join(self, other: VirtualTask, timeout: float | None) -> None:
        task = self._task()
        if task is None:
            if other.state != "done":
                raise MsgmuxError(f"only a task can wait for the end of {other.name!r}; the driver calls run()")
            return
        self._point(task, "join", other.name)
        if other.state != "done":
            other.joiners.append(task)
            self._block(task, timeout)

    def point(self, label: str) -> None:
        """A scheduling point that is none of the interface's: before an access to what tasks share without a lock."""
        task = self._task()
        if task is not None:
            self._point(task, "access", label)

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

    # Who goes on

    def _task(self) -> VirtualTask | None:
        """The task that calls; None for the driver."""
        if self._aborting and self._current is not None:
            raise Abort
        return self._current

    def _point(self, task: VirtualTask, kind: OperationKind, object: str = "") -> None:
        """The scheduling point: returns when the task has been picked to do what it is about to do."""
        self.points += 1
        self.decisions += 1
        task.kind, task.object, task.woken = kind, object, False
        if self._hooked:
            self._hooks(task)
        if self._stepping:
            self._hand_over(task, None)
        elif not (self._keeps_current and (task.wants is None or task.wants.owner is None)):
            following = self._pick(task)
            if following is not task:
                self._hand_over(task, following)

    def _hooks(self, task: VirtualTask) -> None:
        if self._observer is not None:
            self._observer(task, task.operation())
        if self._max_points is not None and self.points > self._max_points:
            self._fail(task, BoundReached(f"the run takes more than {self._max_points} scheduling points"))

    def _block(self, task: VirtualTask, timeout: float | None) -> None:
        task.state = "blocked"
        task.timed_out = False
        self._ready.remove(task)
        if timeout is not None:
            self._set_timer(task, timeout)
        self._park(task)

    def _park(self, task: VirtualTask) -> None:
        """The task cannot go on: another one goes on, or the driver."""
        self.decisions += 1
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
        """From the driver: let the tasks run until it is the driver's turn again. False when none could go on."""
        if self._current is not None:
            raise MsgmuxError("run() and step() are for the driver, not for a task")
        last = self._last
        # A task that could not go on is not the current one, even if it is woken by this move of time.
        task = self._pick(last if last is not None and last.state == "ready" else None)
        self._last = None
        self.entered = None if task is None else task.id
        if task is not None:
            self._enter(task)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return task is not None

    def _enter(self, task: VirtualTask) -> None:
        before, Scheduler.running = Scheduler.running, self
        self._current = task
        if task.carrier is None:
            self._carrier.start(task)
        self._carrier.enter(task)
        self._current = None
        Scheduler.running = before

    def _fail(self, task: VirtualTask, error: BaseException) -> None:
        """Give the driver the error; the task stays where it is until the runtime is closed."""
        self._failure = error
        self._hand_over(task, None)

    def _enabled(self) -> list[VirtualTask]:
        """The tasks that can go on, by id: ready ones that need no lock or a free one; and the clock, if explored."""
        enabled = [task for task in self._ready if task.wants is None or task.wants.owner is None]
        if self._ticks_left and enabled and self._next_moment() is not None:
            enabled.insert(0, self._clock)
        return enabled

    def _pick(self, current: VirtualTask | None) -> VirtualTask | None:
        """The task that goes on; None when it is the driver's turn."""
        if self._aborting:
            return None
        while True:
            enabled = self._enabled()
            if not enabled:
                if not self._advance():
                    return None
                continue
            if current is not None and current not in enabled:
                current = None
            if self._wanted is not None:
                picked = self._find_wanted(enabled)
            elif current is not None and self._keeps_current:
                return current
            elif len(enabled) == 1:
                return enabled[0]
            else:
                try:
                    picked = self._strategy.pick(enabled, current, len(self._choices))
                except MsgmuxError as error:
                    self._failure = error
                    return None
            if len(enabled) > 1:
                self._choices.append(picked.id)
            if picked.id == CLOCK:
                self._tick_early()
                continue
            if current is not None and picked is not current:
                self.preemptions += 1
            return picked

    def _find_wanted(self, enabled: list[VirtualTask]) -> VirtualTask:
        for task in enabled:
            if task.id == self._wanted:
                return task
        raise self._not_enabled(enabled)

    def _not_enabled(self, enabled: list[VirtualTask]) -> MsgmuxError:
        able = ", ".join([f"{task.id} ({task.name})" for task in enabled]) or "nobody"
        return MsgmuxError(f"task {self._wanted} cannot go on now; these can: {able}")

    # Time

    def now(self) -> float:
        """Seconds of virtual time."""
        return self._time / NANOSECONDS

    def _next_moment(self) -> int | None:
        """The earliest moment that somebody waits for, unless it lies beyond the end of the run."""
        moment = self._timers.first()
        return None if moment is None or (self._until is not None and moment > self._until) else moment

    def _advance(self) -> bool:
        """No task can go on at this moment: move to the next one. False when there is none that counts."""
        moment = self._next_moment()
        if moment is None or (self._until is None and not self._beyond and not self._progress()):
            return False
        self._move_to(moment)
        return True

    def _tick_early(self) -> None:
        moment = self._next_moment()
        assert moment is not None
        self._ticks_left -= 1
        self.early_ticks += 1
        self._move_to(moment)

    def _tick(self) -> bool:
        """A step of the clock, for the driver. False when no moment is waited for."""
        enabled = self._enabled()
        if self._last is not None and self._last.state != "ready":
            # A task that could not go on is not the current one, even if this move of time wakes it.
            self._last = None
        if enabled and enabled[0].id == CLOCK:
            self._choices.append(CLOCK)
            self._tick_early()
            return True
        if enabled:
            raise self._not_enabled(enabled)
        return self._advance()

    def _move_to(self, moment: int) -> None:
        if self._paced_from is not None:
            time.sleep(max(0.0, self._paced_from + moment / NANOSECONDS - time.monotonic()))
        self._time = max(self._time, moment)
        while (task := self._timers.take(moment)) is not None:
            self._wake(task, timed_out=True)

    def _progress(self) -> bool:
        """Whether a task that is no daemon will go on by itself in time. Daemons' own deadlines do not count."""
        return any([not task.daemon and task.deadline is not None for task in self._tasks.values()])

    def _stuck(self) -> VirtualTask | None:
        for task in self._tasks.values():
            if not task.daemon and (task.wants is not None or (task.waits_on is not None and task.waits_on.must_wake)):
                return task
        return None

    def _set_timer(self, task: VirtualTask, seconds: float) -> None:
        # At least one nanosecond, also where a caller's deadline is not after now: a loop that waits for a moment too
        # close to be told from now must not keep time from moving.
        self._timers.set(task, self._time + max(1, round(min(seconds, LONGEST) * NANOSECONDS)))

    def _wake(self, task: VirtualTask, *, timed_out: bool) -> None:
        condition = task.waits_on
        if condition is not None:
            condition.waiters.remove(task)
            task.waits_on = None
            task.wants = condition.lock
        task.deadline = None
        task.timed_out = timed_out
        task.woken = True
        self._make_ready(task)

    def _make_ready(self, task: VirtualTask) -> None:
        task.state = "ready"
        self._readied += 1
        task.ready_since = self._readied
        ready = self._ready
        at = len(ready)
        while at and ready[at - 1].id > task.id:
            at -= 1
        ready.insert(at, task)

    def __repr__(self) -> str:
        return f"<VirtualRuntime at {self.now()} s, {len(self._tasks)} tasks, {self.points} points>"


def nothing() -> None:
    """The function of the tasks that stand for the driver and for the clock, which never run."""


def last_nanosecond(seconds: float) -> int:
    """The last moment that :meth:`Scheduler.now` shows as ``seconds`` (or the nearest one), so that time can be let
    pass until any moment that was looked at. Beyond 104 days one float stands for several nanoseconds.
    """
    seconds = min(seconds, 1e15)
    nearest = round(seconds * NANOSECONDS)
    if nearest < 1 << 53:
        return nearest
    # Where rounding changes over to the following float.
    middle = (Fraction(seconds) + Fraction(math.nextafter(seconds, math.inf))) / 2
    last = int(middle * NANOSECONDS)
    return last if last / NANOSECONDS <= seconds else last - 1
