"""The line filter that dims panes outside the lesson's spotlight."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter, dim_style

SHARE = 0.35
"""The share (0 to 1) of a text's own colour in its dimmed colour; the rest is the background's."""


class Dimmed(LineFilter):
    """Blends each text colour with its background. A named terminal colour gets the dim attribute instead."""

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
