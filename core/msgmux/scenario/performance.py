"""Performs a scenario from start to end without a terminal, for tests, recordings and summaries."""

from collections.abc import Callable
from typing import Literal, Protocol, runtime_checkable

import msgspec

from msgmux.documents.problems import Problem, ScenarioError
from msgmux.events import Event
from msgmux.log import Subscription
from msgmux.message import Message
from msgmux.runtime import Runtime, ThreadRuntime
from msgmux.scenario.director import Director, Ending
from msgmux.scenario.expect.judge import Expectation
from msgmux.scenario.model import Scenario, Stop
from msgmux.state import QueueState

LIMIT = 3600.0
"""Longest run of a scenario without a duration, in seconds."""
SLICE = 0.25
"""Seconds of virtual time between two calls of the callbacks."""
POLL = 0.02
"""Seconds between two calls of the callbacks on real threads."""
UNREAD = 1_000_000
"""How many events may wait for the callbacks; if there are more, the oldest are missed."""


@runtime_checkable
class Driven(Protocol):
    """A runtime whose tasks run only while :meth:`run` is called from outside of them."""

    def run(self, until: float | None = None) -> None: ...
    def close(self) -> None: ...


class RunResult(msgspec.Struct, frozen=True):
    """The result of a run. ``state``: that of the queue after it was closed.

    ``sent`` and ``taken`` count messages by name of producer and consumer. ``ended`` is ``"limit"`` if the scenario was
    not over in time. ``elapsed``: seconds of the runtime's clock. ``missed``: events that came faster than ``on_event``
    could take them. ``problems``: what went wrong with steps, one line each.
    """

    state: QueueState
    expectations: tuple[Expectation, ...]
    problems: tuple[str, ...]
    sent: dict[str, int]
    taken: dict[str, int]
    ended: Ending | Literal["limit"]
    elapsed: float
    missed: int
    seed: int

    @property
    def met(self) -> bool:
        """Whether every expectation was met."""
        return all([expectation.met for expectation in self.expectations])


def perform(
    scenario: Scenario,
    *,
    realtime: bool = False,
    runtime: Runtime | None = None,
    seed: int | None = None,
    until: float | None = None,
    on_start: Callable[[QueueState], None] | None = None,
    on_event: Callable[[Event], None] | None = None,
    on_message: Callable[[str, Message], None] | None = None,
    on_turn: Callable[[], None] | None = None,
) -> RunResult:
    """Perform ``scenario`` in virtual time (the same run every time), on real threads (``realtime``) or on ``runtime``.

    ``seed`` and ``until`` (seconds) override the scenario's seed and duration. Callbacks in the calling thread:
    ``on_start(state)`` once, with the state before the first event; ``on_event(event)`` for every event, in order;
    ``on_turn()`` after each batch of events, even an empty one. ``on_message(consumer, message)`` is called in the
    consumer's thread for each message it gets.

    Raises :class:`ScenarioError` if the run could never end; what a callback raises, which ends the run; and what stops
    a virtual runtime (:class:`Deadlock`, :class:`TaskFailed`).
    """
    _refuse_endless(scenario, until)
    own = runtime is None
    if runtime is None:
        runtime = ThreadRuntime() if realtime else _virtual_runtime(scenario.seed if seed is None else seed)
    failures: list[Exception] = []

    def receive(name: str, message: Message) -> None:
        if on_message is not None and not failures:
            try:
                on_message(name, message)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread that can do something about it
                failures.append(error)

    director = Director(scenario, runtime, seed=seed, duration=until, on_message=receive)
    lasted = 0.0

    def close_down() -> None:
        nonlocal lasted
        director.wait(LIMIT if director.duration is None else director.duration + LIMIT)
        lasted = director.elapsed
        director.stop()

    try:
        with director.queue.subscribe(UNREAD) as events:
            if on_start is not None:
                on_start(events.start)
            director.start()
            closing = runtime.spawn(close_down, "curtain")
            try:
                while closing.is_alive():
                    if isinstance(runtime, Driven):
                        runtime.run(until=runtime.now() + SLICE)
                        # The second call does nothing but forget the current task, so that the schedule does not depend
                        # on the length of a slice.
                        runtime.run(until=runtime.now())
                    else:
                        runtime.sleep(POLL)
                    _deliver(events, on_event)
                    if on_turn is not None:
                        on_turn()
                    if failures:
                        raise failures[0]
            except BaseException:
                # Interrupted, or a callback has failed: end all threads; the events so far are delivered below.
                if not isinstance(runtime, Driven):
                    director.call_off()
                    closing.join(timeout=2.0)
                raise
            finally:
                _deliver(events, on_event)
            missed = events.missed
            state = director.queue.snapshot()
    finally:
        if own and isinstance(runtime, Driven):
            runtime.close()
    sent, taken = director.cast.totals()
    return RunResult(
        state=state,
        expectations=director.expectations,
        problems=director.problems,
        sent=sent,
        taken=taken,
        ended=director.ended or "limit",
        elapsed=lasted,
        missed=missed,
        seed=director.seed,
    )


def _deliver(events: Subscription, on_event: Callable[[Event], None] | None) -> None:
    for event in events.drain():
        if on_event is not None:
            on_event(event)


def _virtual_runtime(seed: int) -> Runtime:
    # Imported here, so that greenlet is loaded only if the deterministic runtime is used.
    from msgmux.runtime import VirtualRuntime

    runtime: Runtime = VirtualRuntime(seed=seed)
    return runtime


def _refuse_endless(scenario: Scenario, until: float | None) -> None:
    endless = [producer.name for producer in scenario.producers if producer.messages is None]
    stops = any([isinstance(action, Stop) for action in scenario.actions()])
    if endless and until is None and scenario.duration is None and not stops:
        text = f"is missing, and producer {endless[0]!a} never ends; write how long a run lasts, or its messages"
        raise ScenarioError([Problem(scenario.file, None, "duration", text)])
