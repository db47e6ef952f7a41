"""What belongs beside the recording of a counterexample: its threads after each step, and its story."""

from itertools import groupby

from msgmux.checker.counterexample import load
from msgmux.checker.explain import Turn, happened, source
from msgmux.checker.operations import standing
from msgmux.checker.records import TaskView
from msgmux.checker.stepper import Stepper
from msgmux.errors import MsgmuxError
from msgmux.events import Violation
from msgmux.recording import RecordedTimeline
from msgmux.runtime.records import CLOCK
from msgmux_tui.session.telling import cycles, graph
from msgmux_tui.web.page.lines import Place, Story, Task, Threads, Told

MOST_STEPS = 3_000
"""A longer run is exported without its threads."""

Beside = list[tuple[int, Story | Threads]]


def beside(timeline: RecordedTimeline) -> Beside:
    """The lines beside a counterexample, each with the number of the event it comes after. None for other recordings,
    and where the code has changed since, so that its schedule does not fit any more.
    """
    try:
        program, schedule = load(timeline.path)
        with Stepper(program, schedule) as stepper:
            picks = stepper.picks
            if len(picks) > MOST_STEPS:
                return []
            ends = timeline.events_between(timeline.last - 1, timeline.last)
            failures = [f"{end.invariant}: {end.detail}" for end in ends if isinstance(end, Violation)]
            stepper.undo(len(picks))
            return _performed(stepper, picks, failures, timeline.last)
    except (MsgmuxError, OSError):
        return []


def _performed(stepper: Stepper, picks: tuple[int, ...], failures: list[str], last: int) -> Beside:
    lines: Beside = []
    steps: list[tuple[str, list[str], str, int]] = []
    for number, task in enumerate(picks, 1):
        names = {one.id: one.name for one in stepper.tasks}
        did = [words for event in stepper.pick(task) if (words := happened(event))]
        after = {one.id: one for one in stepper.tasks}
        at = stepper.events[-1].number if stepper.events else 0
        then = _words(after[task]) if task in after else "has ended"
        # What broke is told by the last event of the recording, which no step has published.
        at = last if number == len(picks) else at
        name = names.get(task, "the clock")
        steps.append((name, did, "" if task == CLOCK else then, at))
        lines.append((at, _threads(stepper, task, number, f"{name}: {', '.join(did) or then}")))
    turns: list[Told] = []
    for name, of_one in groupby(steps, key=lambda step: step[0]):
        together = list(of_one)
        turn = Turn(name, tuple([words for step in together for words in step[1]]), together[-1][2])
        turns.append(Told(str(turn), together[-1][3]))
    return [(0, Story(failures[0] if failures else "what happens", tuple(turns))), *lines]


def _threads(stepper: Stepper, chosen: int, number: int, said: str) -> Threads:
    tasks = [
        Task(
            task.id,
            task.name,
            "blocked" if task.held_by else task.state if task.can_go or task.state == "sleeping" else "waits",
            task.can_go,
            _words(task),
            task.holds,
            task.id == chosen,
        )
        for task in stepper.tasks
    ]
    at = next((task for task in stepper.tasks if task.id == chosen and task.source), None)
    place = None
    if at is not None:
        title = f"{at.name} stands at {at.operation.file.rpartition('/')[2]}:{at.operation.line}"
        place = Place(title, tuple([(line.number, line.text) for line in at.source]), at.operation.line)
    locks = [
        f"lock {one.name}: {one.holder or 'nobody'} has it"
        + (f", {' and '.join(one.waiters)} want{'s' if len(one.waiters) == 1 else ''} it" if one.waiters else "")
        for one in stepper.resources
        if one.kind == "lock" and (one.holder or one.waiters)
    ]
    told = (*graph(stepper.waits), *locks)
    return Threads(stepper.now, tuple(tasks), said, told, cycles(stepper.waits), place, number, stepper.preemptions)


def _words(task: TaskView) -> str:
    return "lets time pass" if task.id == CLOCK else standing(task.operation, source(task.operation))
