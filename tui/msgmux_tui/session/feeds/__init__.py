"""Sources of a stream's lines: a file that is still being written, or the socket of a program that publishes.

A session uses only the protocol :class:`Feed`; :func:`open_feed` returns the feed for an address.
"""

from msgmux_tui.session.feeds.address import open_feed
from msgmux_tui.session.feeds.feed import Feed, FeedGone
from msgmux_tui.session.feeds.file import FileFeed
from msgmux_tui.session.feeds.sockets import SocketFeed, socketpair_feed, tcp_feed, unix_feed

__all__ = [
    "Feed",
    "FeedGone",
    "FileFeed",
    "SocketFeed",
    "open_feed",
    "socketpair_feed",
    "tcp_feed",
    "unix_feed",
]
