"""The expression language of expectations: its syntax, its errors, and its results."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.scenario.expect.expression import MOST_CHARACTERS, Answer, Call, ExpressionError, evaluate, parse_expression

FACTS: dict[str, float | str] = {
    "lag('a')": 12,
    "lag('b')": 0,
    "delivered('a')": 30,
    "put('p')": 42,
    "rate('p')": 2.5,
    "skipped('a')": 0,
    "state('a')": "stalled",
    "length()": 40,
    "evicted()": 2,
}


def answer(call: Call) -> float | str:
    if str(call) not in FACTS:
        raise LookupError(f"nobody is named {call.name}")
    return FACTS[str(call)]


def holds(text: str, facts: Answer = answer) -> bool:
    return evaluate(parse_expression(text), facts).met


@pytest.mark.parametrize(
    "text",
    [
        "lag('a') == 12",
        'lag("a") > lag("b")',
        "length() <= 500 and evicted() == 2",
        "0 < lag('a') <= 12 < length()",
        "state('a') == 'stalled'",
        "state('a') != 'running'",
        "not lag('a') == 3",
        "not (lag('a') > 20 or length() > 50)",
        "lag('a') > 100 or lag('b') == 0",
        "delivered('a') + lag('a') == put('p')",
        "put('p') - lag('a') - skipped('a') == 30",
        "lag('a') * 2 + 1 == 25",
        "1 + 2 * 3 == 7",
        "(1 + 2) * 3 == 9",
        "10 - 4 - 3 == 3",
        "12 / 4 / 3 == 1",
        "-lag('a') < -11.5",
        "rate('p') >= 2.5",
    ],
)
def test_it_says_what_it_reads_like(text: str) -> None:
    assert holds(text)
    assert not holds(f"not ({text})")


def test_and_binds_closer_than_or() -> None:
    assert holds("1 == 1 or 1 == 1 and 1 == 2")
    assert not holds("(1 == 1 or 1 == 1) and 1 == 2")


def test_a_chain_compares_neighbours() -> None:
    assert not holds("1 < 3 < 2")
    assert holds("1 < 3 > 2 != 4")


def test_what_need_not_be_asked_is_not_asked() -> None:
    assert holds("1 == 1 or lag('nobody') == 0")
    assert not holds("1 == 2 and lag('nobody') == 0")


def test_a_verdict_tells_what_was_found() -> None:
    verdict = evaluate(parse_expression("lag('a') > 100 or state('a') == 'running'"), answer)
    assert verdict.detail == "lag('a') is 12, state('a') is 'stalled'"


def test_what_has_no_answer_is_not_met_and_says_why() -> None:
    verdict = evaluate(parse_expression("not lag('nobody') == 0"), answer)
    assert (verdict.met, verdict.detail) == (False, "nobody is named nobody")


def test_a_division_by_zero_is_not_met_and_says_so() -> None:
    verdict = evaluate(parse_expression("not lag('a') / lag('b') > 1"), answer)
    assert (verdict.met, verdict.detail) == (False, "lag('a') is 12, lag('b') is 0, it divides by zero")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: the expression ends where a number, a text or a function such as length() is expected"),
        ("lag('a')", "column 1: this is a number; compare it, as in lag('name') > 10"),
        ("lag('a') > 3 and 4", "column 18: 'and' needs a comparison here, and this is a number"),
        ("lag('a') = 3", "column 10: '=' means nothing here; use \"==\""),
        ("lag('a') > 3 && length() > 3", "column 14: '&' means nothing here; use \"and\""),
        ("!(length() > 3)", "column 1: '!' means nothing here; use \"not\""),
        ("lagg('a') > 3", "column 1: 'lagg' is no function; did you mean \"lag\"?"),
        ("lag(a) > 3", "column 5: lag wants a name in quotes: lag('name')"),
        ("lag() > 3", "column 5: lag wants a name in quotes: lag('name')"),
        ("length > 3", "column 8: '(' is missing here"),
        ("length('a') > 3", "column 8: ')' is missing here"),
        ("(length() > 3", "column 14: ')' is missing here"),
        ("length() > 3)", "column 13: ')' is not expected here; join with and, or"),
        ("length() > 3 length() < 4", "column 14: 'length' is not expected here; join with and, or"),
        ("length() > 'x'", "column 12: '>' needs a number here, and this is a text"),
        ("state('a') < 'x'", "column 12: '<' compares numbers only; use == or !="),
        ("state('a') == 'stall'", "column 15: 'stall' is no state; did you mean \"stalled\"?"),
        ("state('a') + 1 > 2", "column 1: '+' needs a number here, and this is a text"),
        ("lag('a > 3", 'column 5: "\'" means nothing here; use a closing quote'),
        ("__import__('os')", "column 1: '__import__' is no function; it can be"),
        ("length().x > 3", "column 9: '.' means nothing here"),
        ("(" * 30 + "1" + ")" * 30 + " == 1", "column 22: this is nested deeper than 20 levels; split it"),
        ("1 == 1" + " " * MOST_CHARACTERS, "column 400: the expression is longer than 400 characters; split it"),
    ],
)
def test_a_mistake_is_named_with_its_column(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert str(caught.value).startswith(message)


@given(st.text(st.sampled_from("lag('a')length()<>=!+-*/ 0123.andornot\"\x00é(), "), max_size=450))
def test_no_text_gives_anything_but_an_answer_or_an_expression_error(text: str) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionError:
        return
    evaluate(expression, answer)


ARITHMETIC = st.recursive(
    st.integers(0, 9).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=8,
)


@given(ARITHMETIC)
def test_arithmetic_agrees_with_python(text: str) -> None:
    assert holds(f"{text} - ({eval(text)}) == 0")
