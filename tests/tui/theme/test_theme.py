"""Theme colours: enough contrast for every text in every theme, and no status has a producer's colour."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.style import Style

import msgmux_tui
from msgmux_tui.theme.colour import contrast, mix, readable
from msgmux_tui.theme.palettes import AA, AAA, ANSI, COLOUR_BLIND, PALETTES, PROJECTOR, Palette
from msgmux_tui.theme.styles import HUES, Styles, hue
from msgmux_tui.theme.textual_theme import THEMES, textual_theme
from support.colour_difference import VISIONS, distance, lab

TRUE = [palette for palette in PALETTES.values() if not palette.ansi]
BLOCKS = ("chip", "at", "new", "had", "picked", "gone")
TEXTS = ["text", "strong", "soft", "faint", "title", "title.focus", "ok", "warn", "alarm", "live", "link"]
RAISED = ["raised", "raised.strong", "raised.soft", "raised.faint", "raised.ok", "raised.warn", "raised.alarm"]
FILLS = ["fill.live", "fill.paused", "fill.replay", "fill.alarm", "fill.badge"]
HUED = [f"p{n}" for n in range(HUES)] + [f"p{n}.{part}" for n in range(HUES) for part in BLOCKS]


APART, TOLD_APART, TOLD_APART_BY_FEWER_CONES = 30.0, 20.0, 12.0
"""The least differences of two colours (CIE 1976; 2.3 is just noticeable): for colours that must never be confused; for
producers, which also have a letter and a number; and for all colours as seen by dichromats."""


def statuses(palette: Palette) -> dict[str, str]:
    return {name: getattr(palette, name) for name in ("ok", "warn", "alarm")}


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
    for name, status in statuses(palette).items():
        for number, colour in enumerate(palette.hues, 1):
            assert distance(status, colour) >= APART, f"{name} and P{number}"


@pytest.mark.parametrize("palette", TRUE, ids=lambda palette: palette.name)
def test_one_status_is_not_taken_for_another_nor_one_producer(palette: Palette) -> None:
    for one, other in combinations(statuses(palette).values(), 2):
        assert distance(one, other) >= APART, (one, other)
    for one, other in combinations(palette.hues, 2):
        assert distance(one, other) >= TOLD_APART, (one, other)


@pytest.mark.parametrize("vision", VISIONS)
def test_the_colour_blind_palette_is_for_eyes_without_one_kind_of_cone(vision: str) -> None:
    for one, other in combinations(statuses(COLOUR_BLIND).values(), 2):
        assert distance(one, other, vision) >= APART, (one, other)
    for status in statuses(COLOUR_BLIND).values():
        for colour in COLOUR_BLIND.hues:
            assert distance(status, colour, vision) >= TOLD_APART_BY_FEWER_CONES, (status, colour)
    for one, other in combinations(COLOUR_BLIND.hues, 2):
        assert distance(one, other, vision) >= TOLD_APART_BY_FEWER_CONES, (one, other)


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


def test_whatever_colours_the_user_chooses_words_can_be_read() -> None:
    grounds = {"ground": "#203040", "raised": "#304050", "picked": "#405060"}
    words = dict.fromkeys(("ink", "soft", "faint", "focus", "ok", "warn", "alarm", "live", "cut"), "#334455")
    hues = tuple([f"#2030{number:x}0" for number in range(4, 12)])
    own = replace(COLOUR_BLIND, name="msgmux-custom", hues=hues, **grounds, **words)
    styles = Styles(own)
    for name in [*TEXTS, *RAISED, *FILLS, *HUED]:
        assert contrast(*hex_of(styles[name])) >= AA, name
    for_textual = textual_theme(own)
    variables = for_textual.variables
    on_raised = ("text", "text-muted", "text-disabled", "link-color", "footer-foreground", "footer-key-foreground")
    named = [for_textual.foreground, for_textual.secondary, for_textual.error, *[variables[name] for name in on_raised]]
    for colour in named:
        assert contrast(str(colour), own.raised) >= AA, colour
    assert contrast(variables["block-cursor-foreground"], variables["block-cursor-background"]) >= AA


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
    source = Path(msgmux_tui.__file__).parent
    for file in [*source.rglob("*.py"), *source.rglob("*.tcss")]:
        if file.name != "palettes.py":
            assert not re.search(r"""["' ]#[0-9a-fA-F]{6}\b|["'](rgb|ansi_)""", file.read_text(encoding="utf-8")), file


def test_the_measure_of_colours_agrees_with_published_values() -> None:
    # The published L*a*b* values of pure sRGB red and green, D65.
    assert lab("#ff0000") == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    assert lab("#00ff00") == pytest.approx((87.73, -86.18, 83.18), abs=0.05)
    assert distance("#ff0000", "#00ff00", "deuteranopia") < distance("#ff0000", "#00ff00") / 1.8
