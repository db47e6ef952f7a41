"""Every colour of the program: five palettes. What Textual's own widgets get of them is in ``textual_theme.py``.

Producers own the hues; consumers are neutral; a status is a word and a mark in a colour that no producer has. Names
of styles are made of these roles in :mod:`msgmux_tui.theme.styles`; nothing else may name a colour.
"""

import msgspec

BLACK, WHITE = "#000000", "#ffffff"
PREFIX = "msgmux-"
"""What the names of our themes begin with for Textual. People leave it out."""
AA, AAA = 4.5, 7.0
"""The least contrast of text on its ground: in general, and for a projector in daylight."""


class Palette(msgspec.Struct, frozen=True):
    """The named roles. ``tint`` is how much of the ground is in a block's body; ``heavy`` sets all text bold."""

    name: str
    dark: bool
    ground: str
    raised: str  # header, caption and footer
    ink: str
    soft: str  # secondary words
    faint: str  # column heads, times
    line: str  # frames and rails: no text
    focus: str
    picked: str  # ground of the selected row
    ok: str
    warn: str
    alarm: str
    live: str
    cut: str  # letters cut out of a filled colour
    hues: tuple[str, ...]
    tint: float = 0.74
    contrast: float = AA
    heavy: bool = False
    ansi: bool = False


DARK = Palette(
    name="msgmux-dark",
    dark=True,
    ground="#10131a",
    cut="#10131a",
    raised="#1a1f2b",
    ink="#e8edf7",
    soft="#b3bdd1",
    faint="#8c97b0",
    line="#39435a",
    focus="#e8edf7",
    picked="#2a3347",
    ok="#52dc8f",
    warn="#ffe27a",
    alarm="#ff5a5f",
    live="#52dc8f",
    hues=("#58b6f2", "#e8973a", "#ad8cff", "#98b52e", "#f08fc6", "#35bdb2", "#c8a07a", "#9fb2cc"),
)

LIGHT = Palette(
    name="msgmux-light",
    dark=False,
    ground="#fcfbf8",
    cut="#ffffff",
    raised="#eceae3",
    ink="#1b2130",
    soft="#434c5f",
    faint="#5f687a",
    line="#c3c6cf",
    focus="#1b2130",
    picked="#e2e6f0",
    ok="#007a2d",
    warn="#a84500",
    alarm="#c7043b",
    live="#007a2d",
    hues=("#0067b1", "#706805", "#6a3fc9", "#28400a", "#a8317f", "#00737a", "#54342a", "#4b5d78"),
    tint=0.84,
)

PROJECTOR = Palette(
    name="msgmux-projector",
    dark=False,
    ground="#ffffff",
    cut="#ffffff",
    raised="#e6e6e6",
    ink="#000000",
    soft="#262b36",
    faint="#3a4150",
    line="#8a8f9a",
    focus="#000000",
    picked="#dbe4ff",
    ok="#025608",
    warn="#7e3101",
    alarm="#960434",
    live="#025608",
    hues=("#00508f", "#605400", "#5426b0", "#2a2d00", "#8a1465", "#005a60", "#614e46", "#3a4a61"),
    tint=0.80,
    contrast=AAA,
    heavy=True,
)

COLOUR_BLIND = Palette(
    name="msgmux-colour-blind",
    dark=True,
    ground="#0d0f14",
    cut="#0d0f14",
    raised="#1b1f28",
    ink="#f2f2f2",
    soft="#bcc2cc",
    faint="#969eab",
    line="#3d4450",
    focus="#ffffff",
    picked="#2b313d",
    # Okabe and Ito's bluish green, yellow and vermillion are kept for states, lifted as far as this ground needs; the
    # first producers have the other four, those after them what is left apart from all of these.
    ok="#5ae4ac",
    warn="#f0e442",
    alarm="#e9642e",
    live="#5ae4ac",
    hues=("#56b4e9", "#e69f00", "#cc79a7", "#4c8dff", "#92ba6e", "#8d74c8", "#9b8f64", "#c4c4c4"),
)

ANSI = Palette(
    name="msgmux-ansi",
    dark=True,
    ground="default",
    cut="default",
    raised="default",
    ink="default",
    soft="default",
    faint="default",
    line="bright_black",
    focus="bright_white",
    picked="default",
    ok="bright_green",
    warn="bright_yellow",
    alarm="bright_red",
    live="bright_green",
    hues=("blue", "yellow", "magenta", "cyan", "bright_blue", "bright_magenta", "bright_cyan", "white"),
    ansi=True,
)

PALETTES: dict[str, Palette] = {p.name: p for p in (DARK, LIGHT, PROJECTOR, COLOUR_BLIND, ANSI)}
"""By the name of the Textual theme; in the order of ``screen.theme``, which goes from one to the next."""
