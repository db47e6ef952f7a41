"""The bytes of a recording: first read once from the beginning, then at any offset.

A compressed file is unpacked into a temporary file by the first reading. The file is not trusted: sizes that it states
are ignored, and the unpacked size and the length of a line are bounded.
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
"""Most bytes that are read or unpacked at a time."""
MOST_UNPACKED = 2 << 30
"""Most bytes that a compressed recording may unpack to: about fifteen million events."""
LONGEST_LINE = 16 << 20
"""Most bytes of a line. The longest lines are key frames: 300 kB for two thousand nodes."""

_GZIP = b"\x1f\x8b"


class Source:
    """The content of ``path``. A context manager that closes it. ``cut``: why :meth:`lines` ended early, or empty.

    The constructor and :meth:`lines` raise :class:`OSError` if the file cannot be read, and :class:`RecordingError` if
    it cannot be a recording: no ordinary file, not compressed despite its name, or too large.
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
        """Every line as (offset in bytes, line with its end). Must be exhausted once before :meth:`read` is called.

        The last line may have no end. A line that is too long is the last one, and shortened.
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
                # No valid line is that long, so its beginning is enough: it will fail to decode.
                yield offset, rest[:PIECE]
                return
        if rest:
            yield offset, rest

    def read(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset`` on; fewer at the end of the file. Raises :class:`OSError`."""
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
        """Unpack piece by piece. A gzip file may consist of several members, if a recording was appended to."""
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
    """What can be unpacked of ``packed`` before the damage. Byte by byte, since a zlib call that fails returns nothing.

    ``unpacker`` is a copy from before the failed call.
    """
    pieces: list[bytes] = []
    try:
        for at in range(len(packed)):
            pieces.append(unpacker.decompress(packed[at : at + 1], PIECE))
    except zlib.error:
        pass  # the damaged byte: what was unpacked before it is returned
    return b"".join(pieces)
