"""The record that the narration hands to the panes."""

import msgspec

from msgmux.commands import Role


class Line(msgspec.Struct, frozen=True):
    """One line of the events pane: a narrated event, or equal neighbours folded into one ("C1 C2 got 41–44").

    ``event`` and ``time`` (seconds) are those of its first event, ``last`` and ``until`` those of its last one if it
    has several. ``actors`` are tags; empty if the queue itself acts.
    """

    time: float
    actors: tuple[str, ...]
    role: Role
    text: str
    kind: str
    event: int
    until: float | None = None
    last: int | None = None
