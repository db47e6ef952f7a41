"""What is said on the way back: what somebody at the other end of a stream may want, one JSON object a line.

``{"want":"list"}`` asks what is here, and is answered by one :class:`Listed`. ``{"want":"follow","version":1}`` asks
for the stream, which is the lines of a recording (:mod:`msgmux.recording.format`). ``{"want":"do","id":7,…}`` gives a
command, whose fields stand in the same object, and is answered by a :class:`~msgmux.recording.Did` of the same id.
"""

from typing import Any

import msgspec

from msgmux.commands import AnyCommand, Command
from msgmux.errors import MsgmuxError

VERSION = 1
"""Of what is said here. That of the lines of a recording stands in their header."""


class List(msgspec.Struct, frozen=True, tag_field="want", tag="list"):
    """What is published here?"""

    token: str = ""


class Follow(msgspec.Struct, frozen=True, tag_field="want", tag="follow"):
    """Send what happens from now on; with ``every_event`` also where there is so much that pictures would do."""

    version: int
    every_event: bool = False
    token: str = ""


class Do(msgspec.Struct, frozen=True, tag_field="want", tag="do"):
    """Perform a command: its own fields are those of :data:`msgmux.commands.AnyCommand`, beside these."""

    id: int


Wish = List | Follow | Do


class Listed(msgspec.Struct, frozen=True, tag_field="kind", tag="queue"):
    """What is published here: ``messages`` in the list, the ``worst_lag`` of its ``consumers``, and the kinds of
    commands that it ``takes``.
    """

    name: str
    pid: int
    program: str
    version: int
    messages: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    worst_lag: int
    closed: bool
    takes: tuple[str, ...]
    viewers: int


class WireError(MsgmuxError):
    """A line that says nothing which could be understood."""


_read_wish: Any = msgspec.json.Decoder(Wish).decode
_read_command: Any = msgspec.json.Decoder(AnyCommand).decode
_encode = msgspec.json.Encoder().encode


def read_wish(line: bytes) -> Wish:
    """What a line asks for. Raises :class:`WireError`."""
    try:
        wish: Wish = _read_wish(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"this is nothing that can be asked for here ({error!s:.120})") from None
    return wish


def read_command(line: bytes) -> AnyCommand:
    """The command in a line that :func:`read_wish` has found to be a :class:`Do`. Raises :class:`WireError`."""
    try:
        command: AnyCommand = _read_command(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"this is no command ({error!s:.120})") from None
    return command


def line_of(record: msgspec.Struct) -> bytes:
    """A record as a line, with its end."""
    return _encode(record) + b"\n"


def do_line(id: int, command: Command) -> bytes:
    """The line that gives a command."""
    return _encode({"want": "do", "id": id, **msgspec.to_builtins(command)}) + b"\n"
