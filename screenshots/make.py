"""Draws the pictures of this folder from the deterministic runtime: `make screenshots`. The same bytes each time."""

import asyncio
import os
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from msgmux_tui.app import MsgmuxApp
from msgmux_tui.export.picture import png, stable
from msgmux_tui.scenarios import read
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession
from msgmux_tui.theme.glyphs import UNICODE

HERE = Path(__file__).parent
THEMES = ("dark", "projector")
SIZES = ((80, 24), (120, 40), (200, 60))
PANES = ("list", "consumers", "producers", "cleaner", "events")
SECOND = 9.6
"""At which the built-in scenario has a reader asleep, a growing list and a cleaner that waits."""


class Picture(NamedTuple):
    """The built-in scenario at ``second``; ``pane`` is maximised; ``keys`` are pressed at the second ``pressed``."""

    name: str
    theme: str
    width: int
    height: int
    second: float = SECOND
    pane: str = ""
    keys: tuple[str, ...] = ()
    pressed: float = SECOND


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
    Picture("legend", "dark", 80, 24, keys=("L",)),
)


async def draw(picture: Picture) -> str:
    """The picture as SVG, without anything that is fetched from elsewhere."""
    now = 0.0

    def clock() -> float:
        return now

    screen = SessionScreen(
        read("default"),
        lambda scenario, kind: ExactSession(scenario, clock=clock),
        UNICODE,
        kind="exact",
        timer=False,
        clock=clock,
    )
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
    for old in {*HERE.glob("*.svg"), *HERE.glob("*.png")} - made:
        old.unlink()


if __name__ == "__main__":
    main()
