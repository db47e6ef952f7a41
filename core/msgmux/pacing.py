"""Arrival processes (when messages come) and service times (how long the work on one takes), in the terms of queueing
theory.

Each is a frozen record of its parameters. The random numbers are passed in, so that equal seeds give equal times.
``str()`` of a record is what screens show: ``"3/s"``, ``"work 100ms"``. A parameter that is negative, or that is 0
where it must not be, infinite or NaN raises :class:`ValueError`.
"""

from math import ceil, inf
from random import Random

import msgspec

from msgmux.bounds import Some
from msgmux.units import rate_text, seconds_text


class Constant(msgspec.Struct, frozen=True, tag=True):
    """One message every ``1/rate`` seconds; with rate 0 none at all. ``rate`` is in messages a second."""

    rate: float

    def __post_init__(self) -> None:
        _check("rate", self.rate)

    @property
    def count(self) -> int:
        """Messages that arrive at the same moment."""
        return 1

    def gap(self, random: Random, index: int) -> float:
        """Seconds from arrival number ``index`` (from 0) to the next one."""
        return 1 / self.rate if self.rate else inf

    def faster(self, factor: float) -> "Constant":
        """The same, ``factor`` times as fast."""
        return Constant(self.rate * factor)

    def __str__(self) -> str:
        return rate_text(self.rate)


class Poisson(msgspec.Struct, frozen=True, tag=True):
    """A Poisson process: independent arrivals, ``rate`` messages a second on average."""

    rate: float

    def __post_init__(self) -> None:
        _check("rate", self.rate)

    @property
    def count(self) -> int:
        return 1

    def gap(self, random: Random, index: int) -> float:
        return random.expovariate(self.rate) if self.rate else inf

    def faster(self, factor: float) -> "Poisson":
        return Poisson(self.rate * factor)

    def __str__(self) -> str:
        return f"~{rate_text(self.rate)}"


class Bursts(msgspec.Struct, frozen=True, tag=True):
    """``count`` messages at one moment, every ``every`` seconds."""

    count: int
    every: float

    def __post_init__(self) -> None:
        _check("every", self.every, above_zero=True)

    def gap(self, random: Random, index: int) -> float:
        return self.every

    def faster(self, factor: float) -> "Bursts":
        return Bursts(self.count, self.every / factor)

    def __str__(self) -> str:
        return f"{self.count} every {seconds_text(self.every)}"


class OnOff(msgspec.Struct, frozen=True, tag=True):
    """``rate`` messages a second for ``on`` seconds, then none for ``off`` seconds, and so on."""

    rate: float
    on: float
    off: float

    def __post_init__(self) -> None:
        _check("rate", self.rate, above_zero=True)
        _check("on", self.on, above_zero=True)
        _check("off", self.off)

    @property
    def count(self) -> int:
        return 1

    def gap(self, random: Random, index: int) -> float:
        # Messages in one on-phase: those at 0, 1/rate, 2/rate … before `on` seconds. The small term absorbs rounding:
        # 2.2 × 25 is 55.00000000000001 as a float, and would give one message too many.
        a_wave = max(1, ceil(self.on * self.rate - 1e-9))
        if (index + 1) % a_wave:
            return 1 / self.rate
        return self.on + self.off - (a_wave - 1) / self.rate

    def faster(self, factor: float) -> "OnOff":
        return OnOff(self.rate * factor, self.on, self.off)

    def __str__(self) -> str:
        return f"{rate_text(self.rate)} {seconds_text(self.on)} on {seconds_text(self.off)} off"


class Fixed(msgspec.Struct, frozen=True, tag=True):
    """Every message takes ``time`` seconds of work."""

    time: float

    def __post_init__(self) -> None:
        _check("time", self.time)

    def seconds(self, random: Random) -> float:
        """Seconds of work on one message."""
        return self.time

    def faster(self, factor: float) -> "Fixed":
        """The same, ``factor`` times as fast."""
        return Fixed(self.time / factor)

    def __str__(self) -> str:
        return f"work {seconds_text(self.time)}"


class Exponential(msgspec.Struct, frozen=True, tag=True):
    """Exponentially distributed work with a mean of ``mean`` seconds: mostly short, sometimes long."""

    mean: float

    def __post_init__(self) -> None:
        _check("mean", self.mean)

    def seconds(self, random: Random) -> float:
        return random.expovariate(1 / self.mean) if self.mean else 0.0

    def faster(self, factor: float) -> "Exponential":
        return Exponential(self.mean / factor)

    def __str__(self) -> str:
        return f"work ~{seconds_text(self.mean)}"


class Uniform(msgspec.Struct, frozen=True, tag=True):
    """Work of ``least`` to ``most`` seconds, uniformly distributed."""

    least: float
    most: float

    def __post_init__(self) -> None:
        _check("least", self.least)
        _check("most", self.most)
        if self.least > self.most:
            raise ValueError(f"least ({self.least!r}) must not be more than most ({self.most!r})")

    def seconds(self, random: Random) -> float:
        return random.uniform(self.least, self.most)

    def faster(self, factor: float) -> "Uniform":
        return Uniform(self.least / factor, self.most / factor)

    def __str__(self) -> str:
        return f"work {seconds_text(self.least)}-{seconds_text(self.most)}"


Arrivals = Constant | Poisson | Bursts | OnOff
Service = Fixed | Exponential | Uniform

DEFAULT_PAYLOAD = "hello from {name} [{n}]"


class Sending(msgspec.Struct, frozen=True, tag=True):
    """What a sample producer was told: when its messages come, their template, how many it sends (None: no end).

    ``done``: it has sent them all. ``str()`` is what screens show of it.
    """

    rate: Arrivals
    payload: str = DEFAULT_PAYLOAD
    messages: Some | None = None
    done: bool = False

    def __str__(self) -> str:
        return "done" if self.done else str(self.rate)


Pace = Sending | Service
"""What a queue knows of how a workload goes: of a producer, or of a consumer."""


def stream(seed: int, name: str) -> Random:
    """The random number generator of the workload ``name``. It depends on ``seed`` and ``name`` only, so
    another workload does not change it.
    """
    # Random() hashes a str by SHA-512: the same on every platform and Python. hash() differs from run to run.
    return Random(f"{seed}/{name}")


def _check(what: str, value: float, above_zero: bool = False) -> None:
    if not (0 < value < inf if above_zero else 0 <= value < inf):
        raise ValueError(f"{what} must be {'more than' if above_zero else 'at least'} 0; got {value!r}")
