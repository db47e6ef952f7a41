"""Looking whether a scenario's expectations hold, and remembering what was found."""

import msgspec

from msgmux.log import Subscription
from msgmux.queue import MessageQueue
from msgmux.rates import Rates
from msgmux.reporting import Reporter
from msgmux.scenario.expect.expression import Verdict, evaluate
from msgmux.scenario.expect.facts import answers
from msgmux.scenario.model import Expect
from msgmux.state import QueueState


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
        self._reporter = Reporter(queue)
        # What has been read of the events, and the rates that it comes to, where somebody asks for rates.
        self._events: Subscription | None = None
        self.rates: Rates | None = None
        self._open: list[tuple[int, Expect]] = []

    def measure(self) -> None:
        """Take in the events that ``rate(name)`` is made from: now and then, so that none is missed."""
        self._follow(self._queue.snapshot())

    def _follow(self, state: QueueState) -> Rates:
        """The rates as they are in ``state``, now."""
        now = self._queue.runtime.now()
        if self.rates is None or self._events is None:
            self._events = self._queue.subscribe()
            self.rates = Rates(self._events.start, now)
        else:
            self.rates.take(self._events.drain(), state, now)
        return self.rates

    def open(self, step: int, expect: Expect) -> None:
        """From now on ``expect`` waits to be decided."""
        self._open.append((step, expect))

    def look(self, step: int, expect: Expect, time: float, last: bool) -> Expectation | None:
        """Decide: met, or, if this is the ``last`` look, not met; None while it can still come true."""
        state = self._queue.snapshot()
        asks = any([call.function == "rate" for call in expect.expression.calls()])
        rate = self._follow(state).now_of if asks else _no_rate
        verdict = evaluate(expect.expression, answers(state, rate))
        return self._decide(step, expect, time, verdict) if verdict.met or last else None

    def give_up(self, time: float) -> list[Expectation]:
        """The end: what is still open has not been met."""
        never = Verdict(False, "the run ended before it came true")
        return [self._decide(step, expect, time, never) for step, expect in list(self._open)]

    def _decide(self, step: int, expect: Expect, time: float, verdict: Verdict) -> Expectation:
        self._open.remove((step, expect))
        self._reporter.expected(expect.expression.text, verdict.met)
        return Expectation(step, expect.expression.text, verdict.met, time, verdict.detail)


def _no_rate(id: int) -> float:
    """For an expression that asks for none."""
    return 0.0
