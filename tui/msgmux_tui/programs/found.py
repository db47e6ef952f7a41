"""Finds the queues that this user's programs publish. All programs are asked at the same time, with one time limit."""

import errno
import os
import selectors
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from msgmux.errors import MsgmuxError
from msgmux.publishing.places import Place, places
from msgmux.publishing.wire import List, Listed, line_of

PATIENCE = 1.0
"""Seconds of the wall clock in which all programs must have answered."""
LONGEST_ANSWER = 1 << 20
"""Bytes of an answer that are read."""
NOBODY = "no program publishes a queue here; call msgmux.publish(queue) in it, or: msgmux-tui watch PROGRAM.py"

HEADING = f"{'queue':<14} {'pid':>7}  {'program':<14} {'messages':>8} {'consumers':>9} {'worst lag':>9}"

State = Literal["running", "closed", "silent"]


class Found(msgspec.Struct, frozen=True):
    """A queue that is published at ``place``: what it says of itself; None where it does not answer."""

    place: Place
    listed: Listed | None = None

    @property
    def state(self) -> State:
        """``closed``: the queue is, though its program is still there."""
        if self.listed is None:
            return "silent"
        return "closed" if self.listed.closed else "running"


def silent(place: Place) -> str:
    """Why a program that is there can't be looked at."""
    return f"{place.name} (pid {place.pid}) does not answer; it stands still, or a forked child holds its socket"


def look(patience: float = PATIENCE) -> list[Found]:
    """All queues that are published by programs of this user, by name. Takes at most ``patience`` seconds.

    The sockets of programs that were killed are removed. Raises :class:`MsgmuxError` where the folder of sockets is
    not to be trusted.
    """
    return _ask(places(), patience)


def find(target: str, found: Sequence[Found]) -> Found:
    """The one queue with this name, or of the process of this number. Raises :class:`MsgmuxError`."""
    named = [one for one in found if one.place.name == target]
    owned = [one for one in found if str(one.place.pid) == target]
    matching = named or owned
    if not found:
        raise MsgmuxError(NOBODY)
    if not matching:
        kind = (
            "no program with this number publishes a queue" if target.isdecimal() else "no queue of this name is here"
        )
        raise MsgmuxError(f"{target}: {kind}; there are: {_several(found)}")
    if len(matching) > 1:
        word = "this name" if named else "this program"
        raise MsgmuxError(
            f"{target}: there are {len(matching)} queues of {word}: {_several(matching)}; give an address"
        )
    if matching[0].listed is None:
        raise MsgmuxError(silent(matching[0].place))
    return matching[0]


def _several(found: Iterable[Found]) -> str:
    return ", ".join([f"{one.place.name} (pid {one.place.pid}, {one.place.address})" for one in found])


def row(found: Found) -> str:
    """One line of the list."""
    place, listed = found.place, found.listed
    name = f"{place.name:<14.14} {place.pid:>7}"
    if listed is None:
        return f"{name}  does not answer"
    closed = "  closed" if listed.closed else ""
    return (
        f"{name}  {listed.program:<14.14} {listed.messages:>8,} {len(listed.consumers):>9,} "
        f"{listed.worst_lag:>9,}{closed}"
    )


class _Asked:
    """A socket that was asked, and what it has answered so far."""

    def __init__(self, place: Place, sock: socket.socket) -> None:
        self.place = place
        self.sock = sock
        self.said = b""


def _ask(wanted: Sequence[Place], patience: float) -> list[Found]:
    answers: dict[Place, Listed | None] = {}
    with selectors.DefaultSelector() as waiting:
        for place in wanted:
            sock = _connect(place)
            if sock is not None:
                answers[place] = None
                waiting.register(sock, selectors.EVENT_READ, _Asked(place, sock))
        try:
            until = time.monotonic() + patience
            while waiting.get_map() and (left := until - time.monotonic()) > 0:
                for key, _ in waiting.select(left):
                    asked: _Asked = key.data
                    if _over(asked):
                        waiting.unregister(asked.sock)
                        asked.sock.close()
                        answers[asked.place] = _answer(asked.said)
        finally:
            for key in list(waiting.get_map().values()):
                key.data.sock.close()
    return [Found(place, listed) for place, listed in answers.items()]


def _connect(place: Place) -> socket.socket | None:
    """A socket that was asked what is there; None where nobody is, any more."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.setblocking(False)
        sock.connect(os.fspath(place.path))
        sock.send(line_of(List()))
    except BlockingIOError:
        # The socket's backlog is full, so the program does not accept connections and will not answer.
        return sock
    except OSError as error:
        sock.close()
        if error.errno == errno.ECONNREFUSED:
            # Its program was killed.
            place.path.unlink(missing_ok=True)
        return None
    return sock


def _over(asked: _Asked) -> bool:
    """Read what has come. True if the answer is complete or none will come."""
    try:
        said = asked.sock.recv(65_536)
    except BlockingIOError:
        return False
    except OSError:
        return True
    asked.said += said
    return not said or b"\n" in said or len(asked.said) > LONGEST_ANSWER


def _answer(said: bytes) -> Listed | None:
    try:
        return msgspec.json.decode(said.partition(b"\n")[0], type=Listed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
