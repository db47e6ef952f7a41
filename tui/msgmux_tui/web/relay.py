"""The relay: a process that hands one stream on to all pages, so that they never touch the lecturer's screen.

Started as ``python -m msgmux_tui.web.relay FD``, with a socket to its parent (:mod:`msgmux_tui.web.wire`). It ends when
that socket does. What happens is sent on ten times a second. A page that reads too slowly loses what waits for it, and
gets a picture whenever it has read what there was.
"""

import asyncio
import socket
import sys
import time
from collections import deque
from contextlib import suppress

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from msgmux.recording import End, Header
from msgmux.recording.format import Told
from msgmux_tui.web.gate import MOST_BYTES, Allowance, Gate, origins_of
from msgmux_tui.web.page.files import served
from msgmux_tui.web.page.lines import Card, Held, Poll, Story, Viewers
from msgmux_tui.web.past import Past
from msgmux_tui.web.polls import Box, Counted, Question
from msgmux_tui.web.wire import Asked, Begin, Listening
from msgmux_tui.web.wire import Told as FromParent

BATCH = 0.1
"""Seconds between two deliveries."""
COUNTED = 1.0
"""Seconds between two counts of viewers, where there is another one."""
MOST_VIEWERS = 200
FULL = f"{MOST_VIEWERS} pages look on already; sit together with somebody"
MOST_WAITING = 1 << 20
"""Characters that may wait for one page."""
LONGEST_LINE = 16 << 20
WELCOME_WITHIN = 10.0
"""Seconds in which a connection must ask for the stream."""
HEARTBEAT = 20.0
SLOW = "you fell behind; here is how it is now"

_encode = msgspec.json.Encoder().encode
_read_parent = msgspec.json.Decoder(FromParent).decode


class Follow(msgspec.Struct, frozen=True, tag_field="want", tag="follow"):
    """A page asks for the stream."""

    version: int = 1


class Answer(msgspec.Struct, frozen=True, tag_field="want", tag="answer"):
    """A page's answer to the question ``poll``: the index of a choice."""

    poll: int
    choice: int


_read_page = msgspec.json.Decoder(Follow | Answer).decode


class Viewer:
    """A connected page. ``id`` is that of its browser, which may have several."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.follows = False
        self._waiting: deque[str] = deque()
        self._size = 0
        self._behind = False
        self._due = asyncio.Event()

    def give(self, text: str) -> None:
        """Add what is to be sent, or, if too much waits already, drop all of it."""
        if self._behind:
            return
        if self._waiting and self._size + len(text) > MOST_WAITING:
            self._waiting.clear()
            self._size, self._behind = 0, True
        else:
            self._waiting.append(text)
            self._size += len(text)
        self._due.set()

    async def wanted(self) -> str | None:
        """What is to be sent next; None: the page has fallen behind, and now gets how it is."""
        await self._due.wait()
        if self._behind:
            self._behind = False
            self._due.clear()
            return None
        text = "\n".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._due.clear()
        return text


class Relay:
    """Hands on what the parent tells, by ``tell`` back to it."""

    def __init__(self, gate: Gate, writer: asyncio.StreamWriter) -> None:
        self._gate = gate
        self._writer = writer
        self._viewers: set[Viewer] = set()
        self._past: Past | None = None
        self._batch: list[str] = []
        # The last line of each kind that replaces the one before it.
        self._notices: dict[type, Card | Held | Story] = {}
        self._box: Box | None = None
        self._last_counted = 0
        self._changed = False

    def application(self) -> web.Application:
        """The web server's: the page's files by name, and the stream."""
        app = web.Application(middlewares=[self._gate.middleware()], client_max_size=MOST_BYTES)
        app.router.add_get("/events", self._attend)
        app.router.add_get("/", self._page)
        app.router.add_get("/{name}", self._page)
        return app

    async def _page(self, request: web.Request) -> web.Response:
        found = served().get(request.match_info.get("name", ""))
        if found is None:
            raise web.HTTPNotFound(text="there is no such file")
        return web.Response(body=found[1], headers={"Content-Type": found[0]})

    # From the parent

    def hear(self, line: bytes) -> None:
        """Take one line of the parent's."""
        record = _read_parent(line)
        text = line.decode().rstrip("\n")
        match record:
            case Header():
                self._past = Past(record)
                self._notices.pop(Story, None)
                self._batch.append(text)
            case Card() | Held() | Story():
                self._notices[type(record)] = record
                self._batch.append(text)
            case Question():
                self._box = Box(record)
                self._tell_question()
            case Asked():
                if self._box is not None and record.become == "revealed":
                    self._box.reveal()
                    self._tell_question()
                    self._count_answers()
                elif self._box is not None:
                    self._batch.append(_text(Poll(self._box.asked.id, "", (), open=False)))
                    self._box = None
            case _:
                if self._past is not None:
                    if not isinstance(record, Told):
                        self._past.take(text, record, time.monotonic())
                    self._batch.append(text)

    def _tell_question(self) -> None:
        """Tell each page the question as it is for its viewer; first what came before."""
        self.deliver()
        for viewer in self._following:
            self._show_question(viewer)

    def _show_question(self, viewer: Viewer) -> None:
        if self._box is not None:
            viewer.give(_text(self._box.seen_by(viewer.id)))

    def _count_answers(self) -> None:
        if self._box is not None:
            self._answer_parent(self._box.counted)

    def _answer_parent(self, record: Counted | Viewers | Listening) -> None:
        self._writer.write(_encode(record) + b"\n")

    @property
    def _following(self) -> list[Viewer]:
        return [viewer for viewer in self._viewers if viewer.follows]

    # To the pages

    def deliver(self) -> None:
        """Give every page what has come since the last delivery."""
        if self._changed:
            self._changed = False
            self._count_answers()
        if self._batch:
            text = "\n".join(self._batch)
            self._batch.clear()
            for viewer in self._following:
                viewer.give(text)

    def count(self) -> None:
        """Tell how many look on, if that has changed."""
        count = len({viewer.id for viewer in self._following})
        if count != self._last_counted:
            self._last_counted = count
            self._answer_parent(Viewers(count))
            self._batch.append(_text(Viewers(count)))

    async def _attend(self, request: web.Request) -> web.WebSocketResponse:
        id = self._gate.admit(request)
        viewer = Viewer(id)
        try:
            answer = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=MOST_BYTES, compress=False)
            await answer.prepare(request)
            self._viewers.add(viewer)
            sends = asyncio.create_task(self._send(viewer, answer))
            try:
                await self._listen(viewer, answer)
            finally:
                sends.cancel()
                with suppress(asyncio.CancelledError, ConnectionError):
                    await sends
            return answer
        finally:
            self._viewers.discard(viewer)
            self._gate.leave(id)

    async def _send(self, viewer: Viewer, answer: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            while True:
                text = await viewer.wanted()
                if text is None:
                    if self._past is None:
                        continue
                    text = "\n".join([_text(Told(SLOW)), self._past.picture(), *self._standing(viewer)])
                await answer.send_str(text)

    async def _listen(self, viewer: Viewer, answer: web.WebSocketResponse) -> None:
        """Heed what a page sends, until it leaves or sends what is not allowed."""
        allowance = Allowance()
        while True:
            try:
                message = await answer.receive(None if viewer.follows else WELCOME_WITHIN)
            except TimeoutError:
                await answer.close(code=WSCloseCode.POLICY_VIOLATION, message=b"nothing was asked for")
                return
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            if not allowance.take():
                await answer.close(code=WSCloseCode.POLICY_VIOLATION, message=b"too many messages")
                return
            try:
                if message.type is not WSMsgType.TEXT:
                    raise msgspec.DecodeError
                self._heed(viewer, _read_page(message.data))
            except (msgspec.DecodeError, RecursionError, UnicodeError):
                await answer.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"this is nothing to ask for here")
                return

    def _heed(self, viewer: Viewer, wish: Follow | Answer) -> None:
        match wish:
            case Follow() if not viewer.follows:
                # What is still to be delivered to the others is in the past already.
                self.deliver()
                viewer.follows = True
                if self._past is not None:
                    viewer.give("\n".join(self._past.told()))
                standing = self._standing(viewer)
                if standing:
                    viewer.give("\n".join(standing))
            case Answer(poll, choice) if self._box is not None:
                if self._box.answer(viewer.id, poll, choice):
                    self._changed = True
                for other in self._following:
                    if other.id == viewer.id:
                        self._show_question(other)
            case _:
                pass

    def _standing(self, viewer: Viewer) -> list[str]:
        """The lines that stand until others of their kind come."""
        lines = [_text(notice) for notice in self._notices.values()]
        lines.append(_text(Viewers(self._last_counted)))
        if self._box is not None:
            lines.append(_text(self._box.seen_by(viewer.id)))
        return lines

    async def end(self) -> None:
        """Tell the pages that it is over, as far as they read."""
        self.deliver()
        for viewer in self._following:
            viewer.give(_text(End("the session has ended")))
        await asyncio.sleep(BATCH)


def _text(record: msgspec.Struct) -> str:
    return _encode(record).decode()


async def serve(sock: socket.socket) -> None:
    """Relay what the parent tells through ``sock``, until it closes that."""
    reader, writer = await asyncio.open_connection(sock=sock, limit=LONGEST_LINE)
    begin = msgspec.json.decode(await reader.readline(), type=Begin)
    try:
        listening = _bind(begin.host, begin.port)
    except OSError as error:
        words = f"nothing can listen at {begin.host}:{begin.port}: {error.strerror or error}"
        writer.write(_encode(Listening(0, words)) + b"\n")
        await writer.drain()
        return
    port: int = listening.getsockname()[1]
    gate = Gate(begin.token, origins_of(begin.host, port, begin.at), most=MOST_VIEWERS, full=FULL)
    relay = Relay(gate, writer)
    runner = web.AppRunner(relay.application(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening, backlog=128).start()
    writer.write(_encode(Listening(port)) + b"\n")
    beats = asyncio.create_task(_beat(relay))
    try:
        # An error of the parent's socket is its end too.
        with suppress(ConnectionError):
            while line := await reader.readline():
                relay.hear(line)
    finally:
        beats.cancel()
        await relay.end()
        await runner.cleanup()
        writer.close()


async def _beat(relay: Relay) -> None:
    until = 0.0
    while True:
        await asyncio.sleep(BATCH)
        relay.deliver()
        if time.monotonic() >= until:
            until = time.monotonic() + COUNTED
            relay.count()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
    except (OSError, OverflowError):
        sock.close()
        raise
    return sock


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(socket.socket(fileno=int(sys.argv[1]))))
