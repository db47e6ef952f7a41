"""What a screen watches and commands: one protocol, and the sessions that keep it.

:class:`LiveSession` runs on real threads, :class:`ExactSession` on the deterministic runtime; a player of recordings
can follow. A screen can't tell them apart but by what they say of themselves.
"""

from msgmux_tui.session.exact import ExactSession
from msgmux_tui.session.live import LiveSession
from msgmux_tui.session.protocol import MOST, SPEEDS, Direction, Frame, Outcome, Session

__all__ = ["MOST", "SPEEDS", "Direction", "ExactSession", "Frame", "LiveSession", "Outcome", "Session"]
