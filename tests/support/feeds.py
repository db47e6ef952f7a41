"""A feed that a test fills, and a clock that a test sets."""

from msgmux_tui.session.feeds import FeedGone


class MadeFeed:
    """``take`` returns ``lines`` once; after that it raises :class:`FeedGone` with the text ``gone``, unless empty."""

    address = "made"
    connected = True
    beats = True

    def __init__(self, *lines: bytes) -> None:
        self.lines = list(lines)
        self.gone = ""
        self.sent: list[bytes] = []
        self.connections = 1
        self.closed = False

    def take(self) -> list[bytes]:
        lines, self.lines = self.lines, []
        if not lines and self.gone:
            raise FeedGone(self.gone, again=True)
        return lines

    def send(self, line: bytes) -> None:
        self.sent.append(line)

    def reconnect(self) -> None:
        self.connections += 1
        if not self.lines:
            raise FeedGone("nobody is there", again=True)
        self.gone = ""

    def close(self) -> None:
        self.closed = True


class Clock:
    """Stands for the wall clock."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
