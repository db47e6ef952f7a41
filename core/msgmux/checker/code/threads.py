"""``threading.Thread`` and what goes with it, on tasks of the deterministic runtime."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgmux.checker.code.runtime import CodeRuntime, running
from msgmux.runtime.tasks import VirtualTask


def _needed() -> CodeRuntime:
    runtime = running()
    if runtime is None:
        raise RuntimeError("a thread can be started only while the program is run")
    return runtime


class Thread:
    """As the standard one. Its names count from 1 in each run."""

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        if group is not None:
            raise AssertionError("group argument must be None for now")
        runtime = _needed()
        self._target, self._args, self._kwargs = target, tuple(args), dict(kwargs or {})
        self._name = _next_name(runtime, target, name)
        self._daemon = current_thread().daemon if daemon is None else daemon
        self._task: VirtualTask | None = None
        self._number = runtime.made_threads

    def __hash__(self) -> int:
        # Not the identity: executors keep threads in a set, and its order must be the same in every run.
        return self._number

    def start(self) -> None:
        if self._task is not None:
            raise RuntimeError("threads can only be started once")
        runtime = _needed()
        self._task = runtime.spawn(self._bootstrap, self._name, daemon=self._daemon)
        runtime.threads[self._task.id] = self

    def _bootstrap(self) -> None:
        try:
            self.run()
        except SystemExit:
            # As in CPython: it ends this thread only.
            return

    def run(self) -> None:
        if self._target is not None:
            self._target(*self._args, **self._kwargs)

    def join(self, timeout: float | None = None) -> None:
        runtime = _needed()
        if self._task is None:
            raise RuntimeError("cannot join thread before it is started")
        if self._task is runtime.current_task:
            raise RuntimeError("cannot join current thread")
        runtime.join(self._task, None if timeout is None else max(0.0, timeout))

    def is_alive(self) -> bool:
        runtime = running()
        if runtime is not None and self._task is not None and not runtime.quiet:
            runtime.everything("access", f"does {self._name} live?")
        return self._task is not None and self._task.state != "done"

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = str(name)

    @property
    def daemon(self) -> bool:
        return self._daemon

    @daemon.setter
    def daemon(self, daemon: bool) -> None:
        if self._task is not None:
            raise RuntimeError("cannot set daemon status of active thread")
        self._daemon = daemon

    @property
    def ident(self) -> int | None:
        return None if self._task is None else self._task.id

    @property
    def native_id(self) -> int | None:
        return self.ident

    def getName(self) -> str:
        return self.name

    def setName(self, name: str) -> None:
        self.name = name

    def isDaemon(self) -> bool:
        return self.daemon

    def setDaemon(self, daemon: bool) -> None:
        self.daemon = daemon

    def __repr__(self) -> str:
        state = "initial" if self._task is None else "stopped" if self._task.state == "done" else "started"
        return f"<{type(self).__name__}({self._name}, {state})>"


class MainThread(Thread):
    """The thread in which the program begins."""

    def __init__(self, task: VirtualTask) -> None:
        self._name, self._daemon, self._task = "MainThread", False, task
        self._number = 0


def _next_name(runtime: CodeRuntime, target: object, wanted: str | None) -> str:
    runtime.made_threads += 1
    if wanted:
        return str(wanted)
    name = getattr(target, "__name__", "")
    return f"Thread-{runtime.made_threads}" + (f" ({name})" if name else "")


def current_thread() -> Thread:
    """Return the calling thread."""
    runtime = _needed()
    task = runtime.current_task
    assert task is not None
    thread = runtime.threads.get(task.id)
    if thread is None:
        thread = runtime.threads[task.id] = MainThread(task)
    assert isinstance(thread, Thread)
    return thread


def main_thread() -> Thread:
    """The thread in which the program began."""
    runtime = _needed()
    return next((thread for thread in runtime.threads.values() if isinstance(thread, MainThread)), current_thread())


def get_ident() -> int:
    """A number of the calling thread, from 1."""
    runtime = running()
    return 1 if runtime is None or runtime.current_task is None else runtime.current_task.id


def enumerate_threads() -> list[Thread]:
    """Return the threads that are alive."""
    runtime = _needed()
    runtime.everything("access", "which threads live?")
    current_thread()
    return [thread for thread in runtime.threads.values() if thread._task is not None and thread._task.state != "done"]


def active_count() -> int:
    """Return the number of threads that are alive."""
    return len(enumerate_threads())


def start_new_thread(
    function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
) -> int:
    """As :func:`_thread.start_new_thread`."""
    thread = Thread(target=function, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    assert thread.ident is not None
    return thread.ident


class local:
    """As the standard one: attributes that each thread has for itself."""

    def __new__(cls, /, *arguments: Any, **named: Any) -> "local":
        self = object.__new__(cls)
        object.__setattr__(self, "_local_", (arguments, named, {}))
        return self

    def __getattribute__(self, name: str) -> Any:
        _switch(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        _switch(self)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _switch(self)
        object.__delattr__(self, name)


def _switch(self: local) -> None:
    """Give the object the attributes of the calling thread."""
    now = object.__getattribute__(self, "__dict__")
    held = now.get("_local_")
    if held is None:
        return
    arguments, named, attributes = held
    runtime = running()
    # By the run, too: an object that a library made outlives it.
    thread = (id(runtime), get_ident())
    mine = attributes.get(thread)
    if mine is None:
        first = not attributes
        mine = attributes[thread] = now if first else {"_local_": held}
        object.__setattr__(self, "__dict__", mine)
        if not first and type(self).__init__ is not object.__init__:
            type(self).__init__(self, *arguments, **named)
    elif mine is not now:
        object.__setattr__(self, "__dict__", mine)
