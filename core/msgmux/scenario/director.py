"""Who performs a scenario: sets its cast to work, and does its steps in time."""

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
"""How a scenario ended: its time was up, a step said so, or all was sent and taken and no step was left."""

WATCH = 0.1
"""Seconds between two looks whether all is played out."""
LOOK = 0.01
"""Seconds between two looks at an expectation that has time to come true."""
MEASURE = 0.5
"""Seconds between two looks at the counts, where an expectation asks for a rate."""

# At one moment: first what steps do, then what they expect, then the end.
_VERBS, _EXPECTATIONS, _END = range(3)
_ROUNDING = 1e-9


class Director:
    """Performs ``scenario`` on ``runtime``.

    ``cast`` and its ``queue`` are there from the beginning, so that one can subscribe before :meth:`start`.
    ``seed`` and ``duration`` override the scenario's; ``queue_class`` is for the checker's faulty variants. ``on_note``
    is called by the director's task with what it notes for whoever watches (its text, and what it is about), at once.

    What goes wrong with a step (a name that a person has removed meanwhile) is noted in ``problems`` and stops nothing.
    When the scenario is over (``ended`` says how), what repeats goes on, until :meth:`stop`.
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
        # Replaced by the director's task alone, never changed, so that anybody may read them at any time.
        self.expectations: tuple[Expectation, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.ended: Ending | None = None
        self._on_note = on_note
        self._judge = Judge(self.queue)
        self._started = 0.0
        self._task: Task | None = None
        # What is due when, earliest first; for the director's task alone.
        self._agenda: list[tuple[float, int, int, Callable[[], None]]] = []
        self._numbers = count()
        # Entries of the agenda without which the scenario is not played out.
        self._left = 0
        # Everything else waits a moment for what happens at the same time; real threads need a longer one.
        self._moment = 1e-6 if runtime.exact else 0.02
        # Guards the two below and `ended`. Nothing else is done with it held.
        self._pace_lock = runtime.lock("director")
        # The director waits here for the next entry to be due, others for the end; notified when either flag is set.
        self._changed = runtime.condition(self._pace_lock, "director")
        self._stopping = False
        self._performer = Performer(self.cast, self._end_stall)

    @property
    def finished(self) -> bool:
        """The scenario is over; a live session may go on all the same."""
        return self.ended is not None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.runtime.now() - self._started

    def start(self) -> None:
        """Register everybody whom the file names, set them to work, and begin with the steps."""
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
        """Wait until the scenario is over, or is stopped; at most ``timeout`` seconds."""
        deadline = self.runtime.now() + timeout
        with self._pace_lock:
            while self.ended is None and not self._stopping and self.runtime.now() < deadline:
                self.runtime.wait(self._changed, deadline - self.runtime.now())

    def call_off(self) -> None:
        """No step will be done any more, and whoever waits for the end need not: :meth:`stop` may be called."""
        with self._pace_lock:
            self._stopping = True
            self._changed.notify_all()

    def stop(self, timeout: float | None = None) -> bool:
        """Send everybody home and close the queue as it stands: what is on its way is not delivered. Idempotent.

        Waits for each thread at most ``timeout`` seconds; all end at once, unless their clock is paused. Returns
        whether all have ended. On a virtual runtime this is for a task to call; its driver just closes the runtime.
        """
        self.call_off()
        tasks = [] if self._task is None else [self._task]
        for task in tasks:
            task.join(timeout)
        self.expectations += tuple(self._judge.give_up(self.elapsed))
        self._send_home()
        self.queue.close(drain=False)
        ended = [workload.join(timeout) for workload in self.cast.everybody()]
        return all(ended) and not any([task.is_alive() for task in tasks])

    def command(self, command: AnyCommand, *, who: str = "you", placed: Placed | None = None) -> Outcome:
        """Do what a person wants, and tell it in the log. It may wait for locks; not for two threads at a time."""
        return self._performer.perform(command, who=who, placed=placed)

    # The agenda

    def _end_stall(self, name: str, seconds: float) -> None:
        """Another task than the director's asks for it, so the director may wait for something later."""
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
        """Wait until the first entry of the agenda is due; False when there is nothing more to do."""
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
                # One that stands still already has been stalled by somebody else, who may resume it.
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
        """The end of a stall. A consumer that has been removed or has failed meanwhile has no need of it."""
        consumer = self.cast.consumers.get(name)
        if consumer is not None and consumer.stalled:
            consumer.resume()

    def _look(self, step: int, expect: Expect, until: float) -> None:
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
