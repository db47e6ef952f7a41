"""The deterministic runtime, extended by what a user's threads need and the queue's do not.

Locks may be released by another thread, and asked for without waiting or with a timeout; accesses to shared state may
be scheduling points; busy-waiting loops let other tasks run; a non-daemon thread that never ends is a hang. Each
transition, from a point to the task's next one, has a *footprint* by which partial-order reduction tells which of them
commute (:mod:`msgmux.checker.code.reduction`).
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, Protocol

from msgmux.checker.code.accesses import (
    ELEMENT_READ,
    FOREIGN,
    READ,
    TRIES,
    WRITE,
    Accesses,
    Clock,
    Key,
    Learned,
    Mode,
)
from msgmux.checker.code.fairness import Fairness
from msgmux.checker.code.records import Site
from msgmux.checker.code.telling import Telling
from msgmux.errors import BoundReached, MsgmuxError
from msgmux.runtime.deadlock import FrameOf, lock_cycle
from msgmux.runtime.records import CLOCK, OperationKind
from msgmux.runtime.scheduler import CarrierName, Observer, Scheduler
from msgmux.runtime.scheduler import Clock as ClockKind
from msgmux.runtime.strategies import Strategy
from msgmux.runtime.tasks import VirtualCondition, VirtualLock, VirtualTask
from msgmux.runtime.virtual import VirtualRuntime

MOST_PRINTED = 64_000
"""Characters of what a run prints that are kept."""
MOST_ROUNDS = 100_000
"""Rounds of loops without any scheduling point after which a run is unknown."""
SLICE = 200
"""Points in a row after which a task gives way once, free of cost: a loop that no back edge of a `while` shows."""
POLL = 0.01
"""Virtual seconds that pass when all who could go on are loops that wait: such a loop may wait for a moment."""
STDOUT, OUTCOME = "printed text", "outcome"

ACQUIRE, TRY, RELEASE = range(4, 7)
"""Modes in which a lock is used, beside those of shared state."""


class Footprint(NamedTuple):
    """The operation at the start of a transition. ``everything``: it depends on every transition of other tasks."""

    uses: tuple[tuple[Key, Mode], ...] = ()
    everything: bool = False


LOCAL = Footprint()


class Reducing(Protocol):
    """A strategy that receives every transition, also those without a choice."""

    def step(
        self, runtime: "CodeRuntime", enabled: list[VirtualTask], current: VirtualTask | None
    ) -> VirtualTask | None:
        """Return the task to run next; None if every continuation has been explored."""

    def started(self, parent: int, child: int) -> None: ...
    def joined(self, task: int, other: int) -> None: ...
    def released(self, task: int, lock: Key) -> None: ...
    def barrier(self) -> None: ...


class Pruned(MsgmuxError):
    """Every continuation of this run is equivalent to one that was explored before."""


class InvariantBroken(Exception):
    """An invariant that the user has written does not hold. It is not an error of this package."""


class CodeRuntime(VirtualRuntime):
    """See the module's docstring. ``learned``: the accesses that are scheduling points; this run adds racing ones."""

    def __init__(
        self,
        strategy: Strategy | None,
        learned: Learned,
        *,
        clock: ClockKind = "autojump",
        carrier: CarrierName = "greenlet",
        early_ticks: int = 1,
        max_points: int | None = None,
        observer: Observer | None = None,
        told: Telling | None = None,
        is_user_file: Callable[[str], bool] = lambda file: True,
    ) -> None:
        super().__init__(
            strategy, clock=clock, carrier=carrier, early_ticks=early_ticks, max_points=max_points, observer=observer
        )
        self.learned = learned
        self.told = told
        self.pending: dict[int, Footprint] = {}
        # The objects of threading.Thread, by task; and what the program registered, printed and gave as its outcome.
        self.threads: dict[int, Any] = {}
        self.names: dict[int, str] = {}
        self.made_threads = 0
        self.at_exit: list[Callable[[], object]] = []
        self.invariants: list[tuple[str, Callable[[], object]]] = []
        self.printed: list[str] = []
        self.outcomes: list[object] = []
        # Notifications without a waiter: for each condition, the task of the last one and its place.
        self.unheard: dict[str, tuple[str, str]] = {}
        # Depth of `with atomic()`, and whether user code runs that is no part of the program: an invariant.
        self.atomic = 0
        self.quiet = False
        self.is_user_file = is_user_file
        self._accesses = Accesses(learned)
        self._fairness = Fairness()
        self._reducing: Reducing | None = strategy if hasattr(strategy, "step") else None  # type: ignore[assignment]
        self.free = VirtualLock(self, "")
        self._named: dict[str, int] = {}
        self._given: dict[int, Clock] = {}
        self._kept: list[object] = []
        self._in_a_row = 0
        # Characters that may still be printed; and rounds of loops since the last point.
        self._room = MOST_PRINTED
        self._rounds = 0
        self._ran: VirtualTask | None = None
        # A wait for a loop moves no timer; see _advance.
        self._keeps_current = False if self._reducing is not None else self._keeps_current

    @property
    def aborting(self) -> bool:
        return self._aborting

    @property
    def current_task(self) -> VirtualTask | None:
        """The task that runs; None for the driver."""
        return self._current

    @property
    def waiting_tasks(self) -> list[VirtualTask]:
        """Those that have not ended, at the end of a run."""
        return list(self._tasks.values())

    def name_of(self, wanted: str) -> str:
        """A name for a lock or a condition, unlike those before it in this run: ``fork``, ``fork #2``."""
        number = self._named[wanted] = self._named.get(wanted, 0) + 1
        return wanted if number == 1 else f"{wanted} #{number}"

    # Shared state

    def access(self, thing: object, name: Hashable, mode: Mode, site: str) -> None:
        """The running task is about to access ``name`` of ``thing``: a scheduling point if others may access it too."""
        task = self._current
        assert task is not None
        if self._is_point(site):
            self.pending[task.id] = Footprint((((id(thing), name), mode),))
            self._kept.append(thing)
            self._point(task, "access", site)
        if mode != READ:
            self._fairness.effect(task.id)
        self._accesses.look(task.id, self.names, thing, name, mode, site)

    def access_inherited(self, thing: object, kind: type, name: Hashable, site: str) -> None:
        """An attribute is read that the object has from its class: it depends on both."""
        task = self._current
        assert task is not None
        if self._is_point(site):
            self.pending[task.id] = Footprint((((id(thing), name), READ), ((id(kind), name), READ)))
            self._kept += (thing, kind)
            self._point(task, "access", site)
        self._accesses.look(task.id, self.names, thing, name, READ, site)
        self._accesses.look(task.id, self.names, kind, name, READ, site)

    def access_element(self, whole: object, key: Hashable, mode: Mode, site: str) -> None:
        """The same for one element of a container, which others may not touch while they use the whole."""
        task = self._current
        assert task is not None
        single = READ if mode == ELEMENT_READ else WRITE
        if self._is_point(site):
            identity = id(whole)
            self.pending[task.id] = Footprint((((identity, "[]"), mode), ((identity, ("[]", key)), single)))
            self._kept.append(whole)
            self._point(task, "access", site)
        if single == WRITE:
            self._fairness.effect(task.id)
        self._accesses.look(task.id, self.names, whole, "[]", mode, site)
        self._accesses.look(task.id, self.names, whole, ("[]", key), single, site)

    def _is_point(self, site: str) -> bool:
        learned = self.learned
        if self.atomic or learned.kind == "sync":
            return False
        if learned.kind != "all" and site not in learned.points:
            return False
        return not (learned.gil and " ~" in site)

    def tell(self, thing: object, name: Hashable, wrote: bool, site: str, value: object) -> None:
        """Record the value that an access read or is about to write."""
        task = self._current
        if self.told is not None and task is not None:
            self.told.add(task.id, self.names.get(task.id, task.name), self.points, thing, name, wrote, site, value)

    def loops(self, site: str) -> None:
        """A `while` of the user's begins a round."""
        task = self._current
        assert task is not None
        self._rounds += 1
        if self._rounds > MOST_ROUNDS:
            place = site.partition(" ")[0].rpartition(":")[0]
            self._fail(task, BoundReached(f"the loop at {place} goes round more than {MOST_ROUNDS:,} times"))
        try:
            gives_way = self._fairness.goes_round(task.id, site)
        except BoundReached as error:
            self._fail(task, error)
            raise
        if gives_way and not self.atomic:
            self.pending[task.id] = LOCAL
            self._point(task, "access", site)

    def everything(self, kind: OperationKind, label: str) -> None:
        """The running task is about to do something that depends on every transition of other tasks."""
        task = self._task()
        if task is not None and not self.atomic:
            self.pending[task.id] = Footprint((), True)
            self._point(task, kind, label)

    def prints(self, text: str) -> None:
        """The order of what is printed is a part of what a run does, so printing is an access."""
        task = self._current
        if task is not None and not self._aborting and not self.quiet:
            self.access(self, STDOUT, WRITE, PRINTING)
        if self._room > 0:
            self.printed.append(text[: self._room])
            self._room -= len(text)

    def comes_to(self, value: object) -> None:
        """Record the outcome of this run, as the program states it."""
        self.access(self, OUTCOME, WRITE, SAYING)
        self.outcomes.append(value)

    # Points

    def _point(self, task: VirtualTask, kind: OperationKind, object: str = "") -> None:
        self._look_at_invariants(task)
        if self._ran is task:
            self._in_a_row += 1
            if self._in_a_row > SLICE:
                self._in_a_row = 0
                self._fairness.yielded[task.id] = self._fairness.effects = self._fairness.effects + 1
        else:
            self._ran, self._in_a_row = task, 0
        if task.id in self._fairness.yielded:
            # To be passed over is no delay then.
            self._readied += 1
            task.ready_since = self._readied
        self._rounds = 0
        super()._point(task, kind, object)

    def _look_at_invariants(self, task: VirtualTask) -> None:
        if not self.invariants or self._aborting or self.quiet or any([other.holds for other in self._tasks.values()]):
            return
        self.check_invariants()

    def check_invariants(self) -> None:
        """Raises :class:`InvariantBroken`, in the running task, if one of the user's invariants does not hold."""
        self.quiet = True
        try:
            for name, check in self.invariants:
                try:
                    held = check()
                except AssertionError as error:
                    raise InvariantBroken(f"{name}: {error}" if str(error) else name) from None
                if held is False:
                    raise InvariantBroken(name)
        finally:
            self.quiet = False

    def _enabled(self) -> list[VirtualTask]:
        enabled = super()._enabled()
        fairness = self._fairness
        if fairness.yielded:
            fairness.refresh()
            others = [task for task in enabled if task.id not in fairness.yielded]
            if any([task.id != CLOCK for task in others]):
                return others
        return enabled

    def _nobody_else(self, enabled: list[VirtualTask]) -> list[VirtualTask]:
        """Only busy-waiting loops can run: virtual time moves, so that what they wait for may come true."""
        yielded = self._fairness.yielded
        if not yielded or any([task.id not in yielded for task in enabled]):
            return enabled
        moment = self._next_moment()
        self._move_to(self._time + round(POLL * 10**9) if moment is None else moment)
        yielded.clear()
        return self._enabled()

    def _move_to(self, moment: int) -> None:
        if self._reducing is not None:
            self._reducing.barrier()
        super()._move_to(moment)

    def _pick(self, current: VirtualTask | None) -> VirtualTask | None:
        if self._aborting:
            return None
        if self._fairness.yielded and not self._stepping:
            self._nobody_else(self._enabled())
        if self._reducing is None or self._wanted is not None:
            return super()._pick(current)
        while True:
            enabled = self._enabled()
            if enabled:
                break
            if not self._advance():
                return None
        if current is not None and current not in enabled:
            current = None
        try:
            picked = self._reducing.step(self, enabled, current)
        except MsgmuxError as error:
            self._failure = error
            return None
        if picked is None:
            self._failure = Pruned("every continuation was run before")
            return None
        if len(enabled) > 1:
            self._choices.append(picked.id)
        if current is not None and picked is not current:
            self.preemptions += 1
        # The task's accesses after this operation are known only at its next scheduling point.
        self.pending[picked.id] = LOCAL
        return picked

    def _stuck(self) -> VirtualTask | None:
        return next((task for task in self._tasks.values() if not task.daemon), None)

    def _frame_of(self) -> FrameOf:
        """The innermost frame of a task in a file of the user's, if it is in one at all."""

        def frame_of(task: VirtualTask) -> Any:
            frame = self._carrier.frame(task)
            while frame is not None and not self.is_user_file(frame.f_code.co_filename):
                frame = frame.f_back
            return frame

        return frame_of

    # Threads

    def spawn(self, function: Callable[[], object], name: str, *, daemon: bool = True) -> VirtualTask:
        parent = self._current
        if parent is not None:
            self.pending[parent.id] = LOCAL
        task = super().spawn(function, name, daemon=daemon)
        self.names[task.id] = name
        if parent is not None:
            self._fairness.effect(parent.id)
            self._accesses.starts(parent.id, task.id)
            if self._reducing is not None:
                self._reducing.started(parent.id, task.id)
        return task

    def join(self, other: VirtualTask, timeout: float | None) -> None:
        task = self._current
        if task is not None:
            # With a timeout it sees whether the other lives, which depends on all that others do.
            self.pending[task.id] = LOCAL if timeout is None else Footprint((), True)
        if timeout is not None and timeout <= 0:
            self.everything("join", other.name)
        else:
            super().join(other, timeout)
        if task is not None and other.state == "done":
            self._accesses.joins(task.id, other.id)
            if self._reducing is not None:
                self._reducing.joined(task.id, other.id)

    def sleep(self, seconds: float) -> None:
        task = self._current
        if task is not None:
            self.pending[task.id] = LOCAL
            self._fairness.effect(task.id)
        super().sleep(seconds)

    def _end(self, task: VirtualTask) -> None:
        self._fairness.effect(task.id)
        super()._end(task)

    # Locks

    def acquire(self, lock: VirtualLock, blocking: bool) -> bool:
        task = self._task()
        if task is None:
            return super().acquire(lock, blocking)
        self.pending[task.id] = Footprint((((id(lock), "lock"), ACQUIRE if blocking else TRY),))
        if not blocking:
            self.learned.add(TRIES)
        self._kept.append(lock)
        if blocking:
            task.wants = lock
            if lock.owner is not None and self._may_be_cycle(task):
                task.wants = None
                return super().acquire(lock, True)
        self._point(task, "acquire", lock.name)
        if lock.owner is not None:
            return False
        self._take(lock, task)
        self._took(lock, task)
        return True

    def _may_be_cycle(self, task: VirtualTask) -> bool:
        """Whether a deadlock is certain: a lock that anybody may release could come free. At rest it is one anyway."""
        cycle = lock_cycle(task)
        if not cycle:
            return False
        if all([one.wants is not None and getattr(one.wants, "owned", False) for one in cycle]):
            return True
        return len(cycle) > 1 and FOREIGN not in self.learned.sites

    def acquire_timed(self, lock: VirtualLock, timed: VirtualCondition, timeout: float) -> bool:
        """Ask for a lock for at most that many virtual seconds; ``timed`` is what those who do so wait on."""
        task = self._task()
        assert task is not None
        self.learned.add(TRIES)
        self._kept.append(lock)
        asks = Footprint((((id(lock), "lock"), TRY),))
        self.pending[task.id] = asks
        self._point(task, "acquire", lock.name)
        until = self.now() + timeout
        while lock.owner is not None:
            left = until - self.now()
            if left <= 0:
                return False
            timed.waiters.append(task)
            task.waits_on = timed
            self.pending[task.id] = asks
            self._block(task, left)
            task.wants = None
        self._take(lock, task)
        self._took(lock, task)
        return True

    def _took(self, lock: VirtualLock, task: VirtualTask) -> None:
        self._fairness.effect(task.id)
        given = self._given.get(id(lock))
        if given is not None:
            self._accesses.takes(task.id, given)

    def release_lock(self, lock: VirtualLock, timed: VirtualCondition | None) -> None:
        """Release the lock; any task may do so. The caller has checked that it is held."""
        task = self._task()
        if task is not None and (TRIES in self.learned.points or FOREIGN in self.learned.points) and not self.atomic:
            self.pending[task.id] = Footprint((((id(lock), "lock"), RELEASE),))
            # "notify" is the nearest word that the scheduler has.
            self._point(task, "notify", lock.name)
        owner = lock.owner
        if owner is None:
            raise RuntimeError("release unlocked lock")
        if owner is not (task or self._driver):
            self.learned.add(FOREIGN)
        lock.owner = None
        owner.holds.remove(lock)
        if task is not None:
            self._fairness.effect(task.id)
            self._given[id(lock)] = self._accesses.gives(task.id)
            if self._reducing is not None:
                self._reducing.released(task.id, (id(lock), "lock"))
        if timed is not None:
            for waiter in list(timed.waiters):
                self._wake(waiter, timed_out=False)

    # Conditions

    def wait_on(self, condition: VirtualCondition, timed: VirtualCondition | None, timeout: float | None) -> bool:
        """The lock is held. As :meth:`wait`; with no time to wait it lets others in between all the same."""
        task = self._task()
        assert task is not None
        lock = condition.lock
        self.pending[task.id] = Footprint((((id(condition), "condition"), WRITE),))
        self._kept.append(condition)
        self._point(task, "wait", condition.name)
        self.release_lock(lock, timed)
        if timeout is not None and timeout <= 0:
            self.acquire(lock, True)
            return False
        condition.waiters.append(task)
        task.waits_on = condition
        self.pending[task.id] = Footprint((((id(lock), "lock"), ACQUIRE),))
        self._block(task, timeout)
        # It has been picked, which a task that wants a lock is only when that is free.
        self._take(lock, task)
        self._took(lock, task)
        return not task.timed_out

    def notify_on(self, condition: VirtualCondition, n: int, *, quiet: bool) -> None:
        """The lock is held. ``quiet``: it is a part of another operation, and no point of its own."""
        task = self._task()
        if task is not None:
            if not quiet:
                self.pending[task.id] = Footprint((((id(condition), "condition"), WRITE),))
                self._kept.append(condition)
                self._point(task, "notify", condition.name)
            self._fairness.effect(task.id)
            if not condition.waiters and self.told is not None:
                wait = next(wait for wait in self.waits() if wait.id == task.id)
                self.unheard[condition.name] = (task.name, wait.place)
        for waiter in condition.waiters[:n]:
            self._wake(waiter, timed_out=False)


PRINTING, SAYING = "<stdout>:0:0 write print()", "<outcome>:0:0 write outcome()"
"""The sites of all printing, and of all outcomes: what is done first matters, but it is no finding."""


def current() -> CodeRuntime | None:
    """Return the runtime whose user task is running; None outside of a run, and while accesses are not recorded."""
    runtime = Scheduler.running
    if type(runtime) is not CodeRuntime or runtime._current is None or runtime._aborting or runtime.quiet:
        return None
    return runtime


def running() -> CodeRuntime | None:
    """Return the runtime that is running, whichever of its tasks runs; None outside of a run."""
    runtime = Scheduler.running
    return runtime if isinstance(runtime, CodeRuntime) else None


def shown_site(label: str) -> Site | None:
    """The site in an operation's label; None where the label is none."""
    try:
        return Site.of(label)
    except ValueError:
        return None
