"""What a screen watches and commands: one protocol, and the sessions that keep it.

:class:`LiveSession` runs on real threads, :class:`ExactSession` on the deterministic runtime; :class:`ReplaySession`
plays a recording, or the history of one of the others, and keeps a larger protocol, :class:`Player`. A screen can't
tell them apart but by what they say of themselves: their kind, and the commands that they take.
:class:`msgmux_tui.session.step.StepSession`, whose tasks go on when they are told to (:class:`Stepping`), is loaded by
those who open one.
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
