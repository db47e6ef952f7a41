"""The session on real threads, which run in a process of their own."""

import logging
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import msgspec

from msgmux.commands import CAST, QUEUE, TIME, AnyCommand, Capabilities, Command, Outcome
from msgmux.publishing.wire import do_line
from msgmux.scenario import Scenario
from msgmux_tui.programs.stage import Script
from msgmux_tui.session.feeds import FeedGone, socketpair_feed
from msgmux_tui.session.remote import RemoteSession
from msgmux_tui.system.tied import tied

PATIENCE = 2.0
"""Seconds that words of a process are waited for which has just hung up."""
ENDED = "this session has ended; its past is here: <player.history>"


class LiveSession(RemoteSession):
    """Real threads under a clock that can be paused and sped up.

    They run in a child process (:mod:`msgmux_tui.programs.stage`), so that they share no interpreter with the screen:
    at full speed each would keep the other from its work. The child ends with this session, and with this process,
    whatever ends that. Where the child dies, the session's past is still here. Raises :class:`OSError` where no process
    can be started. ``clock`` is the wall's.
    """

    kind: Literal["threads"] = "threads"  # type: ignore[assignment]

    def __init__(self, scenario: Scenario, *, clock: Callable[[], float] = time.monotonic) -> None:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the child
        with theirs:
            self._child = subprocess.Popen(
                tied([sys.executable, "-m", "msgmux_tui.programs.stage", str(theirs.fileno())]),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=[theirs.fileno()],
                # A key that interrupts is for the screen, which ends the child.
                start_new_session=True,
            )
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):
            self._child.stdin.write(msgspec.json.encode(Script.of(scenario)) + b"\n")
            self._child.stdin.flush()
        title = scenario.title or scenario.file
        super().__init__(socketpair_feed(ours, title), clock=clock)
        self.title = title
        self.capabilities: Capabilities = CAST | QUEUE | TIME

    @property
    def pid(self) -> int:
        """That of the process in which the threads run."""
        return self._child.pid

    def close(self) -> None:
        """Nothing in the child is worth an orderly end: what has happened is remembered here."""
        if not self._closed:
            super().close()
            self._child.kill()
            assert self._child.stdin is not None
            with suppress(BrokenPipeError):
                self._child.stdin.close()
            # At once, but for a machine that is very busy.
            self.wait_closed(PATIENCE)
            said = self._said()
            self._errors.close()
            if said:
                logging.getLogger("msgmux").error("the process of the live session has said:\n%s", said)

    @property
    def closed(self) -> bool:
        return self._closed and self._child.poll() is not None

    def wait_closed(self, timeout: float) -> bool:
        if self._closed:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout)
        return self.closed

    def _part(self, words: str, *, again: bool) -> None:
        super()._part(self._how_it_ended(), again=False)

    def _how_it_ended(self) -> str:
        try:
            code = self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return "the process of this session does not answer any more"
        lines = self._said().splitlines()
        last = f": {lines[-1]:.200}" if lines else ""
        how = f"was killed by signal {-code}" if code < 0 else f"has ended with code {code}"
        return f"the process of this session {how}{last}"

    def _said(self) -> str:
        """What the child has written to its standard error: how a thread of it has died."""
        self._errors.seek(0)
        return self._errors.read(1 << 20).decode("utf-8", "replace").strip()

    # Commands may be given before the child has said its first word.

    def _refusal(self, command: Command) -> str:
        if self._link.phase == "gone":
            return ENDED
        return "this is nothing that a session of this kind can do"

    def _say(self, id: int, command: AnyCommand) -> None:
        try:
            if self._link.phase == "gone":
                raise FeedGone("it is gone")
            self.feed.send(do_line(id, command))
            self._steering += id == 0
        except FeedGone:
            self._answers.answer(id, Outcome(ENDED, ok=False))
