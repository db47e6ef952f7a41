"""Files that a command writes: nothing that is there already is lost, and a failure leaves nothing half done."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgmux.errors import MsgmuxError
from msgmux.recording import is_recording


class Unwritable(MsgmuxError):
    """A file that was asked for can't be written, or must not be."""


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Within, the error of a file that can't be written names it. Raises :class:`Unwritable`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unwritable(f"{path}: cannot be written: {reason}; choose another place for it") from None


def check_target(path: Path, *, overwrite: bool, source: Path | None = None, recordings: bool = False) -> None:
    """Raise :class:`Unwritable` where writing ``path`` would lose something.

    What exists is kept unless ``overwrite`` is given; with ``recordings``, one of those may be replaced. ``source`` is
    the file that is read, which is never written over. Empty files, pipes and devices have nothing to lose.
    """
    with writing(path):
        try:
            found = path.stat()
        except FileNotFoundError:
            return
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if source is not None and source.exists() and path.samefile(source):
            raise Unwritable(f"{path}: is what is read; choose another place to write to")
        if overwrite or not stat.S_ISREG(found.st_mode) or not found.st_size:
            return
        if recordings and is_recording(path):
            return
    what = "is there already, and is no recording" if recordings else "is there already"
    raise Unwritable(f"{path}: {what}; choose another name, or replace it with --overwrite")


def check_writable(path: Path) -> None:
    """Raise :class:`Unwritable` where ``path`` can't be opened for writing. Leaves no file that was not there."""
    with writing(path):
        there = path.exists()
        # Not blocking: a pipe that nobody reads is an error at once (ENXIO), instead of waiting for a reader.
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o666))
        if not there:
            path.unlink()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Gives a path to write to, and puts what was written there at ``path`` when all went well.

    It lies beside ``path`` and ends in the same way. A pipe or a device is written to directly. Raises
    :class:`Unwritable`.
    """
    with writing(path):
        if path.exists() and not path.is_file():
            yield path
            return
        beside = path.with_name(f".{os.getpid()}-{path.name}")
        beside.touch()
        try:
            yield beside
            if path.exists():
                # Whoever could read the old file can read the new one.
                beside.chmod(stat.S_IMODE(path.stat().st_mode))
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
