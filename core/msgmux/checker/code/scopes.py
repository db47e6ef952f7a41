"""Finds the plain names that threads may share: globals and captured variables that are bound more than once.

A name that is bound once (an import, a function, a constant) is never written after threads can see it, or is written
before they begin; an access to it needs no scheduling point.
"""

import ast
from collections import Counter
from collections.abc import Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
ScopeNode = FunctionNode | ast.Module | ast.ClassDef


class Scope:
    """A module, a class body or a function: what it binds, and how often."""

    def __init__(self, node: ScopeNode, outer: "Scope | None") -> None:
        self.node = node
        self.outer = outer
        self.bound: Counter[str] = Counter()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        # Names bound here that inner functions use.
        self.captured: set[str] = set()
        # Bindings from inner functions, by `global` or `nonlocal`.
        self.rebound: set[str] = set()
        self.shared: set[str] = set()

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_module(self) -> bool:
        return isinstance(self.node, ast.Module)

    def home(self, name: str) -> "Scope | None":
        """The scope that the name belongs to, seen from here; None for a built-in one, and in a class for its own."""
        if name in self.globals:
            return self.module
        if name in self.bound and name not in self.nonlocals:
            return self
        scope = self.outer
        while scope is not None:
            if name in scope.globals:
                return self.module
            if not scope.is_class and name in scope.bound and name not in scope.nonlocals:
                return scope
            scope = scope.outer
        return None

    @property
    def module(self) -> "Scope":
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def shares(self, name: str) -> bool:
        """Return whether an access to that name from this scope is an access to shared state."""
        home = self.home(name)
        return home is not None and not home.is_class and name in home.shared


def scopes_of(tree: ast.Module) -> dict[ast.AST, Scope]:
    """The scope of each module, class and function node of the tree."""
    found: dict[ast.AST, Scope] = {}
    _collect(tree, None, found)
    for scope in found.values():
        for name in scope.globals | scope.nonlocals:
            home = scope.module if name in scope.globals else _outer_home(scope, name)
            if home is not None and scope.bound[name]:
                home.rebound.add(name)
                home.bound[name] += 1
        for name in _used(scope.node):
            home = scope.home(name)
            if home is not None and home is not scope:
                home.captured.add(name)
    for scope in found.values():
        once = {name for name, times in scope.bound.items() if times == 1}
        scope.shared = (scope.rebound | scope.captured) - once - ({"_"} if scope.is_module else set())
    return found


def _outer_home(scope: Scope, name: str) -> Scope | None:
    at = scope.outer
    while at is not None and (at.is_class or name not in at.bound or name in at.nonlocals):
        at = at.outer
    return at


def _collect(node: ScopeNode, outer: Scope | None, found: dict[ast.AST, Scope]) -> None:
    scope = found[node] = Scope(node, outer)
    if isinstance(node, FunctionNode):
        arguments = node.args
        for argument in [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ]:
            if argument is not None:
                scope.bound[argument.arg] += 1
    for part, looped in _own(node):
        times = 2 if looped else 1
        match part:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                scope.bound[name] += times
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                scope.bound[name] += 1
                _collect(part, scope, found)
            case ast.Lambda():
                _collect(part, scope, found)
            case ast.Global(names=names):
                scope.globals.update(names)
            case ast.Nonlocal(names=names):
                scope.nonlocals.update(names)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                for alias in aliases:
                    scope.bound[(alias.asname or alias.name).partition(".")[0]] += 1
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bound[name] += 1
            case _:
                pass


def _own(node: ScopeNode) -> Iterator[tuple[ast.AST, bool]]:
    """The nodes inside of a scope but not inside of an inner one, with whether they are in a loop."""
    inside = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    stack: list[tuple[ast.AST, bool]] = [(part, False) for part in reversed(inside)]
    while stack:
        part, looped = stack.pop()
        yield part, looped
        if isinstance(part, ast.Lambda):
            continue
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            stack += [(one, looped) for one in part.decorator_list]
            continue
        within = looped or isinstance(part, ast.For | ast.AsyncFor | ast.While)
        if isinstance(part, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # Its targets are its own; what it reads is read here.
            targets = {target for comprehension in part.generators for target in ast.walk(comprehension.target)}
            stack += [(one, within) for one in ast.iter_child_nodes(part) if one not in targets]
            continue
        if isinstance(part, ast.comprehension):
            stack += [(one, within) for one in [part.iter, *part.ifs]]
            continue
        stack += [(one, within) for one in ast.iter_child_nodes(part)]


def _used(node: ScopeNode) -> set[str]:
    return {part.id for part, _ in _own(node) if isinstance(part, ast.Name)}
