"""An animation of the screen: cells drawn by Pillow, which takes a tenth of the time that an SVG would."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual.strip import Strip

from msgmux_tui.export.options import ExportError
from msgmux_tui.export.picture import fonts

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

FONT_SIZE = 16
MOST_PIXELS = 400_000_000
"""Of all frames together, each of which takes a byte: more than four hundred frames of 120 by 40 cells."""
STRUCK, UNDER = 0.55, 0.9
Rgb = tuple[int, int, int]


class Painter:
    """Draws rows of cells as an image. Raises :class:`MsgmuxError` where the extra ``export`` is not installed."""

    def __init__(self, width: int, height: int) -> None:
        try:
            from PIL import Image, ImageDraw, ImageFont
        except ImportError:
            raise ExportError("an animation needs Pillow: pip install 'msgmux-tui[export]'") from None
        self._image, self._draw = Image, ImageDraw
        named = {path.stem: path for path in fonts()}
        regular = named["DejaVuSansMono"]
        self._fonts: tuple[FreeTypeFont, FreeTypeFont] = (
            ImageFont.truetype(str(regular), FONT_SIZE),
            ImageFont.truetype(str(named.get("DejaVuSansMono-Bold", regular)), FONT_SIZE),
        )
        ascent, descent = self._fonts[0].getmetrics()
        self.cell = (round(self._fonts[0].getlength("M")), ascent + descent)
        self.size = (width * self.cell[0], height * self.cell[1])
        # A screen has a few thousand different cells, and most of the next frame's are among them.
        self._cell_image = lru_cache(20_000)(self._new_cell)

    def paint(self, rows: Sequence[Strip]) -> "Image":
        """The rows, from the top, in at most 256 colours."""
        image = self._image.new("RGB", self.size)
        width, height = self.cell
        for y, row in enumerate(rows):
            x = 0
            for text, style, _ in row:
                ink, ground, bold, line = look(style or Style())
                for character in text:
                    cells = get_character_cell_size(character)
                    if cells:
                        cell = self._cell_image(character, cells, ink, ground, bold, line)
                        image.paste(cell, (x * width, y * height))
                        x += cells
        return image.quantize(256, method=self._image.Quantize.FASTOCTREE, dither=self._image.Dither.NONE)

    def _new_cell(self, character: str, cells: int, ink: Rgb, ground: Rgb, bold: bool, line: float) -> "Image":
        width, height = self.cell
        image = self._image.new("RGB", (width * cells, height), ground)
        draw = self._draw.Draw(image)
        if character != " ":
            draw.text((0, 0), character, fill=ink, font=self._fonts[bold])
        if line:
            draw.line((0, height * line, width * cells, height * line), fill=ink)
        return image


class Animation:
    """Frames for a GIF, as they come; equal neighbours are one that stays for longer.

    Raises :class:`ExportError` where there are more than :data:`MOST_PIXELS` in all.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._painter = Painter(*size)
        self._images: list[Image] = []
        self._stays: list[int] = []
        self._last: list[Strip] = []

    def add(self, rows: Sequence[Strip], seconds: float) -> None:
        """The screen, and how long it stays. A GIF counts in hundredths of a second."""
        milliseconds = max(20, round(seconds * 100) * 10)
        if self._last == rows:
            self._stays[-1] += milliseconds
            return
        self._last = list(rows)
        width, height = self._painter.size
        most = MOST_PIXELS // (width * height)
        if len(self._images) == most:
            raise ExportError(
                f"--fps: an animation of this size can have {most} different frames, and there are more. "
                "Take fewer a second, a shorter stretch (--from, --to), a higher --speed or a smaller --size"
            )
        self._images.append(self._painter.paint(rows))
        self._stays.append(milliseconds)

    def save(self, path: Path, *, comment: bytes = b"") -> None:
        """It goes on for ever; before it begins again, its end stays for a second. ``comment`` is put into the file."""
        self._stays[-1] += 1_000
        first, *others = self._images
        first.save(
            path,
            "GIF",
            save_all=True,
            append_images=others,
            duration=self._stays,
            loop=0,
            disposal=1,
            comment=comment,
        )


def look(style: Style) -> tuple[Rgb, Rgb, bool, float]:
    """The colours of a cell's ink and ground, whether it is bold, and at which part of its height a line goes through
    it: through the letters or under them; 0 for none.
    """
    ink, ground = _rgb(style.color, foreground=True), _rgb(style.bgcolor, foreground=False)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        red, green, blue = [(2 * front + back) // 3 for front, back in zip(ink, ground, strict=True)]
        ink = (red, green, blue)
    return ink, ground, bool(style.bold), STRUCK if style.strike else UNDER if style.underline else 0.0


def _rgb(color: Color | None, *, foreground: bool) -> Rgb:
    triplet = (color or Color.default()).get_truecolor(DEFAULT_TERMINAL_THEME, foreground)
    return triplet.red, triplet.green, triplet.blue
