"""The invariants, which hold under every schedule of the threads; and a search for a schedule that breaks one."""

from typing import TYPE_CHECKING, Any

from msgmux.checker.invariants import InvariantReport, Invariants

if TYPE_CHECKING:
    from msgmux.checker.bounding import BoundKind
    from msgmux.checker.checking import Report, check
    from msgmux.checker.counterexample import Counterexample, reproduce, save
    from msgmux.checker.harnesses import HARNESSES
    from msgmux.checker.program import Program
    from msgmux.checker.search import SearchOptions
    from msgmux.checker.stepper import Stepper
    from msgmux.checker.variants import VARIANTS, Variant

__all__ = [
    "HARNESSES",
    "VARIANTS",
    "BoundKind",
    "Counterexample",
    "InvariantReport",
    "Invariants",
    "Program",
    "Report",
    "SearchOptions",
    "Stepper",
    "Variant",
    "check",
    "reproduce",
    "save",
]

# Imported at first use: a live session needs the invariants only, and must not pay for importing greenlet and the
# variants. Maps each public name to its module.
_SEARCH = {
    "HARNESSES": "harnesses",
    "VARIANTS": "variants",
    "BoundKind": "bounding",
    "Counterexample": "counterexample",
    "Program": "program",
    "Report": "checking",
    "Stepper": "stepper",
    "Variant": "variants",
    "SearchOptions": "search",
    "check": "checking",
    "reproduce": "counterexample",
    "save": "counterexample",
}


def __getattr__(name: str) -> Any:
    if name in _SEARCH:
        from importlib import import_module

        return getattr(import_module(f"msgmux.checker.{_SEARCH[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
