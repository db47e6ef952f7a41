"""A Python file, looked at without running it: what it defines, and what it imports."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from msgmux.documents.problems import FileError, Problem

MOST_BYTES = 1_000_000


class SourceError(FileError):
    """A Python file cannot be used."""


def read_python(path: Path) -> str:
    """The text of a Python file. Raises :class:`SourceError` where it cannot be read, or is no text."""
    file = str(path)
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "is not there"
            raise SourceError([Problem(file, None, "", f"{what}; give the path of a Python file")])
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise SourceError([Problem(file, None, "", f"cannot be read: {error.strerror or error}")]) from None
    if len(content) > MOST_BYTES:
        raise SourceError([Problem(file, None, "", f"is larger than {MOST_BYTES:,} bytes")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError([Problem(file, line, "", "is not UTF-8; save it as UTF-8 text")]) from None


class Source(msgspec.Struct, frozen=True):
    """The ``text`` of a ``file``; the ``names`` that it defines at its top level, its functions ``test_…`` among them,
    in order; and the modules that it imports anywhere, each with the line.
    """

    file: str
    text: str
    names: frozenset[str]
    tests: tuple[str, ...]
    imports: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Raises :class:`SourceError` where it cannot be read, or is no Python."""
        file, text = str(path), read_python(path)
        try:
            with warnings.catch_warnings():
                # An escape that means nothing is the student's own business.
                warnings.simplefilter("ignore")
                tree = ast.parse(text, file)
        except SyntaxError as error:
            raise SourceError([Problem(file, error.lineno, "", f"is no Python: {error.msg}")]) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise SourceError([Problem(file, None, "", f"is no Python: {error}")]) from None
        functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        tests = tuple(dict.fromkeys([name for name in functions if name.startswith("test_")]))
        return cls(file, text, frozenset(_defined(tree.body)), tests, tuple(_imported(tree)))

    def without(self, modules: Iterable[str]) -> list[Problem]:
        """What it imports of these modules, though it may not."""
        forbidden = set(modules)
        return [
            Problem(self.file, line, "", f"imports {module}, and this exercise is to be solved without it")
            for module, line in self.imports
            if module.split(".")[0] in forbidden or module in forbidden
        ]


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=imported) | ast.ImportFrom(names=imported):
                yield from [alias.asname or alias.name for alias in imported]
            case ast.Assign(targets=targets):
                yield from [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.If() | ast.Try() | ast.With():
                yield from _defined([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)])


def _imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno
