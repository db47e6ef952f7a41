"""What a lecturer's program does for the pages: it starts the relay, and sends it each frame of what is on the screen.

Nothing here waits: what the relay does not take at once is kept, within bounds, and sent with the next frame.
"""

import importlib.util
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from msgmux.checker.operations import standing
from msgmux.checker.records import TaskView
from msgmux.errors import MsgmuxError
from msgmux.recording import KeyFrame, Tick
from msgmux_tui.session.protocol import Frame, Session
from msgmux_tui.session.records import Threads as SessionThreads
from msgmux_tui.system.tied import tied
from msgmux_tui.web.page.lines import Card, Held, Place, Task, Threads, Viewers
from msgmux_tui.web.past import newest_nodes
from msgmux_tui.web.polls import Counted, Question
from msgmux_tui.web.wire import Answered, Asked, Begin, Listening

MOST_EVENTS = 200
"""Events of one frame; where there are more the pages get a picture instead."""
PICTURED = 200
"""Nodes in a picture: the newest."""
BETWEEN_PICTURES = 0.2
BETWEEN_TICKS = 1.0
BETWEEN_HISTORIES = 0.5
"""Seconds between two new beginnings, while somebody drags a player back."""
MOST_UNSENT = 8 << 20
PATIENCE = 20.0
"""Most seconds until the relay listens."""
MISSING = "this needs the extra 'web': pip install 'msgmux-tui[web]'"

_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Answered).decode


def require_web() -> None:
    """Raise :class:`MsgmuxError` if the libraries for browsers are not installed."""
    if any([importlib.util.find_spec(name) is None for name in ("aiohttp", "segno", "textual_serve")]):
        raise MsgmuxError(MISSING)


class Presentation:
    """The pages, seen from the lecturer's program. Raises :class:`MsgmuxError` if they can't be served.

    ``address``: what to open, with the token. ``at``: the address that a proxy has for this server, or empty.
    ``clock`` is the wall clock, in seconds. ``asks``: a ``question`` is on the pages, with ``counts`` by choice.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, at: str = "", *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        require_web()
        self.viewers = 0
        self.held = ""
        self.question: Question | None = None
        self.counts: tuple[int, ...] = ()
        self.revealed = self.asks = False
        self.problem = ""
        self._clock = clock
        self._session: Session | None = None
        self._event = 0
        self._card = Card("", "")
        self._threads: SessionThreads | None = None
        self._pictured = self._ticked = self._begun = float("-inf")
        self._stale = True
        self._unsent = bytearray()
        self._heard = b""
        token = secrets.token_urlsafe(12)
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            self._child = subprocess.Popen(
                tied([sys.executable, "-m", "msgmux_tui.web.relay", str(theirs.fileno())]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        ours.setblocking(False)
        self._send(_encode(Begin(host, port, token, at)))
        listening = self._wait_for_relay()
        if listening.problem:
            self.close()
            raise MsgmuxError(listening.problem)
        base = at.rstrip("/") or f"http://{_name_of(host)}:{listening.port}"
        self.address = f"{base}/?t={token}"

    @property
    def pid(self) -> int:
        """The relay's process."""
        return self._child.pid

    def _wait_for_relay(self) -> Listening:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._child.poll() is None:
            select.select([self._socket], [], [], 0.1)
            for record in self._hear():
                if isinstance(record, Listening):
                    return record
        return Listening(0, "the relay for the pages does not start")

    # What is on the screen

    def show(self, session: Session, frame: Frame, threads: SessionThreads | None = None) -> None:
        """Send a frame of ``session`` on, and hear what the pages say."""
        self.listen()
        if self.problem or frame.link.phase == "connecting":
            return
        now = self._clock()
        if session is not self._session or frame.state.event < self._event:
            self._stale = True
        if self._stale:
            # A frame of another session, or of an earlier moment: a new history for the pages.
            if session is self._session and now < self._begun + BETWEEN_HISTORIES:
                return
            self._begin(session, frame, now)
        elif frame.events or frame.gap or frame.state.event != self._event:
            follows = bool(frame.events) and frame.events[0].number == self._event + 1
            if frame.gap or len(frame.events) > MOST_EVENTS or not follows:
                if now < self._pictured + BETWEEN_PICTURES:
                    return
                self._pictured = now
                self._send(_encode(KeyFrame(frame.now, newest_nodes(frame.state, PICTURED))))
            else:
                self._send(b"\n".join([_encode(event) for event in frame.events]))
            self._event = frame.state.event
        if threads is not None and threads is not self._threads:
            self._threads = threads
            self._send(_encode(_shown(threads, frame.now)))
        if now >= self._ticked + BETWEEN_TICKS:
            self._ticked = now
            self._send(_encode(Tick(frame.now, 0.0 if session.paused else session.speed)))
        self._flush()

    def _begin(self, session: Session, frame: Frame, now: float) -> None:
        lead = frame.lead_in
        start = frame.state if lead is None else lead.state
        header = replace(
            session.timeline.header, start=start, title=session.title, scenario="", given=(), takes=(), began=0.0
        )
        self._send(_encode(header))
        if lead is not None and lead.events:
            self._send(b"\n".join([_encode(event) for event in lead.events]))
        self._session, self._event, self._begun, self._stale = session, frame.state.event, now, False
        self._threads, self._ticked = None, float("-inf")

    def card(self, title: str, text: str) -> None:
        """Show a lesson's card on the pages; an empty ``text``: none."""
        card = Card(title, text)
        if card != self._card:
            self._card = card
            self._send(_encode(card))

    def hold(self, text: str) -> None:
        """Let the pages show only ``text``, until this is called with an empty one."""
        self.held = text
        self._send(_encode(Held(text)))

    # Questions

    def ask(self, question: str, choices: tuple[str, ...], right: int | None = None) -> None:
        """Ask everybody, in place of the question before."""
        number = 1 if self.question is None else self.question.id + 1
        self.question = Question(number, question, choices, right)
        self.counts, self.revealed = (0,) * len(choices), False
        self.asks = True
        self._send(_encode(self.question))

    def reveal(self) -> None:
        """End the question, and let everybody see the answers."""
        if self.asks and not self.revealed:
            self.revealed = True
            self._send(_encode(Asked("revealed")))

    def take_away(self) -> None:
        """Take the question from the pages."""
        if self.asks:
            self.asks = False
            self._send(_encode(Asked("gone")))

    # The relay

    def listen(self) -> None:
        """Take what the relay has said: how many look on, and their answers."""
        for record in self._hear():
            match record:
                case Viewers(count):
                    self.viewers = count
                case Counted(poll, counts) if self.question is not None and poll == self.question.id:
                    self.counts = counts
                case _:
                    pass

    def close(self) -> None:
        """End the relay, and with it all pages. Idempotent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        try:
            self._child.wait(2.0)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._socket.close()

    def __enter__(self) -> "Presentation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, line: bytes) -> None:
        if len(self._unsent) > MOST_UNSENT:
            # The relay hangs. Its pages get a new history when it reads again.
            self._stale = True
            return
        self._unsent += line + b"\n"
        self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._lose()

    def _hear(self) -> list[Answered]:
        try:
            while True:
                data = self._socket.recv(1 << 16)
                if not data:
                    self._lose()
                    break
                self._heard += data
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._lose()
        *lines, self._heard = self._heard.split(b"\n")
        return [_read(line) for line in lines]

    def _lose(self) -> None:
        self.problem = "the relay of the pages has ended"
        self.viewers = 0
        self._unsent.clear()


def _shown(threads: SessionThreads, now: float) -> Threads:
    """A step session's threads as the pages show them."""
    tasks = [
        Task(
            task.id,
            task.name,
            _state(task),
            task.can_go,
            standing(task.operation, task.code),
            tuple(task.holds),
            task.id == threads.chosen,
        )
        for task in threads.tasks
    ]
    chosen = threads.task
    place = None
    if chosen is not None and chosen.source:
        lines = tuple([(line.number, line.text) for line in chosen.source])
        place = Place(chosen.name, lines, chosen.operation.line)
    return Threads(
        now, tuple(tasks), threads.said, threads.graph, threads.cycles, place, threads.steps, threads.preemptions
    )


def _name_of(host: str) -> str:
    """A host for an address: one that all others can reach, where the server listens everywhere."""
    return f"[{host}]" if ":" in host else host


def _state(task: TaskView) -> str:
    """The word for a task's state that the page knows."""
    if task.state == "blocked" and task.operation.kind == "wait":
        return "waits"
    return task.state


def check_address(at: str) -> str:
    """``at`` if it is a web address without a path. Raises :class:`MsgmuxError`."""
    parts = urlsplit(at)
    if at and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/")):
        raise MsgmuxError(f"{at!r} is no web address; write it as https://queue.example.org")
    return at
