"""The determinism guard: every bundled scenario twice on each carrier, and a search of the core's source for sources
of nondeterminism.
"""

import ast
import hashlib
from pathlib import Path

import msgspec
import pytest

from msgmux.runtime.scheduler import CarrierName
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.scenario import perform
from msgmux_tui import scenarios

CORE = Path(__file__).parents[3] / "core/msgmux"

WALL_CLOCK = {"runtime/clock.py", "runtime/threads.py", "runtime/scheduler.py", "checker/search.py"} | {
    f"checker/{name}.py" for name in ("checking", "shrinking", "workers")
}
"""Modules that may read real time: for real threads, for a paced clock, and for the time limit of a search."""


@pytest.mark.parametrize("name", scenarios.names())
def test_a_bundled_scenario_is_the_same_twice_on_each_carrier(name: str) -> None:
    def digest(carrier: CarrierName) -> tuple[str, str]:
        events = hashlib.sha256()
        with VirtualRuntime(carrier=carrier, seed=scenario.seed) as runtime:
            perform(
                scenario,
                runtime=runtime,
                until=min(scenario.duration or 30.0, 30.0),
                on_event=lambda event: events.update(msgspec.json.encode(event)),
            )
            return events.hexdigest(), str(runtime.schedule.runs)

    scenario = scenarios.read(name)
    first = digest("greenlet")
    assert digest("greenlet") == first
    assert digest("thread") == digest("thread") == first


class Impurities(ast.NodeVisitor):
    """Finds what may differ between runs: iterating over sets, id(), hash(), the wall clock, global random numbers."""

    SETS = (ast.Set, ast.SetComp)
    RANDOM = frozenset({"Random"})
    """The names allowed from the module ``random``: a generator with its own seed."""

    def __init__(self, wall_clock: bool) -> None:
        self.found: list[tuple[int, str]] = []
        self._wall_clock = wall_clock
        self._names: set[str] = set()

    def _is_set(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._names
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor) and (
                self._is_set(node.left) or self._is_set(node.right)
            )
        called = node.func if isinstance(node, ast.Call) else None
        return isinstance(node, self.SETS) or (isinstance(called, ast.Name) and called.id in ("set", "frozenset"))

    def _iterated(self, node: ast.expr) -> None:
        if self._is_set(node):
            self.found.append((node.lineno, "iterates over a set: wrap it in sorted()"))

    def visit_Assign(self, node: ast.Assign) -> None:
        if self._is_set(node.value):
            self._names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name) and ast.unparse(node.annotation).partition("[")[0] in ("set", "frozenset"):
            self._names.add(node.target.id)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._iterated(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._iterated(node.iter)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            if node.func.id in ("id", "hash"):
                self.found.append((node.lineno, f"calls {node.func.id}(), which differs from run to run"))
            if node.func.id in ("list", "tuple", "iter", "next", "enumerate", "map", "filter", "zip"):
                for argument in node.args:
                    self._iterated(argument)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if not (node.module == "random" and alias.name in self.RANDOM):
                self._imported(node, node.module or "")

    def _imported(self, node: ast.stmt, module: str) -> None:
        if module in ("time", "datetime") and not self._wall_clock:
            self.found.append((node.lineno, f"imports {module}: time comes from the runtime"))
        if module in ("random", "uuid", "secrets"):
            self.found.append((node.lineno, f"imports {module}: only a seeded random.Random"))


def impurities(source: str, wall_clock: bool = False) -> list[str]:
    finder = Impurities(wall_clock)
    finder.visit(ast.parse(source))
    return [f"{line}: {what}" for line, what in finder.found]


def test_nothing_in_the_core_differs_from_run_to_run() -> None:
    found = []
    for path in sorted(CORE.rglob("*.py")):
        name = path.relative_to(CORE).as_posix()
        # The one runs users' code, of which it must know objects by identity; its own tests hold that counts are equal.
        # The other serves viewers in other processes, and nothing of it is in an exact run.
        if name.startswith(("checker/code/", "publishing/")):
            continue
        found += [f"{name}:{what}" for what in impurities(path.read_text("utf-8"), name in WALL_CLOCK)]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "for name in {1, 2}: pass",
        "names = set(); [n for n in names]",
        "names: set[str] = other; list(names)",
        "for x in set(a) - set(b): pass",
        "id(x)",
        "hash(x)",
        "import time",
        "from time import monotonic",
        "import random",
        "from random import choice",
        "import uuid",
    ],
)
def test_the_guard_sees_it(source: str) -> None:
    assert impurities(source)


@pytest.mark.parametrize(
    "source",
    ["for n in sorted({1, 2}): pass", "from random import Random", "x in {1, 2}", "for n in names: pass", "len({1})"],
)
def test_the_guard_lets_pass_what_is_always_the_same(source: str) -> None:
    assert not impurities(source)
