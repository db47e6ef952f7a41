"""The user's files: read and rewritten once, and executed again in every run, so that no state has to be reset."""

import ast
import builtins
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import linecache
import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from msgmux.checker.code import modules as standing_in
from msgmux.checker.code.accesses import Learned
from msgmux.checker.code.rewriting import rewritten
from msgmux.checker.code.runtime import CodeRuntime, running
from msgmux.checker.code.touching import FUNCTIONS
from msgmux.errors import MsgmuxError


def read_source(path: Path) -> str:
    """The text of a user's file. Raises :class:`MsgmuxError` if it does not exist, cannot be read, or is not UTF-8."""
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "there is no such file"
            raise MsgmuxError(f"{path}: {what}; name a Python file, such as mine.py")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise MsgmuxError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise MsgmuxError(f"{path}: is no text in UTF-8: {error.reason} at byte {error.start}") from None


def parsed(source: str, path: Path) -> ast.Module:
    """The syntax tree of a file. Raises :class:`MsgmuxError` with the line of a syntax error."""
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        raise MsgmuxError(f"{path}:{error.lineno or 1}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise MsgmuxError(f"{path}: can't be parsed: {error}") from None


def targets(tree: ast.Module) -> list[str]:
    """The functions that can be checked as programs: ``test_*`` and those with ``@explore``, in the file's order."""
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and (node.name.startswith("test_") or any([_is_explore(one) for one in node.decorator_list]))
    ]


def _is_explore(decorator: ast.expr) -> bool:
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = inner.attr if isinstance(inner, ast.Attribute) else inner.id if isinstance(inner, ast.Name) else ""
    return name == "explore"


_UNSCHEDULED = {
    "asyncio": "its coroutines are not scheduled, only threads are: no other order of them was tried",
    "multiprocessing": "other processes are not scheduled, only threads of this one are",
}


def unscheduled(tree: ast.Module, shown: str) -> list[str]:
    """A sentence for each import of what runs beside threads and is not scheduled, at most one for each module."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [] if node.level else [node.module or ""]
        for name in names:
            module = name.partition(".")[0]
            if module in _UNSCHEDULED:
                found.setdefault(module, f"{shown}:{node.lineno} imports {module}: {_UNSCHEDULED[module]}")
    return list(found.values())


def digest(source: str) -> str:
    """A short hash of a source text, saved with a schedule to recognize a program that has changed."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


class Loaded:
    """A user's program that can be executed repeatedly in this process. Raises :class:`MsgmuxError` for a wrong file.

    Arguments as the fields of :class:`~msgmux.checker.code.program.CodeProgram`; ``packages``: its ``modules``.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        parameters: Sequence[tuple[str, int]],
        packages: Sequence[str],
        learned: Learned,
        given: Sequence[tuple[str, str]] = (),
    ) -> None:
        # For modules with a given file: the file's path, by the module's name.
        self.given = {module: str(Path(file).resolve()) for module, file in given}
        self.path = path.resolve()
        self.name = name
        self.learned = learned
        self._parameters = dict(parameters)
        self._folder = str(self.path.parent)
        self._packages = frozenset(packages)
        # What is to be said of the texts that were read: that they use what is not scheduled.
        self.notes: list[str] = []
        self._codes: dict[str, CodeType] = {}
        self._imported: list[str] = []
        self._files: set[str] = set()
        self._prefixes = (sys.prefix, sys.base_prefix)
        # Compiled now, so that a syntax error raises here and not in a run.
        self._code = self.code(str(self.path))
        self._builtins = standing_in.builtins_with(
            standing_in.importer(standing_in.modules()), print=_print, input=_input, open=open
        )

    def is_user_file(self, file: str) -> bool:
        return file in self._files

    def code(self, file: str) -> CodeType:
        """The rewritten code of one of the user's files. Raises :class:`MsgmuxError` if it cannot be read or parsed."""
        code = self._codes.get(file)
        if code is None:
            path = Path(file)
            source = read_source(path)
            tree = parsed(source, path)
            shown = os.path.relpath(file, self._folder) if file.startswith(self._folder) else path.name
            self.notes += unscheduled(tree, shown)
            code = self._codes[file] = compile(rewritten(source, file, shown), file, "exec", dont_inherit=True)
            self._files.add(file)
            linecache.checkcache(file)
        return code

    def is_users(self, name: str, origin: str | None) -> bool:
        """Whether a module is to be rewritten: its file is in the program's folder, or its package was named."""
        if origin is None or not origin.endswith(".py"):
            return False
        if name.partition(".")[0] in self._packages:
            return True
        return origin.startswith(self._folder + os.sep) and "site-packages" not in origin

    def begin(self, runtime: CodeRuntime) -> Callable[[], None]:
        """Reset the state of the previous run. Returns the function that the main thread of the new run executes."""
        # Given modules, too: another program may have imported another file under such a name.
        for name in (*self._imported, *self.given):
            sys.modules.pop(name, None)
        self._imported.clear()
        standing_in.begin_run(runtime)
        random.seed(0)
        names: dict[str, Any] = {
            "__name__": self.path.stem if self.name else "__main__",
            "__file__": str(self.path),
            "__builtins__": self._builtins,
            **FUNCTIONS,
        }
        invariant = ("invariant", lambda: names["invariant"]() if "invariant" in names else True)
        if "invariant" in self._code.co_names:
            # The module may define a function `invariant`.
            runtime.invariants.append(invariant)

        def main() -> None:
            _finder.loaded = self
            if self.name:
                module = ModuleType(self.path.stem)
                module.__dict__.update(names)
                names_now = module.__dict__
                sys.modules[self.path.stem] = module
                self._imported.append(self.path.stem)
            else:
                names_now = names
            try:
                exec(self._code, names_now)
                if self.name and "invariant" in names_now:
                    names["invariant"] = names_now["invariant"]
                if self.name:
                    function = names_now[self.name]
                    function(**values_of(function, self._parameters))
            except SystemExit as error:
                if error.code not in (None, 0):
                    raise ProgramExit(f"the program ends with exit code {error.code}") from None
            for function in reversed(runtime.at_exit):
                function()

        return main

    def imported(self, name: str) -> None:
        self._imported.append(name)

    def namespace_of(self, module: ModuleType) -> None:
        module.__dict__.update(FUNCTIONS, __builtins__=self._builtins)


def values_of(function: object, indices: dict[str, int]) -> dict[str, Any]:
    """The arguments of a parametrised test: for each name, the value with that index in ``pytest.mark.parametrize``."""
    values: dict[str, Any] = {}
    for mark in getattr(function, "pytestmark", []) if indices else []:
        if mark.name != "parametrize":
            continue
        names, given = mark.args[0], list(mark.args[1])
        names = [one.strip() for one in names.split(",") if one.strip()] if isinstance(names, str) else list(names)
        for at, name in enumerate(names):
            value = given[indices[name]]
            # pytest.param(…) has its values in an attribute.
            value = getattr(value, "values", (value,) if len(names) == 1 else value)
            values[name] = value[at]
    return values


class ProgramExit(Exception):
    """The program has called ``sys.exit`` with something else than 0."""


def _print(
    *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
) -> None:
    runtime = running()
    if runtime is None or (file is not None and file is not sys.stdout):
        builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
        return
    text = io.StringIO()
    builtins.print(*values, sep=sep, end=end, file=text)
    runtime.prints(text.getvalue())


def _input(prompt: object = "") -> str:
    raise EOFError("a checked program has no input")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the user's modules beside the program, and executes their rewritten code."""

    loaded: Loaded | None = None

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        loaded = self.loaded
        if loaded is None or running() is None:
            return None
        if (file := loaded.given.get(name)) is not None:
            return importlib.util.spec_from_file_location(name, file, loader=self)
        places = [str(loaded.path.parent), *sys.path] if path is None else path
        spec = importlib.machinery.PathFinder.find_spec(name, places, target)
        if spec is None or not loaded.is_users(name, spec.origin):
            return None
        spec.loader = self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        loaded = self.loaded
        assert loaded is not None
        assert module.__file__ is not None
        loaded.imported(module.__name__)
        loaded.namespace_of(module)
        exec(loaded.code(module.__file__), module.__dict__)


_finder = _Finder()
sys.meta_path.insert(0, _finder)
