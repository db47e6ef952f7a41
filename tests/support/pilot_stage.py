"""The app on a session that advances only by the test's calls, for tests of keys and screens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from msgmux.checker import Program
from msgmux.runtime.schedule import Schedule
from msgmux.scenario import Scenario
from msgmux.state import QueueState
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.commands.step import stepped_scenario
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession, Kind
from msgmux_tui.session.step import StepSession
from msgmux_tui.theme.glyphs import UNICODE
from support.sessions import SMALL, HandClock

P = ParamSpec("P")
PATIENCE = 3_000
"""The most pauses, of 0.01 s, until a text must be on the screen."""


class Stage:
    """The app on a session that advances only by the test's calls."""

    def __init__(
        self, pilot: Pilot[None], screen: SessionScreen, clock: HandClock, opened: list[tuple[str, bool]]
    ) -> None:
        self.pilot, self.screen, self.clock, self.opened = pilot, screen, clock, opened
        self.app = pilot.app

    async def press(self, *keys: str) -> None:
        """Press the keys one after the other, then draw a frame."""
        await self.pilot.press(*keys)
        self.screen.pull()
        await self.pilot.pause()

    async def reads(self, words: str) -> None:
        """Wait until the screen shows ``words``; some widgets, such as the footer, are rebuilt in several steps."""
        for _ in range(PATIENCE):
            if words in self.text:
                return
            await self.pilot.pause(0.01)
        pytest.fail(f"{words!r} is not to be read within patience on the screen:\n{self.text}")

    async def play(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.clock.now += 0.05
            self.screen.pull()
        await self.pilot.pause()

    @property
    def state(self) -> QueueState:
        return self.screen.frame.state

    @property
    def notice(self) -> str:
        return self.screen.view().notice

    @property
    def text(self) -> str:
        """The text on the screen."""
        return "\n".join(["".join([segment.text for segment in strip]) for strip in self.lines])

    @property
    def lines(self) -> list[Strip]:
        return self.app.screen._compositor.render_strips()


@asynccontextmanager
async def stage(width: int = 80, height: int = 24, scenario: Scenario = SMALL, **options: Any) -> AsyncIterator[Stage]:
    clock = HandClock()
    opened: list[tuple[str, bool]] = []

    def open_session(scenario: Scenario, kind: Kind) -> ExactSession:
        # A session on real threads can't be used with Textual's pilot, which waits until the app is idle.
        opened.append((scenario.file, kind == "exact"))
        session = ExactSession(scenario, clock=clock)
        if kind == "threads":
            vars(session)["kind"] = kind
        return session

    screen = SessionScreen(scenario, open_session, UNICODE, kind="exact", timer=False, clock=clock, **options)
    app = MsgmuxApp(screen, theme="dark")
    async with app.run_test(size=(width, height)) as pilot:
        on_stage = Stage(pilot, screen, clock, opened)
        await on_stage.play(2.0)
        yield on_stage
    screen.session.close()


@asynccontextmanager
async def step_stage(
    program: Program, width: int = 80, height: int = 24, schedule: Schedule | None = None
) -> AsyncIterator[Stage]:
    """The app on a step session of a program."""
    clock = HandClock()
    opened: list[tuple[str, bool]] = []

    def open_session(scenario: Scenario, kind: Kind) -> StepSession:
        opened.append((scenario.file, kind == "exact"))
        return StepSession(program, schedule=schedule, clock=clock)

    screen = SessionScreen(stepped_scenario(program), open_session, UNICODE, kind="exact", timer=False, clock=clock)
    app = MsgmuxApp(screen, theme="dark")
    async with app.run_test(size=(width, height)) as pilot:
        on_stage = Stage(pilot, screen, clock, opened)
        screen.pull()
        await pilot.pause()
        yield on_stage
    screen.end()


def acts(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
