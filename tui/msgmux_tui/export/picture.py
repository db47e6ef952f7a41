"""Pictures of a screen: an SVG that needs nothing from elsewhere, and a PNG of it, the same bytes each time."""

import re
from importlib.util import find_spec
from pathlib import Path

from msgmux.errors import MsgmuxError

FONT = "DejaVu Sans Mono"
"""What a PNG is drawn with. An SVG asks for it too, and takes any other fixed-width font where it isn't there."""


def stable(svg: str) -> str:
    """Textual's screenshot without web fonts, and without ids that depend on its content."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    svg = svg.replace("Fira Code", FONT)
    return "\n".join([line.rstrip() for line in svg.splitlines()]) + "\n"


def fonts() -> list[Path]:
    """The files of :data:`FONT`, as matplotlib brings them. Raises :class:`MsgmuxError` where it is not installed."""
    found = find_spec("matplotlib")  # not imported, which would take a second
    if found is None or not found.submodule_search_locations:
        raise MsgmuxError("a picture needs the font of matplotlib: pip install 'msgmux-tui[export]'")
    return sorted(Path(found.submodule_search_locations[0]).glob("mpl-data/fonts/ttf/DejaVuSansMono*.ttf"))


def png(svg: str, *, zoom: float = 1.0) -> bytes:
    """The SVG as a PNG. Raises :class:`MsgmuxError` where the extra ``export`` is not installed."""
    try:
        import resvg_py
    except ImportError:
        raise MsgmuxError("a PNG needs resvg-py: pip install 'msgmux-tui[export]'") from None
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=zoom,
            skip_system_fonts=True,
            font_files=[str(font) for font in fonts()],
            monospace_family=FONT,
            font_family=FONT,
        )
    )
