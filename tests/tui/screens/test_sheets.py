"""The sheets and dialogs over the panes: inspector, invariants, legend, tour, forms; and the filter of the events."""

import pytest
from textual.events import MouseScrollDown
from textual.widget import Widget
from textual.widgets import Input

from msgmux.commands import Selection
from msgmux_tui.panes.inspector import InspectorPane
from msgmux_tui.panes.legend import LegendPane
from msgmux_tui.screens.form import Form
from msgmux_tui.screens.sheet import Sheet
from msgmux_tui.screens.tour import CARDS, TourScreen
from msgmux_tui.session import ExactSession
from support.pilot_stage import Stage, acts, stage

# The inspector


@acts
async def test_enter_on_a_message_tells_all_about_it_and_why_it_is_here() -> None:
    async with stage() as on:
        await on.press("shift+tab", "home", "enter")
        assert isinstance(on.app.screen, Sheet)
        text = on.text
        assert "#1 of P1 orders" in text
        assert '"hello from orders [0]"' in text
        assert "its message number 1" in text
        assert "at the head; alone in its node" in text
        assert "read by    C1 audit, C2 billing" in text
        assert "Everybody has had it; the cleaner may take it 2." in text


@acts
async def test_the_inspector_goes_on_with_the_session_and_arrows_go_to_the_next_message() -> None:
    async with stage() as on:
        await on.press("shift+tab", "home", "enter")
        before = on.text
        await on.play(1.0)
        assert on.text != before
        await on.press("right")
        assert "#2 of" in on.text
        assert on.screen.view().selected_seq == 2
        await on.press("escape")
        assert on.app.screen is on.screen


@acts
async def test_a_message_that_waits_for_somebody_says_for_whom() -> None:
    async with stage() as on:
        await on.press("down", "s")
        await on.play(4.0)
        await on.press("shift+tab", "end", "enter")
        assert "not had by C2 billing (10 come first)" in on.text
        assert "C2 billing has not had it; even then it stays until it is 4s" in on.text


@acts
async def test_a_message_that_has_gone_is_told_to_have_gone() -> None:
    async with stage() as on:
        await on.press("shift+tab", "home", "enter")
        await on.play(6.0)
        assert "#1 is not in the list any more" in on.text


@acts
async def test_enter_on_a_row_tells_about_the_consumer_or_the_producer() -> None:
    async with stage() as on:
        await on.press("s")
        await on.play(3.0)
        await on.press("enter")
        assert "C1 audit" in on.text
        assert "It has stopped reading: its channel filled" in on.text or "stopped reading" in on.text
        assert "s lets it go on" in on.text
        await on.press("escape", "tab", "down", "enter")
        assert "It puts whenever it wants to" in on.text


@acts
async def test_a_double_click_inspects() -> None:
    async with stage() as on:
        await on.pilot.click("#producers", offset=(3, 2), times=2)
        await on.pilot.pause()
        assert isinstance(on.app.screen, Sheet)
        assert isinstance(on.app.screen.query_one(InspectorPane), InspectorPane)


# The invariants, the legend, the tour


@acts
async def test_I_tells_what_is_proven_and_how_often_it_held() -> None:
    async with stage() as on:
        await on.press("I")
        for check in on.screen.view().checks:
            assert f"{check.name}" in on.text
            assert f"held {check.count} times" in on.text


@acts
async def test_a_violation_is_told_in_the_caption() -> None:
    async with stage() as on:
        session = on.screen.session
        assert isinstance(session, ExactSession)
        session._director.cast.reporter.violation("order", "C1 got #5 after #6")
        await on.play(0.1)
        assert "order is violated: C1 got #5 after #6" in on.text


@acts
async def test_L_is_the_legend_and_every_line_has_a_sample() -> None:
    async with stage() as on:
        await on.press("L")
        pane = on.app.screen.query_one(LegendPane)
        lines = [line for line in on.text.splitlines() if "a message: its producer's tag" in line]
        assert len(lines) == 1
        assert "P1" in lines[0]
        assert pane.size.height >= 14


@acts
async def test_the_tour_has_six_cards_and_lights_the_pane_that_each_is_about() -> None:
    async with stage() as on:
        await on.press("G")
        assert len(CARDS) == 6
        for number, card in enumerate(CARDS, 1):
            assert isinstance(on.app.screen, TourScreen)
            assert f"{number} of 6   {card.title}" in on.text
            assert on.screen.focused.id == card.pane
            await on.press("pagedown")
        assert on.app.screen is on.screen


@acts
async def test_the_tour_goes_back_and_is_left_by_escape() -> None:
    async with stage() as on:
        await on.press("G", "right", "right", "left")
        assert "2 of 6" in on.text
        await on.press("escape")
        assert on.app.screen is on.screen


@acts
async def test_a_first_run_offers_the_tour_in_the_caption_and_does_not_open_it() -> None:
    async with stage(welcome=True) as on:
        assert on.notice.startswith("New here? G shows a tour")
        assert on.app.screen is on.screen
    async with stage() as on:
        assert on.notice == ""


# Forms


async def fill(on: Stage, *texts: str | None) -> None:
    """Replace the texts of the fields, in order; None leaves a field unchanged."""
    for number, text in enumerate(texts):
        if text is not None:
            on.app.screen.query_one(f"#field-{number}", Input).value = text
    await on.press("enter")


@acts
async def test_a_adds_a_consumer_with_exact_values() -> None:
    async with stage() as on:
        await on.press("a")
        assert isinstance(on.app.screen, Form)
        await fill(on, "late", "newest", "~20ms", "3")
        await on.play(0.1)
        late = on.state.consumers["late"]
        assert (late.tag, str(late.pace), late.capacity) == ("C3", "work ~20ms", 3)
        assert on.screen.choice.selected == Selection("consumer", "late")


@acts
async def test_a_in_the_producers_pane_adds_a_producer() -> None:
    async with stage() as on:
        await on.press("tab", "a")
        await fill(on, None, "10 every 2s", "{name} {n}", "5")
        await on.play(0.1)
        assert (str(on.state.producers["P3"].pace), on.state.producers["P3"].capacity) == ("10 every 2s", 5)


@acts
async def test_an_invalid_value_is_reported_under_its_field_and_nothing_is_done() -> None:
    async with stage() as on:
        await on.press("a")
        await fill(on, "audit", "somewhere", "long", "0")
        assert isinstance(on.app.screen, Form)
        for words in ("'audit' is taken", "'somewhere' does not do", "'long' is not a service time", "from 1 to"):
            assert words in on.text
        assert on.app.screen.focused.id == "field-0"
        await on.press("escape")
        assert list(on.state.consumers) == ["audit", "billing"]


@acts
async def test_e_sets_exact_values_of_the_selected_one() -> None:
    async with stage() as on:
        await on.press("e")
        await fill(on, "70ms")
        assert str(on.state.consumers["audit"].pace) == "work 70ms"
        await on.press("tab", "down", "e")
        await fill(on, "7/s", "x{n}")
        await on.play(1.5)
        who = on.screen.choice.selected.name
        assert str(on.state.producers[who].pace) == "7/s"
        assert any(node.preview.startswith("x") for node in on.state.nodes if node.producer == who)


@pytest.mark.parametrize("keys", [("E",), ("shift+tab", "e")])
@acts
async def test_the_queue_can_be_set_exactly(keys: tuple[str, ...]) -> None:
    async with stage() as on:
        await on.press(*keys)
        await fill(on, "keep", "250ms", "12", "evict-oldest")
        settings = on.state.settings
        assert (settings.retention, settings.clean_every) == (None, 0.25)
        assert (settings.max_messages, settings.overflow) == (12, "evict-oldest")
        assert on.notice == "the queue is set: retention, clean every, max messages, overflow"


@acts
async def test_tab_goes_through_the_fields_and_letters_are_text() -> None:
    async with stage() as on:
        await on.press("a", "tab", "tab", "down", "shift+tab")
        assert on.app.screen.focused.id == "field-2"
        await on.press("end", "q")
        assert on.app.screen.query_one("#field-2", Input).value.endswith("q")


# The events


@acts
async def test_slash_filters_the_events_by_tag_kind_and_words() -> None:
    async with stage(120, 40) as on:
        await on.press("slash", *"C2")
        assert on.screen.view().sought == "C2"
        assert "/C2" in on.text
        await on.press("enter")
        assert on.screen.focused.id == "events"
        view = on.screen.view()
        assert "billing" not in view.sought
        await on.press("escape")
        assert on.screen.view().sought == ""
        await on.press("slash", *"joins", "enter")
        rows = [line for line in on.text.splitlines() if "joins" in line]
        assert len(rows) >= 4
        await on.press("slash", "escape")
        assert on.screen.view().sought == ""


@acts
async def test_the_events_scroll_back_and_f_follows_again() -> None:
    async with stage() as on:
        await on.play(6.0)
        await on.press("tab", "tab", "tab", "up", "up")
        assert on.screen.view().events_until is not None
        assert "newer, f follows" in on.text
        before = on.screen.view().events_until
        await on.play(1.0)
        assert on.screen.view().events_until == before
        await on.press("f")
        assert on.screen.view().events_until is None
        await on.press("home")
        assert "P1 orders joins" in on.text or "joins, with room" in on.text
        await on.press("end")
        assert on.screen.view().events_until is None


@acts
async def test_selecting_a_message_leaves_the_tail_that_is_followed() -> None:
    async with stage() as on:
        await on.press("shift+tab", "f")
        assert on.screen.view().follow == "tail"
        await on.press("pageup")
        assert on.screen.view().follow == "free"
        assert f"list, at #{on.screen.view().selected_seq}" in on.text


# The mouse


@pytest.mark.parametrize(
    ("where", "x", "comes"),
    [("header", 3, "PAUSED"), ("cleaner", 12, "the least time a message stays")],
)
@acts
async def test_a_click_does_what_a_key_does(where: str, x: int, comes: str) -> None:
    async with stage() as on:
        await on.pilot.click(f"#{where}", offset=(x, 0 if where == "header" else 5))
        await on.pilot.pause()
        await on.press()
        assert comes in on.text


@acts
async def test_the_wheel_moves_the_selection() -> None:
    async with stage() as on:
        pane = on.screen.query_one("#consumers")
        pane.post_message(_wheel(pane))
        await on.press()
        assert on.screen.choice.selected == Selection("consumer", "billing")


def _wheel(pane: Widget) -> MouseScrollDown:
    from textual.events import MouseScrollDown

    return MouseScrollDown(pane, 3, 3, 0, 1, 0, False, False, False)
