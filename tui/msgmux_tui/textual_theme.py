"""A palette as a theme of Textual's: the same colours for its own widgets, and a way back to the palette."""

from dataclasses import asdict, dataclass

from textual.theme import BUILTIN_THEMES, Theme

from msgmux_tui.theme import DARK, PALETTES, Palette


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
        secondary=colours.soft,
        warning=colours.warn,
        error=colours.alarm,
        success=colours.ok,
        accent=colours.focus,
        foreground=colours.ink,
        background=colours.ground,
        surface=colours.raised,
        panel=colours.raised,
        dark=colours.dark,
        variables={
            "footer-background": colours.raised,
            "footer-foreground": colours.soft,
            "footer-key-foreground": colours.ink,
            "footer-description-foreground": colours.soft,
            "footer-description-background": colours.raised,
            "footer-key-background": colours.raised,
        },
        palette=colours,
    )


THEMES: tuple[PaletteTheme, ...] = tuple([textual_theme(colours) for colours in PALETTES.values()])
"""What the app registers."""
