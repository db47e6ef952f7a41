"""A terminal that is closed, stops reading or is resized, and the signals that end the program.

Textual's writer is a thread that dies of the first error, after which its queue fills and the app waits for ever; and
its app knows nothing of signals. Here a terminal that is gone swallows what is written to it, and ends the app.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from textual.driver import Driver
from textual.events import Resize
from textual.geometry import Size

try:
    import termios
except ImportError:  # Windows, where Textual has another driver and there are no line settings
    termios = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from textual.app import App

GRACE = 3.0
"""Seconds that the app has for an orderly end after a signal. A terminal that does not read may hold it up for ever."""


class _Outlet:
    """What the driver writes to: the terminal, as long as it is there. ``gone`` is called once, when it isn't."""

    def __init__(self, file: Any, gone: Callable[[], None]) -> None:
        self._file = file
        self._gone: Callable[[], None] | None = gone

    def write(self, text: str) -> int:
        try:
            return int(self._file.write(text))
        except OSError:
            self._lost()
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._lost()

    def _lost(self) -> None:
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def sturdy(driver_class: type[Driver]) -> type[Driver]:
    """Textual's driver for Unix terminals, made to survive their end; any other driver as it is."""
    if driver_class.__name__ != "LinuxDriver":
        return driver_class
    from textual.drivers.linux_driver import LinuxDriver

    class SturdyDriver(LinuxDriver):
        """Ends the app when the terminal is closed, instead of the terminal's threads; misses no resize."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._file: Any = _Outlet(self._file, self._hang_up)

        def start_application_mode(self) -> None:
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self.follow_size()

        def follow_size(self) -> None:
            """Read the size in the event loop, after each signal that it has changed.

            Textual reads it in the signal's handler. A second signal may interrupt that handler after it has read the
            old size: then the new size is posted first, and the old one stays on the screen.
            """
            loop = asyncio.get_running_loop()

            def resized(number: int, frame: FrameType | None) -> None:
                with suppress(RuntimeError):  # the loop is closed: the app has ended
                    loop.call_soon_threadsafe(self._tell_size)

            signal.signal(signal.SIGWINCH, resized)

        def _tell_size(self) -> None:
            # Where the terminal reports its size in its input, Textual follows that instead.
            if not self._in_band_window_resize:
                size = Size(*self._get_terminal_size())
                self._app.post_message(Resize(size, size))

        def stop_application_mode(self) -> None:
            # tmux (3.3a) shows what the alternate screen held on the normal one, where the window has grown meanwhile.
            self.write("\x1b[H\x1b[2J")
            super().stop_application_mode()

        def run_input_thread(self) -> None:
            try:
                super().run_input_thread()
            except OSError:
                self._hang_up()

        def _hang_up(self) -> None:
            self._app.call_later(_hung_up, self._app)

    return SturdyDriver


def _hung_up(app: "App[Any]") -> None:
    app.exit(return_code=128 + signal.SIGHUP)


@contextmanager
def signals_end(app: "App[Any]") -> Iterator[None]:
    """SIGTERM, SIGHUP and SIGINT end the app in order, with code 128 + their number; at once where that takes too long.

    To be used in the main thread, around the app's run.
    """
    settings = _settings()
    asked, over = threading.Event(), threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        if not asked.is_set():
            asked.set()
            threading.Thread(target=see_it_end, args=(128 + number,), name="grace", daemon=True).start()

    def see_it_end(code: int) -> None:
        # From a thread of its own: this wakes the loop, which a handler running inside of it may not.
        app.call_later(app.exit, None, code)
        if not over.wait(GRACE):
            # The loop hangs in a write to a terminal that does not read: nothing can be written to it any more.
            _restore(settings)
            os._exit(code)

    numbers = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        over.set()
        for number, handler in before.items():
            signal.signal(number, handler)


def _settings() -> Any:
    """The terminal's line settings (echo, line by line…), as far as there are any."""
    if termios is None or sys.__stdin__ is None or not sys.__stdin__.isatty():
        return None
    return termios.tcgetattr(sys.__stdin__.fileno())


def _restore(settings: Any) -> None:
    if termios is not None and settings is not None and sys.__stdin__ is not None:
        with suppress(termios.error):  # the terminal is gone: then nothing is to be restored
            termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, settings)
