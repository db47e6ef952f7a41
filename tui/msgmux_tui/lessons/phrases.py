"""Expressions in plain English: ``length() == 20`` is "the list holds 20 messages"."""

from collections.abc import Mapping

from msgmux.scenario.expect.expression import Answer, Call, Comparison, Expression, Node, Operation, Value

_OPERATORS = {
    "==": "{}",
    "!=": "not {}",
    ">": "more than {}",
    ">=": "{} or more",
    "<": "fewer than {}",
    "<=": "{} at most",
}

Values = Mapping[str, float | str]
"""Answers by question, as :func:`values_of` has found them."""


def in_words(expression: Expression) -> str:
    """What must hold, as a person says it. Arithmetic stays as it is written."""
    return _said(expression.root) or expression.text


def values_of(expression: Expression, answer: Answer) -> dict[str, float | str]:
    """The answer to each question of the expression; those without an answer now are left out."""
    found: dict[str, float | str] = {}
    for call in expression.calls():
        try:
            found[str(call)] = answer(call)
        except LookupError:
            continue
    return found


def found_in_words(expression: Expression, before: Values, after: Values) -> str:
    """What was found, with both values where there was another one before: "billing's lag: 4, then 14"."""
    told: list[str] = []
    for call in expression.calls():
        now, then = after.get(str(call)), before.get(str(call))
        if now is None:
            continue
        words = f"{_subject(call)}: {_value(now)}"
        if then is not None and _value(then) != _value(now):
            words = f"{_subject(call)}: {_value(then)}, then {_value(now)}"
        if words not in told:
            told.append(words)
    return ", ".join(told)


def _said(node: Node) -> str:
    """Empty where there is no plain way to say it."""
    if isinstance(node, Operation) and node.operator in ("and", "or"):
        parts = [_said(operand) for operand in node.operands]
        return f" {node.operator} ".join(parts) if all(parts) else ""
    if isinstance(node, Comparison) and len(node.operators) == 1:
        left, right = node.operands
        if isinstance(left, Call) and isinstance(right, Value):
            return _compared(left, node.operators[0], right.value)
        if isinstance(left, Operation) and left.operator == "+" and isinstance(right, Value):
            calls = [operand for operand in left.operands if isinstance(operand, Call)]
            if len(calls) == len(left.operands):
                bound = _OPERATORS[node.operators[0]].format(_value(right.value))
                return f"{' and '.join([_subject(call) for call in calls])} are together {bound}"
    return ""


def _compared(call: Call, operator: str, value: float | str) -> str:
    if isinstance(value, str):
        if operator not in ("==", "!="):
            return ""
        return f"{call.name} is {'not ' if operator == '!=' else ''}{value}"
    number = _value(value)
    bound = _OPERATORS[operator].format(number)
    match call.function:
        case "length":
            return f"the list holds {bound} message{'' if number == '1' else 's'}"
        case "evicted":
            return f"the cleaner has evicted {bound}"
        case "delivered":
            return f"{call.name} was delivered {bound}"
        case "skipped":
            return f"{call.name} has missed {bound}"
        case "put":
            return f"{call.name} has put {bound}"
        case "lag" if operator == "==" and number == "0":
            return f"{call.name} has no lag"
        case "lag":
            return f"{call.name}'s lag is {bound.replace('fewer', 'less')}"
        case "rate":
            return f"{call.name}'s rate is {bound.replace('fewer', 'less')} a second"
        case _:
            return ""


def _subject(call: Call) -> str:
    match call.function:
        case "length":
            return "messages in the list"
        case "evicted":
            return "evicted"
        case "delivered":
            return f"delivered to {call.name}"
        case "skipped":
            return f"missed by {call.name}"
        case "put":
            return f"put by {call.name}"
        case "state":
            return call.name
        case "lag":
            return f"{call.name}'s lag"
        case _:
            return f"{call.name}'s rate"


def _value(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:g}" if value == round(value) else f"{value:.1f}"
