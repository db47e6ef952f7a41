"""Where the lines of a stream come from: a file that grows, a socket of a program that publishes.

A session reads from a :class:`Feed` and knows nothing else of it; :func:`open_feed` finds the right one for an address.
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
