"""The list's pane on large screens: chain, ledger and the way of a message together; and the room that panes take."""

from typing import Literal

import pytest

from msgmux.rates import Rate
from msgmux_tui import scenarios
from msgmux_tui.panes import ConsumersPane, EventsPane, ListPane, ProducersPane, header, together, way
from msgmux_tui.theme.glyphs import ASCII, UNICODE, Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import plain, row_width
from support.made_up import STATES, second_ten
from support.pilot_stage import acts, stage


def text(made: View, width: int, height: int, glyphs: Glyphs = UNICODE) -> str:
    return plain(together.draw(made, width, height, glyphs).rows)


def test_the_ledger_is_below_the_chain_if_there_is_room() -> None:
    assert "time left" in text(second_ten(), 116, together.LEDGER_FROM)
    assert "time left" not in text(second_ten(), 116, together.LEDGER_FROM - 1)


def test_the_way_of_a_message_is_beside_the_ledger_on_a_wide_pane() -> None:
    wide = text(second_ten(), 196, 26)
    assert "the way of a message" in wide
    assert "receiver" in wide
    assert "34 messages" in wide
    assert "furthest behind: 18+2" in wide
    assert "the way of a message" not in text(second_ten(), 150, 26)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=lambda glyphs: glyphs.name)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", [(76, 16), (116, 17), (196, 17), (196, 28), (300, 60)])
def test_no_row_is_wider_than_the_pane_and_none_is_too_many(state: str, size: tuple[int, int], glyphs: Glyphs) -> None:
    width, height = size
    drawing = together.draw(STATES[state](), width, height, glyphs)
    assert len(drawing.rows) <= height
    assert max([row_width(row) for row in drawing.rows]) <= width
    assert glyphs is UNICODE or plain(drawing.rows).isascii()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("height", range(4, 20))
def test_the_way_has_its_width_at_every_height(state: str, height: int) -> None:
    rows = way.draw(STATES[state](), height, UNICODE)
    assert len(rows) <= height
    assert {row_width(row) for row in rows} <= {way.WIDTH}


def test_everybody_and_every_channel_is_on_the_way() -> None:
    drawn = plain(way.draw(second_ten(), 14, UNICODE))
    made = second_ten().state
    for producer in made.producers.values():
        assert f"{producer.tag} {producer.name}" in drawn
        assert f"{producer.level}/{producer.capacity}" in drawn
    for consumer in made.consumers.values():
        assert f"{consumer.tag} {consumer.name}" in drawn
        assert f"{consumer.level}/{consumer.capacity}" in drawn


def test_the_dots_move_on_by_one_cell_for_each_message_and_only_if_messages_pass() -> None:
    busy, idle = Rate(1.0), Rate(0.0)
    before, after = way.wire(12, 20, busy, UNICODE), way.wire(12, 21, busy, UNICODE)
    assert before != after
    assert after[1:] == before[:-1]
    assert UNICODE.live not in way.wire(12, 20, idle, UNICODE)


def test_a_click_on_the_way_selects_who_is_there() -> None:
    targets = {cell.target for row in way.draw(second_ten(), 14, UNICODE) for cell in row}
    assert {"producer:orders", "consumer:billing"} <= targets


@acts
async def test_the_panes_of_consumers_and_producers_take_what_they_need_and_the_list_the_rest() -> None:
    async with stage(200, 60) as on:
        consumers, producers = on.app.screen.query_one(ConsumersPane), on.app.screen.query_one(ProducersPane)
        needs = 1 + 2 * max(len(on.state.consumers), len(on.state.producers)) + 2
        assert consumers.size.height == producers.size.height == needs
        assert on.app.screen.query_one(ListPane).size.height > on.app.screen.query_one(EventsPane).size.height
        assert "the way of a message" in on.text
        before = consumers.size.height
        await on.press("c")
        await on.play(1.0)
        await on.pilot.pause()
        assert consumers.size.height == before + 2
        # Alone, a pane still has the whole screen.
        await on.press("z")
        await on.pilot.pause()
        assert consumers.size.height > 50


@acts
async def test_the_ledger_is_there_from_45_rows_on() -> None:
    async with stage(120, 45) as on:
        assert "time left" in on.text
    async with stage(120, 40) as on:
        assert "time left" not in on.text


@pytest.mark.parametrize("badge", ["real threads", "exact"])
@pytest.mark.parametrize("mode", ["LIVE", "PAUSED", "STEP"])
@pytest.mark.parametrize("name", scenarios.names())
def test_every_title_is_whole_from_100_columns_on(
    name: str, mode: Literal["LIVE", "PAUSED", "STEP"], badge: Literal["real threads", "exact"]
) -> None:
    title = scenarios.read(name).title
    made = second_ten(scenario=title, mode=mode, badge=badge, now=75.4)
    drawn = plain(header.draw(made, 100, 1, UNICODE).rows)
    assert title in drawn
    assert "✓ 4 invariants" in drawn


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_invariants_are_told_at_every_width(width: int) -> None:
    assert "✓ 4 invariants" in plain(header.draw(second_ten(), width, 1, UNICODE).rows)
