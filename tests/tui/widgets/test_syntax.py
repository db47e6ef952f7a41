"""Syntax highlighting: the pieces of any line join to that line, and have the right style names."""

from hypothesis import given
from hypothesis import strategies as st

from msgmux_tui.theme.palettes import PALETTES
from msgmux_tui.theme.styles import Styles
from msgmux_tui.widgets.syntax import coloured


def styles(line: str, before: tuple[str, ...] = ()) -> dict[str, str]:
    *_, last = coloured([*before, line])
    return {text.strip(): style for text, style in last if text.strip()}


@given(st.lists(st.text(alphabet="ab \"'#\\\n\t0.@()_=:rf", max_size=30), max_size=6))
def test_nothing_is_lost_or_added(lines: list[str]) -> None:
    lines = [line.replace("\n", "") for line in lines]
    assert ["".join([text for text, _ in pieces]) for pieces in coloured(lines)] == lines


def test_each_kind_of_word_has_its_style() -> None:
    found = styles("def add(self, n=12, *, text='a # b'):  # adds")
    assert found["def"] == "code.keyword"
    assert found["add"] == "code.name"
    assert found["12"] == "code.number"
    assert found["'a # b'"] == "code.string"
    assert found["# adds"] == "code.comment"
    assert found["self"] == "code"


def test_a_string_goes_over_several_lines() -> None:
    assert styles("still the text", ('"""begins', "and")) == {"still the text": "code.string"}
    after = styles('ends""" + value', ('"""begins',))
    assert after['ends"""'] == "code.string"
    assert after["value"] == "code"


def test_match_is_a_keyword_only_where_it_begins_a_statement() -> None:
    assert styles("match command:")["match"] == "code.keyword"
    assert styles("match = pattern.match(text)")["match"] == "code"


def test_every_style_is_in_every_theme() -> None:
    for palette in PALETTES.values():
        made = Styles(palette)
        for name in ("code", "code.keyword", "code.string", "code.comment", "code.number", "code.name"):
            assert made[name].color is not None
            assert made[f"{name}@"].color is not None
