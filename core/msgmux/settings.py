"""What can be set on a queue, and what counts as a legal value."""

from math import inf
from typing import Literal, get_args

import msgspec

from msgmux.bounds import LEAST_INTERVAL, LONGEST_INTERVAL, MOST_SECONDS, Seconds, Some

Overflow = Literal["block", "evict-oldest", "reject"]


class Settings(msgspec.Struct, frozen=True):
    """``retention`` is the least time that a message is kept, in seconds; None keeps it for good, 0 only until all
    have had it. The cleaner looks every ``clean_every`` seconds. ``max_messages`` bounds the list; None does not.
    """

    retention: Seconds | None = 30.0
    clean_every: Seconds = 10.0
    max_messages: Some | None = None
    overflow: Overflow = "block"

    def __post_init__(self) -> None:
        if self.retention is not None and not (0 <= self.retention <= MOST_SECONDS or self.retention == inf):
            raise ValueError(f"retention must be at least 0 seconds, or None to keep all; got {self.retention!r}")
        if not LEAST_INTERVAL <= self.clean_every <= LONGEST_INTERVAL:
            allowed = f"from {LEAST_INTERVAL:g} to {LONGEST_INTERVAL:g} seconds"
            raise ValueError(f"clean_every must be {allowed}; got {self.clean_every!r}")
        if self.max_messages is not None and self.max_messages < 1:
            raise ValueError(f"max_messages must be at least 1, or None for no bound; got {self.max_messages!r}")
        if self.overflow not in get_args(Overflow):
            known = ", ".join(repr(policy) for policy in get_args(Overflow))
            raise ValueError(f"overflow must be one of {known}; got {self.overflow!r}")
