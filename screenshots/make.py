"""Draws the pictures of this folder from the deterministic runtime: `make screenshots`. The same each time."""

import asyncio
import os
import re
from pathlib import Path

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from msgmux_tui.app import MsgmuxApp
from msgmux_tui.glyphs import UNICODE
from msgmux_tui.scenarios import read
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession

HERE = Path(__file__).parent
SIZES = ((80, 24), (120, 40), (200, 60))
SECOND = 9.6
"""At which the built-in scenario has a reader asleep, a growing list and a cleaner that waits."""


async def picture(width: int, height: int, theme: str) -> str:
    """The live session at :data:`SECOND` as SVG, without anything that is fetched from elsewhere."""
    now = 0.0

    def clock() -> float:
        return now

    screen = SessionScreen(
        read("default"),
        lambda scenario, exact: ExactSession(scenario, clock=clock),
        UNICODE,
        exact=True,
        timer=False,
        clock=clock,
    )
    app = MsgmuxApp(screen, theme=theme)
    async with app.run_test(size=(width, height)) as pilot:
        while now < SECOND:
            now += 0.05
            screen.pull()
        await pilot.pause()
        svg = app.export_screenshot(title="msgmux-tui")
    screen.session.close()
    return stable(svg)


def stable(svg: str) -> str:
    """Without web fonts, and with ids that do not depend on the content's hash."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return re.sub(r"terminal-\d+", "terminal", svg)


def main() -> None:
    """Write all of them, as SVG (a browser or resvg makes a PNG of each)."""
    for theme in ("dark", "projector"):
        for width, height in SIZES:
            svg = asyncio.run(picture(width, height, theme))
            path = HERE / f"session-{width}x{height}-{theme}.svg"
            path.write_text("\n".join([line.rstrip() for line in svg.splitlines()]) + "\n", encoding="utf-8")
            print(path.name)


if __name__ == "__main__":
    main()
