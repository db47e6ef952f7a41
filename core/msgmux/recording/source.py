"""The bytes of a recording: read once from the front, in pieces, then again from anywhere.

A compressed file is unpacked to a temporary one on the way. Nothing here trusts the file: what it claims about its own
size is not looked at, and how much is unpacked, and how long a line may be, is bounded.
"""

import stat
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from msgmux.recording.format import RecordingError

PIECE = 1 << 18
"""Bytes that are read, and at most unpacked, at a time."""
MOST_UNPACKED = 2 << 30
"""Bytes that a compressed recording may unpack to: about fifteen million events."""
LONGEST_LINE = 16 << 20
"""Bytes of a line. A key frame, the longest, has 300 kB for two thousand nodes."""

_GZIP = b"\x1f\x8b"


class Source:
    """The content of ``path``. A context manager that closes it; ``cut`` says why it ended early, if it did.

    Raises :class:`OSError`, and :class:`RecordingError` for what can't be a recording.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut = ""
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise RecordingError(f"{path}: is no ordinary file; a recording can be read from one only")
        self._packed: IO[bytes] | None = None
        self._file: IO[bytes] = path.open("rb")
        if path.suffix == ".gz":
            self._packed = self._file
            self._file = tempfile.TemporaryFile(prefix="msgmux-")  # noqa: SIM115 - until close()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line with the offset at which it begins. To be run through once, before :meth:`read`.

        It ends where a line is too long; the last line may have no end.
        """
        rest, offset = b"", 0
        for piece in self._unpacked() if self._packed is not None else self._plain():
            end = piece.rfind(b"\n") + 1
            if end:
                for line in (rest + piece[:end]).splitlines(keepends=True):
                    yield offset, line
                    offset += len(line)
                rest = piece[end:]
            else:
                rest += piece
            if len(rest) > LONGEST_LINE:
                # No line is so long: its beginning is enough to see that it is none.
                yield offset, rest[:PIECE]
                return
        if rest:
            yield offset, rest

    def read(self, offset: int, size: int) -> bytes:
        """That much from there."""
        self._file.seek(offset)
        return self._file.read(size)

    def close(self) -> None:
        self._file.close()
        if self._packed is not None:
            self._packed.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _plain(self) -> Iterator[bytes]:
        while piece := self._file.read(PIECE):
            yield piece

    def _unpacked(self) -> Iterator[bytes]:
        """Unpacks piece by piece, member by member: recordings may be appended to."""
        assert self._packed is not None
        unpacker = zlib.decompressobj(wbits=31)
        packed, total = b"", 0
        while True:
            packed = packed or self._packed.read(PIECE)
            if unpacker.eof:
                if not packed.startswith(_GZIP):
                    self.cut = "there is something else after its end" if packed else ""
                    return
                unpacker = zlib.decompressobj(wbits=31)
            before = unpacker.copy()
            try:
                piece = unpacker.decompress(packed, PIECE)
            except zlib.error as error:
                piece = _as_far_as_it_goes(before, packed)
                if not total + len(piece):
                    raise RecordingError(f"{self.path}: is named .gz but is not compressed so: {error}") from None
                self.cut = f"what is compressed is damaged ({error})"
                self._file.write(piece)
                yield piece
                return
            if not packed and not piece and not unpacker.eof:
                self.cut = "what is compressed has no end"
                return
            packed = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            total += len(piece)
            if total > MOST_UNPACKED:
                raise RecordingError(f"{self.path}: unpacks to more than {MOST_UNPACKED >> 30} GB; that is not read")
            self._file.write(piece)
            yield piece


def _as_far_as_it_goes(unpacker: "zlib._Decompress", packed: bytes) -> bytes:
    """What can be unpacked before the damage. At most a piece: the whole of ``packed`` would have been."""
    pieces: list[bytes] = []
    try:
        for at in range(len(packed)):
            pieces.append(unpacker.decompress(packed[at : at + 1], PIECE))
    except zlib.error:
        pass  # here it is
    return b"".join(pieces)
