"""When messages come (arrivals), and how long the work on one takes (service).

The words are those of queueing theory. Each process is a frozen record that knows its parameters and nothing else:
randomness is passed in, so that a seed decides all. ``str()`` of one is what screens show: ``"3/s"``, ``"work 100ms"``.
"""

from math import ceil, inf
from random import Random

import msgspec

from msgmux.units import rate_text, seconds_text


class Constant(msgspec.Struct, frozen=True, tag=True):
    """One message every ``1/rate`` seconds; with rate 0 none comes by itself."""

    rate: float

    def __post_init__(self) -> None:
        _check("rate", self.rate)

    @property
    def count(self) -> int:
        """Messages that come at one moment."""
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
    """Messages that come independently of each other, ``rate`` a second on average."""

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
    """``count`` messages at once, every so many seconds."""

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
        # Those at 0, 1/rate, 2/rate … before `on` is over; a breath less, or 0.1 × 30 would count one too many.
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
    """Work that is mostly short and sometimes long: exponentially distributed around ``mean`` seconds."""

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
    """Any time from ``least`` to ``most`` seconds, all equally likely."""

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
    messages: int | None = None
    done: bool = False

    def __str__(self) -> str:
        return "done" if self.done else str(self.rate)


Pace = Sending | Service
"""What a queue knows of how a workload goes: of a producer, or of a consumer."""


def stream(seed: int, name: str) -> Random:
    """The random numbers of the workload of that name: the same for the same seed, whoever else is there."""
    # A str is seeded through SHA-512, the same on every platform and Python; hash() would differ from run to run.
    return Random(f"{seed}/{name}")


def _check(what: str, value: float, above_zero: bool = False) -> None:
    if not (0 < value < inf if above_zero else 0 <= value < inf):
        raise ValueError(f"{what} must be {'more than' if above_zero else 'at least'} 0; got {value!r}")
