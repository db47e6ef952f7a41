"""Addresses of streams, as a person types them: ``unix:/…``, ``tcp://host:port/?t=TOKEN``, or a file."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from msgmux.errors import MsgmuxError
from msgmux_tui.session.feeds.feed import Feed
from msgmux_tui.session.feeds.file import FileFeed
from msgmux_tui.session.feeds.sockets import tcp_feed, unix_feed


def open_feed(address: str, *, every_event: bool = False) -> Feed:
    """The feed at ``address``; ``every_event`` asks the publisher for all events instead of key frames under load.

    Raises :class:`MsgmuxError` for an invalid address, and if it can't be reached.
    """
    if address.startswith("unix:"):
        path = address.removeprefix("unix:").removeprefix("//")
        if not path:
            raise MsgmuxError(f"{address!r} names no socket; write unix:/PATH")
        if len(path.encode(errors="surrogateescape")) > 107:
            raise MsgmuxError(f"{address!r} is longer than the address of a socket can be (107 bytes)")
        return unix_feed(Path(path), address, every_event=every_event)
    scheme, _, _ = address.partition("://")
    if scheme == "tcp":
        host, port, token = _tcp(address)
        return tcp_feed(host, port, token=token, every_event=every_event)
    if "://" in address:
        raise MsgmuxError(f"{address!r} can't be followed; write unix:/PATH, tcp://HOST:PORT/?t=TOKEN, or a file")
    return FileFeed(Path(address))


def _tcp(address: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
        token = parse_qs(parts.query).get("t", [""])[0]
    except ValueError as error:
        raise MsgmuxError(f"{address!r} can't be read ({error}); write tcp://HOST:PORT/?t=TOKEN") from None
    if not host or not port:
        raise MsgmuxError(f"{address!r} names no host and port; write tcp://HOST:PORT/?t=TOKEN")
    return host, port, token
