"""The base class of all panes: it repaints only changed rows, styles every segment, and posts selections."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from msgmux.commands import Selection
from msgmux_tui.panes import ConsumersPane, ListPane
from msgmux_tui.theme.glyphs import ASCII, UNICODE, glyphs_for
from msgmux_tui.theme.palettes import PALETTES
from msgmux_tui.theme.textual_theme import THEMES
from msgmux_tui.widgets.pane import Pane, SheetPane
from support.made_up import second_ten


class Stage(App[None]):
    """An app with two panes, which stores their messages."""

    CSS = "ListPane { height: 9; } ConsumersPane { height: 6; }"

    def __init__(self, theme: str = "msgmux-dark") -> None:
        super().__init__()
        self.chosen: list[Selection] = []
        self.messages: list[int] = []
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield ListPane()
        yield ConsumersPane()

    def on_pane_picked(self, message: Pane.Picked) -> None:
        self.chosen.append(message.selection)

    def on_pane_message_picked(self, message: Pane.MessagePicked) -> None:
        self.messages.append(message.seq)


Act = Callable[[Stage, Pilot[None]], Coroutine[Any, Any, None]]


def play(act: Act, theme: str = "msgmux-dark") -> None:
    async def run() -> None:
        stage = Stage(theme)
        async with stage.run_test(size=(80, 24)) as pilot:
            for pane in stage.query(Pane):
                pane.show(second_ten())
            await pilot.pause()
            await act(stage, pilot)

    asyncio.run(run())


def lines(stage: Stage) -> list[str]:
    return [strip.text for strip in stage.screen._compositor.render_strips()]


@pytest.mark.parametrize("no_colour", [False, True])
@pytest.mark.parametrize("theme", PALETTES)
def test_every_segment_is_styled_in_every_theme_with_and_without_colour(
    theme: str, no_colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")

    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for pane in stage.query(Pane):
            for strip in pane.render_lines(pane.size.region):
                assert all([segment.style is not None for segment in strip])
        text = "\n".join(lines(stage))
        assert "TAIL newest" in text
        assert "C2 billing" in text

    play(act, theme)


def test_only_rows_that_changed_are_repainted() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        pane = stage.query_one(ConsumersPane)
        made = second_ten()
        assert pane.show(made) == 0
        audit = replace(made.state.consumers["audit"], taken=49)
        changed = replace(made.state, consumers={**made.state.consumers, "audit": audit})
        assert pane.show(replace(made, state=changed)) == 1

    play(act)


def test_a_new_theme_a_new_size_and_the_focus_repaint_all() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        pane = stage.query_one(ListPane)
        before = pane.render_lines(pane.size.region)
        stage.theme = "msgmux-light"
        await pilot.pause()
        assert pane.render_lines(pane.size.region) != before
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert lines(stage)[0].startswith("╭─")
        stage.query_one(ConsumersPane).focus()
        await pilot.pause()
        assert "» consumers" in "\n".join(lines(stage))

    play(act)


def test_a_click_on_a_row_chooses_the_consumer() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.click(ConsumersPane, offset=(5, 4))
        await pilot.pause()
        assert stage.chosen == [Selection("consumer", "search")]

    play(act)


def test_a_click_on_a_flag_chooses_its_consumer_and_on_a_block_its_message() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        rows = lines(stage)
        y = next(n for n, line in enumerate(rows[2:], 2) if "▲C2" in line)
        x = rows[y].index("▲C2")
        await pilot.click(ListPane, offset=(x, y))
        await pilot.click(ListPane, offset=(x, y - 1))
        await pilot.pause()
        assert stage.chosen == [Selection("consumer", "billing")]
        assert stage.messages == [72]

    play(act)


def test_arrows_choose_within_the_focused_pane() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.query_one(ConsumersPane).focus()
        await pilot.press("down", "k")
        stage.query_one(ListPane).focus()
        await pilot.press("right", "left")
        await pilot.pause()
        assert stage.chosen == [Selection("consumer", "search"), Selection("consumer", "audit")]
        assert stage.messages == [57, 90]

    play(act)


def test_every_pane_explains_itself() -> None:
    for kind in Pane.__subclasses__():
        if kind.FRAMED and kind is not SheetPane:
            assert kind.HELP
            assert kind.HELP.startswith("# ")


def test_the_terminal_decides_the_glyphs() -> None:
    assert glyphs_for("utf-8", {}) is UNICODE
    assert glyphs_for("UTF-8", {"TERM": "xterm-256color"}) is UNICODE
    assert glyphs_for("ascii", {}) is ASCII
    assert glyphs_for(None, {}) is ASCII
    assert glyphs_for("utf-8", {"TERM": "linux"}) is ASCII
    assert glyphs_for("utf-8", {"MSGMUX_ASCII": "1"}) is ASCII


def test_both_sets_of_glyphs_are_one_cell_wide() -> None:
    for glyphs in (UNICODE, ASCII):
        for name in glyphs.__struct_fields__:
            if name not in ("name", "ok", "corners", "steps", "chip_end"):
                assert len(getattr(glyphs, name)) == 1, name
        assert len(glyphs.corners) == 4
        assert len(glyphs.steps) == 8
