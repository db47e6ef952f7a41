"""Steps through a program of the user's that runs in a child process: the parent's side, and the records on the wire.

Each line to the child is a request, each line from it an answer, both JSON. No call here waits for the child but
:meth:`CodeStepper.wait`: a screen asks, and polls. A child that does not answer is ended; going back starts another.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from msgmux.checker.code.loading import parsed, read_source
from msgmux.checker.code.parent import PATIENCE, START, died, end_child, start_child, stuck_at
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Touch
from msgmux.checker.records import Resource, SharedView, TaskView
from msgmux.checker.trial import Failure
from msgmux.errors import MsgmuxError
from msgmux.runtime.records import CLOCK, Wait
from msgmux.runtime.schedule import Schedule

MOST_BYTES = 8 << 20
"""Most bytes of one answer; a longer one is none of our child's."""
NONSENSE = "its process answers what is no answer: the program has written where only the checker writes"


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """The first request: start the program and make these ``picks``.

    ``schedule``: suggestions follow it while the picks do. ``learn``: first find out by some runs where accesses race,
    which is where the scheduling points are. ``trace``: the file to which the child writes its traceback on SIGUSR1.
    ``paths``: folders where modules are found, besides the program's own.
    """

    program: CodeProgram
    schedule: Schedule | None = None
    picks: tuple[int, ...] = ()
    learn: bool = True
    trace: str = ""
    paths: tuple[str, ...] = ()


class Pick(msgspec.Struct, frozen=True, tag="pick"):
    """Let that task go on to its next point (0: the clock); with ``most`` above 1, until it must wait or has ended, at
    most that many points.
    """

    task: int
    most: int = 1


class Perform(msgspec.Struct, frozen=True, tag="perform"):
    """Start the program again and make these picks."""

    picks: tuple[int, ...]


Request = Begin | Pick | Perform


class Learning(msgspec.Struct, frozen=True, tag="learning"):
    """The child has begun, or has found more places at which accesses race."""

    learned: tuple[str, ...] = ()


class Wrong(msgspec.Struct, frozen=True, tag="wrong"):
    """Why the program cannot be stepped through at all."""

    why: str


class Stood(msgspec.Struct, frozen=True, tag="stood"):
    """Where the program stands after a request; see the properties of :class:`~msgmux.checker.stepper.Stepper`.

    ``program`` has the places that are scheduling points. ``suggested``: the task that the schedule would pick, after
    its end or off its way the one that is first in; None where nobody can go on. ``ahead``: how many of the schedule's
    picks are left, None off its way. ``touches``: the accesses of the last step to what is shared. ``shared``: the
    variables, those accessed last first. ``printed``: the last lines that the program has printed. ``problem``: why the
    request was not done as asked.
    """

    program: CodeProgram
    tasks: tuple[TaskView, ...] = ()
    resources: tuple[Resource, ...] = ()
    waits: tuple[Wait, ...] = ()
    failures: tuple[Failure, ...] = ()
    unknown: str = ""
    over: bool = False
    picks: tuple[int, ...] = ()
    schedule: Schedule = Schedule()
    preemptions: int = 0
    now: float = 0.0
    suggested: int | None = None
    ahead: int | None = None
    touches: tuple[Touch, ...] = ()
    shared: tuple[SharedView, ...] = ()
    printed: tuple[str, ...] = ()
    problem: str = ""


class CodeStepper:
    """Steps through ``program``, with suggestions from ``schedule`` if there is one. To be closed in any case.

    ``stood`` is where the program stands. Ask for steps by :meth:`ask`, then :meth:`poll` until it is no longer
    ``waiting``. ``patience``: seconds without an answer after which the child is ended; the run is *unknown* then, and
    only going back (:class:`Perform`) is possible. ``clock`` is the wall clock.

    Raises :class:`MsgmuxError` if the file is wrong, or if the schedule does not fit.
    """

    def __init__(
        self,
        program: CodeProgram,
        schedule: Schedule | None = None,
        *,
        patience: float = PATIENCE,
        paths: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        path = Path(program.path)
        parsed(read_source(path), path)
        self.stood = Stood(program)
        self._schedule = schedule
        self._patience, self._paths, self._clock = patience, paths, clock
        self._child: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="msgmux-step-")
        self._asked: Request | None = None
        self._wrong = ""
        self._heard = b""
        self._until = 0.0
        try:
            self._begin((), learn=schedule is None and program.points == "shared" and not program.learned)
            self.wait()
            if self._wrong:
                raise MsgmuxError(self._wrong)
        except BaseException:
            self.close()
            raise

    @property
    def waiting(self) -> bool:
        """Whether a request has not been answered yet."""
        return self._asked is not None

    @property
    def process(self) -> int | None:
        """The id of the child process; None if there is none."""
        return None if self._child is None else self._child.pid

    def ask(self, request: Pick | Perform) -> None:
        """Send a request. Raises :class:`MsgmuxError` if another one has not been answered, or if the run cannot go
        on.
        """
        if self.waiting:
            raise MsgmuxError("the last step has not ended yet")
        if self._child is None:
            if isinstance(request, Pick):
                raise MsgmuxError(f"{self.stood.unknown or 'the run cannot go on from here'}; undo the last step")
            self._begin(request.picks, learn=False)
            return
        assert self._child.stdin is not None
        self._asked = request
        self._until = self._clock() + self._patience
        try:
            self._child.stdin.write(msgspec.json.encode(request) + b"\n")
            self._child.stdin.flush()
        except OSError:
            self._lose(self._ended())

    def poll(self) -> bool:
        """Take what the child has answered, without waiting. Returns whether ``stood`` has changed."""
        child = self._child
        if child is None or not self.waiting:
            return False
        assert child.stdout is not None
        try:
            while chunk := os.read(child.stdout.fileno(), 1 << 16):
                self._heard += chunk
                if len(self._heard) > MOST_BYTES:
                    self._lose(NONSENSE)
                    return True
            self._lose(self._ended())
            return True
        except BlockingIOError:
            # Everything that there is has been read.
            pass
        *lines, self._heard = self._heard.split(b"\n")
        changed = False
        for line in lines:
            changed = self._take(line) or changed
        if self.waiting and not changed and self._clock() >= self._until:
            self._lose(self._stuck())
            return True
        return changed

    def wait(self) -> None:
        """Wait until the request is answered, or the child is ended for want of an answer."""
        while self.waiting:
            if not self.poll():
                time.sleep(0.002)

    def interrupt(self) -> None:
        """End a step that does not end: start another child, which makes the picks before that step again."""
        if self.waiting:
            self._end()
            self._begin(self.stood.picks, learn=False)

    def close(self) -> None:
        """End the child. Idempotent."""
        self._end()
        self._folder.cleanup()

    # The child

    def _begin(self, picks: tuple[int, ...], *, learn: bool) -> None:
        self._trace = os.path.join(self._folder.name, f"trace-{time.monotonic_ns()}")
        request = Begin(self.stood.program, self._schedule, picks, learn, self._trace, self._paths)
        self._heard = b""
        self._child = start_child("msgmux.checker.code.stepping_child", msgspec.json.encode(request) + b"\n")
        assert self._child.stdout is not None
        os.set_blocking(self._child.stdout.fileno(), False)
        self._asked = request
        self._until = self._clock() + START

    def _take(self, line: bytes) -> bool:
        try:
            answer = _ANSWERS.decode(line)
        except msgspec.DecodeError:
            self._lose(NONSENSE)
            return True
        match answer:
            case Learning(learned=learned):
                self._until = self._clock() + self._patience
                self.stood = replace(self.stood, program=replace(self.stood.program, learned=learned))
                return False
            case Wrong(why=why):
                self._end()
                self._wrong = why
                self.stood = replace(self.stood, unknown=why, over=True, suggested=None)
            case Stood():
                self._asked = None
                self.stood = answer
        return True

    def _lose(self, why: str) -> None:
        """The child has ended, or is ended here."""
        asked = self._asked
        self._end()
        if isinstance(asked, Begin) and asked.learn:
            # One of the runs that show where accesses race did not end. What the others have shown is known.
            self._begin((), learn=False)
            return
        stood = self.stood
        picks = stood.picks
        match asked:
            case Pick(task=task):
                picks = (*picks, task)
            case Begin(picks=made) | Perform(picks=made):
                picks = made
                self._wrong = why
        tasks = tuple([replace(task, can_go=False) for task in stood.tasks if task.id != CLOCK])
        self.stood = replace(
            stood, tasks=tasks, picks=picks, unknown=why, over=True, suggested=None, ahead=None, touches=(), problem=""
        )

    def _stuck(self) -> str:
        assert self._child is not None
        return stuck_at(self._child, self._trace, Path(self.stood.program.path))

    def _ended(self) -> str:
        assert self._child is not None
        # Its standard output is closed, so it is about to end.
        child = self._child
        try:
            child.wait(1.0)
        except subprocess.TimeoutExpired:
            return "the program has closed its process's streams"
        return died(child)

    def _end(self) -> None:
        child, self._child, self._asked = self._child, None, None
        if child is not None:
            end_child(child)


_ANSWERS = msgspec.json.Decoder(Learning | Wrong | Stood)
