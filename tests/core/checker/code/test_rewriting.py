"""Rewritten source behaves like the original: the standard library's doctests give the same results."""

import doctest
import importlib
import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest

from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.rewriting import rewritten
from msgmux.checker.code.touching import FUNCTIONS
from msgmux.runtime.strategies import Fifo

LIBRARY = [
    *("ast", "base64", "bisect", "collections", "contextlib", "copy", "csv", "dataclasses", "decimal", "difflib"),
    *("doctest", "enum", "fractions", "functools", "heapq", "inspect", "ipaddress", "json.encoder", "keyword"),
    *("pickle", "pprint", "random", "statistics", "string", "textwrap", "tokenize", "types", "typing", "uuid"),
]


def examples(module: ModuleType) -> tuple[int, int]:
    """The number of failed doctest examples, and the number of all."""
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder().find(module, module.__name__, module=module):
        runner.run(test, out=said.append)
    result = runner.summarize(verbose=False)
    return result.failed, result.attempted


def copy_of(name: str, *, rewrite: bool) -> ModuleType:
    """A second copy of the module, compiled from its source."""
    real = importlib.import_module(name)
    source, file = inspect.getsource(real), real.__file__ or ""
    module = ModuleType(name)
    module.__dict__.update(__file__=file, __package__=real.__package__, __spec__=real.__spec__)
    if rewrite:
        module.__dict__.update(FUNCTIONS)
    tree = rewritten(source, file, f"{name}.py") if rewrite else compile(source, file, "exec", dont_inherit=True)
    exec(compile(tree, file, "exec", dont_inherit=True) if rewrite else tree, module.__dict__)  # type: ignore[arg-type]
    return module


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LIBRARY)
def test_the_standard_library_s_examples_stay_as_they_are(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = []
    for rewrite in (False, True):
        module = copy_of(name, rewrite=rewrite)
        # Classes look their own names up in sys.modules.
        monkeypatch.setitem(sys.modules, name, module)
        results.append(examples(module))
        monkeypatch.undo()
    assert results[0] == results[1]


# Unusual source; each asserts what Python does with it.
SOURCES = {
    "order of evaluation": """
seen = []
def say(what):
    seen.append(what)
    return what
class Box: pass
def box(name):
    say(name)
    return Box()
box("target").x = say("value")
{}[say("key")] = say(1)
things = {}
things[say("a")], box("b").y = say("one"), say("two")
assert seen == ["value", "target", 1, "key", "one", "two", "a", "b"], seen
""",
    "unpacking": """
class Box: pass
b = Box()
b.first, *b.rest = range(4)
(b.x, [b.y, b.z]), items = (1, [2, 3]), {}
items["k"], items["l"] = 4, 5
for b.i, items["i"] in [(6, 7)]: pass
assert (b.first, b.rest, b.x, b.y, b.z, items, b.i) == (0, [1, 2, 3], 1, 2, 3, {"k": 4, "l": 5, "i": 7}, 6)
""",
    "in place": """
class Box: n = 1
b = Box(); items = [1, 2]; same = items
b.n += 2; b.n **= 2; items[0] -= 5; items += [3]
x = 1
def f():
    global x
    x <<= 3
f(); f()
assert (b.n, Box.n, items, x, items is same) == (9, 1, [-4, 2, 3], 64, True)
""",
    "private names": """
class _Under:
    __slots__ = ("__a",)
    def __init__(self): self.__a = 1
    def up(self): self.__a += 1; return self.__a
assert _Under().up() == 2
""",
    "super and properties": """
class A:
    def __init__(self): self._v = 1
    @property
    def v(self): return self._v
    @v.setter
    def v(self, value): self._v = value
    def who(self): return "A"
class B(A):
    def who(self): return "B" + super().who()
b = B(); b.v += 1; del b._v
assert (b.who(), hasattr(b, "v")) == ("BA", False)
""",
    "closures": """
def outer():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    n = 5
    return inc, lambda: n
inc, look = outer()
assert (inc(), inc(), look()) == (6, 7, 7)
""",
    "comprehensions": """
x = 1
x = 2
def f(): return x
class K:
    x = 10
    y = [x for x in range(3)]
    z = {k: v for k, v in zip("ab", range(2)) if v in (0, 1)}
assert (K.y, K.z, [a + b for a in [1, 2] for b in [a]], f()) == ([0, 1, 2], {"a": 0, "b": 1}, [2, 4], 2)
""",
    "enum": """
import enum
class Colour(enum.Enum):
    RED = 1
    GREEN = RED + 1
    def __str__(self): return self.name.lower()
assert [str(c) for c in Colour] == ["red", "green"]
""",
    "match, walrus, with, try": """
import contextlib
class P:
    __match_args__ = ("x",)
    def __init__(self, x): self.x = x
match P(3):
    case P(x=3) as p if p.x == 3: found = p.x
if (n := len([1, 2])) > 1: n += 1
with contextlib.nullcontext(P(4)) as q: pass
try: q.missing
except AttributeError as error: said = str(error)
assert (found, n, q.x, "missing" in said) == (3, 3, 4, True)
""",
    "generators and async": """
def g():
    got = yield 1
    yield got
i = g()
async def a(): return 1
co = a()
try: co.send(None)
except StopIteration as stop: value = stop.value
assert (next(i), i.send(7), value) == (1, 7, 1)
""",
    "deleting": """
class Box: pass
b = Box(); b.x = 1; d = {"a": 1, "b": 2}; n = 3
del b.x, d["a"], n
assert (hasattr(b, "x"), d, "n" in globals()) == (False, {"b": 2}, False)
""",
    "future and docstring": '''"""A docstring."""
from __future__ import annotations
def f(x: Missing) -> Missing: ...
assert (__doc__, f.__annotations__["x"]) == ("A docstring.", "Missing")
''',
}


@pytest.mark.parametrize("points", ["shared", "all"])
@pytest.mark.parametrize("name", SOURCES)
def test_odd_source_means_the_same(tmp_path: Path, name: str, points: str) -> None:
    source = SOURCES[name]
    exec(compile(source, "plain.py", "exec", dont_inherit=True), {"__name__": "plain"})
    file = tmp_path / "mine.py"
    file.write_text(source)
    with CodeProgram(str(file), points=points).trial(Fifo()) as trial:  # type: ignore[arg-type]
        result = trial.run()
    assert result.failures == ()
