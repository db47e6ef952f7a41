"""The modules that replace ``threading``, ``_thread``, ``queue``, ``time`` and ``concurrent.futures`` for a program.

Event, Semaphore, Barrier and Timer, the queues and the executors are the standard library's own source, rewritten like
the user's (some of it reads shared state without a lock), and run on the scheduled locks. A name that a replacement
does not define is looked up in the real module.
"""

import ast
import builtins
import concurrent.futures
import concurrent.futures._base
import concurrent.futures.thread
import inspect
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from msgmux.checker.code import threads
from msgmux.checker.code.locks import Condition, Lock, QuietCondition, RLock
from msgmux.checker.code.rewriting import rewritten
from msgmux.checker.code.runtime import CodeRuntime, running
from msgmux.checker.code.touching import FUNCTIONS
from msgmux.errors import MsgmuxError

LIBRARY = "<library>"
"""The prefix of the standard library's file names in sites: races there are not reported as the user's."""
EPOCH = 1_700_000_000
"""What ``time.time()`` returns at the beginning of every run, in seconds since 1970."""
_SYNCHRONISATION = ("Semaphore", "BoundedSemaphore", "Event", "Barrier", "BrokenBarrierError", "Timer")


class StandIn(ModuleType):
    """A module that replaces a real one; names that it does not have are those of ``_real_``."""

    _real_: Any

    def __getattr__(self, name: str) -> Any:
        if name == "_real_":
            raise AttributeError(name)
        return getattr(self._real_, name)


def stand_in(name: str, real: object, **names: Any) -> StandIn:
    """A module with these names; any other is that of ``real``."""
    module = StandIn(name)
    module.__dict__.update(names, _real_=real)
    return module


def _now() -> float:
    runtime = running()
    return time.monotonic() if runtime is None else runtime.now()


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    runtime = running()
    if runtime is not None:
        runtime.sleep(seconds)


def _register_atexit(function: Callable[..., object], *arguments: Any, **named: Any) -> None:
    runtime = running()
    if runtime is not None:
        runtime.at_exit.append(partial(function, *arguments, **named))


def _clock() -> dict[str, Any]:
    return {
        "sleep": _sleep,
        "monotonic": _now,
        "perf_counter": _now,
        "process_time": _now,
        "thread_time": _now,
        "time": lambda: EPOCH + _now(),
        "monotonic_ns": lambda: round(_now() * 10**9),
        "perf_counter_ns": lambda: round(_now() * 10**9),
        "time_ns": lambda: EPOCH * 10**9 + round(_now() * 10**9),
    }


@lru_cache(maxsize=1)
def modules() -> dict[str, ModuleType]:
    """The replacements by module name. They are made once in a process; the objects they make belong to a run."""
    made: dict[str, ModuleType] = {"time": stand_in("time", time, **_clock())}
    made["threading"] = ours = stand_in(
        "threading",
        threading,
        Lock=Lock,
        RLock=RLock,
        Condition=Condition,
        Thread=threads.Thread,
        local=threads.local,
        current_thread=threads.current_thread,
        currentThread=threads.current_thread,
        main_thread=threads.main_thread,
        get_ident=threads.get_ident,
        get_native_id=threads.get_ident,
        enumerate=threads.enumerate_threads,
        active_count=threads.active_count,
        activeCount=threads.active_count,
        _register_atexit=_register_atexit,
    )
    names = {
        "__name__": "threading",
        "Condition": QuietCondition,
        "Lock": Lock,
        "Thread": threads.Thread,
        "_time": _now,
    }
    scope: dict[str, Any] = {**names, **FUNCTIONS}
    exec(_synchronisation(), scope)
    for name in _SYNCHRONISATION:
        setattr(ours, name, scope[name])
    made["_thread"] = stand_in(
        "_thread",
        sys.modules["_thread"],
        allocate_lock=Lock,
        allocate=Lock,
        RLock=RLock,
        LockType=Lock,
        get_ident=threads.get_ident,
        get_native_id=threads.get_ident,
        start_new_thread=threads.start_new_thread,
        start_new=threads.start_new_thread,
        _local=threads.local,
    )
    made["queue"] = _queues(made, ours)
    made |= _futures(made)
    return made


def _synchronisation() -> CodeType:
    source = inspect.getsource(threading)
    tree = rewritten(source, threading.__file__, f"{LIBRARY}threading.py")
    tree.body = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in _SYNCHRONISATION]
    return compile(tree, threading.__file__, "exec")


def _queues(made: Mapping[str, ModuleType], ours: ModuleType) -> ModuleType:
    quiet = stand_in("threading", ours, Condition=QuietCondition)
    # Without the queue that is implemented in C, which would block the OS thread.
    without_c = {**made, "threading": quiet, "_queue": stand_in("_queue", SimpleNamespace(Empty=queue.Empty))}
    module = stand_in("queue", queue)
    _run(queue, module, without_c)
    module.__dict__.update(Empty=queue.Empty, Full=queue.Full)
    module.__dict__["SimpleQueue"] = module._PySimpleQueue
    return module


def _futures(made: Mapping[str, ModuleType]) -> dict[str, ModuleType]:
    real = concurrent.futures
    base = stand_in("concurrent.futures._base", concurrent.futures._base)
    quiet = {**made, "threading": stand_in("threading", made["threading"], Condition=QuietCondition)}
    _run(concurrent.futures._base, base, quiet)
    package = stand_in("concurrent.futures", real, _base=base)
    pools = stand_in("concurrent.futures.thread", concurrent.futures.thread)
    _run(concurrent.futures.thread, pools, {**quiet, "concurrent.futures": package, "concurrent.futures._base": base})
    for name in ("CancelledError", "TimeoutError", "InvalidStateError", "BrokenExecutor"):
        if hasattr(concurrent.futures._base, name):
            # The same classes as in the real module, since `except` clauses of libraries name those.
            setattr(base, name, getattr(concurrent.futures._base, name))
    taken = ("Future", "wait", "as_completed", "Executor", "FIRST_COMPLETED", "ALL_COMPLETED", "FIRST_EXCEPTION")
    package.__dict__.update({name: getattr(base, name) for name in taken})
    package.__dict__["ThreadPoolExecutor"] = pools.ThreadPoolExecutor
    return {"concurrent.futures": package, "concurrent.futures._base": base, "concurrent.futures.thread": pools}


def _run(real: ModuleType, module: StandIn, others: Mapping[str, ModuleType]) -> None:
    """Execute the source of the standard library's module ``real`` in ``module``; its imports get ``others``.

    Raises :class:`MsgmuxError` if the source is not available.
    """
    file = real.__file__
    if file is None:
        raise MsgmuxError(f"the standard library's {real.__name__} has no source here")
    tree = rewritten(inspect.getsource(real), file, f"{LIBRARY}{real.__name__}.py")
    module.__dict__.update(FUNCTIONS, __file__=file, __builtins__=builtins_with(importer(others)))
    exec(compile(tree, file, "exec"), module.__dict__)


def begin_run(runtime: CodeRuntime) -> None:
    """Reset what the replacements keep per process for a new run, such as the counters and threads of executors."""
    pools = modules()["concurrent.futures.thread"]
    pools._threads_queues.clear()
    pools.__dict__["_shutdown"] = False
    pools.ThreadPoolExecutor._counter = _counter()
    runtime.at_exit.append(lambda: pools._python_exit() if pools._threads_queues else None)


def _counter() -> Callable[[], int]:
    import itertools

    return itertools.count().__next__


Importing = Callable[..., ModuleType]


def builtins_with(importing: Importing, **names: Any) -> dict[str, Any]:
    """The built-in names, with another ``__import__`` and with ``names`` replaced."""
    return {**vars(builtins), "__import__": importing, **names}


def importer(others: Mapping[str, ModuleType]) -> Importing:
    """An ``__import__`` function that gives the modules in ``others`` by name, and otherwise the real ones."""
    real = builtins.__import__
    packages = {name.partition(".")[0] for name in others if "." in name}

    def find(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: tuple[str, ...] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0:
            if name == "_queue" and name in others:
                raise ImportError("the queue in C blocks its OS thread")
            if name in others and (fromlist or "." not in name):
                return others[name]
            if name.partition(".")[0] in packages:
                real(name, globals, locals, (), 0)
                return _package(name.partition(".")[0], others) if not fromlist else _package(name, others)
        return real(name, globals, locals, fromlist or (), level)

    return find


def _package(name: str, others: Mapping[str, ModuleType]) -> ModuleType:
    """A package whose submodules are the replacements, where there are any."""
    if name in others:
        return others[name]
    package = stand_in(name, sys.modules[name])
    for other, module in others.items():
        parent, _, last = other.rpartition(".")
        if parent == name:
            setattr(package, last, module)
    return package
