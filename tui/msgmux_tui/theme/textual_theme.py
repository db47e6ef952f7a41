"""A palette as a theme of Textual's: the same colours for its own widgets, and a way back to the palette."""

from dataclasses import asdict, dataclass

from textual.theme import BUILTIN_THEMES, Theme

from msgmux_tui.theme.colour import mix, readable
from msgmux_tui.theme.palettes import DARK, PALETTES, Palette


@dataclass
class PaletteTheme(Theme):
    """One of ours."""

    palette: Palette = DARK


def palette_of(theme: Theme) -> Palette:
    """The palette of a theme; the dark one for a theme that is not ours."""
    return theme.palette if isinstance(theme, PaletteTheme) else DARK


def textual_theme(colours: Palette) -> PaletteTheme:
    """The colours for footer, inputs, lists, texts, palette, scrollbars."""
    if colours.ansi:
        # Textual's own, for the many variables that a theme of terminal colours must set.
        return PaletteTheme(**asdict(BUILTIN_THEMES["ansi-dark"]) | {"name": colours.name, "palette": colours})
    return PaletteTheme(
        name=colours.name,
        primary=colours.hues[0],
        secondary=_anywhere(colours, colours.soft),
        warning=_anywhere(colours, colours.warn),
        error=_anywhere(colours, colours.alarm),
        success=_anywhere(colours, colours.ok),
        accent=colours.focus,
        foreground=_anywhere(colours, colours.ink),
        background=colours.ground,
        surface=colours.raised,
        panel=colours.raised,
        dark=colours.dark,
        variables=_variables(colours),
        palette=colours,
    )


_FOCUS_TINT = 0.05
"""How much of the foreground Textual mixes into the ground of a focused input or list."""


def _variables(colours: Palette) -> dict[str, str]:
    """What Textual would else make of the colours above: fainter than can be read, or on grounds that we don't have."""
    ink, title, soft, faint = (
        _anywhere(colours, colour) for colour in (colours.ink, colours.hues[0], colours.soft, colours.faint)
    )
    # The chosen one of a list stands out from a ground that is raised already, as it does in a room.
    cursor = mix(colours.raised, colours.hues[0], 0.35)
    chosen = readable(colours.ink, cursor, colours.contrast)
    return {
        "text": ink,
        "text-muted": readable(soft, cursor, colours.contrast),
        "text-disabled": faint,
        "foreground-muted": soft,
        "foreground-disabled": faint,
        "link-color": title,
        "link-color-hover": readable(colours.cut, colours.hues[0], colours.contrast),
        "footer-background": colours.raised,
        "footer-foreground": soft,
        "footer-key-foreground": ink,
        "footer-description-foreground": soft,
        "footer-description-background": colours.raised,
        "footer-key-background": colours.raised,
        "block-cursor-background": cursor,
        "block-cursor-foreground": chosen,
        "block-cursor-blurred-background": cursor,
        "block-cursor-blurred-foreground": chosen,
        "block-hover-background": mix(colours.raised, colours.picked, 0.5),
        "input-selection-background": cursor,
        "input-selection-foreground": chosen,
        "screen-selection-background": cursor,
        "screen-selection-foreground": chosen,
        **{f"markdown-h{level}-color": title for level in range(1, 6)},
        "markdown-h6-color": soft,
    }


def _anywhere(colours: Palette, colour: str) -> str:
    """The colour, as it can be read on the panes' ground, on the raised one, and where that has the focus."""
    for ground in (colours.ground, colours.raised, mix(colours.raised, colours.ink, _FOCUS_TINT)):
        colour = readable(colour, ground, colours.contrast)
    return colour


THEMES: tuple[PaletteTheme, ...] = tuple([textual_theme(colours) for colours in PALETTES.values()])
"""What the app registers."""
