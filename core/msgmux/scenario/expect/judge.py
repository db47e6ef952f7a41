"""Evaluates a scenario's expectations, and publishes the results."""

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
    """The result of an ``expect`` in step ``step`` (from 0), decided ``time`` seconds after the start.

    ``detail``: the values it was evaluated with, as ``lag('billing') is 18``.
    """

    step: int
    expression: str
    met: bool
    time: float
    detail: str


class Judge:
    """Decides expectations from the state of ``queue``. Only one task may use it at a time."""

    def __init__(self, queue: MessageQueue) -> None:
        self._queue = queue
        self._reporter = Reporter(queue)
        # The subscription and the rates computed from its events; None until a rate is first needed.
        self._events: Subscription | None = None
        self.rates: Rates | None = None
        self._open: list[tuple[int, Expect]] = []

    def measure(self) -> None:
        """Process the events so far for ``rate(name)``. Must be called regularly, so that no event is missed."""
        self._follow(self._queue.snapshot())

    def _follow(self, state: QueueState) -> Rates:
        """The rates now, brought up to ``state``."""
        now = self._queue.runtime.now()
        if self.rates is None or self._events is None:
            self._events = self._queue.subscribe()
            self.rates = Rates(self._events.start, now)
        else:
            self.rates.take(self._events.drain(), state, now)
        return self.rates

    def open(self, step: int, expect: Expect) -> None:
        """Add an expectation that is to be decided."""
        self._open.append((step, expect))

    def look(self, step: int, expect: Expect, time: float, last: bool) -> Expectation | None:
        """Evaluate an open expectation ``time`` seconds after the start. None if it is not met yet and this is not the
        ``last`` evaluation; else its result, which is published as an event.
        """
        state = self._queue.snapshot()
        asks = any([call.function == "rate" for call in expect.expression.calls()])
        rate = self._follow(state).now_of if asks else _no_rate
        verdict = evaluate(expect.expression, answers(state, rate))
        return self._decide(step, expect, time, verdict) if verdict.met or last else None

    def drop(self, step: int, expect: Expect) -> None:
        """Forget an open expectation without a result."""
        self._open.remove((step, expect))

    def give_up(self, time: float) -> list[Expectation]:
        """Decide all open expectations as not met, because the run has ended; return their results."""
        never = Verdict(False, "the run ended before it came true")
        return [self._decide(step, expect, time, never) for step, expect in list(self._open)]

    def _decide(self, step: int, expect: Expect, time: float, verdict: Verdict) -> Expectation:
        self._open.remove((step, expect))
        self._reporter.expected(expect.expression.text, verdict.met)
        return Expectation(step, expect.expression.text, verdict.met, time, verdict.detail)


def _no_rate(id: int) -> float:
    """Stands for the rates if the expression does not call ``rate``."""
    return 0.0
