"""The screen on which a Python file of the user's is stepped through, without a timer; and from an exercise to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from msgmux.checker.code.program import CodeProgram
from msgmux.exercises import read_exercise
from msgmux.exercises.grading import grade
from msgmux.scenario import Scenario
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.exercises.solved import Solved
from msgmux_tui.panes import ThreadsPane, VariablesPane
from msgmux_tui.screens.exercise import ExerciseScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.screens.stepping_over import SteppingOverScreen
from msgmux_tui.session import Kind
from msgmux_tui.session.code import CodeSession
from msgmux_tui.theme.glyphs import UNICODE
from support.pilot_stage import Stage, acts
from support.programs import COUNTER_FILE
from support.sessions import HandClock


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(COUNTER_FILE)
    return tmp_path


@asynccontextmanager
async def code_stage(width: int = 80, height: int = 24) -> AsyncIterator[Stage]:
    clock = HandClock()

    def begin(scenario: Scenario, kind: Kind) -> CodeSession:
        return CodeSession(CodeProgram("mine.py"), clock=clock)

    screen = SessionScreen(Scenario("mine.toml"), begin, UNICODE, kind="exact", timer=False, clock=clock)
    app = MsgmuxApp(screen, theme="dark")
    try:
        async with app.run_test(size=(width, height)) as pilot:
            on_stage = Stage(pilot, screen, clock, [])
            screen.pull()
            await pilot.pause()
            yield on_stage
    finally:
        screen.end()


async def act(on: Stage, *keys: str) -> None:
    """Press the keys, and wait for each step to end."""
    for key in keys:
        await on.pilot.press(key)
        session = on.screen.session
        assert isinstance(session, CodeSession)
        session.settle()
        on.screen.pull()
        await on.pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@acts
async def test_threads_source_and_shared_variables_are_on_one_screen(size: tuple[int, int]) -> None:
    async with code_stage(*size) as on:
        assert isinstance(on.screen.focused, ThreadsPane)
        await act(on, "1", "1", "1", "2", "2", "3", "3", "3")
        for words in ("mine.py:9", "self.value += 1", "Counter.value", "race", "Thread-2 wrote it at mine.py:9"):
            assert words in on.text
        for words in ("list ─", "consumers ─", "events ─", "invariants"):
            assert words not in on.text
        await act(on, "2")
        assert "writes 1 over what Thread-2 wrote" in on.screen.view().notice


@acts
async def test_a_key_back_undoes_and_what_breaks_is_shown() -> None:
    async with code_stage() as on:
        await act(on, "1", "1", "1", "2", "2", "3", "3", "3", "2", "n", "n", "n")
        assert "assert VIOLATED" in on.text
        assert "printed: there are 1" in on.text
        await act(on, "b")
        assert "VIOLATED" not in on.text


@acts
async def test_keys_of_queues_say_what_there_is_instead() -> None:
    async with code_stage() as on:
        await act(on, "h")
        assert "the steps are the history" in on.notice
        await act(on, "x")
        assert "python FILE" in on.notice
        await act(on, "tab")
        assert isinstance(on.screen.focused, VariablesPane)
        await act(on, "z")
        assert "threads ─" not in on.text
        await act(on, "W")
        assert "msgmux-tui play --step mine.py --schedule mine-" in on.notice


@acts
async def test_an_exercise_is_stepped_through_and_left_again() -> None:
    exercise = read_exercise("counter")
    file = Path("counter.py")
    file.write_text(exercise.text("skeleton.py"))
    screen = ExerciseScreen(exercise, file, UNICODE, solved=Solved(Path("solved.json")), timer=False)
    app = MsgmuxApp(screen, theme="dark")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R")
        assert app.screen is screen
        screen.grade = grade(exercise, file)
        await pilot.press("R")
        over = app.screen
        assert isinstance(over, SteppingOverScreen)
        session = over.session
        assert isinstance(session, CodeSession)
        assert "breaks it: assert" in session.threads.said
        assert "counter.py" in session.title
        await pilot.press("n")
        session.settle()
        await pilot.press("q")
        await pilot.pause()
        assert app.screen is screen
        assert session.stepper.process is None
    screen.end()
