"""What the keys for more and less do to rates and work: double and halve, in bounds."""

from msgmux.pacing import Arrivals, Bursts, Constant, Fixed, OnOff, Poisson, Service, Uniform

LEAST_RATE, MOST_RATE = 0.05, 100_000.0
"""Messages a second."""
LEAST_WORK, MOST_WORK = 0.0005, 20.0
"""Seconds for a message. Below the least there is no work at all, and up from there the least comes first."""


def quicker_arrivals(arrivals: Arrivals, direction: int) -> Arrivals | None:
    """Twice or half as many messages; None where that would be too many or too few."""
    rate = _rate(arrivals)
    if rate == 0:
        return Constant(1.0) if direction > 0 else None
    factor = 2.0 if direction > 0 else 0.5
    return arrivals.faster(factor) if LEAST_RATE <= rate * factor <= MOST_RATE else None


def quicker_service(service: Service, direction: int) -> Service | None:
    """Half or twice the work on a message; None where it can't be less or shouldn't be more."""
    work = _work(service)
    if work == 0:
        return None if direction > 0 else Fixed(LEAST_WORK)
    factor = 2.0 if direction > 0 else 0.5
    if work / factor < LEAST_WORK:
        return Fixed(0.0)
    return service.faster(factor) if work / factor <= MOST_WORK else None


def _rate(arrivals: Arrivals) -> float:
    """Messages a second, on average."""
    match arrivals:
        case Constant(rate) | Poisson(rate):
            return rate
        case Bursts(count, every):
            return count / every
        case OnOff(rate, on, off):
            return rate * on / (on + off)


def _work(service: Service) -> float:
    """Seconds for a message, on average."""
    if isinstance(service, Fixed):
        return service.time
    return (service.least + service.most) / 2 if isinstance(service, Uniform) else service.mean
