"""An address as a QR code of characters, two modules above each other in one cell."""

import io


def code_of(address: str) -> str:
    """The code's lines. They need light characters on a dark ground, or the other way round: readers take both."""
    import segno

    out = io.StringIO()
    rows = [list(row) for row in segno.make(address, error="l", micro=False).matrix_iter(border=2)]
    for upper, lower in zip(rows[::2], [*rows[1::2], [0] * len(rows[0])], strict=False):
        # Dark modules are spaces: on a dark terminal the code is drawn by its light modules.
        out.write("".join([" ▄▀█"[(not up) * 2 + (not low)] for up, low in zip(upper, lower, strict=True)]) + "\n")
    return out.getvalue().rstrip("\n")
