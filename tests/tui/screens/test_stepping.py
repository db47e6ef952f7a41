"""Every key of a step session does what its label says, on the deterministic runtime, without a timer."""

from pathlib import Path

import pytest

from msgmux.checker import Program
from msgmux.scenario import parse
from msgmux_tui.keys.footers import STEP_FOOTER
from msgmux_tui.panes import ThreadsPane
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.session.step import StepSession
from support.pilot_stage import Stage, acts, stage, step_stage
from support.sessions import SMALL

SINGLE = Program(harness="single")
ABBA = Program(harness="leaving", variant="lock-order")
SCENARIO = Program(scenario='duration = "20s"\n' + SMALL.source, file="small.toml")
DEADLOCK = tuple("1N2N3N4N55556N")
"""Keys that lead to a deadlock: all tasks but C1 (5) run until they block; C1 stops with one of its two locks."""


def stepped(on: Stage) -> StepSession:
    session = on.screen.session
    assert isinstance(session, StepSession)
    return session


def picks(on: Stage) -> tuple[int, ...]:
    return stepped(on).stepper.picks


def caption(on: Stage) -> str:
    return on.text.splitlines()[-2]


@acts
async def test_it_opens_on_the_threads_which_have_the_focus() -> None:
    async with step_stage(SINGLE) as on:
        assert on.screen.view().mode == "STEP"
        assert "‖ STEP" in on.text
        assert isinstance(on.screen.focused, ThreadsPane)
        assert "threads" in on.text
        assert "you are the scheduler: a digit picks a task, n picks for you" in caption(on)


@pytest.mark.parametrize(("size", "shown"), [((80, 24), False), ((120, 40), True), ((200, 60), True)])
@acts
async def test_all_panes_fit_beside_the_threads_where_there_is_height(size: tuple[int, int], shown: bool) -> None:
    async with step_stage(SINGLE, *size) as on:
        await on.press("1")
        for words in ("list", "» threads", "consumers", "producers", "stands at multiplexer.py", "with section.lock:"):
            assert words in on.text
        assert ("cleaner ─" in on.text, "events ─" in on.text) == (shown, shown)


@acts
async def test_a_digit_lets_that_task_go_on_and_0_the_clock() -> None:
    async with step_stage(Program(harness="aging")) as on:
        await on.press("1")
        assert picks(on) == (1,)
        assert "1 receiver begins; can go on: 1 2 3 4" in caption(on)
        await on.press("3", "3", "3")
        assert picks(on) == (1, 3, 3, 3)
        assert "3 cleaner waits on cleaner" in caption(on)
        await on.press("0")
        assert picks(on)[-1] == 0
        assert on.screen.frame.now == 0.01
        assert "the clock moves to 0.01 s" in caption(on)


@acts
async def test_a_digit_without_a_task_is_reported() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("9")
        assert "there is no task 9" in caption(on)
        assert picks(on) == ()
        await on.press("n")
        assert "there is no task" not in caption(on)


@acts
async def test_arrows_choose_and_enter_lets_the_chosen_one_go_on() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("down", "down", "enter")
        assert picks(on) == (3,)
        await on.press("up", "enter", "enter")
        assert picks(on) == (3, 2, 2)
        await on.press("end", "enter")
        assert picks(on) == (3, 2, 2, 5)
        await on.press("home", "enter")
        assert picks(on) == (3, 2, 2, 5, 1)


@acts
async def test_beyond_nine_the_arrows_choose() -> None:
    async with step_stage(SCENARIO) as on:
        tasks = stepped(on).threads.tasks
        assert max(task.id for task in tasks) == 9
        await on.press("end", "enter")
        assert picks(on) == (tasks[-1].id,)


@acts
async def test_n_lets_the_strategy_pick() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("n", "n", "n", "n")
        assert picks(on) == (1, 1, 1, 2)
        assert stepped(on).threads.chosen == 2


@acts
async def test_N_lets_the_chosen_one_go_on_until_it_must_wait() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("down", "N")
        assert picks(on) == (2, 2, 2)
        assert "2 sender goes on until it waits on sender" in caption(on)


@acts
async def test_b_takes_back_a_step_and_B_all_that_the_last_one_did() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("1", "1", "2")
        tasks = stepped(on).threads.tasks
        await on.press("n", "n", "b", "b")
        assert picks(on) == (1, 1, 2)
        assert stepped(on).threads.tasks == tasks
        assert "undone: 1 receiver is again about to wait on receiver" in caption(on)
        await on.press("B", "B")
        assert picks(on) == ()
        await on.press("b")
        assert "this is the beginning" in caption(on)


@acts
async def test_the_panes_show_the_state_after_each_step_and_after_each_undo() -> None:
    async with step_stage(SINGLE, 120, 40) as on:
        await on.press("5", "N", "1", "N")
        assert on.state.tail_seq == 1
        assert "P1 put 1" in on.text
        await on.press("B")
        assert on.state.tail_seq == 0
        assert "P1 put 1" not in on.text


@acts
async def test_space_lets_the_strategy_go_on_at_a_pace_and_pauses() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("space")
        assert "● STEP" in on.text
        await on.play(2.0)
        made = len(picks(on))
        assert 8 <= made <= 10
        await on.press("space")
        assert "‖ STEP" in on.text
        await on.play(2.0)
        assert len(picks(on)) == made
        await on.press("full_stop", "space")
        await on.play(1.0)
        assert len(picks(on)) >= made + 8


@acts
async def test_a_digit_stops_the_strategy() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("space")
        await on.play(1.0)
        await on.press("5")
        made = picks(on)
        assert made[-1] == 5
        await on.play(1.0)
        assert picks(on) == made


@acts
async def test_a_deadlock_turns_the_caption_red_and_shows_the_cycle() -> None:
    async with step_stage(ABBA) as on:
        await on.press(*DEADLOCK)
        assert "✗ deadlock: leave waits for C1 waits for leave; b undoes" in caption(on)
        assert "deadlock VIOLATED" in on.text
        assert "DEADLOCK: C1 → leave → C1" in on.text
        assert "C1 waits for leave (queue)" in on.text
        made = picks(on)
        await on.press("n", "1", "enter", "N")
        assert picks(on) == made
        await on.press("b")
        assert "deadlock" not in on.text.lower()
        assert len(picks(on)) == len(made) - 1


@acts
async def test_a_deadlock_stops_the_strategy() -> None:
    async with step_stage(ABBA) as on:
        await on.press(*DEADLOCK[:-1], "full_stop", "space")
        while not on.screen.session.paused:
            await on.play(0.5)
        assert "‖ STEP" in on.text
        assert stepped(on).stepper.failures or stepped(on).stepper.over


@acts
async def test_g_and_commands_to_the_cast_do_nothing_but_say_so() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("g")
        assert "there is no way but step by step" in caption(on)
        for key in "pcPCsSdtTum":
            await on.press(key)
            assert picks(on) == (), key
            assert set(on.state.consumers) == {"C1"}
            assert set(on.state.producers) == {"P1"}
            assert "here you decide who goes on" in caption(on) or "no marks" in caption(on), key


@acts
async def test_the_footer_shows_the_keys_of_stepping_and_is_the_usual_one_again_after_it() -> None:
    async with step_stage(SCENARIO) as on:
        await on.reads("1-9 its turn")
        footer = on.text.splitlines()[-1]
        for word in STEP_FOOTER.values():
            assert word in footer
        await on.press("n", "h")
        assert "its turn" not in on.text.splitlines()[-1]


@acts
async def test_tab_goes_through_the_panes_that_are_shown() -> None:
    async with step_stage(SINGLE) as on:
        seen = []
        for _ in range(4):
            seen.append(on.screen.focused.id)
            await on.press("tab")
        assert seen == ["threads", "consumers", "producers", "list"]
        assert on.screen.focused.id == "threads"


@acts
async def test_without_a_step_session_there_are_no_threads() -> None:
    async with stage() as on:
        seen = set()
        for _ in range(6):
            seen.add(on.screen.focused.id)
            await on.press("tab")
        assert "threads" not in seen
        assert "threads" not in on.text
        await on.press("1")
        assert "msgmux-tui play SCENARIO --step" in on.notice


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@acts
async def test_the_pane_can_be_maximised_and_explains_itself(size: tuple[int, int]) -> None:
    async with step_stage(SINGLE, *size) as on:
        await on.press("1", "1", "z")
        await on.pilot.pause()
        assert "consumers" not in on.text
        assert on.screen.query_one(ThreadsPane).size.height == size[1] - 3
        await on.press("z", "question_mark")
        assert isinstance(on.app.screen, HelpScreen)
        await on.pilot.pause()
        assert "You are the scheduler" in on.text or "scheduler" in "\n".join(
            "".join(segment.text for segment in strip) for strip in on.app.screen._compositor.render_strips()
        )


@acts
async def test_a_click_chooses_a_task_and_a_double_click_lets_it_go_on() -> None:
    async with step_stage(SINGLE) as on:
        await on.pilot.click("#threads", offset=(5, 4))
        await on.press()
        assert stepped(on).threads.chosen == 4
        await on.pilot.click("#threads", offset=(5, 4), times=2)
        await on.press()
        assert picks(on) == (4,)


@acts
async def test_R_goes_on_step_by_step_from_a_moment_of_the_past() -> None:
    async with stage(scenario=parse(SCENARIO.scenario, "small.toml")) as on:
        await on.press("R")
        assert "h opens it" in on.notice
        await on.press("h", "b", "R")
        await on.pilot.pause()
        on.screen.pull()
        assert on.screen.view().mode == "STEP"
        assert isinstance(on.screen.focused, ThreadsPane)
        at = on.state.event
        assert at > 0
        assert "performed again up to here" in caption(on)
        await on.press("n", "b")
        assert on.state.event == at


@acts
async def test_what_cannot_be_stepped_from_says_why_and_stays() -> None:
    async with stage(scenario=parse(SCENARIO.scenario, "small.toml")) as on:
        await on.press("s")
        await on.play(1.0)
        await on.press("h", "R")
        assert on.screen.view().mode == "REPLAY"
        assert "can't be performed again" in on.notice


@acts
async def test_the_history_of_a_step_session_can_be_looked_at_and_left() -> None:
    async with step_stage(SINGLE) as on:
        await on.press("5", "N", "1", "N", "h")
        assert on.screen.view().mode == "REPLAY"
        await on.press("l")
        await on.pilot.pause()
        assert on.screen.view().mode == "STEP"
        assert isinstance(on.screen.focused, ThreadsPane)


@acts
async def test_W_saves_what_was_broken_to_be_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with step_stage(ABBA) as on:
        await on.press(*DEADLOCK, "W")
        (saved,) = tmp_path.iterdir()
        assert saved.name.startswith("leaving-")
