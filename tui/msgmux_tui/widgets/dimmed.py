"""What the spotlight leaves in the dark."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter, dim_style

SHARE = 0.35
"""Of a text's own colour; the rest is the ground's."""


class Dimmed(LineFilter):
    """All text nearer to its ground. Colours of the terminal's own, which cannot be mixed, are marked as dim."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(segment.text, _dimmed(segment.style, background), segment.control)
            if segment.style is not None
            else segment
            for segment in segments
        ]


def _dimmed(style: Style, background: Color) -> Style:
    if style.color is None or style.color.triplet is None:
        return style + Style(dim=True)
    return dim_style(style, background, SHARE)


DIMMED = Dimmed()
