"""Passes on the streams of all queues of a watched program: to a file each, or to standard output."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import msgspec

from msgmux.errors import MsgmuxError
from msgmux.publishing.places import Place, places
from msgmux_tui.programs.watched import WatchedProgram
from msgmux_tui.session.feeds import Feed, FeedGone, unix_feed
from msgmux_tui.system.files import check_target
from msgmux_tui.system.messages import complain
from msgmux_tui.system.signals import Endings

BETWEEN = 0.05
"""Seconds between two reads of the streams."""
MOST_HELD = 64 << 10
"""Bytes of a stream in which nothing has happened yet that wait for a file."""


IDLE = (b'{"kind":"header"', b'{"kind":"tick"', b'{"kind":"end"')
"""How lines begin that say nothing of the queue."""


class AttachOptions(msgspec.Struct, frozen=True):
    """The command line's options for a stream. ``record``: a file to write it to."""

    as_json: bool = False
    plain: bool = False
    every_event: bool = False
    record: Path | None = None
    overwrite: bool = False

    @property
    def headless(self) -> bool:
        return self.as_json or self.plain or self.record is not None


def check_record(path: Path, *, overwrite: bool) -> None:
    """Raise :class:`MsgmuxError` where a stream cannot be written to ``path``, or something would be lost."""
    if path.suffix == ".gz":
        raise MsgmuxError(f"{path}: a stream is written as it comes; give a name without .gz")
    check_target(path, overwrite=overwrite)


class Passed:
    """One queue's stream. It gets a file when something happens in it: a program may publish its queue anew, under its
    own name, before that.
    """

    def __init__(self, place: Place, feed: Feed) -> None:
        self.place = place
        self.name = name = place.name
        self.feed = feed
        self.count = 0
        self.refused = False
        self.path: Path | None = None
        self._file: IO[bytes] | None = None
        self._held: list[bytes] = []
        self._prefix = b'{"queue":"%s",' % name.encode()

    def take(self) -> list[bytes]:
        """The lines that have come. Raises :class:`FeedGone` when there are no more."""
        lines = self.feed.take()
        self.refused = self.refused or (not self.count and bool(lines) and lines[0].startswith(b'{"kind":"end"'))
        self.count += len(lines)
        return lines

    def named(self, line: bytes) -> bytes:
        """The line with the queue's name in it as its first field, which a reader of recordings skips."""
        return self._prefix + line[1:] if line.startswith(b'{"') else line

    def write(self, lines: list[bytes], files: "Files") -> None:
        """Append to this queue's file."""
        if not lines:
            return
        self._held += lines
        if self._file is None:
            idle = all([line.startswith(IDLE) for line in self._held])
            if idle and sum(map(len, self._held)) < MOST_HELD:
                return
            self.path = files.next_path(self.name)
            self._file = self.path.open("wb")
        self._file.write(b"".join([line + b"\n" for line in self._held]))
        self._file.flush()
        self._held.clear()

    def close(self) -> None:
        """Close the connection, and the file. Idempotent."""
        self.feed.close()
        if self._file is not None:
            self._file.close()
            self._file = None
            complain(f"{self.count:,} lines of the queue {self.name} are in {self.path}; msgmux-tui replay {self.path}")


class Files:
    """Names of the files for the queues: ``run.jsonl`` for the first, ``run-NAME.jsonl`` for others of another name,
    ``run-NAME-2.jsonl`` where there is that already. Raises :class:`MsgmuxError` where the first can't be written.
    """

    def __init__(self, first: Path, *, overwrite: bool) -> None:
        check_record(first, overwrite=overwrite)
        self._first = first
        self._overwrite = overwrite
        self._given: set[Path] = set()

    def next_path(self, name: str) -> Path:
        """A path that was not given before, and is not there yet (unless files may be overwritten)."""
        path, number = self._first, 1
        while path in self._given or (self._given and path.exists() and not self._overwrite):
            again = f"-{number}" if number > 1 else ""
            path = self._first.with_name(f"{self._first.stem}-{name}{again}{self._first.suffix}")
            number += 1
        self._given.add(path)
        return path

    @property
    def given(self) -> int:
        """How many paths were given."""
        return len(self._given)


class Streams:
    """The streams of all queues that ``child`` publishes, now and later. A context manager that closes them."""

    def __init__(self, child: WatchedProgram, *, every_event: bool) -> None:
        self._child = child
        self._every_event = every_event
        self._known: set[Place] = set()
        self.open: list[Passed] = []

    def look(self) -> None:
        """Connect to queues that have come."""
        for place in places():
            if place.pid == self._child.pid and place not in self._known:
                try:
                    feed = unix_feed(place.path, place.address, every_event=self._every_event)
                except FeedGone:
                    continue  # it is not there yet, or not any more
                self._known.add(place)
                self.open.append(Passed(place, feed))

    def end(self, passed: Passed) -> None:
        """Close a stream that has ended. The program may make a queue of the same name again."""
        passed.close()
        self.open.remove(passed)
        if not passed.refused:
            self._known.discard(passed.place)

    def __enter__(self) -> "Streams":
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as closing:
            for passed in self.open:
                closing.callback(passed.close)


def pass_on_all(child: WatchedProgram, wanted: AttachOptions, ends: Endings) -> int:
    """Pass on every line of every queue of ``child`` until it has ended. Returns the exit code. On standard output each
    line has the ``queue``'s name. Raises :class:`MsgmuxError` for a file that must not be written.
    """
    files = None if wanted.record is None else Files(wanted.record, overwrite=wanted.overwrite)
    with Streams(child, every_event=wanted.every_event) as streams:
        while True:
            ends.look()
            over = child.ended is not None
            streams.look()
            for passed in list(streams.open):
                try:
                    lines = passed.take()
                except FeedGone:
                    streams.end(passed)
                    continue
                if files is not None:
                    passed.write(lines, files)
                if lines and wanted.as_json:
                    with ends.at_once():
                        sys.stdout.buffer.write(b"".join([passed.named(line) + b"\n" for line in lines]))
                        sys.stdout.buffer.flush()
            if over and not streams.open:
                if files is not None and not files.given:
                    complain("nothing has happened in a queue of the program; no file is written")
                return 0
            time.sleep(BETWEEN)
