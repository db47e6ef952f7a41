"""The session on real threads, which run in a child process."""

import logging
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Literal

import msgspec

from msgmux.commands import CAST, QUEUE, TIME, AnyCommand, Capabilities, Command, Outcome
from msgmux.errors import MsgmuxError
from msgmux.publishing.wire import do_line
from msgmux.scenario import Scenario
from msgmux_tui.programs.stage import Script
from msgmux_tui.session.feeds import FeedGone, socketpair_feed
from msgmux_tui.session.remote import RemoteSession
from msgmux_tui.system.tied import tied

PATIENCE = 2.0
"""Seconds in which a child that has closed its socket has to end, so that its end and its last words can be told."""
ENDED = "this session has ended; its past is here: <player.history>"


class LiveSession(RemoteSession):
    """Real threads under a clock that can be paused and sped up.

    They run in a child process (:mod:`msgmux_tui.programs.stage`), so that they do not compete with the screen for one
    interpreter. The child ends with this session and with this process, however that ends. If the child dies, the
    session's history is still available. ``clock`` is the wall clock, in seconds. Raises :class:`MsgmuxError` if no
    process can be started.
    """

    kind: Literal["threads"] = "threads"  # type: ignore[assignment]

    def __init__(self, scenario: Scenario, *, clock: Callable[[], float] = time.monotonic) -> None:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the child
        try:
            with theirs:
                self._child = _start(theirs, self._errors)
        except OSError as error:
            ours.close()
            self._errors.close()
            raise MsgmuxError(
                f"no process can be started for the threads ({error.strerror}); an exact session needs none: --exact"
            ) from None
        # Waits for the child after `close`; when its socket was found closed, by our clock.
        self._reaper: threading.Thread | None = None
        self._ending_since: float | None = None
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
        """The process id of the child."""
        return self._child.pid

    def close(self) -> None:
        """Kill the child, and do not wait for its end. It needs no orderly one, for the history is kept here."""
        if not self._closed:
            super().close()
            self._child.kill()
            assert self._child.stdin is not None
            with suppress(BrokenPipeError):
                self._child.stdin.close()
            # Whoever waits for a killed child waits longer on a very busy machine.
            self._reaper = threading.Thread(target=self._reap, name="end of the live session", daemon=True)
            self._reaper.start()

    def _reap(self) -> None:
        self._child.wait()
        said = self._error_output()
        self._errors.close()
        if said:
            logging.getLogger("msgmux").error("the process of the live session has said:\n%s", said)

    @property
    def closed(self) -> bool:
        return self._reaper is not None and not self._reaper.is_alive()

    def wait_closed(self, timeout: float) -> bool:
        if self._reaper is not None:
            self._reaper.join(timeout)
        return self.closed

    def _disconnect(self, words: str, *, again: bool) -> None:
        if self._child.poll() is None:
            # Its socket is closed, and its end with the reason for it is to come. The feed says so at each poll.
            if self._ending_since is None:
                self._ending_since = self._clock()
            if again and self._clock() < self._ending_since + PATIENCE:
                return
        super()._disconnect(self._how_it_ended(), again=False)

    def _how_it_ended(self) -> str:
        code = self._child.poll()
        if code is None:
            return "the process of this session does not answer any more"
        lines = self._error_output().splitlines()
        last = f": {lines[-1]:.200}" if lines else ""
        how = f"was killed by signal {-code}" if code < 0 else f"has ended with code {code}"
        return f"the process of this session {how}{last}"

    def _error_output(self) -> str:
        """The child's standard error output, such as the traceback of a thread that died."""
        self._errors.seek(0)
        return self._errors.read(1 << 20).decode("utf-8", "replace").strip()

    # Commands may be given before the child has sent its first line.

    def _refusal(self, command: Command) -> str:
        if self._link.phase == "gone":
            return ENDED
        return "this is nothing that a session of this kind can do"

    def _send(self, id: int, command: AnyCommand) -> None:
        try:
            if self._link.phase == "gone":
                raise FeedGone("it is gone")
            self.feed.send(do_line(id, command))
            self._steering += id == 0
        except FeedGone:
            self._answers.answer(id, Outcome(ENDED, ok=False))


def _start(socket: socket.socket, errors: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        tied([sys.executable, "-m", "msgmux_tui.programs.stage", str(socket.fileno())]),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=[socket.fileno()],
        # ctrl+c must reach only this process, which then ends the child.
        start_new_session=True,
    )
