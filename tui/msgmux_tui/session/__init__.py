"""Sessions: what a screen shows and sends commands to. One protocol, :class:`Session`, and its implementations.

:class:`LiveSession` runs on real threads and :class:`ExactSession` on the deterministic runtime. :class:`ReplaySession`
plays a recording or the history of another session, and implements the larger protocol :class:`Player`. A screen
distinguishes them only by their ``kind`` and ``capabilities`` (the commands that they accept).
:class:`msgmux_tui.session.step.StepSession` (protocol :class:`Stepping`: the user picks the next task) is not imported
here, because it loads the checker.
"""

from msgmux_tui.session.exact import ExactSession
from msgmux_tui.session.fork import Fork, fork
from msgmux_tui.session.live import LiveSession
from msgmux_tui.session.protocol import (
    SPEEDS,
    Frame,
    Kind,
    LeadIn,
    Link,
    Player,
    Session,
    Stepping,
    is_remote,
    player,
    runs_exactly,
    stepping,
)
from msgmux_tui.session.replay import ReplaySession

__all__ = [
    "SPEEDS",
    "ExactSession",
    "Fork",
    "Frame",
    "Kind",
    "LeadIn",
    "Link",
    "LiveSession",
    "Player",
    "ReplaySession",
    "Session",
    "Stepping",
    "fork",
    "is_remote",
    "player",
    "runs_exactly",
    "stepping",
]
