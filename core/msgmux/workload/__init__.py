"""Sample producers and consumers: threads that put at a rate and take at a pace, as a scenario or a key tells them.

They are users of the queue like any other. Whatever they wait for, they wait for on a condition of their own, so that
a new pace, a stall or the end takes effect at once; time and threads they know from the queue's runtime only.
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
