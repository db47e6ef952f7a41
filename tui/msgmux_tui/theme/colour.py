"""Arithmetic on ``#rrggbb`` colours: mixing, and the contrast by which text is readable (WCAG 2.2, 1.4.3)."""

from functools import lru_cache

from msgmux_tui.theme.palettes import BLACK, WHITE


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@lru_cache(4096)
def mix(colour: str, other: str, share: float) -> str:
    """``colour`` with that ``share`` (0 to 1) of the ``other`` in it."""
    pairs = zip(channels(colour), channels(other), strict=True)
    return "#" + "".join([f"{round(a + (b - a) * share):02x}" for a, b in pairs])


def luminance(colour: str) -> float:
    """Relative luminance: 0 is black, 1 is white."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@lru_cache(4096)
def contrast(text: str, ground: str) -> float:
    """1 (the same) to 21 (black on white)."""
    light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(4096)
def readable(text: str, ground: str, least: float) -> str:
    """``text``, moved towards black or white until its contrast on ``ground`` is at least ``least``."""
    if contrast(text, ground) >= least:
        return text
    towards = max(BLACK, WHITE, key=lambda pole: contrast(pole, ground))
    for step in range(1, 21):
        moved = mix(text, towards, step / 20)
        if contrast(moved, ground) >= least:
            return moved
    return towards
