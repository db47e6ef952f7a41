"""The exercise screen: the source beside its grade. Grading, which needs a child process, is replaced by a fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from msgmux.exercises import Exercise, Reach, read_exercise
from msgmux.exercises.records import Grade, PartGrade, StoryLine
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.exercises.solved import Solved
from msgmux_tui.screens import exercise as exercising
from msgmux_tui.screens.exercise import ExerciseScreen
from msgmux_tui.theme.glyphs import UNICODE
from support.pilot_stage import acts

STORY = (
    StoryLine("T1", "counter.py", 13, "self.value += 1", "reads 0"),
    StoryLine("T2", "counter.py", 13, "self.value += 1", "reads 0, writes 1"),
    StoryLine("T1", "counter.py", 13, "self.value += 1", "writes 1 over T2's 1"),
    StoryLine("MainThread", "harness.py", 21, "assert counter.value == 4", "fails"),
)
BROKEN = PartGrade(
    "test_no_call_is_lost",
    "violated",
    False,
    2,
    "found at schedule 2",
    0.1,
    "assert: add() was called 4 times, and the value is 3",
    STORY,
    "1 preemption",
    "T1 writes what it read before T2 wrote: a lost update.",
)
HOLDS = PartGrade("test_no_call_is_lost", "valid", True, 20, "every schedule: 20", 0.1)


class MadeUp:
    """A fake grading that ends when the test says so."""

    started = 0
    ended = 0
    grade: Grade | None = None
    problem = ""
    is_over = True

    def __init__(self, exercise: Exercise, file: Path) -> None:
        MadeUp.started += 1

    def over(self) -> bool:
        return MadeUp.is_over

    def close(self) -> None:
        MadeUp.ended += 1


def graded(verdict: str, *tests: PartGrade, missing: tuple[Reach, ...] = ()) -> Grade:
    return Grade("counter", 1, "counter.py", verdict, tests, missing)  # type: ignore[arg-type]


class Stage:
    def __init__(self, pilot: Pilot[None], screen: ExerciseScreen) -> None:
        self.pilot, self.screen = pilot, screen

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.frame()

    async def frame(self) -> None:
        self.screen.pull()
        await self.pilot.pause()

    @property
    def text(self) -> str:
        strips = self.pilot.app.screen._compositor.render_strips()
        return "\n".join(["".join([segment.text for segment in strip]) for strip in strips])


@asynccontextmanager
async def stage(
    file: Path, grade: Grade | None, width: int = 120, height: int = 40, problem: str = ""
) -> AsyncIterator[Stage]:
    MadeUp.started = MadeUp.ended = 0
    MadeUp.grade, MadeUp.problem, MadeUp.is_over = grade, problem, True
    exercise = read_exercise("counter")
    screen = ExerciseScreen(exercise, file, UNICODE, solved=Solved(file.with_name("solved.json")), timer=False)
    async with MsgmuxApp(screen, theme="dark").run_test(size=(width, height)) as pilot:
        on_stage = Stage(pilot, screen)
        await on_stage.frame()
        await on_stage.frame()
        yield on_stage
    screen.end()
    assert MadeUp.started == MadeUp.ended


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(exercising, "Grading", MadeUp)
    path = tmp_path / "counter.py"
    path.write_text(read_exercise("counter").text("skeleton.py"))
    return path


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
@acts
async def test_source_and_story_are_there_at_once(file: Path, width: int, height: int) -> None:
    async with stage(file, graded("broken", BROKEN), width, height) as shown:
        assert "self.value += 1" in shown.text
        assert "broken: no call is lost" in shown.text
        assert "grade · broken" in shown.text
        assert "n step" in shown.text


@acts
async def test_the_story_is_gone_through_step_by_step_and_marks_the_line(file: Path) -> None:
    async with stage(file, graded("broken", BROKEN)) as shown:
        await shown.press("n")
        assert shown.screen.view().exercise.here == 13
        assert "step 1 of 4" in shown.text
        await shown.press("n", "n", "n", "n")
        assert "step 4 of 4" in shown.text
        # That line belongs to the harness, not to the student's file.
        assert shown.screen.view().exercise.here == 0
        await shown.press("b")
        assert "step 3 of 4" in shown.text
        await shown.press("up")
        assert "step 2 of 4" in shown.text


@acts
async def test_a_saved_file_is_graded_again(file: Path) -> None:
    async with stage(file, graded("broken", BROKEN)) as shown:
        assert MadeUp.started == 1
        await shown.frame()
        assert MadeUp.started == 1
        file.write_text(read_exercise("counter").text("solution.py"))
        MadeUp.grade, MadeUp.is_over = graded("solved", HOLDS), False
        await shown.frame()
        assert MadeUp.started == 2
        assert "grade · grading" in shown.text
        assert "with self.lock:" in shown.text
        MadeUp.is_over = True
        await shown.frame()
        assert "grade · solved" in shown.text
        assert Solved(file.with_name("solved.json")).words(read_exercise("counter")) == "solved"


@acts
async def test_a_file_that_is_saved_while_it_is_graded_ends_that_grading(file: Path) -> None:
    async with stage(file, None) as shown:
        MadeUp.is_over = False
        await shown.press("o")
        file.write_text("class Counter: ...\n")
        await shown.frame()
        assert (MadeUp.started, MadeUp.ended) == (3, 2)


@acts
async def test_what_cannot_be_graded_is_reported(file: Path) -> None:
    async with stage(file, None, problem="counter.py:13: is no Python: invalid syntax") as shown:
        assert "counter.py:13: is no Python: invalid syntax" in shown.text
        assert "grade · no grade" in shown.text
        file.unlink()
        await shown.frame()
        assert "No such file or directory" in shown.text


@acts
async def test_what_is_refused_says_what_was_asked_for(file: Path) -> None:
    missing = (Reach("two at once", "one need not wait for the other"),)
    async with stage(file, graded("refused", HOLDS, missing=missing)) as shown:
        assert "two at once: one need not wait for the other" in shown.text
        await shown.press("n")
        assert "there is no story to go through" in shown.text


@acts
async def test_hints_come_one_by_one(file: Path) -> None:
    async with stage(file, graded("broken", BROKEN)) as shown:
        await shown.press("H")
        assert "hint 1 of 3" in shown.text
        await shown.press("H")
        assert "hint 2 of 3" in shown.text


@acts
async def test_help_theme_palette_and_quit_work_as_everywhere(file: Path) -> None:
    async with stage(file, graded("broken", BROKEN)) as shown:
        await shown.press("?")
        assert "The grade" in shown.text
        await shown.press("escape", "v")
        assert shown.pilot.app.theme != "msgmux-dark"
        await shown.press("q")
        assert shown.pilot.app.return_code == 0


@acts
async def test_a_terminal_that_is_too_small_says_so(file: Path) -> None:
    async with stage(file, graded("broken", BROKEN), 50, 12) as shown:
        assert "msgmux needs 60 x 18" in shown.text


def test_it_can_be_drawn_at_every_size(file: Path) -> None:
    async def look() -> None:
        for width, height in ((60, 18), (79, 24), (100, 24), (200, 60)):
            async with stage(file, graded("broken", BROKEN), width, height) as shown:
                assert "counter.py" in shown.text

    asyncio.run(look())
