"""A student's file that is looked at again and again: its lines, as it was saved last."""

from pathlib import Path

from msgmux.checker.records import SourceLine

MOST_BYTES = 1_000_000


class Watched:
    """The file at ``path``. :attr:`lines` are empty where it is not there or no text; :attr:`problem` says so then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: tuple[SourceLine, ...] = ()
        self.problem = ""
        self._seen: tuple[int, int, int] | None = None

    def look(self) -> bool:
        """Whether it was saved since the last look; then its lines are read again."""
        try:
            status = self.path.stat()
            # An editor that writes a new file and renames it changes the inode; one that writes fast, the size.
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError as error:
            # For a moment, while an editor replaces it, or for good.
            changed, self._seen = self._seen != (0, 0, 0), (0, 0, 0)
            if changed:
                self.problem = f"{self.path.name}: {error.strerror or error}"
            return changed
        if seen == self._seen:
            return False
        self._seen = seen
        self._read()
        return True

    def _read(self) -> None:
        self.lines, self.problem = (), ""
        try:
            with self.path.open("rb") as stream:
                content = stream.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise ValueError(f"is larger than {MOST_BYTES:,} bytes")
            text = content.decode("utf-8-sig")
        except OSError as error:
            self.problem = f"{self.path.name}: {error.strerror or error}"
        except ValueError as error:
            self.problem = f"{self.path.name}: {error}"
        else:
            self.lines = tuple([SourceLine(number, line) for number, line in enumerate(text.splitlines(), 1)])
