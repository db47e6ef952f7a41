"""The language of ``expect``: numbers, comparisons and functions of the queue's state; never evaluated as Python.

    lag('billing') > 100 and length() <= 500
    not state('late') == 'gone' or delivered('audit') / put('orders') >= 0.9

The parser climbs precedences (Pratt: Top down operator precedence, POPL 1973). It bounds the size and depth, and checks
the types of operands, so that a wrong expression is refused before a scenario runs.
"""

import re
from collections.abc import Callable
from typing import Literal

import msgspec

from msgmux.documents.problems import suggestion
from msgmux.errors import MsgmuxError

MOST_CHARACTERS = 400
MOST_DEPTH = 20

Kind = Literal["number", "text", "truth"]
About = Literal["consumer", "producer", "either", "queue"]

FUNCTIONS: dict[str, tuple[About, Kind]] = {
    "lag": ("consumer", "number"),
    "delivered": ("consumer", "number"),
    "skipped": ("consumer", "number"),
    "put": ("producer", "number"),
    "rate": ("either", "number"),
    "state": ("either", "text"),
    "length": ("queue", "number"),
    "evicted": ("queue", "number"),
}
"""For each function: what its name argument refers to ("queue": it has none), and the type of its value."""

STATES = ("running", "blocked", "stalled", "failed", "gone")
"""The values of ``state(name)``. ``gone``: no producer or consumer of that name is registered."""


class ExpressionError(MsgmuxError):
    """The text is not a valid expression. ``column``: where, from 1."""

    def __init__(self, column: int, text: str) -> None:
        super().__init__(f"column {column}: {text}")
        self.column = column


class Value(msgspec.Struct, frozen=True, tag=True):
    """A number or a text."""

    value: float | str


class Call(msgspec.Struct, frozen=True, tag=True):
    """A call of one of :data:`FUNCTIONS`; ``name`` is empty for those about the queue."""

    function: str
    name: str

    def __str__(self) -> str:
        return f"{self.function}('{self.name}')" if self.name else f"{self.function}()"


class Operation(msgspec.Struct, frozen=True, tag=True):
    """An operator with its operands: one for ``not`` and ``neg``, two for all others."""

    operator: str
    operands: "tuple[Node, ...]"


class Comparison(msgspec.Struct, frozen=True, tag=True):
    """A chain such as ``0 < lag('a') <= 10``: ``operators[i]`` stands between ``operands[i]`` and ``operands[i+1]``."""

    operators: tuple[str, ...]
    operands: "tuple[Node, ...]"


Node = Value | Call | Operation | Comparison


class Expression(msgspec.Struct, frozen=True):
    """A parsed expression, with the text it was parsed from."""

    text: str
    root: Node

    def calls(self) -> list[Call]:
        """Every function call in it, from left to right."""
        found: list[Call] = []
        stack: list[Node] = [self.root]
        while stack:
            node = stack.pop()
            if isinstance(node, Call):
                found.append(node)
            elif not isinstance(node, Value):
                stack.extend(reversed(node.operands))
        return found


def parse_expression(text: str) -> Expression:
    """Parse ``text``. Raises :class:`ExpressionError` with the column, what is wrong, and what would be right."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(MOST_CHARACTERS, f"the expression is longer than {MOST_CHARACTERS} characters; split it")
    return Expression(text, _Parser(text).parse())


class _Token(msgspec.Struct, frozen=True):
    sort: str  # number, text, word, mark or end
    text: str
    column: int


class _Typed(msgspec.Struct, frozen=True):
    """A node, the type of its value, and the column (from 1) at which it begins."""

    node: Node
    kind: Kind
    column: int


_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|"[^"]*")|(?P<word>[^\W\d]\w*)|(?P<mark><=|>=|==|!=|[-<>+*/(),]))"""
)
_INSTEAD = {"&": '"and"', "|": '"or"', "!": '"not"', "=": '"=="', "'": "a closing quote", '"': "a closing quote"}
_COMPARISONS = ("<=", ">=", "==", "!=", "<", ">")
# Binding powers: or < and < not < comparison < + - < * / < unary minus.
_BINARY = {"or": 1, "and": 2, **dict.fromkeys(_COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6}
_NOT, _NEGATIVE = 3, 7
_WORD = {"number": "a number", "text": "a text", "truth": "a comparison"}


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def parse(self) -> Node:
        whole = self._expression(0, 0)
        if self._next.sort != "end":
            raise ExpressionError(self._next.column, f"{self._next.text!r} is not expected here; join with and, or")
        if whole.kind != "truth":
            raise ExpressionError(whole.column, f"this is {_WORD[whole.kind]}; compare it, as in lag('name') > 10")
        return whole.node

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _expect(self, mark: str) -> None:
        if self._next.text != mark or self._next.sort != "mark":
            raise ExpressionError(self._next.column, f"{mark!r} is missing here")
        self._take()

    def _expression(self, power: int, depth: int) -> _Typed:
        if depth > MOST_DEPTH:
            raise ExpressionError(self._next.column, f"this is nested deeper than {MOST_DEPTH} levels; split it")
        left = self._operand(depth)
        while self._next.sort in ("word", "mark") and (binding := _BINARY.get(self._next.text, 0)) > power:
            token = self._take()
            if token.text in _COMPARISONS:
                left = self._comparison(left, token, depth)
                continue
            right = self._expression(binding, depth + 1)
            kind: Kind = "truth" if token.text in ("and", "or") else "number"
            for side in (left, right):
                self._demand(side, kind, token.text)
            left = _Typed(Operation(token.text, (left.node, right.node)), kind, left.column)
        return left

    def _comparison(self, left: _Typed, token: _Token, depth: int) -> _Typed:
        operators: list[str] = []
        chain = [left]
        while True:
            right = self._expression(_BINARY[token.text], depth + 1)
            self._demand(right, chain[-1].kind, token.text)
            if right.kind != "number" and token.text not in ("==", "!="):
                raise ExpressionError(token.column, f"{token.text!r} compares numbers only; use == or !=")
            self._check_state(chain[-1], right)
            operators.append(token.text)
            chain.append(right)
            if self._next.text not in _COMPARISONS or self._next.sort != "mark":
                return _Typed(Comparison(tuple(operators), tuple([part.node for part in chain])), "truth", left.column)
            token = self._take()

    def _operand(self, depth: int) -> _Typed:
        token = self._take()
        if token.sort == "number":
            return _Typed(Value(float(token.text)), "number", token.column)
        if token.sort == "text":
            return _Typed(Value(token.text[1:-1]), "text", token.column)
        if token.text in ("not", "-"):
            power, kind = (_NOT, "truth") if token.text == "not" else (_NEGATIVE, "number")
            operand = self._expression(power, depth + 1)
            self._demand(operand, "truth" if kind == "truth" else "number", token.text)
            operator = "not" if kind == "truth" else "neg"
            return _Typed(Operation(operator, (operand.node,)), operand.kind, token.column)
        if token.text == "(":
            inner = self._expression(0, depth + 1)
            self._expect(")")
            return inner
        if token.sort == "word":
            return self._call(token)
        what = "the expression ends" if token.sort == "end" else f"{token.text!r} stands"
        raise ExpressionError(token.column, f"{what} where a number, a text or a function such as length() is expected")

    def _call(self, token: _Token) -> _Typed:
        if token.text not in FUNCTIONS:
            raise ExpressionError(token.column, f"{token.text!r} is no function; {suggestion(token.text, FUNCTIONS)}")
        about, kind = FUNCTIONS[token.text]
        self._expect("(")
        name = ""
        if about != "queue":
            if self._next.sort != "text":
                raise ExpressionError(self._next.column, f"{token.text} wants a name in quotes: {token.text}('name')")
            name = self._take().text[1:-1]
        self._expect(")")
        return _Typed(Call(token.text, name), kind, token.column)

    @staticmethod
    def _check_state(left: _Typed, right: _Typed) -> None:
        for call, value in ((left.node, right), (right.node, left)):
            if isinstance(call, Call) and isinstance(value.node, Value) and call.function == "state":
                state = str(value.node.value)
                if state not in STATES:
                    raise ExpressionError(value.column, f"{state!r} is no state; {suggestion(state, STATES)}")

    @staticmethod
    def _demand(part: _Typed, kind: Kind, operator: str) -> None:
        if part.kind != kind:
            raise ExpressionError(part.column, f"{operator!r} needs {_WORD[kind]} here, and this is {_WORD[part.kind]}")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            bad = position + len(text[position:]) - len(text[position:].lstrip())
            instead = f"; use {_INSTEAD[text[bad]]}" if text[bad] in _INSTEAD else ""
            raise ExpressionError(bad + 1, f"{text[bad]!r} means nothing here{instead}")
        sort = str(match.lastgroup)
        start = match.start(sort)
        position = match.end()
        tokens.append(_Token(sort, match[sort], start + 1))
    tokens.append(_Token("end", "", len(text) + 1))
    return tokens


class Verdict(msgspec.Struct, frozen=True):
    """Whether an expression is true; ``detail``: the values it was evaluated with, as ``lag('billing') is 18``."""

    met: bool
    detail: str


Answer = Callable[[Call], float | str]
"""Gives the value of a call, or raises :class:`LookupError` with the reason why it has none."""


def evaluate(expression: Expression, answer: Answer) -> Verdict:
    """Evaluate ``expression``. It counts as not met if a call has no value or a division by zero occurs."""
    found: dict[str, str] = {}

    def value(node: Node) -> float | str:
        if isinstance(node, Value):
            return node.value
        if isinstance(node, Call):
            result = answer(node)
            found[str(node)] = repr(result) if isinstance(result, str) else f"{result:.6g}"
            return result
        if isinstance(node, Comparison):
            left = value(node.operands[0])
            for operator, operand in zip(node.operators, node.operands[1:], strict=True):
                right = value(operand)
                if not _compare(operator, left, right):
                    return False
                left = right
            return True
        operands = node.operands
        if node.operator == "and":
            return bool(value(operands[0])) and bool(value(operands[1]))
        if node.operator == "or":
            return bool(value(operands[0])) or bool(value(operands[1]))
        if node.operator == "not":
            return not value(operands[0])
        return _calculate(node.operator, [float(value(operand)) for operand in operands])

    try:
        met = bool(value(expression.root))
        reason = ""
    except ZeroDivisionError:
        met, reason = False, "it divides by zero"
    except LookupError as error:
        met, reason = False, str(error.args[0])
    parts = [f"{question} is {result}" for question, result in found.items()]
    return Verdict(met, ", ".join([*parts, reason] if reason else parts))


def _compare(operator: str, left: float | str, right: float | str) -> bool:
    if operator in ("==", "!="):
        return (left == right) == (operator == "==")
    # The parser admits these operators between numbers only.
    a, b = float(left), float(right)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _calculate(operator: str, numbers: list[float]) -> float:
    if operator == "neg":
        return -numbers[0]
    a, b = numbers
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    return a * b if operator == "*" else a / b
