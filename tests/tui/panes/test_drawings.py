"""Every pane draws every constructed state, at every size, in both sets of glyphs: as text, without an app."""

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from msgmux_tui.panes import caption, chain, cleaner, consumers, events, header, inspector, ledger, producers, threads
from msgmux_tui.session.remote import NOTHING
from msgmux_tui.theme.glyphs import ASCII, UNICODE, Glyphs
from msgmux_tui.theme.palettes import PALETTES
from msgmux_tui.theme.styles import Styles
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Row, plain
from msgmux_tui.widgets.frame import framed, inside
from support.counting import calls_of
from support.made_up import STATES, deadlocked, second_ten, stepped, unsampled, unsampled_steps

DRAWINGS = Path(__file__).parent / "drawings"
PANES = {
    "chain": chain,
    "ledger": ledger,
    "consumers": consumers,
    "producers": producers,
    "cleaner": cleaner,
    "events": events,
    "threads": threads,
}
APPROVED = {**dict.fromkeys(PANES, second_ten), "threads": stepped}
"""By pane: the state with which its drawing was approved."""
SCREENS = {
    "80x24": {"chain": (80, 9), "ledger": (80, 20), "threads": (80, 10), "rest": (40, 6)},
    "81x25": {"chain": (81, 10), "ledger": (81, 21), "threads": (81, 10), "rest": (41, 6)},
    "120x40": {"chain": (120, 17), "ledger": (120, 36), "threads": (120, 14), "rest": (60, 10)},
    "200x60": {"chain": (200, 24), "ledger": (200, 56), "threads": (200, 22), "rest": (100, 16)},
}
"""The sizes of the panes on the three layouts, and on a screen slightly larger than the smallest one."""


def drawn(name: str, view: View, screen: str, glyphs: Glyphs = UNICODE, focused: bool = False) -> list[Row]:
    width, height = SCREENS[screen].get(name, SCREENS[screen]["rest"])
    boxed = int(screen.split("x")[1]) >= 30
    drawing = {**PANES, "inspector": inspector}[name].draw(view, *inside(width, height, boxed), glyphs)
    return framed(drawing, width, height, glyphs, boxed=boxed, focused=focused)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PANES)
def test_second_ten_of_the_built_in_scenario_looks_as_it_was_approved(name: str, screen: str) -> None:
    """To approve changes: MSGMUX_APPROVE=1 pytest tests/tui/panes/test_drawings.py, then review the diff."""
    assert plain(drawn(name, APPROVED[name](), screen)) + "\n" == approved(name, APPROVED[name](), screen)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_deadlock_looks_as_it_was_approved(screen: str) -> None:
    assert plain(drawn("threads", deadlocked(), screen)) + "\n" == approved(
        "threads", deadlocked(), screen, "-deadlock"
    )


@pytest.mark.parametrize("screen", ["80x24", "120x40"])
@pytest.mark.parametrize("name", [*PANES, "inspector"])
def test_what_is_unknown_is_drawn_as_a_question_mark(name: str, screen: str) -> None:
    view = {"threads": unsampled_steps}.get(name, unsampled)()
    text = plain(drawn(name, view, screen))
    assert text + "\n" == approved(name, view, screen, "-unknown")
    if name in ("chain", "consumers", "producers", "threads", "inspector"):
        assert "?" in text


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", ["chain", "ledger", "consumers", "producers", "cleaner"])
def test_while_it_connects_no_default_is_shown_as_a_fact(name: str, screen: str) -> None:
    text = plain(drawn(name, View(NOTHING, unknown=True), screen))
    assert "?" in text
    assert not any([character.isdecimal() for character in text])


def approved(name: str, view: View, screen: str, what: str = "") -> str:
    """The approved drawing from its file, which MSGMUX_APPROVE first replaces by the present drawing."""
    file = DRAWINGS / f"{name}{what}-{screen}.txt"
    if os.environ.get("MSGMUX_APPROVE"):
        file.write_text(plain(drawn(name, view, screen)) + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=lambda glyphs: glyphs.name)
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", PANES)
def test_every_row_fills_the_pane_exactly(name: str, state: str, screen: str, glyphs: Glyphs) -> None:
    width, height = SCREENS[screen].get(name, SCREENS[screen]["rest"])
    rows = drawn(name, STATES[state](), screen, glyphs)
    assert len(rows) == height
    assert {sum([cell_len(cell.text) for cell in row]) for row in rows} == {width}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", PANES)
def test_ascii_mode_draws_nothing_but_ascii(name: str, state: str, screen: str) -> None:
    assert plain(drawn(name, STATES[state](), screen, ASCII)).isascii()


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
@pytest.mark.parametrize("name", PANES)
def test_every_cell_names_a_style_that_every_palette_has(name: str, palette: object) -> None:
    styles = Styles(palette)  # type: ignore[arg-type]
    for state in STATES.values():
        for row in drawn(name, state(), "120x40", focused=True):
            for cell in row:
                assert styles[cell.style].bgcolor is not None


@pytest.mark.parametrize("name", PANES)
@pytest.mark.parametrize("width", range(16, 60, 7))
@pytest.mark.parametrize("height", [2, 3, 5, 8])
def test_odd_sizes_are_drawn_too(name: str, width: int, height: int) -> None:
    for state in STATES.values():
        drawing = PANES[name].draw(state(), *inside(width, height, False), UNICODE)
        for row in framed(drawing, width, height, UNICODE, boxed=False, focused=True):
            assert sum([cell_len(cell.text) for cell in row]) == width


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=lambda glyphs: glyphs.name)
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_header_and_caption_are_one_row_of_the_whole_width(width: int, glyphs: Glyphs) -> None:
    for state in STATES.values():
        for pane in (header, caption):
            (row,) = pane.draw(state(), width, 1, glyphs).rows
            assert sum([cell_len(cell.text) for cell in row]) == width


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("state", [state for state in STATES if state != "empty"])
@pytest.mark.parametrize("name", ["chain", "ledger"])
def test_both_views_of_the_list_say_where_its_ends_are(name: str, state: str, screen: str) -> None:
    text = plain(drawn(name, STATES[state](), screen))
    assert "HEAD oldest" in text
    assert "TAIL newest" in text


def test_focus_is_shown_by_a_mark_too() -> None:
    assert "»" in plain(drawn("chain", second_ten(), "80x24", focused=True)).splitlines()[0]
    assert "»" not in plain(drawn("chain", second_ten(), "80x24")).splitlines()[0]


def test_a_list_of_half_a_million_messages_costs_what_is_visible_of_it() -> None:
    """It takes about as many function calls as a few dozen messages, which also fill the panes."""

    def calls(view: View) -> int:
        return calls_of(lambda: [drawn(name, view, "120x40") for name in PANES if name != "ledger"])

    assert calls(STATES["huge"]()) < 3 * calls(second_ten())
