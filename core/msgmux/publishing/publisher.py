"""The thread that publishes: accepts viewers, reads their requests, and sends each no more than it reads."""

import logging
import os
import selectors
import socket
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

from msgmux.commands import Outcome
from msgmux.publishing.doors import Door
from msgmux.publishing.gears import Gears
from msgmux.publishing.source import Source
from msgmux.publishing.viewer import MOST_OUT, Gone, Viewer
from msgmux.publishing.wire import VERSION, Do, Follow, List, Listed, WireError, line_of, read_command, read_wish
from msgmux.recording import Did, End

TICK = 0.05
"""Seconds between two deliveries of events, while somebody follows."""
MOST_VIEWERS = 16
PATIENCE = 10.0
"""Seconds after which a connection is closed that has not asked for the stream, or has not read the last line."""
DEAF = 1.0
"""Seconds for which no connection is accepted after the process had no file descriptor left for one."""
FAREWELL = 2.0
"""Most seconds that :meth:`Publisher.close` waits for the thread."""
MOST_UNREAD = 16 * MOST_OUT
"""Bytes that a viewer may have left unread when it sends another request; more than a tick's events can have."""
_HTTP = (b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"CONNECT ", b"DELETE ")

_all: "weakref.WeakSet[Publisher]" = weakref.WeakSet()


class Publisher:
    """Publishes ``source`` as ``name`` to viewers that connect to one of the ``doors``, or are given to :meth:`attend`.

    Without a viewer its thread sleeps. Nothing that a viewer does raises here: its connection is closed instead.
    """

    def __init__(self, source: Source, name: str, doors: Iterable[Door] = ()) -> None:
        self.name = name
        self.doors = tuple(doors)
        self._source = source
        self._gears = Gears(source)
        self._viewers: dict[socket.socket, Viewer] = {}
        self._door_of: dict[Viewer, Door] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        # Filled by other threads and emptied by the publisher's; single operations of a deque are atomic.
        self._brought: deque[socket.socket] = deque()
        self._answers: deque[tuple[Viewer, int, Outcome]] = deque()
        self._due = self._deaf_until = 0.0
        self._stopping = False
        self._last_words = f"{name} has ended"
        self._closed = False
        self._forked = False
        for door in self.doors:
            self._selector.register(door.listening, selectors.EVENT_READ, door)
        _watch_forks()
        _all.add(self)
        self._thread = threading.Thread(target=self._run, name="msgmux-publisher", daemon=True)
        self._thread.start()

    @property
    def viewers(self) -> int:
        """How many viewers follow now."""
        return len([viewer for viewer in list(self._viewers.values()) if viewer.following])

    def attend(self, sock: socket.socket) -> None:
        """Serve a connected socket, without a token. The publisher owns the socket from now on."""
        self._brought.append(sock)
        self._ring()

    def close(self, words: str = "") -> None:
        """End the stream: send all viewers ``words`` as the last line (empty: "NAME has ended") and close their
        connections. Waits :data:`FAREWELL` seconds at most. Idempotent.
        """
        if self._closed or self._forked:
            return
        self._closed = True
        if words:
            self._last_words = words
        self._stopping = True
        self._ring()
        if self._thread is not threading.current_thread():
            self._thread.join(FAREWELL)
        _all.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ring(self) -> None:
        with suppress(OSError):  # the pair's buffer is full, so the thread wakes anyway; or it is closed
            self._wake.send(b"x")

    # The thread

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
            self._end()
        except Exception:
            logging.getLogger("msgmux").exception("publishing %s has ended by a fault in msgmux", self.name)
        finally:
            self._release()

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._timeout()):
            if key.fileobj is self._woken:
                with suppress(OSError):
                    self._woken.recv(4096)
            elif isinstance(key.data, Door):
                self._accept(key.data)
            elif key.data.sock in self._viewers:
                if mask & selectors.EVENT_READ:
                    self._attempt(key.data, self._hear)
                if mask & selectors.EVENT_WRITE and key.data.sock in self._viewers:
                    self._attempt(key.data, self._flush)
        while self._brought:
            self._welcome(self._brought.popleft(), "outside", None)
        if self._answers:
            # Tick at once, so that the events of the command are sent with the answer.
            self._due = 0.0
        while self._answers:
            viewer, id, outcome = self._answers.popleft()
            if viewer.sock in self._viewers:
                viewer.send(line_of(Did(id, outcome.text, outcome.ok, outcome.hint, outcome.select)))
                self._attempt(viewer, self._flush)
        now = time.monotonic()
        if now >= self._due:
            self._due = now + TICK
            self._gears.tick(list(self._viewers.values()), now)
            for viewer in list(self._viewers.values()):
                if viewer.size or viewer.ending:
                    self._attempt(viewer, self._flush)
                if not viewer.following and now - viewer.since > PATIENCE:
                    self._drop(viewer)
        if self._deaf_until and now >= self._deaf_until:
            self._deaf_until = 0.0
            for door in self.doors:
                self._selector.register(door.listening, selectors.EVENT_READ, door)

    def _timeout(self) -> float | None:
        """Seconds until a timed action is due; None if there is none."""
        now = time.monotonic()
        if any([viewer.reads for viewer in self._viewers.values()]):
            return max(0.0, self._due - now)
        waits = [viewer.since + PATIENCE - now for viewer in self._viewers.values() if not viewer.following]
        if self._deaf_until:
            waits.append(self._deaf_until - now)
        return max(TICK, min(waits)) if waits else None

    def _attempt(self, viewer: Viewer, work: Callable[[Viewer], None]) -> None:
        """Call ``work``; if it fails, drop this viewer only."""
        try:
            work(viewer)
        except Gone:
            self._drop(viewer)
        except Exception:
            logging.getLogger("msgmux").exception("a viewer of %s is hung up on by a fault in msgmux", self.name)
            self._drop(viewer)

    # Viewers

    def _accept(self, door: Door) -> None:
        try:
            sock, who, refusal = door.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return
        except OSError:
            # No file descriptor left. The connection stays in the backlog, so select() would return again and again;
            # therefore the listening sockets are not watched for DEAF seconds.
            self._deaf_until = time.monotonic() + DEAF
            for each in self.doors:
                self._selector.unregister(each.listening)
            return
        viewer = self._welcome(sock, who, door)
        if not refusal and len(self._viewers) > MOST_VIEWERS:
            refusal = f"{MOST_VIEWERS} viewers are here already, and no more are let in; end one of them"
        if refusal:
            self._attempt(viewer, lambda viewer: self._hang_up(viewer, refusal))

    def _welcome(self, sock: socket.socket, who: str, door: Door | None) -> Viewer:
        sock.setblocking(False)
        viewer = Viewer(sock, who, time.monotonic(), trusted=door is None or not door.token)
        self._viewers[sock] = viewer
        if door is not None:
            self._door_of[viewer] = door
        self._selector.register(sock, selectors.EVENT_READ, viewer)
        return viewer

    def _drop(self, viewer: Viewer) -> None:
        if self._viewers.pop(viewer.sock, None) is not None:
            self._door_of.pop(viewer, None)
            self._selector.unregister(viewer.sock)
            viewer.sock.close()
            self._gears.rest(list(self._viewers.values()))

    def _hang_up(self, viewer: Viewer, words: str) -> None:
        """Send ``words`` as the last line, and close the connection when they are read or after PATIENCE seconds."""
        viewer.following = False
        viewer.ending = True
        viewer.since = time.monotonic()
        viewer.send(line_of(End(words)))
        self._flush(viewer)

    def _flush(self, viewer: Viewer) -> None:
        viewer.flush()
        if viewer.ending and not viewer.size:
            viewer.part()
            raise Gone
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if viewer.size else 0)
        if self._selector.get_key(viewer.sock).events != wanted:
            self._selector.modify(viewer.sock, wanted, viewer)

    def _hear(self, viewer: Viewer) -> None:
        try:
            lines = viewer.receive()
        except ValueError as error:
            self._hang_up(viewer, str(error))
            return
        for line in lines:
            if viewer.ending:
                return
            if line.strip():
                self._heed(viewer, line)

    def _heed(self, viewer: Viewer, line: bytes) -> None:
        if line.startswith(_HTTP) and not viewer.following:
            words = "this is no web server, but a queue of msgmux: look at it with msgmux-tui attach\n"
            viewer.send(
                f"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                f"Content-Length: {len(words)}\r\n\r\n{words}".encode()
            )
            viewer.ending = True
            self._flush(viewer)
            return
        try:
            wish = read_wish(line)
            if not viewer.trusted:
                token = wish.token if isinstance(wish, List | Follow) else ""
                if not self._door_of[viewer].knows(token):
                    self._hang_up(viewer, "the token is wrong, or was not given; it is in the address: …/?t=TOKEN")
                    return
                viewer.trusted = True
            command = read_command(line) if isinstance(wish, Do) else None
        except WireError as error:
            self._hang_up(viewer, str(error))
            return
        match wish:
            case List() if viewer.size <= MOST_UNREAD:
                viewer.send(line_of(self._listed()))
            case Follow(version) if version != VERSION:
                self._hang_up(viewer, f"version {version} of the stream is asked for; this program speaks {VERSION}")
                return
            case Follow(every_event=every_event):
                viewer.every_event = every_event
                self._gears.begin(viewer)
                self._due = min(self._due, time.monotonic() + TICK)
            case Do(id) if command is not None and viewer.size <= MOST_UNREAD:
                self._source.give(command, viewer.who, lambda outcome: self._answer(viewer, id, outcome))
                return
            case _:
                # It sends requests without reading the answers.
                raise Gone
        self._flush(viewer)

    def _answer(self, viewer: Viewer, id: int, outcome: Outcome) -> None:
        """Pass an outcome to the publisher's thread. May be called by any thread."""
        self._answers.append((viewer, id, outcome))
        self._ring()

    def _listed(self) -> Listed:
        state = self._source.picture(0)
        return Listed(
            self.name,
            os.getpid(),
            os.path.basename(sys.argv[0]) if sys.argv and sys.argv[0] else "python",
            VERSION,
            state.length,
            tuple(state.producers),
            tuple(state.consumers),
            max([consumer.lag for consumer in state.consumers.values()], default=0),
            state.closed,
            self._source.takes,
            self.viewers,
        )

    # The end

    def _end(self) -> None:
        """Send the last events and the last line, as far as each viewer's socket takes them without waiting."""
        self._gears.finish(list(self._viewers.values()), time.monotonic())
        for viewer in list(self._viewers.values()):
            if not viewer.ending:
                self._attempt(viewer, lambda viewer: self._hang_up(viewer, self._last_words))

    def _release(self) -> None:
        self._source.shut()
        for viewer in list(self._viewers.values()):
            viewer.sock.close()
        self._viewers.clear()
        for door in self.doors:
            door.close()
        for sock in self._brought:
            sock.close()
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _abandon(self) -> None:
        """In a forked child, which does not have the publisher's thread: close the child's copies of all sockets."""
        self._forked = True
        for door in self.doors:
            door.abandon()
        for sock in [*self._viewers, *self._brought, self._wake, self._woken]:
            sock.close()
        self._viewers = {}
        self._selector.close()


_watching = False


def _watch_forks() -> None:
    global _watching
    if not _watching:
        _watching = True
        os.register_at_fork(after_in_child=_abandon_all)


def _abandon_all() -> None:
    for publisher in list(_all):
        publisher._abandon()
    _all.clear()
