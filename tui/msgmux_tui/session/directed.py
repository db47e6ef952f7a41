"""What both kinds of sessions share: a director and its cast, the fold of the events, and the commands."""

import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from msgmux.errors import MsgmuxError
from msgmux.events import ConsumerRegistered, Event, Note, ProducerRegistered
from msgmux.recording import Header, History
from msgmux.runtime import Runtime
from msgmux.runtime.schedule import Schedule
from msgmux.scenario import Changes, ConsumerSpec, Director, ProducerSpec, Scenario
from msgmux.scenario.resume import remainder
from msgmux.state import Fold, QueueState
from msgmux.workload import Arrivals, Service
from msgmux_tui.session.channel_samples import with_levels, with_samples_of
from msgmux_tui.session.journal import Memory
from msgmux_tui.session.protocol import Direction, Frame, Outcome, checked_speed
from msgmux_tui.session.records import Role, Selection
from msgmux_tui.session.steering import Steering

Command = Callable[[], Outcome]
_log = logging.getLogger(__name__)


class Restored(msgspec.Struct, frozen=True):
    """A session begins with ``state``, ``elapsed`` seconds after its scenario's start."""

    state: QueueState
    elapsed: float


class DirectedSession(ABC):
    """A director performs ``scenario`` on ``runtime``; a subclass lets time pass, and finds the moment for commands."""

    exact: bool

    def __init__(
        self,
        scenario: Scenario,
        runtime: Runtime,
        *,
        clock: Callable[[], float] = time.monotonic,
        schedule: Callable[[], Schedule] | None = None,
        restored: Restored | None = None,
    ) -> None:
        self.title = scenario.title or scenario.file
        if restored is None:
            self._director = Director(scenario, runtime)
        else:
            self._director = Director(remainder(scenario, restored.state, restored.elapsed), runtime)
            self._director.restore(restored.state, scenario)
        self._steering = Steering(self._director)
        self._subscription = self._director.queue.subscribe()
        self.start = self._state = self._subscription.start
        self._fold = Fold(self.start)
        self._paused = False
        self._speed = 1.0
        self._alarm = ""
        # Appended to by whoever performs a command, taken from by poll(): single deque operations are atomic.
        self._outcomes: deque[Outcome] = deque()
        self._steering.saw_all(self.start)
        kind: Literal["virtual", "threads"] = "virtual" if self.exact else "threads"
        self._header = Header(self.start, self.title, scenario.source, scenario.seed, kind, driver="session")
        self._recall = partial(Memory, clock=clock, tell=self.tell, schedule=schedule)
        self._memory = self._recall(self._header, runtime.now())
        # Commands given, performed, and told of. The first and last are the screen's thread's, the other whoever's.
        self._given = self._performed = self._told = 0
        self._director.start()

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, factor: float) -> None:
        self._speed = checked_speed(factor)
        self._steer()

    @property
    def busy(self) -> bool:
        return self._told != self._given

    @property
    def timeline(self) -> History:
        return self._memory.history

    @property
    def recording(self) -> Path | None:
        return self._memory.recording

    def start_recording(self, path: Path) -> None:
        self._memory.record(path)

    def stop_recording(self) -> None:
        self._memory.stop()

    def save(self, path: Path) -> None:
        self._memory.save(path)

    @abstractmethod
    def poll(self) -> Frame: ...

    @abstractmethod
    def pause(self) -> None: ...

    @abstractmethod
    def _steer(self) -> None:
        """Let time pass at the present speed, or stand."""

    @abstractmethod
    def _perform(self, attempt: Callable[[], None]) -> None:
        """Call it now, where waiting for a lock is no harm."""

    def tell(self, text: str) -> None:
        """Words for the next frame."""
        self._outcomes.append(Outcome(text))

    # What is seen

    def _take_outcomes(self) -> tuple[Outcome, ...]:
        """To be called before events are taken, so that a frame that tells of a command has its events too."""
        self._told = self._performed
        return tuple([self._outcomes.popleft() for _ in range(len(self._outcomes))])

    def _frame(
        self,
        events: list[Event],
        now: float,
        outcomes: tuple[Outcome, ...],
        *,
        gap: bool = False,
        ahead: bool = False,
    ) -> Frame:
        """After folding ``events``. Channels are shown as they are now, not as last sampled; unless the queue is
        ``ahead`` of what was folded.
        """
        state = self._fold.state() if events or gap else self._state
        self._state = with_samples_of(self._state, state) if ahead else with_levels(self._director.queue, state)
        self._memory.take(events, self._state, now, gap=gap)
        return Frame(self._state, now, events, gap, outcomes, self._alarm)

    def _heed(self, events: Iterable[Event]) -> None:
        """Some events are for the session itself."""
        for event in events:
            kind = type(event)
            if kind is ProducerRegistered or kind is ConsumerRegistered:
                assert isinstance(event, ProducerRegistered | ConsumerRegistered)
                self._steering.saw(event.tag)
            elif isinstance(event, Note):
                self._hear(event)

    def _hear(self, note: Note) -> None:
        if note.about == "pause":
            self.pause()
            self._outcomes.append(Outcome(f"{note.text}  (<time.pause> goes on)"))
        elif note.about == "end":
            self._outcomes.append(
                Outcome(f"{note.text}; everybody goes on with their work. <session.open> starts again")
            )

    def _give(self, command: Command) -> None:
        self._given += 1
        self._perform(partial(self._attempt, command))

    def _attempt(self, command: Command) -> None:
        """Perform the command here, and keep what came of it: a refusal is told like a success."""
        try:
            outcome = command()
        except MsgmuxError as error:
            outcome = Outcome(str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours: told and logged, and the next command is performed
            _log.exception("a command has failed")
            outcome = Outcome(
                f"this has failed by {type(error).__name__}: a fault of msgmux; the log (--log) tells more"
            )
        self._outcomes.append(outcome)
        self._performed += 1

    # Who is there, as they were told to work

    def producer_spec(self, name: str) -> ProducerSpec | None:
        producer = self._director.producers.get(name)
        if producer is None:
            return None
        return ProducerSpec(name, producer.rate, producer.payload, self._state.producers[name].capacity)

    def consumer_spec(self, name: str) -> ConsumerSpec | None:
        consumer = self._director.consumers.get(name)
        if consumer is None:
            return None
        return ConsumerSpec(name, work=consumer.work, capacity=self._state.consumers[name].capacity)

    def free_name(self, role: Role) -> str:
        director = self._director
        if role == "producer":
            return self._steering.free_name("P", director.producers)
        return self._steering.free_name("C", director.consumers)

    # Commands

    def add_producer(self, spec: ProducerSpec | None = None) -> None:
        self._give(partial(self._steering.add_producer, spec))

    def remove_producer(self, name: str) -> None:
        self._give(partial(self._steering.remove_producer, name))

    def add_consumer(self, spec: ConsumerSpec | None = None) -> None:
        self._give(partial(self._steering.add_consumer, spec))

    def remove_consumer(self, name: str) -> None:
        self._give(partial(self._steering.remove_consumer, name))

    def undo(self) -> None:
        self._give(self._steering.undo)

    def quicken(self, who: Selection, direction: Direction) -> None:
        self._give(partial(self._steering.quicken, who, direction))

    def stall(self, name: str) -> None:
        self._give(partial(self._steering.stall, name))

    def resume_consumer(self, name: str) -> None:
        self._give(partial(self._steering.resume, name))

    def crash(self, name: str) -> None:
        self._give(partial(self._steering.crash, name))

    def burst(self, name: str, count: int = 10) -> None:
        self._give(partial(self._steering.burst, name, count))

    def retention(self, direction: Direction) -> None:
        self._give(partial(self._steering.retention, direction))

    def set_producer(self, name: str, rate: Arrivals, payload: str) -> None:
        self._give(partial(self._steering.set_producer, name, rate, payload))

    def set_consumer(self, name: str, work: Service) -> None:
        self._give(partial(self._steering.set_consumer, name, work))

    def configure(self, changes: Changes) -> None:
        self._give(partial(self._steering.configure, changes))

    def marker(self, text: str = "marker") -> None:
        self._give(partial(self._steering.marker, text))
