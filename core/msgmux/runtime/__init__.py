"""What schedules the threads. The queue reaches time and threads through :class:`Runtime` only, so the same source runs

- on OS threads and the wall clock (:class:`ThreadRuntime`: native objects, nothing in between), and
- on a deterministic scheduler in virtual time (:class:`VirtualRuntime`: the same run again, byte for byte).
"""

from typing import TYPE_CHECKING, Any

from msgmux.runtime.clock import SteerableClock
from msgmux.runtime.interface import Condition, Lock, Runtime, Task
from msgmux.runtime.threads import ThreadRuntime

if TYPE_CHECKING:
    from msgmux.runtime.virtual import VirtualRuntime

__all__ = ["Condition", "Lock", "Runtime", "SteerableClock", "Task", "ThreadRuntime", "VirtualRuntime"]


def __getattr__(name: str) -> Any:
    # greenlet is imported only where the deterministic runtime is asked for.
    if name == "VirtualRuntime":
        from msgmux.runtime.virtual import VirtualRuntime

        return VirtualRuntime
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
