"""The other process of a live session: a scenario on real threads, which a screen follows through a socket.

So the threads share no interpreter with the screen. It is started as ``python -m msgmux_tui.programs.stage FD``: FD is
the socket, and standard input has the scenario, as one line. When that input ends, so does this process: its parent has
closed it, or has been killed.
"""

import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import get_args

import msgspec
from msgspec.structs import replace

from msgmux.commands import AnyCommand, Outcome, PauseTime, ResumeTime, SetSpeed, Step, TimeCommand
from msgmux.events import Event, Levels
from msgmux.publishing import Publisher, QueueSource
from msgmux.publishing.source import Answer
from msgmux.queue import MessageQueue
from msgmux.recording import Header, is_notable
from msgmux.runtime import SteerableClock, ThreadRuntime
from msgmux.scenario import Scenario, parse
from msgmux.scenario.cast import Cast
from msgmux.scenario.director import Director

PATIENCE = 2.0
"""Seconds that the end waits for each thread."""
TAKES = tuple([str(kind.__struct_config__.tag) for kind in get_args(AnyCommand)])


class Script(msgspec.Struct, frozen=True):
    """What is to be performed: a scenario's text, if it has one, and the values that differ from the text."""

    file: str
    title: str
    seed: int
    source: str

    @classmethod
    def of(cls, scenario: Scenario) -> "Script":
        return cls(scenario.file, scenario.title, scenario.seed, scenario.source)

    def scenario(self) -> Scenario:
        """Raises :class:`ScenarioError`."""
        if not self.source:
            return Scenario(self.file, title=self.title, seed=self.seed)
        return replace(parse(self.source, self.file), seed=self.seed)


class Stage(QueueSource):
    """Performs ``scenario`` from the moment on when somebody looks, and takes every command."""

    def __init__(self, scenario: Scenario) -> None:
        self._clock = SteerableClock()
        self._scenario = scenario
        self._director = Director(
            scenario, ThreadRuntime(self._clock, seed=scenario.seed), on_note=self._heed, on_message=None
        )
        self._performs = False
        # What is to be told beside the events; appended to by any thread.
        self._words: deque[str] = deque()
        # Guards the two below.
        self._lock = threading.Lock()
        # Whether time is paused, and the thread that makes a step meanwhile, if any.
        self._stands = False
        self._stepping: threading.Thread | None = None
        super().__init__(self._director.queue, scenario.title or scenario.file)

    @property
    def queue(self) -> MessageQueue:
        """That of the performance."""
        return self._director.queue

    @property
    def cast(self) -> Cast:
        """Who performs."""
        return self._director.cast

    def close(self) -> None:
        """End the performance, in this process."""
        self._clock.resume()
        self._director.stop(PATIENCE)

    @property
    def takes(self) -> tuple[str, ...]:
        return TAKES

    def header(self) -> Header:
        scenario = self._scenario
        header = replace(super().header(), scenario=scenario.source, seed=scenario.seed, began=0.0)
        if not self._performs:
            self._performs = True
            self._director.start()
        return header

    @property
    def speed(self) -> float:
        # Who steps has paused: that time passes for a step is no going on.
        return 0.0 if self._stands else self._clock.speed

    def told(self) -> Sequence[str]:
        return [self._words.popleft() for _ in range(len(self._words))]

    def give(self, command: AnyCommand, who: str, answer: Answer) -> None:
        if isinstance(command, TimeCommand):
            self._change_time(command)
            answer(Outcome(""))
        else:
            answer(self._director.command(command))

    # Time

    def _heed(self, text: str, about: str) -> None:
        if about == "pause":
            self._change_time(PauseTime())
            self._words.append(f"{text}  (<time.pause> goes on)")
        elif about == "ask":
            # The screen asks, and resumes.
            self._change_time(PauseTime())
        elif about == "end":
            self._words.append(f"{text}; everybody goes on with their work. <session.open> starts again")

    def _change_time(self, command: TimeCommand) -> None:
        match command:
            case PauseTime():
                with self._lock:
                    self._stands, self._stepping = True, None
                self._clock.pause()
            case ResumeTime():
                with self._lock:
                    self._stands, self._stepping = False, None
                self._clock.resume()
            case SetSpeed(factor):
                self._clock.speed = factor
            case Step(notable):
                with self._lock:
                    if self._stands and self._stepping is None:
                        self._stepping = threading.Thread(target=self._step, args=(notable,), name="step", daemon=True)
                        self._stepping.start()

    def _step(self, notable: bool) -> None:
        """Let time pass until the next event."""
        wanted = is_notable if notable else is_step
        with self._director.queue.subscribe() as events:
            self._clock.resume()
            for event in events:
                if wanted(event):
                    break
            with self._lock:
                # Somebody else has paused or resumed meanwhile; then this step is over already.
                mine = self._stepping is threading.current_thread()
                if mine:
                    self._clock.pause()
                    self._stepping = None
            came = 1 + len([event for event in events.drain() if is_step(event)])
        if mine and came > 1 and not notable:
            text = "real threads run on a little. <session.switch> makes it exact, and a step one event"
            self._words.append(f"{came} events: {text}")


def is_step(event: Event) -> bool:
    """As in :mod:`msgmux_tui.session.protocol`, which this process does without: it is to begin soon."""
    return not isinstance(event, Levels)


def main() -> None:
    """What this process does until it is ended."""
    script = msgspec.json.decode(sys.stdin.buffer.readline(), type=Script)
    stage = Stage(script.scenario())
    publisher = Publisher(stage, "session")
    publisher.attend(socket.socket(fileno=int(sys.argv[1])))
    sys.stdin.buffer.read()
    # No orderly end is needed: the other process keeps the history.
    os._exit(0)


if __name__ == "__main__":
    main()
