"""Which numbers events and states may hold. msgspec checks them where a recording is read, and names the field.

A line of JSON may say any number. What counts, draws or stores these numbers relies on the bounds: event numbers go
into arrays of 64 bits, times are added and subtracted, capacities divide. The queue itself never comes near them, so
nothing is checked where it makes its own records. Below them: what may be set.
"""

from typing import Annotated

from msgspec import Meta

MOST_COUNT = 1 << 48
"""The largest count, sequence number or id: years of a million messages a second. Eight thousand of them, the events
of a recording's block, still add up to less than 64 bits."""
MOST_SECONDS = 1e12
"""The largest time, thirty thousand years; a float can still tell a millisecond there."""

Count = Annotated[int, Meta(ge=0, le=MOST_COUNT)]
"""A number of messages, nodes, events or bytes, a sequence number, or an id."""
Some = Annotated[int, Meta(ge=1, le=MOST_COUNT)]
"""A number of which there is at least one: a capacity, the messages of a node."""
Difference = Annotated[int, Meta(ge=-MOST_COUNT, le=MOST_COUNT)]
"""What is counted up and down, or is the difference of two numbers. Negative only where a queue has a fault."""
Seconds = Annotated[float, Meta(ge=-MOST_SECONDS, le=MOST_SECONDS)]
"""A time or a duration. Negative where a clock was set back."""

# What people may set: in scenarios, in forms, and on a queue.

LEAST_INTERVAL = 0.001
"""Seconds between two cleaner passes, bursts or waves, at least: with less, a thread would do nothing else."""
LONGEST_INTERVAL = 1e9
"""Seconds, about thirty years: what a thread can wait for in one call."""
LONGEST = 24 * 3600.0
"""Seconds: the longest duration in a scenario or a form."""
FASTEST = 100_000.0
"""Messages a second: the highest rate in a scenario or a form."""
