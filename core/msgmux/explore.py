"""Your own threads under every schedule: the public face of the checker for your own code.

>>> from msgmux.explore import explore
>>> @explore(seconds=5.0)
... def test_buffer(): ...

``msgmux-tui check FILE`` and pytest explore such a function: its file is imported anew in a child process in which
``threading``, ``queue`` and ``time`` are the checker's, and the function is called once for each schedule. It is no
sandbox. What can be said from within a program: :func:`invariant`, :func:`outcome`, :func:`choose`, :func:`atomic`.
Outside of a run these do nothing, so that the program can be run as it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import msgspec

from msgmux.checker.code.records import Exploring, PointsKind

if TYPE_CHECKING:
    from msgmux.checker.code.report import CodeReport

__all__ = ["Exploring", "atomic", "choose", "explore", "invariant", "outcome", "run"]

F = TypeVar("F", bound=Callable[..., object])

MARK = "__msgmux_explore__"
"""The attribute by which a function says how it is to be explored."""


@overload
def explore(function: F, /) -> F: ...
@overload
def explore(
    *,
    bound: int | None = None,
    kind: Literal["delay", "preemption"] = "delay",
    seconds: float = 30.0,
    points: PointsKind = "shared",
    clock: Literal["autojump", "explored"] = "autojump",
    gil: bool = False,
    modules: tuple[str, ...] = (),
    early_ticks: int = 1,
    allow: tuple[str, ...] = (),
) -> Callable[[F], F]: ...
def explore(
    function: F | None = None,
    /,
    *,
    bound: int | None = None,
    kind: Literal["delay", "preemption"] = "delay",
    seconds: float = 30.0,
    points: PointsKind = "shared",
    clock: Literal["autojump", "explored"] = "autojump",
    gil: bool = False,
    modules: tuple[str, ...] = (),
    early_ticks: int = 1,
    allow: tuple[str, ...] = (),
) -> F | Callable[[F], F]:
    """Let a test function be called under every schedule of its threads; with ``bound``, under those up to it.

    The other parameters are those of :class:`Exploring`. The function is not wrapped: called directly it runs once, on
    real threads. Raises :class:`ValueError` for a parameter that is none of these.
    """
    asked = Exploring(bound, kind, seconds, points, clock, gil, tuple(modules), early_ticks, tuple(allow))
    try:
        msgspec.convert(msgspec.to_builtins(asked), Exploring)
    except msgspec.ValidationError as error:
        raise ValueError(f"explore(): {error}") from None

    def mark(marked: F) -> F:
        setattr(marked, MARK, asked)
        return marked

    return mark if function is None else mark(function)


def run(target: Callable[..., object] | str, wanted: Exploring | None = None) -> "CodeReport":
    """Explore a function of a file, or ``"mine.py"`` or ``"mine.py::name"``, in a child process.

    Without ``wanted``, a function is explored as its ``@explore`` says. Raises :class:`MsgmuxError` where there is no
    such file or function, or it can't be run. What the program does wrong is in the report.
    """
    import inspect

    from msgmux.checker.code.parent import explore_in_child
    from msgmux.checker.code.program import CodeProgram
    from msgmux.errors import MsgmuxError

    if isinstance(target, str):
        path, _, name = target.partition("::")
        return explore_in_child(CodeProgram(path, name), wanted or Exploring())
    file = inspect.getsourcefile(inspect.unwrap(target))
    if file is None or target.__qualname__ != target.__name__:
        raise MsgmuxError(f"{target.__qualname__}: only a function at the top of a file can be explored")
    asked: Exploring = getattr(target, MARK, Exploring()) if wanted is None else wanted
    return explore_in_child(CodeProgram(file, target.__name__), asked)


def invariant(check: Callable[[], object], name: str = "") -> None:
    """Let ``check`` be called wherever no lock is held: it is broken where it returns False or an assertion fails."""
    runtime = _runtime()
    if runtime is not None:
        runtime.invariants.append((name or getattr(check, "__name__", "invariant"), check))


def outcome(value: object) -> None:
    """Say what this run came to: the report counts how many schedules came to which, by ``repr``."""
    runtime = _runtime()
    if runtime is not None:
        runtime.comes_to(value)


def choose(n: int, label: str = "") -> int:
    """A number from 0 to n - 1: each is tried. Outside of a run it is 0. Raises :class:`ValueError` for n below 1."""
    if n < 1:
        raise ValueError(f"choose() needs a number from 1; got {n!r}")
    runtime = _runtime()
    return 0 if runtime is None else runtime.choose(n, label or "number")


@contextmanager
def atomic() -> Iterator[None]:
    """What is done inside is one step: no other thread comes between."""
    runtime = _runtime()
    if runtime is None:
        yield
        return
    runtime.everything("access", "an atomic step")
    runtime.atomic += 1
    try:
        yield
    finally:
        runtime.atomic -= 1


def _runtime() -> Any:
    # The runtime needs greenlets, which whoever only marks tests must not import.
    import sys

    module = sys.modules.get("msgmux.checker.code.runtime")
    return None if module is None else module.current()
