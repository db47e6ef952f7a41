"""The requests that a viewer sends to a publisher, one JSON object a line.

``{"want":"list"}`` asks what is published, and is answered by one :class:`Listed`. ``{"want":"follow","version":1}``
asks for the stream: the lines of a recording (:mod:`msgmux.recording.format`). ``{"want":"do","id":7,…}`` gives a
command, whose fields are in the same object, and is answered by a :class:`~msgmux.recording.Did` with the same id.
"""

from typing import Any

import msgspec

from msgmux.commands import AnyCommand, Command
from msgmux.errors import MsgmuxError

VERSION = 1
"""The version of these requests. The lines of the stream have the version of recordings, in their header."""


class List(msgspec.Struct, frozen=True, tag_field="want", tag="list"):
    """Ask what is published here."""

    token: str = ""


class Follow(msgspec.Struct, frozen=True, tag_field="want", tag="follow"):
    """Ask for the stream from now on. ``every_event``: never pictures instead of events, however many there are."""

    version: int
    every_event: bool = False
    token: str = ""


class Do(msgspec.Struct, frozen=True, tag_field="want", tag="do"):
    """Ask for a command, whose fields (those of :data:`msgmux.commands.AnyCommand`) are in the same JSON object. ``id``
    is chosen by the viewer, to recognize the answer.
    """

    id: int


Wish = List | Follow | Do


class Listed(msgspec.Struct, frozen=True, tag_field="kind", tag="queue"):
    """The published queue: its process, the number of ``messages`` in its list, the names of its producers and
    consumers, the ``worst_lag`` of these in messages, and the kinds of commands that it ``takes``.
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
    """A line from a viewer is no valid request."""


_read_wish: Any = msgspec.json.Decoder(Wish).decode
_read_command: Any = msgspec.json.Decoder(AnyCommand).decode
_encode = msgspec.json.Encoder().encode


def read_wish(line: bytes) -> Wish:
    """Decode a request. Raises :class:`WireError` if it is not valid."""
    try:
        wish: Wish = _read_wish(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"this is nothing that can be asked for here ({error!s:.120})") from None
    return wish


def read_command(line: bytes) -> AnyCommand:
    """Decode the command of a line that is a :class:`Do`. Raises :class:`WireError` if it is not valid."""
    try:
        command: AnyCommand = _read_command(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"this is no command ({error!s:.120})") from None
    return command


def line_of(record: msgspec.Struct) -> bytes:
    """A record as a line of JSON, with a line feed."""
    return _encode(record) + b"\n"


def do_line(id: int, command: Command) -> bytes:
    """The request for a command, with a line feed."""
    return _encode({"want": "do", "id": id, **msgspec.to_builtins(command)}) + b"\n"
