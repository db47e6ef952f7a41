"""Shared by tests of sessions and of the app: a small scenario, and a clock that the test advances."""

from msgmux.recording import Beginning
from msgmux.scenario import Scenario, parse
from msgmux_tui.session import ExactSession, Frame

EVENTFUL = parse(
    """
title = "much happens"
duration = "12s"
[queue]
retention = "1s"
clean_every = "500ms"
max_messages = 12
overflow = "evict-oldest"
[[producer]]
name = "orders"
rate = "9/s"
[[consumer]]
name = "audit"
[[consumer]]
name = "billing"
work = "150ms"
capacity = 2
[[step]]
at = "3s"
marker = "here"
[[step]]
at = "4s"
add_consumer = "late"
[[step]]
at = "5s"
stall = "audit"
for = "3s"
[[step]]
at = "9s"
remove_consumer = "late"
[[step]]
at = "10s"
marker = "there"
""",
    "eventful.toml",
)


SMALL = parse(
    """
title = "Two and two"
[queue]
retention = "4s"
clean_every = "1s"
[[producer]]
name = "orders"
rate = "2/s"
[[producer]]
name = "clicks"
rate = "1/s"
[[consumer]]
name = "audit"
[[consumer]]
name = "billing"
work = "100ms"
capacity = 2
""",
    "small.toml",
)


class HandClock:
    """A clock in seconds that the test advances."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Played:
    """An exact session under a clock that the test advances."""

    def __init__(self, scenario: Scenario = SMALL, *, begin: float = 0.0) -> None:
        self.clock = HandClock()
        beginning = Beginning(None, begin, 0.0) if begin else None
        self._watch(ExactSession(scenario, clock=self.clock, beginning=beginning))

    @classmethod
    def of(cls, session: ExactSession, clock: HandClock) -> "Played":
        """Wrap an existing session."""
        played = cls.__new__(cls)
        played.clock = clock
        played._watch(session)
        return played

    def _watch(self, session: ExactSession) -> None:
        self.session = session
        self.frame = self.session.poll()
        self.events = list(self.frame.events)
        self.told = [outcome.words for outcome in self.frame.outcomes if outcome.words]

    def poll(self) -> Frame:
        self.frame = self.session.poll()
        self.events += self.frame.events
        self.told += [outcome.words for outcome in self.frame.outcomes if outcome.words]
        return self.frame

    def play(self, seconds: float) -> Frame:
        """Advance the wall clock by ``seconds``, at twenty frames a second."""
        for _ in range(round(seconds * 20)):
            self.clock.now += 0.05
            self.poll()
        return self.frame
