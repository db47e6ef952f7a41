"""Durations and rates as text, read and written: ``"200ms"``, ``"5s"``, ``"2m"``; ``"40/s"``, ``"3/m"``.

>>> seconds("200ms"), seconds("2m"), per_second("30/m")
(0.2, 120.0, 0.5)
>>> seconds_text(0.2), seconds_text(90), rate_text(40), rate_text(0.05)
('200ms', '90s', '40/s', '3/m')
"""

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
DURATION_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,12})?\s?(ms|s|m|h)$"
RATE_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,12})?\s?/\s?(s|m|h)$"

_DURATION = re.compile(DURATION_PATTERN)
_RATE = re.compile(RATE_PATTERN)


def seconds(text: str) -> float:
    """Read a duration; the result is in seconds. Raises :class:`ValueError` where ``text`` is no duration."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f'{text!r} is not a duration; write it as "200ms", "5s", "2m" or "1h"')
    number = text.rstrip("msh ")
    # Division gives the float nearest to the decimal number: 9 / 1000 == 0.009, but 9 * 0.001 == 0.009000000000000001.
    return float(number) / 1000 if text.endswith("ms") else float(number) * UNITS[text[-1]]


def per_second(text: str) -> float:
    """Read a rate; the result is per second. Raises :class:`ValueError` where ``text`` is no rate."""
    if not _RATE.fullmatch(text):
        raise ValueError(f'{text!r} is not a rate; write it as "40/s", "3/m" or "10/h"')
    number, unit = text.split("/")
    return float(number) / UNITS[unit.strip()]


def seconds_text(value: float) -> str:
    """The shortest text for a duration of ``value`` seconds, to about four digits."""
    if 0 < value < 1:
        return f"{value * 1000:.4g}ms"
    if value >= 7200 and value % 3600 == 0:
        return f"{value / 3600:.6g}h"
    if value >= 120 and value % 60 == 0:
        return f"{value / 60:.6g}m"
    return f"{value:.6g}s"


def rate_text(value: float) -> str:
    """The shortest text for a rate of ``value`` per second, to about three digits."""
    if 0 < value < 0.1:
        return f"{value * 60:.3g}/m"
    return f"{value:.3g}/s" if value < 1000 else f"{value:.0f}/s"
