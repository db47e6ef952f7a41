"""Reads a small TOML file that is not trusted: its text and its tables, or one clear error."""

import re
import tomllib
from pathlib import Path
from typing import Any

from msgmux.documents.problems import FileError, Problem

MOST_BYTES = 1_000_000
# tomllib needs time and memory in the square of the number of a key's parts: a megabyte of them would exhaust memory.
_TOO_DOTTED = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){50}""")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_text(path: str | Path) -> str:
    """The text of a file, at most one byte more than :data:`MOST_BYTES`, so that :func:`parse_toml` sees that it is too
    large. Raises :class:`FileError` if it cannot be read, or is not UTF-8.
    """
    file = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _unusable(file, None, f"cannot be read: {reason}; give the path of a TOML file") from None
    except ValueError:
        raise _unusable(ascii(file), None, "is no path; give that of a TOML file") from None
    try:
        # utf-8-sig: with or without the byte order mark that some editors write.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unusable(file, line, "is not UTF-8; save it as UTF-8 text") from None


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """Parse TOML. ``file`` is the name in errors.

    Raises :class:`FileError` if ``text`` is not valid TOML, is larger than :data:`MOST_BYTES`, is nested too deeply, or
    has an impossible number or date.
    """
    if len(text) > MOST_BYTES:
        raise _unusable(file, None, f"is larger than {MOST_BYTES:,} bytes; it should be a small file")
    if dotted := _TOO_DOTTED.search(text):
        line = text.count("\n", 0, dotted.start()) + 1
        raise _unusable(file, line, "has a key of more than 50 parts; four are all that it needs")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        position = _POSITION.search(message)
        reason = message[: position.start()] if position else message
        reason = reason[:1].lower() + reason[1:200]
        if position and position[1]:
            line, place = int(position[1]), f"column {position[2]}"
        else:
            line, place = text.rstrip().count("\n") + 1, "the end of the file"
        raise _unusable(file, line, f"is not TOML at {place}: {reason}; check quotes and brackets") from None
    except RecursionError:
        raise _unusable(file, None, "is nested too deeply; three levels are all that it needs") from None
    except ValueError:
        # The grammar of TOML admits numbers and dates that Python does not: thousands of digits, a 99th of May.
        raise _unusable(file, None, "has a number or a date that cannot be; write it shorter") from None


def _unusable(file: str, line: int | None, text: str) -> FileError:
    """The error for a problem of the file as a whole."""
    return FileError([Problem(file, line, "", text)])
