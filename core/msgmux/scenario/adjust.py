"""Doubles and halves rates and service times, within bounds: what the keys + and - do."""

from msgmux.pacing import Arrivals, Bursts, Constant, Fixed, OnOff, Poisson, Service, Uniform

LEAST_RATE, MOST_RATE = 0.05, 100_000.0
"""Bounds of a rate, in messages a second."""
LEAST_WORK, MOST_WORK = 0.0005, 20.0
"""Bounds of the work on a message, in seconds. Half of the least is no work at all; twice no work is the least."""


def quicker_arrivals(arrivals: Arrivals, direction: int) -> Arrivals | None:
    """Twice as many messages a second (``direction`` above 0) or half as many; None if that is out of bounds.

    A rate of 0 becomes 1 message a second.
    """
    rate = _rate(arrivals)
    if rate == 0:
        return Constant(1.0) if direction > 0 else None
    factor = 2.0 if direction > 0 else 0.5
    return arrivals.faster(factor) if LEAST_RATE <= rate * factor <= MOST_RATE else None


def quicker_service(service: Service, direction: int) -> Service | None:
    """Half the work on a message (``direction`` above 0) or twice as much; None if it is 0 already or out of bounds."""
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
