"""What the lecturer's program and its relay say to each other, through a socket pair: one JSON object a line.

To the relay: first :class:`Begin`, then the lines that pages get (a stream, and :mod:`msgmux_tui.web.page.lines`) as
they are, and what is to become of a question. From the relay: where it listens, how many look on, what was answered.
"""

from typing import Literal

import msgspec

from msgmux.recording import Header
from msgmux.recording.format import Line
from msgmux_tui.web.page.lines import Card, Held, Story, Threads, Viewers
from msgmux_tui.web.polls import Counted, Question


class Begin(msgspec.Struct, frozen=True, tag_field="kind", tag="begin"):
    """Listen at ``host`` and ``port`` (0: a free one), for who knows ``token``. ``at``: a proxy's address."""

    host: str
    port: int
    token: str
    at: str = ""


class Asked(msgspec.Struct, frozen=True, tag_field="kind", tag="asked"):
    """What becomes of the question: it is revealed, which ends it, or taken away."""

    become: Literal["revealed", "gone"]


class Listening(msgspec.Struct, frozen=True, tag_field="kind", tag="listening"):
    """The relay listens at ``port``; where ``problem`` is not empty it can't."""

    port: int
    problem: str = ""


Told = Header | Line | Card | Held | Story | Threads | Question | Asked
"""A line to the relay, after the first."""
Answered = Listening | Viewers | Counted
"""A line from the relay."""
