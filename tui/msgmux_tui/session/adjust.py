"""What the keys for more and less do to rates, work and retention: double, halve, take the next rung, in bounds."""

from msgmux.workload import Arrivals, Bursts, Constant, Fixed, OnOff, Poisson, Service, Uniform

LEAST_RATE, MOST_RATE = 0.05, 100_000.0
"""Messages a second."""
LEAST_WORK, MOST_WORK = 0.0005, 20.0
"""Seconds for a message. Below the least there is no work at all, and up from there the least comes first."""

RETENTIONS: tuple[float | None, ...] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, None)
"""Seconds; None keeps everything."""


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


def retention_rung(retention: float | None, direction: int) -> float | None:
    """The next longer or shorter retention; the same again where there is none."""
    if direction > 0:
        if retention is None:
            return None
        return next(rung for rung in RETENTIONS if rung is None or rung > retention)
    shorter = [rung for rung in RETENTIONS if rung is not None and (retention is None or rung < retention)]
    return shorter[-1] if shorter else retention


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
