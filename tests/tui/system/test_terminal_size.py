"""A change of the terminal's size is never told in the wrong order."""

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize

from msgmux_tui.system.terminal import sturdy


class App:
    """Keeps the sizes that it is told."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def post_message(self, message: Resize) -> None:
        self.sizes.append((message.size.width, message.size.height))


@pytest.fixture(autouse=True)
def _own_handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGWINCH)
    yield
    signal.signal(signal.SIGWINCH, before)


def driver_of(app: App, sizes: list[tuple[int, int]]) -> Any:
    """A driver without a terminal; the last of ``sizes`` is the terminal's size."""
    driver: Any = object.__new__(sturdy(LinuxDriver))
    driver._app, driver._in_band_window_resize = app, False
    driver._get_terminal_size = lambda: sizes[-1]
    return driver


def test_the_size_is_read_after_the_signals_and_not_in_their_handlers() -> None:
    app, sizes = App(), [(80, 24)]

    async def resize() -> None:
        driver_of(app, sizes).follow_size()
        signal.raise_signal(signal.SIGWINCH)
        # As if this change came while the first handler was at work.
        sizes.append((100, 30))
        signal.raise_signal(signal.SIGWINCH)
        while len(app.sizes) < 2:
            await asyncio.sleep(0)

    asyncio.run(resize())
    assert app.sizes == [(100, 30), (100, 30)]


def test_a_signal_after_the_end_is_ignored() -> None:
    app = App()

    async def begin() -> None:
        driver_of(app, [(80, 24)]).follow_size()

    asyncio.run(begin())
    os.kill(os.getpid(), signal.SIGWINCH)
    assert app.sizes == []


def test_where_the_terminal_tells_its_size_itself_the_signal_does_not() -> None:
    app = App()

    async def resize() -> None:
        driver = driver_of(app, [(80, 24)])
        driver._in_band_window_resize = True
        driver.follow_size()
        signal.raise_signal(signal.SIGWINCH)
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(resize())
    assert app.sizes == []
