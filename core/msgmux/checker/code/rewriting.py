"""Rewrites the user's source: a call before each access to data that threads may share.

Every load and store of an attribute, an element or a shared name becomes a call of a function of
:mod:`msgmux.checker.code.touching`, which knows the object, the name and the place (its *site*) and makes the
scheduling point. It is done on the syntax tree, not by tracing: events of ``sys.monitoring`` and ``settrace`` are lost
where greenlets switch, and opcodes differ from one Python to the next. ``x.n += 1`` becomes a read, then a write.

No temporary name is bound, so that class bodies (``enum`` looks at them) stay as they are.
"""

import ast
import operator
from collections.abc import Callable
from typing import Any, TypeVar

from msgmux.checker.code.scopes import Scope, ScopeNode, scopes_of

N = TypeVar("N", bound=ast.AST)

IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.iadd,
    "Sub": operator.isub,
    "Mult": operator.imul,
    "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv,
    "Mod": operator.imod,
    "Pow": operator.ipow,
    "LShift": operator.ilshift,
    "RShift": operator.irshift,
    "BitOr": operator.ior,
    "BitXor": operator.ixor,
    "BitAnd": operator.iand,
    "MatMult": operator.imatmul,
}
"""What ``+=`` and the others do, by the name of the operator's node."""

LOOKS_INTO = frozenset(
    (
        *("len", "list", "tuple", "set", "dict", "frozenset", "sum", "min", "max", "sorted", "any", "all", "bool"),
        *("enumerate", "zip", "map", "filter", "reversed", "iter", "next", "str", "repr", "print"),
    )
)
"""Built-in functions that look into a container they are given."""
CHANGES_FIRST = frozenset(
    (
        *("heappush", "heappop", "heapify", "heappushpop", "heapreplace"),
        *("insort", "insort_left", "insort_right", "shuffle"),
    )
)
"""Functions of the standard library that change the container they are given first."""

Defined = TypeVar("Defined", ast.FunctionDef, ast.AsyncFunctionDef)


def rewritten(source: str, path: str, shown: str) -> ast.Module:
    """The tree of ``source`` with its calls. ``shown`` is the file's name in sites. Raises :class:`SyntaxError`."""
    tree = ast.parse(source, path)
    new = _Rewriting(tree, shown).visit(tree)
    assert isinstance(new, ast.Module)
    return ast.fix_missing_locations(new)


def site_of(shown: str, node: ast.AST, verb: str, words: str) -> str:
    """``mine.py:9:4 read self.value``: what :func:`msgmux.checker.code.records.Site.of` takes apart."""
    return f"{shown}:{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)} {verb} {words}"


class _Rewriting(ast.NodeTransformer):
    def __init__(self, tree: ast.Module, shown: str) -> None:
        self._shown = shown
        self._scopes = scopes_of(tree)
        self._scope: Scope = self._scopes[tree]
        self._classes: list[str] = []
        # Whether CPython with its GIL may have switched threads since the last access: at a call, at the beginning of
        # a function, and where a loop goes round.
        self._switched = True
        # In an own scope of a comprehension, whose targets hide names from outside.
        self._hidden: list[set[str]] = []
        self._modules = _imported(tree)

    # Pieces

    def _call(self, function: str, *arguments: ast.expr, at: ast.AST) -> ast.Call:
        return ast.copy_location(ast.Call(ast.Name(function, ast.Load()), list(arguments), []), at)

    def _site(self, node: ast.AST, verb: str, of: ast.AST | str | None = None) -> ast.Constant:
        words = of if isinstance(of, str) else ast.unparse(of if of is not None else node)
        if verb != "loop":
            verb = verb if self._switched else f"~{verb}"
            self._switched = False
        return ast.Constant(site_of(self._shown, node, verb, words if len(words) <= 60 else words[:59] + "…"))

    def _expression(self, node: ast.expr) -> ast.expr:
        new = self.visit(node)
        assert isinstance(new, ast.expr)
        return new

    def _mangled(self, name: str) -> str:
        """A private name, as the compiler changes it in a class."""
        if name.startswith("__") and not name.endswith("__") and self._classes and self._classes[-1].strip("_"):
            return f"_{self._classes[-1].lstrip('_')}{name}"
        return name

    def _shares(self, name: str) -> bool:
        return not any([name in hidden for hidden in self._hidden]) and self._scope.shares(name)

    def _reader(self, name: str, at: ast.AST) -> ast.Lambda:
        """A function that reads the variable: its closure says which of several of that name it is."""
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        return ast.copy_location(ast.Lambda(nothing, ast.copy_location(ast.Name(name, ast.Load()), at)), at)

    # Scopes

    def _within(self, node: ScopeNode, body: list[ast.stmt]) -> list[ast.stmt]:
        before, self._scope = self._scope, self._scopes[node]
        hidden, self._hidden = self._hidden, []
        self._switched = True
        try:
            return self._block(body)
        finally:
            self._switched = True
            self._scope, self._hidden = before, hidden

    def _block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for statement in body:
            new = self.visit(statement)
            out += new if isinstance(new, list) else [new]
        return out

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self._classes.append(node.name)
        node.body = self._within(node, node.body)
        self._classes.pop()
        return node

    def _function(self, node: Defined) -> Defined:
        node.body = self._within(node, node.body)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        before, self._scope = self._scope, self._scopes[node]
        hidden, self._hidden = self._hidden, []
        node.body = self._expression(node.body)
        self._scope, self._hidden = before, hidden
        return node

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = self._block(node.body)
        return node

    # Reading

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            if _dunder(node.attr) or self._is_module(node.value):
                node.value = self._expression(node.value)
                return node
            words = ast.unparse(node)
            value = self._expression(node.value)
            name, site = ast.Constant(self._mangled(node.attr)), self._site(node, "read", words)
            return self._call("_ld_", value, name, site, at=node)
        if isinstance(node.ctx, ast.Del) or _dunder(node.attr):
            node.value = self._expression(node.value)
            return node
        # The target of a loop, of `with`, or one among several: an object whose attribute is stored instead.
        site = self._site(node, "write")
        name = ast.Constant(self._mangled(node.attr))
        target = self._call("_ta_", self._expression(node.value), name, site, at=node)
        return ast.copy_location(ast.Attribute(target, "v", ast.Store()), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            words = ast.unparse(node)
            value, index = self._expression(node.value), self._index(node.slice)
            return self._call("_ix_", value, index, self._site(node, "read", words), at=node)
        if isinstance(node.ctx, ast.Del):
            node.value, node.slice = self._expression(node.value), self._expression(node.slice)
            return node
        site = self._site(node, "write")
        target = self._call("_ti_", self._expression(node.value), self._index(node.slice), site, at=node)
        return ast.copy_location(ast.Attribute(target, "v", ast.Store()), node)

    def _index(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Slice):
            parts = [
                self._expression(part) if part else ast.Constant(None) for part in (node.lower, node.upper, node.step)
            ]
            return self._call("_slice_", *parts, at=node)
        if isinstance(node, ast.Tuple):
            parts = [self._index(part) for part in node.elts]
            return ast.copy_location(ast.Tuple(parts, ast.Load()), node)
        return self._expression(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and self._shares(node.id):
            return self._call(
                "_nr_", self._reader(node.id, node), ast.Constant(node.id), self._site(node, "read"), at=node
            )
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call, after which threads may have been switched."""
        new = self._called(node)
        self._switched = True
        return new

    def _called(self, node: ast.Call) -> ast.expr:
        function = node.func
        name = (
            function.attr
            if isinstance(function, ast.Attribute)
            else function.id
            if isinstance(function, ast.Name)
            else ""
        )
        if isinstance(function, ast.Name) and name in ("super", "locals", "globals", "vars", "dir", "exec", "eval"):
            return self._arguments(node)
        if name in CHANGES_FIRST and node.args and not isinstance(node.args[0], ast.Starred):
            first = node.args[0]
            node.args[0] = self._call("_ch_", self._expression(first), self._site(node, "write", first), at=first)
            node.args[1:] = [self._expression(argument) for argument in node.args[1:]]
            return node
        if isinstance(function, ast.Attribute):
            if not self._is_module(function.value) and not _dunder(function.attr):
                site = self._site(function, "call")
                attribute = ast.Constant(self._mangled(function.attr))
                node.func = self._call("_mt_", self._expression(function.value), attribute, site, at=function)
            else:
                function.value = self._expression(function.value)
        elif isinstance(function, ast.Name) and name in LOOKS_INTO and not self._shares(name):
            node.args = [
                self._expression(argument) if isinstance(argument, ast.Starred) else self._look(argument)
                for argument in node.args
            ]
            for keyword in node.keywords:
                keyword.value = self._expression(keyword.value)
            return node
        else:
            node.func = self._expression(function)
        return self._arguments(node)

    def _arguments(self, node: ast.Call) -> ast.Call:
        node.args = [self._expression(argument) for argument in node.args]
        for keyword in node.keywords:
            keyword.value = self._expression(keyword.value)
        return node

    def _look(self, node: ast.expr) -> ast.expr:
        """Wrap an expression whose value is read element by element, if it is a container."""
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            site = self._site(node, "look")
            return self._call("_lk_", self._expression(node), site, at=node)
        return self._expression(node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            site = self._site(node, "read")
            left, right = self._expression(node.left), self._expression(node.comparators[0])
            found = self._call("_in_", left, right, site, at=node)
            return (
                ast.copy_location(ast.UnaryOp(ast.Not(), found), node) if isinstance(node.ops[0], ast.NotIn) else found
            )
        node.left = self._expression(node.left)
        node.comparators = [self._expression(one) for one in node.comparators]
        return node

    def _test(self, node: ast.expr) -> ast.expr:
        """Wrap an expression of which only the truth value is used; of a container that is whether it has elements."""
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            return self._look(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self._test(node.operand)
            return node
        if isinstance(node, ast.BoolOp):
            node.values = [self._test(value) for value in node.values]
            return node
        return self._expression(node)

    def visit_If(self, node: ast.If) -> ast.If:
        node.test = self._test(node.test)
        node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        node.test = self._test(node.test)
        node.body, node.orelse = self._expression(node.body), self._expression(node.orelse)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        node.test = self._test(node.test)
        if node.msg is not None:
            node.msg = self._expression(node.msg)
        return node

    def visit_While(self, node: ast.While) -> ast.While:
        site = self._site(node, "loop", node.test)
        self._switched = True
        node.test = self._test(node.test)
        node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        # In each round: a loop that changes nothing must let other tasks run.
        node.body.insert(0, ast.copy_location(ast.Expr(self._call("_lp_", site, at=node)), node))
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        node.iter = self._each(node.iter)
        self._switched = True
        node.target = self._expression(node.target)
        node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        return node

    def _each(self, node: ast.expr) -> ast.expr:
        site = self._site(node, "next of")
        return self._call("_it_", self._expression(node), site, at=node)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> ast.expr:
        first = node.generators[0]
        # The first iterable is evaluated outside of the comprehension's own scope.
        first.iter = self._each(first.iter)
        self._hidden.append(
            {part.id for one in node.generators for part in ast.walk(one.target) if isinstance(part, ast.Name)}
        )
        for one in node.generators:
            if one is not first:
                one.iter = self._each(one.iter)
            one.ifs = [self._test(condition) for condition in one.ifs]
        if isinstance(node, ast.DictComp):
            node.key, node.value = self._expression(node.key), self._expression(node.value)
        else:
            node.elt = self._expression(node.elt)
        self._hidden.pop()
        return node

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def visit_Match(self, node: ast.Match) -> ast.Match:
        node.subject = self._expression(node.subject)
        for case in node.cases:
            # Patterns are no expressions; what they compare with is constant.
            if case.guard is not None:
                case.guard = self._test(case.guard)
            case.body = self._block(case.body)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        node.body = self._block(node.body)
        if node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "BaseException"):
            # The exceptions that end a run belong to the checker: the user's code must not catch them.
            node.body.insert(0, ast.copy_location(ast.Expr(self._call("_ab_", at=node)), node))
        return node

    # Writing

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        value = self._expression(node.value)
        if len(node.targets) == 1:
            return self._store(node.targets[0], value, node)
        node.value = value
        before = [call for target in node.targets for call in self._names_written(target, node)]
        node.targets = [self._expression(target) for target in node.targets]
        return [*before, node]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | list[ast.stmt]:
        if node.value is None:
            return node
        value = self._expression(node.value)
        if isinstance(node.target, ast.Name):
            node.value = self._written(node.target, value, node)
            return node
        return self._store(node.target, value, node)

    def _store(self, target: ast.expr, value: ast.expr, at: ast.stmt) -> ast.stmt | list[ast.stmt]:
        if isinstance(target, ast.Attribute) and not _dunder(target.attr):
            site = self._site(target, "write")
            name = ast.Constant(self._mangled(target.attr))
            return _statement(self._call("_st_", value, self._expression(target.value), name, site, at=at), at)
        if isinstance(target, ast.Subscript):
            site = self._site(target, "write")
            element = self._call("_sx_", value, self._expression(target.value), self._index(target.slice), site, at=at)
            return _statement(element, at)
        if isinstance(target, ast.Name):
            return ast.copy_location(ast.Assign([target], self._written(target, value, at)), at)
        before = self._names_written(target, at)
        return [*before, ast.copy_location(ast.Assign([self._expression(target)], value), at)]

    def _written(self, target: ast.Name, value: ast.expr, at: ast.AST) -> ast.expr:
        """The value that is about to be bound to a name, after the point of that write."""
        if not self._shares(target.id):
            return value
        return self._call(
            "_nw_", value, self._reader(target.id, at), ast.Constant(target.id), self._site(target, "write"), at=at
        )

    def _names_written(self, target: ast.expr, at: ast.stmt) -> list[ast.stmt]:
        """Of shared names among several targets: their points, before the whole statement."""
        names = [part for part in ast.walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
        return [_statement(self._written(name, ast.Constant(None), at), at) for name in names if self._shares(name.id)]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        target, kind = node.target, ast.Constant(type(node.op).__name__)
        if isinstance(target, ast.Name) and not self._shares(target.id):
            node.value = self._expression(node.value)
            return node
        read = self._site(target, "read")
        value_of = self._expression(node.value)
        write = self._site(target, "write")
        if isinstance(target, ast.Name):
            reader, name = self._reader(target.id, node), ast.Constant(target.id)
            new = self._call("_op_", self._call("_nr_", reader, name, read, at=node), value_of, kind, at=node)
            value = self._call("_nw_", new, self._reader(target.id, node), name, write, at=node)
            return ast.copy_location(ast.Assign([ast.Name(target.id, ast.Store())], value), node)
        if isinstance(target, ast.Attribute):
            whole, name = self._expression(target.value), ast.Constant(self._mangled(target.attr))
            before = self._call("_la_", whole, name, read, at=node)
            return _statement(self._call("_aa_", before, value_of, kind, write, at=node), node)
        before = self._call("_li_", self._expression(target.value), self._index(target.slice), read, at=node)
        return _statement(self._call("_ai_", before, value_of, kind, write, at=node), node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.NamedExpr:
        node.value = self._written(node.target, self._expression(node.value), node)
        return node

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Attribute) and not _dunder(target.attr):
                name, site = ast.Constant(self._mangled(target.attr)), self._site(target, "delete")
                out.append(_statement(self._call("_da_", self._expression(target.value), name, site, at=node), node))
            elif isinstance(target, ast.Subscript):
                site = self._site(target, "delete")
                whole, index = self._expression(target.value), self._index(target.slice)
                out.append(_statement(self._call("_dx_", whole, index, site, at=node), node))
            else:
                out.append(ast.copy_location(ast.Delete([target]), node))
        return out

    def _is_module(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._modules and not self._shares(node.id)


def _statement(expression: ast.expr, at: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Expr(expression), at)


def _dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _imported(tree: ast.Module) -> set[str]:
    """Return the names that `import` statements bind to modules."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
