"""The difference of two colours, for normal vision and for the three kinds of dichromacy."""

from math import hypot

from msgmux_tui.theme.colour import channels

VISIONS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Matrices on linear red, green and blue that simulate each kind of dichromacy. Machado, Oliveira and Fernandes: A
Physiologically-based Model for Simulation of Color Vision Deficiency, 2009, severity 1.0."""

_ALL_CONES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_WHITE = (0.95047, 1.0, 1.08883)
"""The matrix from linear sRGB to CIE XYZ, and the white point (D65; IEC 61966-2-1)."""

Triple = tuple[float, float, float]


def distance(one: str, other: str, vision: str | None = None) -> float:
    """The colour difference of CIE 1976: the distance in L*a*b*."""
    return hypot(*[a - b for a, b in zip(lab(one, vision), lab(other, vision), strict=True)])


def lab(colour: str, vision: str | None = None) -> Triple:
    """L* (0 to 100), a* and b* of a ``#rrggbb`` colour, as seen with this kind of vision."""
    linear = _times(_ALL_CONES if vision is None else VISIONS[vision], _linear(colour))
    seen = _times(_XYZ, tuple([min(1.0, max(0.0, value)) for value in linear]))
    x, y, z = [_response(value / white) for value, white in zip(seen, _WHITE, strict=True)]
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(colour: str) -> Triple:
    red, green, blue = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels(colour)]
    return red, green, blue


def _times(matrix: tuple[Triple, ...], vector: tuple[float, ...]) -> Triple:
    x, y, z = [sum([a * b for a, b in zip(row, vector, strict=True)]) for row in matrix]
    return x, y, z


def _response(value: float) -> float:
    return value ** (1 / 3) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29
