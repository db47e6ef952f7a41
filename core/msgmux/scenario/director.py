"""Performs a scenario: starts its producers and consumers, and carries out its steps at their times."""

import heapq
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Literal

from msgmux import commands
from msgmux.commands import AnyCommand, Outcome, Placed
from msgmux.errors import MsgmuxError
from msgmux.message import Message
from msgmux.queue import MessageQueue
from msgmux.runtime import Runtime, Task
from msgmux.scenario import model
from msgmux.scenario.cast import Cast
from msgmux.scenario.expect.judge import Expectation, Judge
from msgmux.scenario.model import Action, Expect, Scenario, Step
from msgmux.scenario.performer import Performer

Ending = Literal["duration", "stop", "played out"]
"""How a scenario ended: its duration was over, a ``stop`` step ended it, or every message was sent and taken and no
step was left.
"""

WATCH = 0.1
"""Seconds between two checks whether the scenario is played out."""
LOOK = 0.01
"""Seconds between two evaluations of an expectation with ``within``."""
MEASURE = 0.5
"""Seconds between two measurements of rates, if an expectation asks for a rate."""

INTERVENED = "You have stepped in, so what this scenario expects is no longer looked at."
"""Said once, when the first expectation after a person's command would have been looked at."""

# The order of agenda entries that are due at the same time: actions of steps, then expectations, then the end.
_VERBS, _EXPECTATIONS, _END = range(3)
# Tolerance in seconds when two times that were computed differently are compared.
_ROUNDING = 1e-9


class Director:
    """Performs ``scenario`` on ``runtime``.

    The constructor makes ``cast`` and its ``queue``, so that one can subscribe before :meth:`start`. ``seed`` and
    ``duration`` (seconds) override the scenario's; ``queue_class`` is for the checker's faulty variants.
    ``on_message(consumer, message)`` is called in the consumer's thread. ``on_note(text, about)`` is called by the
    director's task for each note, right after the note was published.

    Once a person's command has changed something, expectations are no longer looked at; a note says so once.

    A step that fails (for example because a person has removed the consumer it names) adds a line to ``problems``; the
    scenario goes on. When the scenario is over, ``ended`` says how; workloads and repeated steps go on until
    :meth:`stop`.
    """

    def __init__(
        self,
        scenario: Scenario,
        runtime: Runtime,
        *,
        seed: int | None = None,
        duration: float | None = None,
        on_message: Callable[[str, Message], None] | None = None,
        queue_class: type[MessageQueue] = MessageQueue,
        on_note: Callable[[str, str], None] | None = None,
    ) -> None:
        self.runtime = runtime
        self.seed = scenario.seed if seed is None else seed
        self.cast = Cast(scenario.queue, runtime, self.seed, on_message, queue_class)
        self.queue = self.cast.queue
        self.scenario = scenario
        self.duration = scenario.duration if duration is None else duration
        # Never modified, only replaced, by the director's task (and by stop() after its end), so any thread may read
        # them without a lock.
        self.expectations: tuple[Expectation, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.ended: Ending | None = None
        self._on_note = on_note
        self._judge = Judge(self.queue)
        self._started = 0.0
        self._task: Task | None = None
        # A heap of (seconds from the start, rank, number, function). After the start only the director's task uses it,
        # except that _end_stall adds an entry with the lock below held.
        self._agenda: list[tuple[float, int, int, Callable[[], None]]] = []
        self._numbers = count()
        # How many entries of the agenda must still be carried out before the scenario counts as played out.
        self._left = 0
        # Expectations and the end are delayed by this many seconds, so that the threads can first react to what happens
        # at the same time; real threads need longer for that.
        self._moment = 1e-6 if runtime.exact else 0.02
        # Guards `_stopping`, `ended` and entries that another thread adds to the agenda. Only held for that.
        self._pace_lock = runtime.lock("director")
        # The director's task waits here until the next entry is due, others for the end. Notified when `_stopping` or
        # `ended` is set and when another thread adds an entry.
        self._changed = runtime.condition(self._pace_lock, "director")
        self._stopping = False
        self._performer = Performer(self.cast, self._end_stall)
        # Whether a person has changed something: then nobody knows what is to be expected. Set once, by the thread that
        # gives commands; read by the director's task.
        self._intervened = False
        self._told_intervened = False

    @property
    def finished(self) -> bool:
        """Whether the scenario is over; its producers and consumers may still be running."""
        return self.ended is not None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.runtime.now() - self._started

    def start(self) -> None:
        """Register the scenario's producers and consumers, start them, and spawn the task that performs the steps.

        Raises :class:`DuplicateName` if a name is registered already, :class:`Closed` if the queue is closed.
        """
        self._started = self.runtime.now()
        for producer in self.scenario.producers:
            self.cast.enlist_producer(producer)
        for consumer in self.scenario.consumers:
            self.cast.enlist_consumer(consumer)
        for step in self.scenario.steps:
            self._plan(step.at, _VERBS, partial(self._perform, step, step.at), needed=step.every is None)
        if self._asks_for_rates():
            self._plan(0.0, _VERBS, partial(self._measure, 0.0))
        if self.duration is None:
            self._plan(WATCH, _END, partial(self._watch, WATCH))
        else:
            self._plan(self.duration + self._moment, _END, partial(self._end, "duration"))
        for workload in self.cast.everybody():
            workload.start()
        self._task = self.runtime.spawn(self._direct, "director")

    def wait(self, timeout: float) -> None:
        """Wait until the scenario is over or stopped, at most ``timeout`` seconds of the runtime's clock."""
        deadline = self.runtime.now() + timeout
        with self._pace_lock:
            while self.ended is None and not self._stopping and self.runtime.now() < deadline:
                self.runtime.wait(self._changed, deadline - self.runtime.now())

    def call_off(self) -> None:
        """Perform no further step, and let every :meth:`wait` return. The first part of :meth:`stop`."""
        with self._pace_lock:
            self._stopping = True
            self._changed.notify_all()

    def stop(self, timeout: float | None = None) -> bool:
        """Stop all workloads and close the queue; messages that are still on their way are not delivered. Idempotent.

        Waits at most ``timeout`` seconds for each thread (None: without limit), and returns whether all have ended.
        They end at once unless the runtime's clock is paused. On a virtual runtime only a task may call this; code
        outside of its tasks closes the runtime instead.
        """
        self.call_off()
        tasks = [] if self._task is None else [self._task]
        for task in tasks:
            task.join(timeout)
        if not self._intervened:
            self.expectations += tuple(self._judge.give_up(self.elapsed))
        self._send_home()
        self.queue.close(drain=False)
        ended = [workload.join(timeout) for workload in self.cast.everybody()]
        return all(ended) and not any([task.is_alive() for task in tasks])

    def command(self, command: AnyCommand, *, who: str = "you", placed: Placed | None = None) -> Outcome:
        """Perform a person's command and publish it with its outcome; see :meth:`Performer.perform`.

        It may wait for locks, so a user interface must not call it in its own thread. One call at a time.
        """
        outcome = self._performer.perform(command, who=who, placed=placed)
        if outcome.ok and not isinstance(command, commands.Mark):
            self._intervened = True
        return outcome

    # The agenda

    def _end_stall(self, name: str, seconds: float) -> None:
        """Plan the end of a stall. Called by another task than the director's, which may be waiting for a later entry
        and so must be notified.
        """
        with self._pace_lock:
            self._plan(self.elapsed + seconds, _VERBS, partial(self._resume, name))
            self._changed.notify_all()

    def _plan(self, time: float, rank: int, entry: Callable[[], None], *, needed: bool = False) -> None:
        self._left += needed
        done: Callable[[], None] = partial(self._do, entry, needed)
        heapq.heappush(self._agenda, (time, rank, next(self._numbers), done))

    def _do(self, entry: Callable[[], None], needed: bool) -> None:
        entry()
        self._left -= needed

    def _direct(self) -> None:
        try:
            while self._await_next():
                heapq.heappop(self._agenda)[-1]()
        except Exception as error:
            self._note_problem(f"the director has died of {type(error).__name__}; no step will be done any more")
            raise

    def _await_next(self) -> bool:
        """Wait until the first entry of the agenda is due. False if the agenda is empty or the director is stopping."""
        with self._pace_lock:
            while not self._stopping and self._agenda:
                left = self._started + self._agenda[0][0] - self.runtime.now()
                if left <= 0:
                    return True
                self.runtime.wait(self._changed, left)
            return False

    def _watch(self, time: float) -> None:
        if self._left == 0 and self.cast.played_out():
            self._end("played out")
        elif self.ended is None:
            self._plan(time + WATCH, _END, partial(self._watch, time + WATCH))

    def _break_off(self) -> None:
        self._send_home()
        self._agenda.clear()
        self._end("stop")

    def _end(self, how: Ending) -> None:
        self._note(_LAST_WORDS[how], "end")
        with self._pace_lock:
            self.ended = self.ended or how
            self._changed.notify_all()

    def _asks_for_rates(self) -> bool:
        expects = [action for action in self.scenario.actions() if isinstance(action, Expect)]
        return any([call.function == "rate" for expect in expects for call in expect.expression.calls()])

    def _measure(self, time: float) -> None:
        self._judge.measure()
        self._plan(time + MEASURE, _VERBS, partial(self._measure, time + MEASURE))

    # Steps

    def _perform(self, step: Step, time: float) -> None:
        for action in step.actions:
            try:
                self._act(action, step, time)
            except MsgmuxError as error:
                self._note_problem(f"step[{step.index}]: {error}")
        if step.every is not None:
            again = time + step.every
            self._plan(again, _VERBS, partial(self._perform, step, again))

    def _act(self, action: Action, step: Step, time: float) -> None:
        note = self._note
        match action:
            case commands.Stall(name, float() as seconds):
                # If the consumer is stalled already, somebody else has done it and decides when it goes on.
                if self.cast.stall(name):
                    self._plan(time + seconds, _VERBS, partial(self._resume, name), needed=step.every is None)
            case model.Say(text):
                note(text)
            case model.Pause(text):
                note(text, "pause")
            case model.Ask(question):
                note(question, "ask")
            case model.Screenshot(name):
                note(name, "screenshot")
            case model.Expect(_, within):
                self._judge.open(step.index, action)
                look = partial(self._look, step.index, action, time + within)
                self._plan(time + self._moment, _EXPECTATIONS, look, needed=True)
            case model.Stop():
                self._plan(time + self._moment, _END, self._break_off)
            case _:
                self._performer.perform_step(action)

    def _resume(self, name: str) -> None:
        """End a stall, unless the consumer has been removed, resumed or has failed meanwhile."""
        consumer = self.cast.consumers.get(name)
        if consumer is not None and consumer.stalled:
            consumer.resume()

    def _look(self, step: int, expect: Expect, until: float) -> None:
        if self._intervened:
            self._judge.drop(step, expect)
            if not self._told_intervened:
                self._told_intervened = True
                self._note(INTERVENED)
            return
        time = self.elapsed
        found = self._judge.look(step, expect, time, last=time >= until - _ROUNDING)
        if found is not None:
            self.expectations = (*self.expectations, found)
        else:
            again = min(time + LOOK, max(until, time))
            self._plan(again, _EXPECTATIONS, partial(self._look, step, expect, until), needed=True)

    def _note_problem(self, text: str) -> None:
        self.problems = (*self.problems, text)
        self._note(text, "problem")

    def _note(self, text: str, about: str = "say") -> None:
        self.cast.reporter.note(text, about)
        if self._on_note is not None:
            self._on_note(text, about)

    def _send_home(self) -> None:
        for workload in self.cast.everybody():
            workload.halt()


_LAST_WORDS: dict[Ending, str] = {
    "duration": "the scenario is over: its time is up",
    "stop": "the scenario is over: a step stops it",
    "played out": "the scenario is over: all is sent and taken",
}
