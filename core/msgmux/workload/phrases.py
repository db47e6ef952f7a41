"""Reading arrival processes and service times from text as a person types it: the inverse of their ``str()``.

>>> str(arrivals("~20/s")), str(arrivals("10 every 2s")), str(arrivals("8/s 1s on 2s off"))
('~20/s', '10 every 2s', '8/s 1s on 2s off')
>>> str(service("100ms")), str(service("~50ms")), str(service("10ms-50ms"))
('work 100ms', 'work ~50ms', 'work 10ms-50ms')
"""

import re

from msgmux.bounds import FASTEST, LEAST_INTERVAL, LONGEST
from msgmux.pacing import Arrivals, Bursts, Constant, Exponential, Fixed, OnOff, Poisson, Service, Uniform
from msgmux.units import per_second, rate_text, seconds, seconds_text

MOST_IN_A_BURST = 100_000
"""Most messages in a burst."""

_BURSTS = re.compile(r"(\d{1,9}) every (.+)")
_ON_OFF = re.compile(r"(.+?/\s?\w) (.+?) on (.+?) off")


def arrivals(text: str) -> Arrivals:
    """Read an arrival process. Raises :class:`ValueError`, whose text says what would be right."""
    words = " ".join(text.split())
    if bursts := _BURSTS.fullmatch(words):
        count = int(bursts[1])
        if not 1 <= count <= MOST_IN_A_BURST:
            raise ValueError(f"{count} messages at once are out of range; write 1 to {MOST_IN_A_BURST}")
        return Bursts(count, _duration(bursts[2], LEAST_INTERVAL))
    if wave := _ON_OFF.fullmatch(words):
        return OnOff(_rate(wave[1]), _duration(wave[2], LEAST_INTERVAL), _duration(wave[3]))
    try:
        return Poisson(_rate(words[1:])) if words.startswith("~") else Constant(_rate(words))
    except _OutOfRange:
        raise
    except ValueError:
        raise ValueError(
            f'{text!r} is not a rate; write "3/s", "~3/s" at random, "10 every 2s", or "8/s 1s on 2s off"'
        ) from None


def service(text: str) -> Service:
    """Read a service time. Raises :class:`ValueError`, whose text says what would be right."""
    words = " ".join(text.removeprefix("work ").split())
    try:
        if words.startswith("~"):
            return Exponential(_duration(words[1:]))
        least, dash, most = words.partition("-")
        return Uniform(_duration(least.strip()), _duration(most.strip())) if dash else Fixed(_duration(words))
    except _OutOfRange:
        raise
    except ValueError as error:
        if "must" in str(error):
            raise
        raise ValueError(
            f'{text!r} is not a service time; write "100ms", "~100ms" at random, or "50ms-200ms"'
        ) from None


class _OutOfRange(ValueError):
    """A duration or rate that is written correctly but is too large or too small."""


def _duration(text: str, least: float = 0.0) -> float:
    value = seconds(text)
    if not least <= value <= LONGEST:
        raise _OutOfRange(f"{text!r} is out of range; write {seconds_text(least)} to {seconds_text(LONGEST)}")
    return value


def _rate(text: str) -> float:
    value = per_second(text)
    if value > FASTEST:
        raise _OutOfRange(f"{text!r} is out of range; write at most {rate_text(FASTEST)}")
    return value
