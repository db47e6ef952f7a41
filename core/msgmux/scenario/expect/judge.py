"""Looking whether a scenario's expectations hold, and remembering what was found."""

import msgspec

from msgmux.queue import MessageQueue
from msgmux.scenario.expect.expression import Verdict, evaluate
from msgmux.scenario.expect.facts import RateMeter, answers
from msgmux.scenario.model import Expect


class Expectation(msgspec.Struct, frozen=True):
    """What came of an ``expect``: of step ``step`` (from 0), decided ``time`` seconds after the start.

    ``detail`` tells what was found: ``lag('billing') is 18``.
    """

    step: int
    expression: str
    met: bool
    time: float
    detail: str


class Judge:
    """Decides expectations by looking at ``queue``. One task uses it at a time."""

    def __init__(self, queue: MessageQueue) -> None:
        self._queue = queue
        self._meter = RateMeter()
        self._open: list[tuple[int, Expect]] = []

    def measure(self, now: float) -> None:
        """Take in the counts that ``rate(name)`` is made from."""
        self._meter.look(now, self._queue.snapshot())

    def open(self, step: int, expect: Expect) -> None:
        """From now on ``expect`` waits to be decided."""
        self._open.append((step, expect))

    def look(self, step: int, expect: Expect, time: float, last: bool) -> Expectation | None:
        """Decide: met, or, if this is the ``last`` look, not met; None while it can still come true."""
        state = self._queue.snapshot()
        self._meter.look(time, state)
        verdict = evaluate(expect.expression, answers(state, self._meter.rate))
        return self._decide(step, expect, time, verdict) if verdict.met or last else None

    def give_up(self, time: float) -> list[Expectation]:
        """The end: what is still open has not been met."""
        never = Verdict(False, "the run ended before it came true")
        return [self._decide(step, expect, time, never) for step, expect in list(self._open)]

    def _decide(self, step: int, expect: Expect, time: float, verdict: Verdict) -> Expectation:
        self._open.remove((step, expect))
        self._queue.expected(expect.expression.text, verdict.met)
        return Expectation(step, expect.expression.text, verdict.met, time, verdict.detail)
