"""Colours: every text is readable on its ground, in every theme; a status has no producer's colour."""

import re
from pathlib import Path

import pytest
from rich.style import Style

from msgmux_tui import theme
from msgmux_tui.colour import channels, contrast, mix, readable
from msgmux_tui.styles import HUES, Styles, hue
from msgmux_tui.textual_theme import THEMES
from msgmux_tui.theme import AA, AAA, ANSI, PALETTES, PROJECTOR, Palette

TRUE = [palette for palette in PALETTES.values() if not palette.ansi]
BLOCKS = ("chip", "at", "new", "had", "picked", "gone")
TEXTS = ["text", "strong", "soft", "faint", "title", "title.focus", "ok", "warn", "alarm", "live", "link"]
RAISED = ["raised", "raised.strong", "raised.soft", "raised.faint", "raised.ok", "raised.warn", "raised.alarm"]
FILLS = ["fill.live", "fill.paused", "fill.replay", "fill.alarm", "fill.badge"]
HUED = [f"p{n}" for n in range(HUES)] + [f"p{n}.{part}" for n in range(HUES) for part in BLOCKS]


def hex_of(style: Style) -> tuple[str, str]:
    assert style.color is not None
    assert style.bgcolor is not None
    return style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex


@pytest.mark.parametrize("palette", TRUE, ids=lambda palette: palette.name)
def test_every_text_is_readable_on_its_ground(palette: Palette) -> None:
    styles = Styles(palette)
    least = AAA if palette is PROJECTOR else AA
    for name in [*TEXTS, *RAISED, *FILLS, *HUED, *[f"{name}@" for name in [*TEXTS, *HUED]]]:
        assert contrast(*hex_of(styles[name])) >= least, name


@pytest.mark.parametrize("palette", TRUE, ids=lambda palette: palette.name)
def test_a_status_has_no_producers_colour(palette: Palette) -> None:
    for status in (palette.ok, palette.warn, palette.alarm):
        for colour in palette.hues:
            distance = sum([(a - b) ** 2 for a, b in zip(channels(status), channels(colour), strict=True)]) ** 0.5
            assert distance > 40, (status, colour)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_there_are_eight_hues_and_a_textual_theme(palette: Palette) -> None:
    assert len(set(palette.hues)) == HUES
    assert palette.name in {theme.name for theme in THEMES}


def test_the_ansi_palette_leaves_all_colours_to_the_terminal() -> None:
    styles = Styles(ANSI)
    for name in [*TEXTS, *FILLS, *HUED]:
        for colour in (styles[name].color, styles[name].bgcolor):
            assert colour is not None
            assert colour.is_system_defined


def test_a_projector_gets_heavy_letters() -> None:
    assert Styles(PROJECTOR)["text"].bold


def test_hues_repeat_after_eight_producers() -> None:
    assert hue("P1") == hue("P9") == "p0"
    assert hue("P8") == "p7"


def test_an_unknown_style_is_named() -> None:
    with pytest.raises(KeyError, match="purple"):
        Styles(PROJECTOR)["purple"]


def test_mixing_and_moving_towards_readable() -> None:
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast(readable("#777777", "#808080", 4.5), "#808080") >= 4.5


def test_no_file_but_the_theme_names_a_colour() -> None:
    source = Path(theme.__file__).parent
    for file in [*source.rglob("*.py"), *source.rglob("*.tcss")]:
        if file.name != "theme.py":
            assert not re.search(r"""["' ]#[0-9a-fA-F]{6}\b|["'](rgb|ansi_)""", file.read_text(encoding="utf-8")), file
