"""Parsing and formatting of durations and rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.units import per_second, rate_text, seconds, seconds_text


@pytest.mark.parametrize(
    ("text", "value"), [("200ms", 0.2), ("5s", 5.0), ("0.5 s", 0.5), ("2m", 120.0), ("1h", 3600.0), ("0s", 0.0)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "5", "s", "5sec", "-5s", "5 s ", "1e3s", "٣s", "5s\n", "1" * 40 + "s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write it as"):
        seconds(text)


@pytest.mark.parametrize(("text", "value"), [("40/s", 40.0), ("3/m", 0.05), ("36/h", 0.01), ("2.5 / s", 2.5)])
def test_a_rate_is_a_number_per_unit(text: str, value: float) -> None:
    assert per_second(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "40", "/s", "40/d", "40/ms", "-1/s", "40/s/s"])
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="is not a rate; write it as"):
        per_second(text)


@given(st.floats(min_value=0.001, max_value=10_000))
def test_a_shown_duration_reads_back_as_about_the_same(value: float) -> None:
    assert seconds(seconds_text(value)) == pytest.approx(value, rel=1e-3)


@given(st.floats(min_value=0.001, max_value=100_000))
def test_a_shown_rate_reads_back_as_about_the_same(value: float) -> None:
    assert per_second(rate_text(value)) == pytest.approx(value, rel=1e-2)


def test_what_is_shown_is_short() -> None:
    assert [seconds_text(x) for x in (0, 0.1, 1, 1.5, 90, 120)] == ["0s", "100ms", "1s", "1.5s", "90s", "2m"]
    assert [rate_text(x) for x in (0, 0.05, 0.5, 3, 40, 12_345)] == ["0/s", "3/m", "0.5/s", "3/s", "40/s", "12345/s"]
