"""CPython's own tests of locks, conditions, events, semaphores, barriers and queues, run on our implementations."""

import contextlib
import inspect
import unittest
from collections.abc import Iterable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from msgmux.checker.code import modules as standing_in
from msgmux.checker.code.accesses import Learned
from msgmux.checker.code.runtime import CodeRuntime
from msgmux.errors import TaskFailed
from msgmux.runtime.strategies import Fifo, RandomWalk, Strategy

lock_tests = pytest.importorskip("test.lock_tests", reason="this Python comes without its own tests")
queue_tests = pytest.importorskip("test.test_queue", reason="this Python comes without its own tests")
OURS = standing_in.modules()
PATIENCE = 30.0
"""Virtual seconds that the tests' loops wait."""


def _sleeping_retry(timeout: float, *_: object, **__: object) -> Iterator[None]:
    time: Any = OURS["time"]
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        yield
        time.sleep(0.01)
    raise AssertionError("it takes too long")


@contextlib.contextmanager
def _all_started(threads: Iterable[Any], unlock: object = None) -> Iterator[None]:
    started = list(threads)
    for thread in started:
        thread.start()
    yield
    for thread in started:
        thread.join()


def _source_on_ours(tests: ModuleType) -> ModuleType:
    """One of CPython's test modules, executed with our modules in place of those that it imports."""
    from test import support  # type: ignore[import-not-found]  # CPython's own tests have no types

    helper = standing_in.stand_in(
        "test.support.threading_helper",
        SimpleNamespace(),
        threading_setup=lambda: (),
        threading_cleanup=lambda *_: None,
        wait_threads_exit=lambda *_: contextlib.nullcontext(),
        join_thread=lambda thread: thread.join(),
        start_threads=_all_started,
        requires_working_threading=lambda **_: None,
    )
    imports = standing_in.stand_in(
        "test.support.import_helper",
        SimpleNamespace(),
        # Without the class in C there is one implementation of each queue, and it is ours.
        import_fresh_module=lambda name, fresh=(), blocked=(): None if fresh else OURS[name],
    )
    ours = standing_in.stand_in(
        "test.support",
        support,
        sleeping_retry=_sleeping_retry,
        busy_retry=_sleeping_retry,
        reap_children=lambda: None,
        threading_helper=helper,
        import_helper=imports,
        has_fork_support=False,
    )
    others = {
        **OURS,
        "test.support": ours,
        "test.support.threading_helper": helper,
        "test.support.import_helper": imports,
    }
    module = standing_in.stand_in(tests.__name__, tests)
    module.__dict__["__builtins__"] = standing_in.builtins_with(standing_in.importer(others))
    exec(compile(inspect.getsource(tests), tests.__file__ or "", "exec"), module.__dict__)
    return module


TESTS: Any = _source_on_ours(lock_tests)
QUEUES: Any = _source_on_ours(queue_tests)
THREADING: Any = OURS["threading"]
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Lock": (TESTS.LockTests, {"locktype": THREADING.Lock}),
    "RLock": (TESTS.RLockTests, {"locktype": THREADING.RLock}),
    "Condition": (TESTS.ConditionTests, {"condtype": THREADING.Condition}),
    "Event": (TESTS.EventTests, {"eventtype": THREADING.Event}),
    "Semaphore": (TESTS.SemaphoreTests, {"semtype": THREADING.Semaphore}),
    "BoundedSemaphore": (TESTS.BoundedSemaphoreTests, {"semtype": THREADING.BoundedSemaphore}),
    "Barrier": (TESTS.BarrierTests, {"barriertype": THREADING.Barrier}),
}
OTHERWISE = {
    "test_repr": "the text of a lock names it here",
    "test_locked_repr": "the text of a lock names it here",
    "test_reacquire": "uses the private _thread._count of real threads",
    "test_reset_internal_locks": "looks at private locks",
    "test_weakref_exists": "",
    "test_weakref_deleted": "",
    "test_at_fork_reinit": "about forks, which are refused",
    "test__at_fork_reinit": "about forks, which are refused",
    "test_many_threads": "hundreds of threads, each of which polls: minutes for the checker",
    "test_many_threads_nonblock": "the same",
    "test_many_threads_timeout": "the same",
    "test_shutdown_all_methods_in_many_threads": "the same",
    "test_shutdown_immediate_all_methods_in_many_threads": "the same",
    "test_references": "collects the garbage of all that is loaded a hundred times",
    "test_constructor_noargs": "says how the class in C is called",
}
"""Tests that are left out because they test something other than the behaviour of a lock."""


def cases() -> Iterator[Any]:
    for kind, (tests, given) in KINDS.items():
        case = type(f"{kind}Case", (tests,), {name: staticmethod(value) for name, value in given.items()})
        for name in unittest.TestLoader().getTestCaseNames(case):
            if name not in OTHERWISE or not OTHERWISE[name]:
                yield pytest.param(case, name, id=f"{kind}-{name}")
    for kind in ("PyQueueTest", "PyLifoQueueTest", "PyPriorityQueueTest", "PyFailingQueueTest", "PySimpleQueueTest"):
        case = getattr(QUEUES, kind)
        for name in unittest.TestLoader().getTestCaseNames(case):
            if name not in OTHERWISE:
                yield pytest.param(case, name, id=f"{kind}-{name}")


@pytest.mark.parametrize(
    "strategy", [Fifo(), RandomWalk(1), RandomWalk(2)], ids=["first in first out", "random", "other"]
)
@pytest.mark.parametrize(("case", "name"), cases())
def test_as_the_standard_library(case: Any, name: str, strategy: Strategy) -> None:
    with CodeRuntime(strategy, Learned(), max_points=1_000_000) as runtime:
        standing_in.begin_run(runtime)
        runtime.spawn(case(name).debug, "MainThread", daemon=False)
        try:
            runtime.run()
        except TaskFailed as error:
            if isinstance(error.__cause__, unittest.SkipTest):
                pytest.skip(str(error.__cause__))
            raise
