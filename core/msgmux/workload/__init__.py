"""Sample producers and consumers: threads that put and get messages as a scenario or a command says.

They use the public interface of the queue only. Between two messages each waits on a condition of its own, so that a
new rate, a stall or the end takes effect at once. Time and threads come from the queue's runtime only, which makes a
workload deterministic on the deterministic runtime.
"""

from msgmux.pacing import (
    DEFAULT_PAYLOAD,
    Arrivals,
    Bursts,
    Constant,
    Exponential,
    Fixed,
    OnOff,
    Poisson,
    Service,
    Uniform,
)
from msgmux.workload.consumer import ConsumerWorkload, WorkloadCrash
from msgmux.workload.producer import ProducerWorkload

__all__ = [
    "DEFAULT_PAYLOAD",
    "Arrivals",
    "Bursts",
    "Constant",
    "ConsumerWorkload",
    "Exponential",
    "Fixed",
    "OnOff",
    "Poisson",
    "ProducerWorkload",
    "Service",
    "Uniform",
    "WorkloadCrash",
]
