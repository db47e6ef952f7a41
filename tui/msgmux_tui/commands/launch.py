"""Runs the Textual app for a command, and restores the terminal afterwards. No other module of a command imports
Textual.
"""

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgmux.scenario import Scenario
from msgmux_tui.commands.inputs import Look
from msgmux_tui.settings.config import AUTO, Config, load
from msgmux_tui.settings.kept import keep_last
from msgmux_tui.settings.paths import first_run
from msgmux_tui.system.messages import complain
from msgmux_tui.system.signals import heeded
from msgmux_tui.theme.glyphs import Glyphs

if TYPE_CHECKING:
    from msgmux.recording import Timeline
    from msgmux_tui.screens.first import FirstScreen
    from msgmux_tui.screens.session import OpenSession, SessionScreen
    from msgmux_tui.session import Kind, Session

SWITCH_INTERVAL = 0.002
"""The interpreter's switch interval in seconds: short, so that keys are answered quickly, but not so short that a frame
of 4 ms is interrupted many times. Measured with six threads at full speed: at 0.5 ms a frame takes 14 ms and the queue
keeps 0.7 of its rate; at 2 ms these are 4.5 ms and 0.8.
"""


def run_app(
    scenario: Scenario,
    look: Look,
    *,
    exact: bool = False,
    timeline: "Timeline | None" = None,
    begin: "OpenSession | None" = None,
    keep: bool = True,
) -> int:
    """Show ``scenario`` live until the user quits, or first what happened in ``timeline``. Returns the exit code.

    ``begin`` is how a session with a scenario begins, if not by :func:`begin_session`. For the rest see
    :func:`run_screen`.
    """

    def make(settings: Config, glyphs: Glyphs) -> "SessionScreen":
        from msgmux_tui.screens.session import SessionScreen

        return SessionScreen(
            scenario,
            begin or begin_session,
            glyphs,
            keymap=settings.keymap,
            notice=settings.notice,
            kind="exact" if exact else "threads",
            # A problem of the configuration is shown instead of the welcome, which comes at the next run then.
            welcome=timeline is None and begin is None and not settings.notice and first_run(),
            session=None if timeline is None else _player(timeline),
        )

    return run_screen(make, look, keep=keep)


def run_screen(
    make: Callable[[Config, Glyphs], "FirstScreen"],
    look: Look,
    *,
    keep: bool = True,
) -> int:
    """Show the screen that ``make`` makes until the user quits, and ``keep`` its history. Returns the exit code.

    See :func:`msgmux_tui.settings.config.load` for what reading the configuration raises. What is wrong in it is told
    in the caption, and afterwards on stderr. :class:`ValueError`: there is no such theme.
    """
    # While the screen runs, signals end the app in order (signals_end), which restores the terminal.
    for number in heeded((signal.SIGTERM, signal.SIGHUP)):
        signal.signal(number, signal.SIG_DFL)
    # Textual reads this when it is imported: the effect of a key is painted after 2 ms instead of 9 ms.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    if "TEXTUAL_DRIVER" not in os.environ:
        # Textual prefers these variables to the terminal's answer. If they are exported, as in a child of a program
        # with readline, they have an old size: Textual would ignore every resize, or lay out again and again.
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)

    from msgmux_tui.app import MsgmuxApp
    from msgmux_tui.system.terminal import signals_end
    from msgmux_tui.theme.textual_theme import textual_theme

    settings = load(look.config)
    glyphs = settings.glyphs(sys.stdout.encoding, ascii=look.ascii)
    if glyphs.ascii:
        # Textual draws the ends of scroll bars with eighth blocks, which not every terminal has; these end at whole
        # cells instead.
        from textual.scrollbar import ScrollBarRender

        ScrollBarRender.VERTICAL_BARS = [" "] * len(ScrollBarRender.VERTICAL_BARS)
        ScrollBarRender.HORIZONTAL_BARS = [" "] * len(ScrollBarRender.HORIZONTAL_BARS)
    with _logging_to(look.log), _quick_to_answer():
        screen = make(settings, glyphs)
        try:
            own = textual_theme(settings.own) if settings.own is not None else None
            chosen = look.theme or settings.theme
            app = MsgmuxApp(screen, theme=None if chosen == AUTO else chosen, own=own)
            # After the start: the garbage collector never examines the objects again that exist by then.
            app.call_later(gc.freeze)
            with signals_end(app):
                app.run()
            return app.return_code or 0
        finally:
            screen.end()
            if keep:
                _keep(screen)
            # If the terminal is gone, nothing can be printed to it.
            with suppress(OSError):
                for problem in settings.problems:
                    complain(problem)


def _keep(screen: "FirstScreen") -> None:
    """Keep the session of this screen, and say on the terminal how it is shown again."""
    if screen.own is None:
        return
    kept = keep_last(screen.own, screen.stem)
    # If the terminal is gone, nothing can be printed to it.
    with suppress(OSError):
        if kept is not None and sys.stderr.isatty():
            print(f"kept: msgmux-tui replay last ({kept.name})", file=sys.stderr)
        if screen.answers_words and sys.stderr.isatty():
            print(screen.answers_words, file=sys.stderr)


def _player(timeline: "Timeline") -> "Session":
    from msgmux_tui.session import ReplaySession

    return ReplaySession(timeline)


def begin_session(scenario: Scenario, kind: "Kind") -> "Session":
    """Begin a session of that kind with ``scenario``: on real threads, or exact."""
    from msgmux_tui.session import ExactSession, LiveSession

    return ExactSession(scenario) if kind == "exact" else LiveSession(scenario)


@contextmanager
def _quick_to_answer() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        gc.unfreeze()


@contextmanager
def _logging_to(file: Path | None) -> Iterator[None]:
    """Within, all logging goes to ``file``, or nowhere (None); never to the screen, whatever handlers there were."""
    root = logging.getLogger()
    before, hook = root.handlers[:], threading.excepthook
    handler = logging.NullHandler() if file is None else logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.handlers[:] = [handler]
    threading.excepthook = _log_death
    try:
        yield
    finally:
        threading.excepthook = hook
        root.handlers[:] = before
        handler.close()


def _log_death(death: threading.ExceptHookArgs) -> None:
    """Log the traceback of a thread that has died; the session shows only that it has."""
    name = "a thread" if death.thread is None else death.thread.name
    cause = death.exc_value or death.exc_type()
    logging.getLogger("msgmux").error("%s has died", name, exc_info=cause)
