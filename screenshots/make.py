"""Draws the pictures of this folder from the deterministic runtime: `make screenshots`. The same bytes each time.

The moving ones have a digest of what they show in the file, as a comment: by it a test tells whether they are stale
without painting them.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from msgmux.checker import Program
from msgmux.commands import Clean, RemoveConsumer, Retain
from msgmux.recording import Header, Tick
from msgmux.scenario import parse
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.commands.step import stepped_scenario
from msgmux_tui.export.gif import Animation
from msgmux_tui.export.picture import png, stable
from msgmux_tui.programs.found import Found
from msgmux_tui.scenarios import read
from msgmux_tui.screens.attached import AttachedScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession, Session
from msgmux_tui.session.remote import RemoteSession
from msgmux_tui.session.step import StepSession
from msgmux_tui.theme.glyphs import UNICODE

HERE = Path(__file__).parent
THEMES = ("dark", "projector")
SIZES = ((80, 24), (120, 40), (200, 60))
PANES = ("list", "consumers", "producers", "cleaner", "events")
SECOND = 9.6
"""At which the built-in scenario has a reader asleep, a growing list and a cleaner that waits."""


class Picture(NamedTuple):
    """The built-in scenario at ``second``; ``pane`` is maximised; ``keys`` are pressed at the second ``pressed``.

    ``watched``: a program elsewhere instead.
    """

    name: str
    theme: str
    width: int
    height: int
    second: float = SECOND
    pane: str = ""
    keys: tuple[str, ...] = ()
    pressed: float = SECOND
    watched: bool = False


PICTURES = (
    *[
        Picture(f"session-{width}x{height}-{theme}", theme, width, height)
        for theme in THEMES
        for width, height in SIZES
    ],
    *[Picture(f"{pane}-{theme}", theme, 120, 40, pane=pane) for theme in THEMES for pane in PANES],
    # A reader has stopped for good: its channel is full, then the list is, and now the producers are blocked.
    Picture("backpressure", "dark", 120, 40, second=24.0, keys=("s",), pressed=1.0),
    Picture("inspector", "dark", 80, 24, keys=("shift+tab", "home", "enter")),
    Picture("watch", "dark", 120, 40, second=19.0, watched=True),
    Picture("legend", "dark", 80, 24, keys=("L",)),
)


class Scene(NamedTuple):
    """A moving picture. ``acts``, in order: a number is so many seconds that are played; a text of one word is a key
    that is pressed, and what comes of it stays for a moment; ``"5.0s "`` (ending in a space) is typed into a field; a
    text of dots lets the picture stand, a second for each. Of ``stepped`` a step session is shown, else the built-in
    scenario, exactly.
    """

    name: str
    acts: tuple[float | str, ...]
    width: int = 80
    height: int = 24
    stepped: Program | None = None


FPS = 3
KEY_SECONDS = 0.75
"""For how long what came of a key stays."""
SCENES = (
    # What the first minute shows: messages come and go, a reader falls asleep, the list grows, and the cleaner waits.
    Scene("live", (13.0, "..")),
    # The past, from there another future, and both side by side.
    Scene(
        "fork", (11.0, "h", "B", "B", ".", "g", "8s ", "enter", ".", "r", ".", "down", "C", 3.0, "J", ".", "c", "....")
    ),
    # A queue in which two threads take two locks in opposite orders, stepped through by hand into the deadlock.
    Scene(
        "step",
        (".", "N", "down", "N", "down", "N", "down", "N", ".", "5", "5", "5", "5", "..", "6", "6", "....."),
        width=100,
        height=30,
        stepped=Program(harness="leaving", variant="lock-order"),
    ),
)


SHOP = """
title = "orders"
[queue]
retention = "10s"
clean_every = "2s"
max_messages = 60
[[producer]]
name = "web"
rate = { poisson = "1.6/s" }
payload = "{n} x tea"
[[producer]]
name = "till"
rate = { poisson = "0.7/s" }
[[consumer]]
name = "billing"
work = "600ms"
[[consumer]]
name = "stock"
work = "100ms"
[[consumer]]
name = "mail"
work = "250ms"
"""
"""What the example ``shop`` does, as a scenario: the same picture each time."""


class Exact:
    """A program elsewhere that does the same each time: the feed of an exact session."""

    address = "orders"
    connected = beats = True

    def __init__(self, clock: Callable[[], float]) -> None:
        self._session = ExactSession(parse(SHOP, "shop.toml"), clock=clock)
        takes = tuple([str(kind.__struct_config__.tag) for kind in (Retain, Clean, RemoveConsumer)])
        header = Header(self._session.start, "orders", "", 0, "threads", takes=takes)
        self._now = 0.0
        self._lines = [msgspec.json.encode(header), msgspec.json.encode(Tick(0.0))]

    def take(self) -> list[bytes]:
        lines, self._lines = self._lines, []
        frame = self._session.poll()
        if frame.now == self._now:
            return lines
        self._now = frame.now
        return [*lines, *[msgspec.json.encode(record) for record in (*frame.events, Tick(frame.now))]]

    def send(self, line: bytes) -> None: ...

    def reconnect(self) -> None: ...

    def close(self) -> None:
        self._session.close()


def _session(clock: Callable[[], float]) -> SessionScreen:
    return SessionScreen(
        read("default"),
        lambda scenario, kind: ExactSession(scenario, clock=clock),
        UNICODE,
        kind="exact",
        timer=False,
        clock=clock,
    )


def _watching(clock: Callable[[], float]) -> SessionScreen:
    def reach(found: Found) -> Session:
        raise NotImplementedError

    session = RemoteSession(Exact(clock), clock=clock)
    return AttachedScreen(session, UNICODE, look=list, reach=reach, timer=False)


async def draw(picture: Picture) -> str:
    """The picture as SVG, without anything that is fetched from elsewhere."""
    now = 0.0

    def clock() -> float:
        return now

    screen = _watching(clock) if picture.watched else _session(clock)
    app = MsgmuxApp(screen, theme=picture.theme)
    async with app.run_test(size=(picture.width, picture.height)) as pilot:
        if picture.pane:
            screen.query_one(f"#{picture.pane}").focus()
            await pilot.press("z")
        pressed = False
        while now < picture.second:
            now += 0.05
            screen.pull()
            if now >= picture.pressed and not pressed:
                pressed = True
                await pilot.press(*picture.keys)
        screen.pull()
        await pilot.pause()
        svg = app.export_screenshot(title="msgmux-tui")
    screen.session.close()
    return stable(svg)


Frame = tuple[list[Strip], float]
"""The rows of the screen, and for how many seconds they stay."""


async def act(scene: Scene) -> list[Frame]:
    """The frames of a moving picture."""
    now = 0.0

    def clock() -> float:
        return now

    if scene.stepped is None:
        screen = _session(clock)
    else:
        program = scene.stepped
        session = StepSession(program, clock=clock)
        screen = SessionScreen(
            stepped_scenario(program),
            lambda scenario, kind: session,
            UNICODE,
            kind="exact",
            timer=False,
            clock=clock,
        )
    frames: list[Frame] = []
    app = MsgmuxApp(screen, theme="dark")
    async with app.run_test(size=(scene.width, scene.height)) as pilot:
        screen.pull()
        await pilot.pause()
        for action in scene.acts:
            if isinstance(action, float):
                for _ in range(round(action * FPS)):
                    for _ in range(6):
                        now += 1 / FPS / 6
                        screen.pull()
                    await pilot.pause()
                    frames.append((_rows(app), 1 / FPS))
            elif action.strip("."):
                await _press(pilot, action)
                while screen.forking is not None:
                    screen.pull()
                screen.pull()
                await pilot.pause()
                frames.append((_rows(app), KEY_SECONDS))
            else:
                frames.append((_rows(app), float(len(action))))
    screen.end()
    return frames


async def _press(pilot: Pilot[None], action: str) -> None:
    if action.endswith(" "):
        pilot.app.screen.query_one(Input).value = action.strip()
    else:
        await pilot.press(action)


def _rows(app: MsgmuxApp) -> list[Strip]:
    return list(app.screen._compositor.render_strips())


def digest(frames: Sequence[Frame]) -> bytes:
    """A hash of all that the frames show, and for how long."""
    found = hashlib.sha256()
    for rows, seconds in frames:
        found.update(f"{seconds}\n".encode())
        for row in rows:
            for text, style, _ in row:
                found.update(f"{text}\t{style}\n".encode())
    return found.hexdigest().encode()


def paint(scene: Scene, frames: Sequence[Frame], path: Path) -> None:
    """Write the GIF."""
    animation = Animation((scene.width, scene.height))
    for rows, seconds in frames:
        animation.add(rows, seconds)
    animation.save(path, comment=digest(frames))


def main() -> None:
    """Write all of them, and remove what is no picture any more."""
    made = set()
    for picture in PICTURES:
        svg = asyncio.run(draw(picture))
        for kind, content in (("svg", svg.encode()), ("png", png(svg))):
            path = HERE / f"{picture.name}.{kind}"
            path.write_bytes(content)
            made.add(path)
        print(picture.name)
    for scene in SCENES:
        path = HERE / f"{scene.name}.gif"
        paint(scene, asyncio.run(act(scene)), path)
        made.add(path)
        print(scene.name)
    for old in {*HERE.glob("*.svg"), *HERE.glob("*.png"), *HERE.glob("*.gif")} - made:
        old.unlink()


if __name__ == "__main__":
    main()
