"""What must hold, whoever schedules the threads: the invariants, watched on the events."""

from msgmux.checker.invariants import Invariants, Verdict

__all__ = ["Invariants", "Verdict"]
