"""The characters that panes draw with: one set for terminals that show Unicode, one for those that show ASCII only.

Every glyph is one cell wide, save ``ok``, which stands in words only. The ASCII set is the same drawing in other
strokes, so panes need not know which one it is.
"""

import os
from collections.abc import Mapping

import msgspec

from msgmux_tui.system.messages import printable


class Glyphs(msgspec.Struct, frozen=True):
    """A set of strokes. ``chip_end`` is empty where a block's ground colour already shows where it ends."""

    name: str
    # a block of the list: its left edge while retention lasts and after, its right edge, and who has yet to read it
    chip: str
    chip_old: str
    chip_end: str
    unread: str
    one_left: str
    all_had: str
    gone: str
    # the way of the list
    link: str
    onward: str
    head: str
    tail: str
    elided: str
    flag: str
    join: str
    span: str
    # frames and rows
    corners: str
    line: str
    side: str
    cross: str
    focus: str
    pick: str
    # states
    ok: str
    bad: str
    full: str
    stalled: str
    failed: str
    live: str
    paused: str
    # gauges
    slot: str
    room: str
    fill: str
    rest: str
    steps: str  # eight heights, lowest first
    ellipsis: str
    dash: str
    times: str
    dot: str
    arrow: str
    minus: str
    say: str

    @property
    def ascii(self) -> bool:
        return self.name == "ascii"

    def text(self, words: str) -> str:
        """Words from outside (a name, a payload, a scenario's text) as this set can show them, on one line."""
        if words.isascii() and words.isprintable():
            return words
        if self.ascii:
            for fancy, plain in _PLAIN.items():
                words = words.replace(fancy, plain)
            words = words.encode("ascii", "replace").decode()
        return printable(words)


_PLAIN = {"–": "-", "—": "-", "…": "..", "×": "x", "→": "->", "’": "'", "“": '"', "”": '"', "✓": "ok", "·": "-"}

UNICODE = Glyphs(
    name="unicode",
    chip="▌",
    chip_old="┊",
    chip_end="",
    unread=" ",
    one_left="¹",
    all_had="✓",
    gone="×",
    link="⇄",
    onward="▸",
    head="├",
    tail="┤",
    elided="┄",
    flag="▲",
    join="·",
    span="–",
    corners="╭╮╰╯",
    line="─",
    side="│",
    cross="┼",
    focus="»",
    pick="▸",
    ok="✓",
    bad="✗",
    full="■",
    stalled="‖",
    failed="✗",
    live="●",
    paused="‖",
    slot="■",
    room="□",
    fill="━",
    rest="╌",
    steps="▁▂▃▄▅▆▇█",
    ellipsis="…",
    dash="–",
    times="×",
    dot="·",
    arrow="→",
    minus="−",
    say="“",
)

ASCII = Glyphs(
    name="ascii",
    chip="[",
    chip_old="(",
    chip_end="]",
    unread=" ",
    one_left="'",
    all_had="+",
    gone="x",
    link="=",
    onward=">",
    head="|",
    tail="|",
    elided=".",
    flag="^",
    join=",",
    span="-",
    corners="++++",
    line="-",
    side="|",
    cross="+",
    focus=">",
    pick=">",
    ok="ok",
    bad="x",
    full="#",
    stalled="=",
    failed="x",
    live="*",
    paused="=",
    slot="#",
    room=".",
    fill="=",
    rest=".",
    steps="_.:-=+*#",
    ellipsis="~",
    dash="-",
    times="x",
    dot="-",
    arrow=">",
    minus="-",
    say='"',
)


def glyphs_for(
    encoding: str | None, environment: Mapping[str, str] = os.environ, *, asked: bool | None = None
) -> Glyphs:
    """The set for this terminal: ASCII where asked for, where the encoding isn't UTF-8, and on the Linux console.

    ``asked``: for ASCII, or not to have it; None leaves it to the environment. No one can ask for what the encoding
    has no bytes for.
    """
    if (encoding or "").lower().replace("-", "") != "utf8":
        return ASCII
    if asked is None:
        asked = environment.get("MSGMUX_ASCII", "") not in ("", "0") or environment.get("TERM") in ("linux", "dumb")
    return ASCII if asked else UNICODE
