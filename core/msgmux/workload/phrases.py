"""Reading arrival processes and service times from text as a person types it: the inverse of their ``str()``.

>>> str(arrivals("~20/s")), str(arrivals("10 every 2s")), str(arrivals("8/s 1s on 2s off"))
('~20/s', '10 every 2s', '8/s 1s on 2s off')
>>> str(service("100ms")), str(service("~50ms")), str(service("10ms-50ms"))
('work 100ms', 'work ~50ms', 'work 10ms-50ms')
"""

import re

from msgmux.units import per_second, seconds
from msgmux.workload.pacing import Arrivals, Bursts, Constant, Exponential, Fixed, OnOff, Poisson, Service, Uniform

MOST_IN_A_BURST = 100_000
"""Messages."""

_BURSTS = re.compile(r"(\d{1,9}) every (.+)")
_ON_OFF = re.compile(r"(.+?/\s?\w) (.+?) on (.+?) off")


def arrivals(text: str) -> Arrivals:
    """Read an arrival process. Raises :class:`ValueError`, whose text says what would be right."""
    words = " ".join(text.split())
    if bursts := _BURSTS.fullmatch(words):
        count = int(bursts[1])
        if not 1 <= count <= MOST_IN_A_BURST:
            raise ValueError(f"{count} messages at once are out of range; write 1 to {MOST_IN_A_BURST}")
        return Bursts(count, seconds(bursts[2]))
    if wave := _ON_OFF.fullmatch(words):
        return OnOff(per_second(wave[1]), seconds(wave[2]), seconds(wave[3]))
    try:
        return Poisson(per_second(words[1:])) if words.startswith("~") else Constant(per_second(words))
    except ValueError:
        raise ValueError(
            f'{text!r} is not a rate; write "3/s", "~3/s" at random, "10 every 2s", or "8/s 1s on 2s off"'
        ) from None


def service(text: str) -> Service:
    """Read a service time. Raises :class:`ValueError`, whose text says what would be right."""
    words = " ".join(text.removeprefix("work ").split())
    try:
        if words.startswith("~"):
            return Exponential(seconds(words[1:]))
        least, dash, most = words.partition("-")
        return Uniform(seconds(least.strip()), seconds(most.strip())) if dash else Fixed(seconds(words))
    except ValueError as error:
        if "must" in str(error):
            raise
        raise ValueError(
            f'{text!r} is not a service time; write "100ms", "~100ms" at random, or "50ms-200ms"'
        ) from None
