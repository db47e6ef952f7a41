"""The lesson screen: the keys of its cards, what the cards wait for, and the checker's search."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from msgmux_tui import lessons
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.progress import Progress
from msgmux_tui.panes import CardPane, ListPane, ThreadsPane
from msgmux_tui.screens.lesson import LessonScreen
from msgmux_tui.theme.glyphs import UNICODE
from support.patience import PATIENCE
from support.pilot_stage import acts
from support.sessions import HandClock

SLOWLY = 20.0
"""Seconds for which a class reads a card."""


class Room:
    """The app with a lesson, under a clock that the test advances."""

    def __init__(self, pilot: Pilot[None], screen: LessonScreen, clock: HandClock, progress: Progress) -> None:
        self.pilot, self.screen, self.clock, self.progress = pilot, screen, clock, progress

    @property
    def attempt(self) -> Attempt:
        return self.screen.attempt

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        self.screen.pull()
        await self.pilot.pause()

    async def play(self, seconds: float) -> None:
        """Advance by ``seconds``, in frames of 0.25 s, the most that one poll catches up with."""
        for _ in range(round(seconds * 4)):
            self.clock.now += 0.25
            self.screen.pull()
        await self.pilot.pause()

    async def until_checked(self, done: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not done():
                await asyncio.sleep(0.01)
                self.screen.pull()
        await self.pilot.pause()

    async def to_stage(self, stage: str) -> None:
        index = self.attempt.stages.index(stage)
        if index > self.attempt.index:
            self.screen._jump(index)
            await self.pilot.pause()
            self.screen.pull()
            await self.pilot.pause()
        while self.attempt.stage != stage:
            await self.press("pageup")

    @property
    def text(self) -> str:
        strips = self.screen.app.screen._compositor.render_strips()
        return "\n".join(["".join([segment.text for segment in strip]) for strip in strips])

    async def footer_reads(self, words: str) -> None:
        """Wait until the footer shows ``words``; it is rebuilt in several steps."""
        async with asyncio.timeout(PATIENCE):
            while words not in self.text.splitlines()[-1]:
                await self.pilot.pause(0.01)

    @property
    def notice(self) -> str:
        return self.screen.view().notice


@asynccontextmanager
async def room(name: str, tmp_path: Path, width: int = 80, height: int = 24, **options: Any) -> AsyncIterator[Room]:
    clock, progress = HandClock(), Progress(tmp_path / "lessons.json")
    screen = LessonScreen(lessons.read(name), UNICODE, progress=progress, timer=False, clock=clock, **options)
    app = MsgmuxApp(screen, theme="dark")
    async with app.run_test(size=(width, height)) as pilot:
        in_room = Room(pilot, screen, clock, progress)
        await pilot.pause()
        await in_room.play(0.5)
        yield in_room
    screen.end()


# Cards


@acts
async def test_a_card_waits_until_it_has_come_true_and_the_page_keys_turn(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        assert "One list" in on.text
        assert "You will learn: One list" in on.text
        assert "waiting until the list holds 4 or more messages" in on.text
        await on.play(5)
        assert "✓ the list holds 4 or more messages" in on.text
        await on.press("pagedown")
        assert "The flag is the cursor" in on.text
        await on.press("pageup")
        assert on.attempt.index == 0
        await on.press("pageup")
        assert on.attempt.index == 0


@acts
async def test_turning_on_early_runs_the_session_to_the_cards_moment(tmp_path: Path) -> None:
    async with room("backpressure", tmp_path) as on:
        await on.press("pagedown")
        assert on.attempt.index == 0
        assert on.screen.frame.state.length == 20
        assert on.screen.session.paused
        await on.press("pagedown")
        assert on.attempt.index == 1
        assert on.screen.frame.state.length == 20


@acts
async def test_a_moment_does_not_pass_while_the_card_is_read(tmp_path: Path) -> None:
    async with room("backpressure", tmp_path) as on:
        await on.play(SLOWLY)
        assert on.screen.frame.state.length == 20
        await on.press("pagedown", "2")
        await on.play(SLOWLY)
        graded = on.screen.frame.now
        assert on.attempt.grade is not None
        await on.play(SLOWLY)
        assert on.screen.frame.now == graded
        assert on.screen.frame.now < 17, "billing reads again at second 17: the next card speaks of the time before"


@acts
async def test_a_key_that_comes_before_the_card_is_laid_out_is_kept_for_it(tmp_path: Path) -> None:
    async with room("if-for-while", tmp_path) as lesson:
        lesson.screen._open_card()
        await lesson.screen.action_turn(1)
        assert lesson.attempt.index == 0
        await lesson.pilot.pause()
        assert lesson.attempt.index == 1


@acts
async def test_who_wants_the_answer_without_one_of_ones_own_asks_twice(tmp_path: Path) -> None:
    async with room("backpressure", tmp_path) as on:
        await on.press("pagedown", "pagedown", "pagedown")
        assert "again shows the answer" in on.notice
        assert on.attempt.question is not None
        await on.press("pagedown")
        assert "✓ 2 they wait, blocked in put" in on.text
        assert "Found by running: orders: running, then blocked" in on.text
        assert "No." not in on.text
        assert on.attempt.right == 0


@acts
async def test_right_and_enter_turn_as_in_the_tour(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        await on.play(5)
        assert isinstance(on.screen.focused, ListPane)
        await on.press("right")
        assert on.attempt.index == 1
        await on.press("left")
        assert on.attempt.index == 0
        await on.press("enter")
        assert on.attempt.index == 1
        await on.press("z", "right")
        assert on.attempt.index == 1, "in the maximised list arrows choose a message"


@acts
async def test_turning_on_twice_presses_the_key_that_the_card_asks_for(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        await on.press("pagedown", "pagedown", "pagedown", "pagedown")
        assert on.attempt.index == 2
        assert "press s yourself; pagedown again does it for you" in on.notice
        await on.press("pagedown")
        assert on.screen.frame.state.consumers["billing"].status == "stalled"
        assert on.attempt.done


@acts
async def test_a_wrong_answer_may_be_taken_back(tmp_path: Path) -> None:
    async with room("check-then-act", tmp_path) as on:
        await on.press("pagedown", "1")
        assert on.attempt.right == 0
        assert "A: answer again" in on.text
        await on.press("A")
        assert on.attempt.question is not None
        await on.press("2")
        assert (on.attempt.right, on.attempt.right_at_once) == (1, 0)


@acts
async def test_a_choice_that_is_a_number_is_pressed_as_that_number(tmp_path: Path) -> None:
    async with room("lost-wakeup", tmp_path) as on:
        await on.press("pagedown", "2", "pagedown")
        assert "press 0, 1 or 2" in on.text
        await on.press("0")
        assert on.attempt.chosen == 0


@acts
async def test_the_outline_jumps_and_brings_the_world_along(tmp_path: Path) -> None:
    async with room("lag", tmp_path) as on:
        await on.press("O")
        assert "Make it faster" in on.text
        await on.press("down", "down", "enter")
        assert on.attempt.index == 2
        assert 14 <= on.screen.frame.state.consumers["billing"].lag <= 16
        await on.press("O", "up", "enter")
        assert on.attempt.index == 1
        assert on.screen.frame.state.consumers["billing"].lag == 4
        assert on.attempt.question is not None


@acts
async def test_a_maximised_pane_has_the_room_in_a_lesson_too(tmp_path: Path) -> None:
    for name, presenter in (("backpressure", False), ("deadlock", False), ("backpressure", True)):
        async with room(name, tmp_path, 120, 40, presenter=presenter) as on:
            await on.play(1)
            if name == "deadlock":
                await on.to_stage("task")
            await on.press("z")
            zoomed = on.screen.zoomed
            assert zoomed is not None
            assert zoomed.size.height >= 34, on.text


@acts
async def test_the_spotlight_dims_all_other_panes_and_follows_the_focus(tmp_path: Path) -> None:
    async with room("cursor", tmp_path, 120, 40) as on:
        await on.press("F")
        dimmed = {pane.id for pane in on.screen.query(".-dimmed")}
        assert "list" not in dimmed
        assert {"consumers", "producers"} <= dimmed
        await on.press("tab")
        assert on.screen.focused is not None
        assert on.screen.focused.id not in {pane.id for pane in on.screen.query(".-dimmed")}
        await on.press("F")
        assert not on.screen.query(".-dimmed")


@acts
async def test_page_keys_belong_to_the_card_wherever_the_focus_is(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        await on.play(5)
        for _ in range(4):
            await on.press("tab")
            before = on.attempt.index
            await on.press("pagedown" if before == 0 else "pageup")
            assert on.attempt.index != before


@acts
async def test_a_card_focuses_its_pane_selects_its_actor_and_waits_for_a_key(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        await on.play(5)
        await on.press("pagedown", "pagedown")
        assert on.screen.choice.selected.name == "billing"
        assert on.screen.focused.id == "consumers"
        assert "waiting for the key s" in on.text
        await on.press("s")
        await on.play(0.25)
        assert on.screen.frame.state.consumers["billing"].status == "stalled"
        assert on.attempt.done


@acts
async def test_a_session_that_the_user_resumes_is_not_paused_again(tmp_path: Path) -> None:
    async with room("lag", tmp_path) as on:
        await on.play(20)
        assert on.screen.session.paused, "the moment that the card speaks of has come"
        before = on.screen.frame.now
        await on.press("space")
        await on.play(2)
        assert on.screen.frame.now > before


@acts
async def test_time_stands_while_a_question_is_thought_about_and_the_answer_is_found_by_running(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        await on.play(5)
        await on.press("pagedown", "pagedown", "s", "pagedown")
        assert on.screen.session.paused
        before = on.screen.frame.now
        await on.play(SLOWLY)
        assert on.screen.frame.now == before
        assert "press 1, 2 or 3, or click on your answer" in on.text
        await on.press("7")
        assert on.notice == "answers are 1, 2 and 3"
        await on.press("1")
        assert "let us see" in on.text
        await on.play(7)
        assert "✗ 1 at the tail" in on.text
        assert "✓ 2 left behind" in on.text
        assert "No. Found by running: billing's lag: 0, then" in on.text
        await on.press("2")
        assert on.attempt.grade.right is False, "a question is answered once"


@pytest.mark.parametrize("name", [name for name in lessons.ORDER if not lessons.read(name).is_race])
def test_a_class_that_takes_its_time_comes_to_the_same_answers(name: str, tmp_path: Path) -> None:
    @acts
    async def take() -> None:
        async with room(name, tmp_path) as on:
            while on.attempt.card is not None:
                card = on.attempt.card
                await on.play(SLOWLY)
                if card.press:
                    await on.press(*on.screen.keymap[card.press].keys[:1])
                if card.ask is not None:
                    await on.press(str(card.ask.answer + 1))
                await on.play(SLOWLY)
                assert on.attempt.done, on.text
                assert on.attempt.grade is None or on.attempt.grade.right, on.text
                index = on.attempt.index
                while on.attempt.index == index:
                    await on.press("pagedown")

    take()


# Races


@acts
async def test_digits_answer_a_question_and_otherwise_pick_a_task(tmp_path: Path) -> None:
    async with room("lost-wakeup", tmp_path) as on:
        await on.press("4")
        assert "nothing to answer here" in on.notice
        await on.press("pagedown")
        assert on.attempt.question is not None
        await on.press("2")
        assert on.attempt.chosen == 1
        assert on.screen.stepping.threads.steps == 0
        await on.to_stage("task")
        await on.press("5")
        assert on.screen.stepping.threads.steps == 1


@acts
async def test_what_is_broken_by_hand_counts_and_hints_come_one_by_one(tmp_path: Path) -> None:
    async with room("lost-wakeup", tmp_path) as on:
        await on.press("H")
        assert "hints are for the card" in on.notice
        await on.to_stage("task")
        assert isinstance(on.screen.focused, ThreadsPane)
        assert "hint (3 left)" in on.text
        await on.press("H")
        assert lessons.read("lost-wakeup").hints[0][:40] in on.text
        await on.press("H", "H", "H")
        assert "these are all" in on.notice
        threads = {task.name: str(task.id) for task in on.screen.stepping.threads.tasks}
        # C1 checks its channel and is preempted; P1 puts and delivers; C1 goes to sleep, and nothing wakes it.
        await on.press(*[threads["C1"]] * 2, *[threads["P1"]] * 3)
        await on.press("space")
        await on.play(30)
        assert on.attempt.by_hand == "lost"
        assert "Done: a message is lost" in on.text or on.screen.query_one(CardPane).pages > 1


@acts
async def test_the_checker_finds_it_plays_it_back_and_tries_the_sound_code(tmp_path: Path) -> None:
    async with room("lost-wakeup", tmp_path) as on:
        await on.to_stage("reveal")
        await on.until_checked(lambda: on.attempt.found is not None)
        assert "lost: C1 waits for a message although a message lies in the channel of C1" in on.text
        assert "It takes 1 preemption, 1 choice" in on.text
        assert not on.screen.stepping.paused
        await on.play(10)
        assert on.screen.stepping.threads.broken[0].name == "lost"
        await on.press("pageup")
        while on.attempt.stage != "task":
            await on.press("pageup")
        assert on.screen.stepping.threads.steps == 0, "one's own attempt begins anew"
        assert on.attempt.by_hand == "", "what the checker breaks is not broken by hand"
        await on.to_stage("reveal")
        await on.to_stage("proof")
        await on.until_checked(lambda: on.attempt.proved is not None)
        assert "No fault: all " in on.text
        assert on.progress.of("lost-wakeup").done
        await on.press("pagedown")
        assert on.attempt.lesson.name == "if-for-while"
        assert on.screen.stepping.threads.steps == 0


@acts
async def test_a_question_to_the_checker_is_graded_by_what_it_finds(tmp_path: Path) -> None:
    async with room("lost-wakeup", tmp_path) as on:
        await on.press("pagedown", "2", "pagedown", "0")
        await on.until_checked(lambda: on.attempt.grade is not None)
        assert (on.attempt.grade.right, on.attempt.grade.truth, on.attempt.grade.by_running) == (False, 1, True)
        assert "(The checker has found it.)" in on.text


@acts
async def test_the_faulty_code_stands_beside_the_sound_one_where_there_is_room(tmp_path: Path) -> None:
    async with room("check-then-act", tmp_path, 120, 40) as on:
        await on.to_stage("code")
        line = next(line for line in on.text.splitlines() if "faulty: linking.py" in line)
        assert "sound: registry.py" in line
        assert on.screen.query_one(CardPane).pages == 1
    async with room("check-then-act", tmp_path) as on:
        await on.to_stage("code")
        assert "sound: registry.py" not in on.text
        assert on.screen.query_one(CardPane).pages > 1


# The screen


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("presenter", [False, True])
@pytest.mark.parametrize("name", ["backpressure", "retention", "deadlock"])
def test_the_list_can_be_read_beside_the_card(
    name: str, presenter: bool, width: int, height: int, tmp_path: Path
) -> None:
    @acts
    async def look() -> None:
        async with room(name, tmp_path, width, height, presenter=presenter) as on:
            await on.play(5)
            assert "HEAD oldest" in on.text
            assert "TAIL newest" in on.text
            assert on.screen.query_one(ListPane).size.height >= 5
            card = on.screen.query_one(CardPane)
            assert card.size.height >= 8
            assert "pagedown" in on.text
            if presenter:
                assert card.size.height >= height // 3

    look()


@acts
async def test_a_lesson_stays_exact_and_can_be_begun_again(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        await on.play(5)
        await on.press("pagedown", "x")
        assert "a lesson is exact" in on.notice
        await on.press("o")
        assert (on.attempt.index, on.screen.frame.now < 1) == (0, True)
        assert "waiting until the list holds 4 or more messages" in on.text


@acts
async def test_help_tells_of_the_cards_and_progress_is_kept_card_by_card(tmp_path: Path) -> None:
    async with room("cursor", tmp_path) as on:
        await on.play(5)
        await on.press("pagedown")
        assert Progress(tmp_path / "lessons.json").of("cursor").words == "2 of 6"
        await on.press("question_mark")
        assert "what it waits for. pagedown" in on.text


@acts
async def test_a_checker_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgmux_tui.lessons.child.arguments", lambda *_: ["check", "nowhere.toml"])
    async with room("lost-wakeup", tmp_path) as on:
        await on.to_stage("reveal")
        await on.until_checked(lambda: "ended with code 2" in on.notice)
        assert "nowhere.toml" in on.notice


@pytest.mark.parametrize(("width", "height", "presenter"), [(120, 40, False), (80, 24, True)])
def test_a_maximised_pane_has_the_whole_screen_in_a_lesson(
    tmp_path: Path, width: int, height: int, presenter: bool
) -> None:
    @acts
    async def act() -> None:
        async with room("deadlock", tmp_path, width, height, presenter=presenter) as on:
            await on.to_stage("task")
            await on.press("1", "z")
            # All but the header, the caption and the footer.
            assert on.screen.query_one("#threads").region.height == height - 3

    act()


def test_the_palette_of_a_lesson_has_the_lessons_and_its_cards(tmp_path: Path) -> None:
    @acts
    async def act() -> None:
        async with room("cursor", tmp_path) as on:
            found = {title: go for title, _, go in on.screen.places()}
            assert {f"Lesson: {name}" for name in lessons.ORDER} <= set(found)
            assert len([title for title in found if title.startswith("Card: ")]) == len(on.attempt.stages)
            found["Lesson: lag"]()
            assert on.attempt.lesson.name == "lag"

    act()


@acts
async def test_the_footer_says_which_digits_answer_a_question_and_no_longer_when_it_is_answered(tmp_path: Path) -> None:
    async with room("deadlock", tmp_path) as on:
        footer = on.text.splitlines()[-1]
        assert "turn" not in footer, "nothing is stepped through while the card is read"
        assert "pagedown on" in footer
        await on.press("pagedown")
        await on.footer_reads("1-3 answers")
        await on.press("2")
        await on.footer_reads("pagedown on")
        assert "answers" not in on.text.splitlines()[-1]
        await on.to_stage("task")
        await on.footer_reads("1-9 its turn")


@acts
async def test_the_footer_names_the_numbers_that_are_choices_themselves(tmp_path: Path) -> None:
    async with room("lock-held", tmp_path) as on:
        await on.press("pagedown", "pagedown", "pagedown", "pagedown")
        while on.attempt.question is None or on.attempt.question.keys[0] != "0":
            await on.press("pagedown")
        await on.footer_reads("0-2 answers")
