"""Copies of classes with a scheduling point before each line that touches what threads share.

Where all shared data is accessed under its lock, scheduling points at the locks are enough: no other task can see an
intermediate state. Where code uses no lock on purpose, or a faulty variant leaves it out, another task may run between
any two lines. Such code is checked on a copy: a call is inserted into its syntax tree before each of these lines, and
``x += 1`` on shared ``x`` becomes a read, a point, and a write. Line numbers stay those of the source. (Tracing is no
alternative: ``sys.monitoring`` misses most switches between greenlets, and opcodes differ between Python versions.)
"""

import ast
import inspect
import os
import sys
from collections.abc import Collection, Mapping
from typing import TypeVar, cast

from msgmux.runtime.points import point_here

T = TypeVar("T")
_POINT = "_point_here_"
_SEEN = "_seen_"


def with_points(kind: type[T], shared: Collection[str], *, using: Mapping[str, object] | None = None) -> type[T]:
    """A copy of the class ``kind`` with points before the lines that mention a name or an attribute in ``shared``.

    ``using`` maps names of the class's module to replacements, for example an instrumented copy of its base class.
    Raises :class:`OSError` if the source of ``kind`` is not available.
    """
    lines, first = inspect.getsourcelines(kind)
    file = inspect.getsourcefile(kind) or kind.__module__
    tree = ast.parse("".join(lines))
    ast.increment_lineno(tree, first - 1)
    tree = ast.fix_missing_locations(_Points(frozenset(shared), os.path.basename(file)).visit(tree))
    namespace = {**vars(sys.modules[kind.__module__]), **(using or {}), _POINT: point_here}
    exec(compile(tree, file, "exec"), namespace)
    return cast(type[T], namespace[kind.__name__])


class _Points(ast.NodeTransformer):
    """Inserts a scheduling point before each statement that mentions a shared name."""

    def __init__(self, shared: frozenset[str], file: str) -> None:
        self._shared = shared
        self._file = file

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = self._block(node.body)
        return node

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [new for statement in statements for new in self._statement(statement)]

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.If() | ast.For():
                heads = self._touches(node.test if isinstance(node, ast.If) else node.iter)
                node.body, node.orelse = self._block(node.body), self._block(node.orelse)
            case ast.While():
                # The condition is evaluated in each iteration, so the point becomes part of it: `point() or condition`;
                # point() returns None.
                if self._touches(node.test):
                    node.test = ast.copy_location(ast.BoolOp(ast.Or(), [self._call(node.test), node.test]), node.test)
                node.body, node.orelse, heads = self._block(node.body), self._block(node.orelse), False
            case ast.With():
                heads = any([self._touches(item.context_expr) for item in node.items])
                node.body = self._block(node.body)
            case ast.Try():
                for handler in node.handlers:
                    handler.body = self._block(handler.body)
                node.body, node.orelse = self._block(node.body), self._block(node.orelse)
                node.finalbody, heads = self._block(node.finalbody), False
            case ast.AugAssign() if self._touches(node.target):
                return self._read_then_write(node)
            case _:
                heads = self._touches(node) and not self._is_alias(node)
        return [self._point(node), node] if heads else [node]

    def _touches(self, node: ast.AST) -> bool:
        for part in ast.walk(node):
            name = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else None
            if name in self._shared:
                return True
        return False

    @staticmethod
    def _is_alias(node: ast.stmt) -> bool:
        """``items = self._items``: a local name for an attribute that is never rebound; no point is needed there."""
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and len(node.targets) == 1:
            target = node.targets[0]
            return isinstance(target, ast.Name) and node.value.attr == f"_{target.id}"
        return False

    def _read_then_write(self, node: ast.AugAssign) -> list[ast.stmt]:
        load = ast.parse(ast.unparse(node.target), mode="eval").body
        read = ast.Assign([ast.Name(_SEEN, ast.Store())], load)
        write = ast.Assign([node.target], ast.BinOp(ast.Name(_SEEN, ast.Load()), node.op, node.value))
        found: list[ast.stmt] = [self._point(node, " read"), read, self._point(node, " write"), write]
        for statement in found:
            for part in ast.walk(statement):
                ast.copy_location(part, node)
        return found

    def _point(self, at: ast.stmt, what: str = "") -> ast.stmt:
        return ast.copy_location(ast.Expr(self._call(at, what)), at)

    def _call(self, at: ast.stmt | ast.expr, what: str = "") -> ast.expr:
        label = ast.Constant(f"{self._file}:{at.lineno}{what}")
        return ast.copy_location(ast.Call(ast.Name(_POINT, ast.Load()), [label], []), at)
