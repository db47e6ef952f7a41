"""The feed of a recording file that another program is still writing."""

import os
import stat
from io import FileIO
from pathlib import Path

from msgmux_tui.session.feeds.feed import MOST_AT_ONCE, FeedGone, Lines


class FileFeed:
    """Reads ``path`` from its beginning. A file that was truncated or replaced is read from its beginning again.

    Raises :class:`FeedGone` if the file can't be opened or followed.
    """

    connected = True
    beats = False

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self._path = path
        self._file = self._open()
        self._lines = Lines()

    def take(self) -> list[bytes]:
        try:
            data = self._file.read(MOST_AT_ONCE)
            if not data:
                self._check_replaced()
        except OSError as error:
            raise FeedGone(f"{self._path}: {error.strerror}") from None
        return self._lines.of(data)

    def send(self, line: bytes) -> None:
        raise FeedGone(f"{self._path} is a file, which takes no commands")

    def reconnect(self) -> None:
        """Read a file that was written anew since. Raises :class:`FeedGone` if it is still the one that has ended."""
        if not self._is_anew():
            raise FeedGone(f"{self._path} has ended")
        file = self._open()
        self._file.close()
        self._file, self._lines = file, Lines()

    def close(self) -> None:
        self._file.close()

    def _is_anew(self) -> bool:
        here = os.fstat(self._file.fileno())
        try:
            there = self._path.stat()
        except OSError:
            return False
        return here.st_size != self._file.tell() or (here.st_ino, here.st_dev) != (there.st_ino, there.st_dev)

    def _check_replaced(self) -> None:
        """Check whether the open file was truncated or replaced. Raises :class:`FeedGone` if it was."""
        here = os.fstat(self._file.fileno())
        try:
            there = self._path.stat()
        except OSError:
            return  # removed or renamed: the open file may still be written to
        if here.st_size < self._file.tell() or (here.st_ino, here.st_dev) != (there.st_ino, there.st_dev):
            raise FeedGone(f"{self._path} is written anew", again=True)

    def _open(self) -> FileIO:
        path = self._path
        try:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise FeedGone(f"{path}: is no ordinary file; only one that is being written can be followed")
            if path.suffix == ".gz":
                raise FeedGone(
                    f"{path}: is compressed, and can't be read before it is whole; record to a name without .gz to "
                    "follow it, or open it without --follow"
                )
            return FileIO(path, "rb")
        except OSError as error:
            raise FeedGone(f"{path}: {error.strerror}") from None
