"""Lines of a stream with random faults, reproducible from a seed."""

import random

PIECES = (
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"-1",
    b"1e400",
    b"\xff",
    b"\x00",
    b"\\u0000",
    b"[" * 2_000,
)
NUMBERS = (b"-1", b"0", b"99999999999999999999", b"1e308", b"1.5", b"null", b'"1"', b"[]", b"{}", b"true")


def garbled(line: bytes, chance: random.Random) -> bytes:
    """The line with a few faults; it never contains a line end."""
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(line) + 1)
        match chance.randrange(6):
            case 0:
                line = line[:at]
            case 1:
                line = line[:at] + chance.choice(PIECES) + line[at:]
            case 2:
                line = line[:at] + line[at + chance.randrange(1, 9) :]
            case 3:
                line = line[:at] + bytes([chance.randrange(256)]) + line[at + 1 :]
            case 4:
                line = _other_number(line, chance)
            case _:
                other = chance.randrange(len(line) + 1)
                line = line[: min(at, other)] + line[max(at, other) :] + line[min(at, other) : max(at, other)]
    return line.replace(b"\n", b" ")


def _other_number(line: bytes, chance: random.Random) -> bytes:
    """The line with one of its numbers replaced."""
    places = [at for at in range(1, len(line)) if line[at : at + 1].isdigit() and line[at - 1 : at] == b":"]
    if not places:
        return line
    at = end = chance.choice(places)
    while line[end : end + 1].isdigit() or line[end : end + 1] == b".":
        end += 1
    return line[:at] + chance.choice(NUMBERS) + line[end:]
