"""The step session in a real terminal: its keys work, and a program that can't be stepped through is refused."""

import pytest

from support.pty_program import PtyProgram

pytestmark = pytest.mark.terminal


def test_one_can_cause_a_deadlock_undo_it_and_quit() -> None:
    with PtyProgram("play", "--step", "--variant", "lock-order") as program:
        program.wait_for("STEP")
        program.wait_for("you are the scheduler")
        program.press("2")
        program.wait_for("2 sender begins; can go on: 1 2 3 4 5 6")
        program.press("b")
        program.wait_for("undone: 2 sender is again about to begin")
        program.press("1N2N3N4N55556N")
        program.wait_for("deadlock: leave waits for C1 waits for leave")
        program.wait_for("DEADLOCK: C1 → leave → C1")
        program.press("B")
        program.wait_for("6 leave is again about to")
        program.press("q")
        assert program.wait_for_end() == 0
        assert program.left_on == []


def test_a_bundled_scenario_goes_on_by_itself_in_virtual_time() -> None:
    with PtyProgram("play", "default", "--step", width=120, height=40) as program:
        program.wait_for("» threads")
        program.press("......... ")
        program.wait_for("× *100|×100")
        program.wait_for(r"\d+ of 48 messages")
        program.wait_for(r"P1 put")
        program.press(" ")
        program.wait_for("‖ STEP")
        program.press("q")
        assert program.wait_for_end() == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("play", "no-such-thing", "--step"), "no-such-thing"),
        (("play", "--step", "--variant", "lost-wakupe"), "there is no variant 'lost-wakupe'"),
        (("play", "default", "--variant", "lost-wakeup"), "--variant is for --step"),
        (("play", "--step"), "SCENARIO"),
    ],
)
def test_what_cannot_be_stepped_through_is_told_in_one_sentence(arguments: tuple[str, ...], complaint: str) -> None:
    with PtyProgram(*arguments) as program:
        assert program.wait_for_end() == 2
        assert complaint in " ".join(program.text.split())
        assert "Traceback" not in program.text
