"""The stepper: it runs the task that is picked, and every step can be undone."""

from pathlib import Path

import pytest

from msgmux import MsgmuxError
from msgmux.checker import Program, Stepper, check, reproduce, save
from msgmux.checker.operations import standing
from msgmux.runtime.records import CLOCK, Operation
from msgmux.runtime.strategies import RandomWalk
from msgmux.state import fold

SINGLE = Program(harness="single")
LOST = Program(harness="single", variant="lost-wakeup")

STEADY = "\n".join(
    ['duration = "30s"']
    + [f'[[producer]]\nname = "p{n}"\nrate = "2/s"' for n in range(3)]
    + [f'[[consumer]]\nname = "c{n}"' for n in range(3)]
)


def ids(stepper: Stepper) -> dict[str, int]:
    return {task.name: task.id for task in stepper.tasks}


def until(stepper: Stepper, task: str, operation: str) -> None:
    """Pick ``task`` until its next operation is ``operation``."""
    for _ in range(50):
        now = next(view.operation for view in stepper.tasks if view.name == task)
        if (str(now), now.phase) == (operation, "before"):
            return
        stepper.pick(ids(stepper)[task])
    pytest.fail(f"{task} never comes to: {operation}")


def test_a_task_shows_what_it_will_do_and_the_line_it_stands_at() -> None:
    with Stepper(SINGLE) as stepper:
        consumer = ids(stepper)["C1"]
        view = next(task for task in stepper.tasks if task.id == consumer)
        assert (view.state, view.can_go, view.operation, view.code) == ("ready", True, Operation("start"), "")
        stepper.pick(consumer)
        view = next(task for task in stepper.tasks if task.id == consumer)
        at = view.operation
        assert (view.state, at.kind, at.object, at.phase) == ("running", "acquire", "queue", "before")
        assert at.file.endswith("multiplexer.py")
        assert [line.number for line in view.source] == list(range(at.line - 5, at.line + 6))
        assert view.code == view.source[5].text.strip() == "self.section.run(self._fetch, outlet)"


def test_a_task_that_waits_is_in_its_operation_and_after_it_when_it_has_been_woken() -> None:
    with Stepper(SINGLE) as stepper:

        def receiver() -> tuple[str, str, str]:
            view = next(task for task in stepper.tasks if task.name == "receiver")
            return view.operation.kind, view.operation.phase, standing(view.operation, view.code)

        stepper.run_until_blocked(ids(stepper)["receiver"])
        assert receiver() == ("wait", "in", "waits on receiver")
        stepper.run_until_blocked(ids(stepper)["P1"])
        assert receiver() == ("wait", "after", "next: return from its wait on receiver")


def test_a_task_that_waits_shows_for_what_and_who_holds_it() -> None:
    with Stepper(SINGLE) as stepper:
        until(stepper, "receiver", "wait receiver")
        until(stepper, "sender", "acquire queue")
        view = next(task for task in stepper.tasks if task.name == "sender")
        assert (view.can_go, view.waits_for, view.held_by) == (False, "queue", "receiver")
        assert [(wait.task, wait.holder) for wait in stepper.waits] == [("sender", "receiver")]
        locks = {resource.name: resource for resource in stepper.resources}
        assert (locks["queue"].holder, locks["queue"].waiters) == ("receiver", ("sender",))
        with pytest.raises(MsgmuxError, match=r"cannot go on now"):
            stepper.pick(view.id)


def test_undo_gives_back_exactly_what_was() -> None:
    with Stepper(SINGLE) as stepper:
        seen = []
        while not stepper.over:
            seen.append((stepper.tasks, stepper.now, tuple(stepper.events), stepper.state))
            stepper.go(RandomWalk(len(seen)))
        while stepper.undo():
            assert (stepper.tasks, stepper.now, tuple(stepper.events), stepper.state) == seen.pop()
        assert not seen
        assert not stepper.undo()


def test_the_state_is_the_fold_of_the_events_that_it_shows() -> None:
    with Stepper(SINGLE) as stepper:
        stepper.go(steps=1_000)
        assert stepper.over
        assert stepper.start is not None
        assert stepper.state == fold(stepper.start, stepper.events)
        assert stepper.state.tail_seq == 1
        assert not stepper.failures


def test_one_can_cause_the_fault_oneself_and_save_it(tmp_path: Path) -> None:
    with Stepper(LOST) as stepper:
        for task in ("receiver", "sender", "cleaner"):
            stepper.run_until_blocked(ids(stepper)[task])
        until(stepper, "C1", "acquire C1.channel")
        stepper.run_until_blocked(ids(stepper)["P1"])
        stepper.pick(ids(stepper)["C1"])
        assert not stepper.failures, "it has the lock, and has not yet gone to sleep beside its message"
        stepper.run_until_blocked(ids(stepper)["C1"])
        assert stepper.over
        assert [failure.invariant for failure in stepper.failures] == ["lost"]
        save(tmp_path / "mine.jsonl", stepper.counterexample())
        assert reproduce(tmp_path / "mine.jsonl").failure.invariant == "lost"
        picks = stepper.picks
        stepper.undo(len(picks))
        stepper.perform(picks)
        assert [failure.invariant for failure in stepper.failures] == ["lost"]


def test_the_same_picks_break_nothing_in_the_repaired_queue() -> None:
    with Stepper(LOST) as faulty, Stepper(SINGLE) as sound:
        found = check(LOST).counterexample
        assert found is not None
    with Stepper(found.program, found.schedule) as faulty:
        faulty.go(steps=100)
        assert faulty.failures
    with Stepper(SINGLE) as sound:
        sound.go(steps=100)
        assert not sound.failures


def test_a_dead_end_can_only_be_undone() -> None:
    with Stepper(Program(harness="shared", variant="if-for-while")) as stepper:
        stepper.go(steps=1_000)
        assert stepper.over
        assert stepper.failures[0].invariant == "crash"
        with pytest.raises(MsgmuxError, match="undo"):
            stepper.pick(1)
        assert stepper.undo()
        assert not stepper.over


def test_the_clock_is_a_task_that_may_be_picked_at_any_time() -> None:
    with Stepper(Program(harness="aging", variant="cleaner-ignores-cursors")) as stepper:
        for task in ("receiver", "sender", "cleaner", "P1"):
            stepper.run_until_blocked(ids(stepper)[task])
        until(stepper, "receiver", "notify sender")
        clock = stepper.tasks[-1]
        assert (clock.id, clock.can_go, clock.operation) == (CLOCK, True, Operation("tick", "0.01 s"))
        stepper.pick(CLOCK)
        assert stepper.now == 0.01
        stepper.run_until_blocked(ids(stepper)["receiver"])
        stepper.run_until_blocked(ids(stepper)["cleaner"])
        assert {failure.invariant for failure in stepper.failures} >= {"unread", "lost"}
        assert stepper.undo()


def test_a_step_back_over_300_points_leads_to_the_point_before() -> None:
    with Stepper(Program(scenario=STEADY, file="steady.toml")) as stepper:
        assert len(stepper.go(steps=300)) == 300
        picks, events = stepper.picks, list(stepper.events)
        assert len(stepper.go()) == 1
        assert stepper.undo()
        assert (stepper.picks, list(stepper.events)) == (picks, events)
