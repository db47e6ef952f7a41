"""Every screen in two themes, compared with its approved snapshot.

After an intended change: pytest tests/tui/screens/test_snapshots.py --snapshot-update; then review what changed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from msgmux.checker import Program
from msgmux.checker.code.program import CodeProgram
from msgmux.scenario import Scenario
from msgmux_tui import lessons
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.commands.step import stepped_scenario
from msgmux_tui.lessons.progress import Progress
from msgmux_tui.screens.lesson import LessonScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession
from msgmux_tui.session.code import CodeSession
from msgmux_tui.session.step import StepSession
from msgmux_tui.theme.glyphs import UNICODE
from support.programs import COUNTER_FILE
from support.sessions import SMALL, HandClock

SCREENS = {
    "session": (),
    "paused": ("space",),
    "ledger": ("shift+tab", "z"),
    "help": ("question_mark",),
    "confirm": ("x",),
    "inspector-message": ("shift+tab", "home", "enter"),
    "inspector-consumer": ("enter",),
    "invariants": ("I",),
    "legend": ("L",),
    "tour": ("G", "right", "right"),
    "form-consumer": ("a",),
    "form-queue": ("E",),
    "form-refused": ("a", "q", "tab", "q", "enter"),
    "filter": ("slash", "C", "2"),
}


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Iterator[MsgmuxApp]:
    """The session at second 3, without a timer."""
    clock = HandClock()
    screen = SessionScreen(
        SMALL,
        lambda scenario, kind: ExactSession(scenario, clock=clock),
        UNICODE,
        kind="exact",
        timer=False,
        clock=clock,
    )
    app = MsgmuxApp(screen, theme=request.param)
    yield app
    screen.session.close()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("app", ["dark", "projector"], indirect=True)
def test_a_screen_looks_as_it_was_approved(snap_compare: Callable[..., bool], app: MsgmuxApp, screen: str) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.pause()
        first = pilot.app.screen
        assert isinstance(first, SessionScreen)
        assert isinstance(first.clock, HandClock)
        while first.clock.now < 3.0:
            first.clock.now += 0.05
            first.pull()
        await pilot.press(*SCREENS[screen])
        # A blinking cursor would make the picture depend on the time.
        for entry in pilot.app.screen.query(Input):
            entry.cursor_blink = False
        first.pull()
        await pilot.pause()

    assert snap_compare(app, run_before=play, terminal_size=(80, 24))


STEPS = {
    "step": ("1", "1", "2", "4", "4"),
    "step-deadlock": tuple("1N2N3N4N55556N"),
}


@pytest.fixture
def stepped(request: pytest.FixtureRequest) -> Iterator[MsgmuxApp]:
    """A step session before its first step."""
    program = Program(harness="leaving", variant="lock-order")
    screen = SessionScreen(
        stepped_scenario(program), lambda scenario, kind: StepSession(program), UNICODE, kind="exact", timer=False
    )
    yield MsgmuxApp(screen, theme=request.param)
    screen.end()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
@pytest.mark.parametrize("keys", STEPS)
@pytest.mark.parametrize("stepped", ["dark", "projector"], indirect=True)
def test_a_step_session_looks_as_it_was_approved(
    snap_compare: Callable[..., bool], stepped: MsgmuxApp, keys: str, size: tuple[int, int]
) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await pilot.press(*STEPS[keys])
        assert isinstance(pilot.app.screen, SessionScreen)
        pilot.app.screen.pull()
        await pilot.pause()

    assert snap_compare(stepped, run_before=play, terminal_size=size)


@pytest.mark.parametrize("app", ["dark"], indirect=True)
def test_a_screen_that_is_too_small_says_what_it_needs(snap_compare: Callable[..., bool], app: MsgmuxApp) -> None:
    assert snap_compare(app, terminal_size=(50, 15))


@pytest.mark.parametrize("theme", ["dark", "projector"])
def test_a_lesson_looks_as_it_was_approved(snap_compare: Callable[..., bool], tmp_path: Path, theme: str) -> None:
    clock = HandClock()
    lesson = LessonScreen(
        lessons.read("cursor"), UNICODE, progress=Progress(tmp_path / "lessons.json"), timer=False, clock=clock
    )

    async def play(pilot: Pilot[None]) -> None:
        await pilot.pause()
        while clock.now < 5.0:
            clock.now += 0.05
            lesson.pull()
        await pilot.press("pagedown", "pagedown", "s", "pagedown")
        lesson.pull()
        await pilot.pause()

    try:
        assert snap_compare(MsgmuxApp(lesson, theme=theme), run_before=play, terminal_size=(80, 24))
    finally:
        lesson.end()


@pytest.fixture
def code(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MsgmuxApp]:
    """A step session of a Python file, in which a thread is about to overwrite what another one wrote."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(COUNTER_FILE)
    session = CodeSession(CodeProgram("mine.py"), clock=HandClock())
    for task in (1, 1, 1, 2, 2, 3, 3, 3):
        session.pick(task)
        session.settle()
    screen = SessionScreen(
        Scenario("mine.toml"),
        lambda scenario, kind: session,
        UNICODE,
        kind="exact",
        timer=False,
        clock=HandClock(),
    )
    yield MsgmuxApp(screen, theme=request.param)
    screen.end()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("code", ["dark", "projector"], indirect=True)
def test_stepping_through_a_python_file_looks_as_it_was_approved(
    snap_compare: Callable[..., bool], code: MsgmuxApp, size: tuple[int, int]
) -> None:
    assert snap_compare(code, terminal_size=size)
