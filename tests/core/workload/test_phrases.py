"""Parsing rates and service times as a user types them into a form."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.workload import Arrivals, Bursts, Constant, Exponential, Fixed, OnOff, Poisson, Service, Uniform
from msgmux.workload.phrases import arrivals, service

TENTHS = st.integers(1, 9999).map(lambda n: n / 10)
WHOLE = st.integers(1, 999)


@given(
    st.one_of(
        WHOLE.map(Constant),
        WHOLE.map(Poisson),
        st.builds(Bursts, WHOLE, WHOLE),
        st.builds(OnOff, WHOLE, WHOLE, WHOLE),
    )
)
def test_what_a_screen_shows_of_arrivals_can_be_typed_again(pace: Arrivals) -> None:
    assert arrivals(str(pace)) == pace


@given(st.one_of(TENTHS.map(Fixed), TENTHS.map(Exponential), st.builds(lambda a, b: Uniform(a, a + b), WHOLE, WHOLE)))
def test_what_a_screen_shows_of_a_service_time_can_be_typed_again(work: Service) -> None:
    assert service(str(work)) == work


@pytest.mark.parametrize(
    "text", ["", "3", "fast", "3/y", "~", "-1/s", "0 every 2s", "5 every", "3/s on 2s off", "1e9/s"]
)
def test_what_is_no_rate_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"write"):
        arrivals(text)


@pytest.mark.parametrize("text", ["", "3", "long", "5y", "~", "-5s", "1s-", "-", "2s-1s"])
def test_what_is_no_service_time_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|must"):
        service(text)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    for read in (arrivals, service):
        with suppress(ValueError):
            assert read(text) == read(str(read(text))) or "." in text
