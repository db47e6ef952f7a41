"""A lesson in a real terminal: taken by keys alone, from the first card to the checker's result."""

import pytest

from support.pty_program import PtyProgram

pytestmark = pytest.mark.terminal
PAGE_DOWN = "\x1b[6~"


@pytest.mark.parametrize("options", [(), ("--presenter", "--ascii")])
def test_a_race_is_taken_to_its_end_by_keys_alone(options: tuple[str, ...]) -> None:
    with PtyProgram("lesson", "if-for-while", *options) as program:
        program.wait_for("if instead of while|Two threads read from one consumer")
        program.press(PAGE_DOWN)
        program.wait_for("press 1, 2 or 3")
        program.press("2")
        program.wait_for("Right.")
        program.press(PAGE_DOWN)
        program.wait_for("Name it")
        program.press("3")
        program.wait_for("The checker has found it")
        program.press(PAGE_DOWN)
        program.wait_for("faulty: waiting.py|sound: outlet.py")
        program.press(PAGE_DOWN)
        program.wait_for("page 2 of 2.*4/7")
        program.press(PAGE_DOWN)
        program.wait_for("Your turn")
        program.press("H")
        program.wait_for("It takes no preemption")
        program.press(PAGE_DOWN)
        program.wait_for("crash: the task 'reader 2' ended by IndexError")
        program.press(PAGE_DOWN)
        program.wait_for("page 2 of 2.*6/7")
        program.press(PAGE_DOWN)
        program.wait_for(r"No fault: all \d+ schedules")
        program.wait_for("Done: 2 of 2 answers right")
        program.press("q")
        assert program.wait_for_end() == 0
        assert program.left_on == []
        assert program.settings_restored
