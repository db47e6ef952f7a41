"""Every key does what its label says, on the exact runtime, under a clock that the test advances, without a timer."""

from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import OptionList

from msgmux.commands import Selection
from msgmux.scenario import parse
from msgmux_tui import scenarios
from msgmux_tui.keys import actions as keymap
from msgmux_tui.keys.action import Action
from msgmux_tui.keys.actions import ACTIONS
from msgmux_tui.screens.confirm import ConfirmScreen
from msgmux_tui.screens.dialog import ClosedOnce
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.screens.open import OpenScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession
from msgmux_tui.theme.palettes import PALETTES
from support.pilot_stage import acts, stage
from support.sessions import SMALL

# The table


def test_every_action_has_an_id_a_title_and_a_tooltip_and_no_key_is_given_twice() -> None:
    for action in ACTIONS:
        assert action.id
        assert action.title
        assert action.tooltip
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(set(keys)) == len(keys)


def test_every_action_has_a_plain_key() -> None:
    for action in ACTIONS:
        if action.id not in ("app.quit_now", "app.suspend", "app.interrupt", "pane.previous"):
            assert any(not key.startswith(("ctrl+", "shift+", "f")) or key == "f" for key in action.keys), action.id


def test_the_footer_shows_about_five() -> None:
    assert 5 <= len([action for action in ACTIONS if action.footer]) <= 6


@acts
async def test_every_active_binding_has_an_id_a_description_and_a_tooltip() -> None:
    async with stage() as on:
        for _ in range(5):
            for active in on.screen.active_bindings.values():
                binding = active.binding
                assert binding.id, binding
                assert binding.description, binding
                assert binding.tooltip, binding
            await on.press("tab")


@acts
async def test_every_action_of_the_table_is_bound() -> None:
    async with stage() as on:
        bound = set()
        for _ in range(5):
            bound |= {active.binding.id for active in on.screen.active_bindings.values()}
            await on.press("tab")
        assert {action.id for action in ACTIONS} <= bound


# Producers and consumers


@acts
async def test_p_adds_a_producer_and_selects_it_and_P_takes_it_away_again() -> None:
    async with stage() as on:
        before = on.screen.choice.selected
        await on.press("p")
        assert list(on.state.producers) == ["orders", "clicks", "P3"]
        assert on.screen.choice.selected == Selection("producer", "P3")
        assert on.notice == "P3 joins and puts 1/s"
        await on.press("P")
        assert list(on.state.producers) == ["orders", "clicks"]
        assert on.screen.choice.selected == before


@acts
async def test_c_adds_a_consumer_and_selects_it_and_C_takes_it_away_again() -> None:
    async with stage() as on:
        await on.press("c")
        assert list(on.state.consumers) == ["audit", "billing", "C3"]
        assert on.screen.choice.selected == Selection("consumer", "C3")
        await on.press("C")
        assert list(on.state.consumers) == ["audit", "billing"]


@acts
async def test_P_takes_the_selected_producer_and_without_one_the_newest() -> None:
    async with stage() as on:
        await on.press("P")
        assert list(on.state.producers) == ["orders"]
        await on.press("P", "P")
        assert on.state.producers == {}
        assert on.notice == "there is no producer; p adds one"


@acts
async def test_when_the_selected_one_goes_the_selection_moves_to_the_next() -> None:
    async with stage() as on:
        assert on.screen.choice.selected == Selection("consumer", "audit")
        await on.press("C")
        assert on.screen.choice.selected == Selection("consumer", "billing")
        await on.press("C")
        assert on.screen.choice.selected == Selection("producer", "orders")


@acts
async def test_u_undoes_the_last_removal() -> None:
    async with stage() as on:
        await on.press("C")
        await on.press("u")
        assert on.state.consumers["audit"].tag == "C1"
        assert on.screen.choice.selected == Selection("consumer", "audit")


@pytest.mark.parametrize(("key", "work"), [("+", "work 50ms"), ("=", "work 50ms"), ("-", "work 200ms")])
@acts
async def test_plus_and_minus_quicken_and_slow_the_selected_one(key: str, work: str) -> None:
    async with stage() as on:
        await on.press("down")
        assert on.screen.choice.selected == Selection("consumer", "billing")
        await on.press(key)
        assert str(on.state.consumers["billing"].pace) == work


@acts
async def test_plus_doubles_the_rate_of_a_selected_producer() -> None:
    async with stage() as on:
        await on.press("tab", "down")
        await on.press("plus")
        selected = on.screen.choice.selected
        assert selected is not None
        assert selected.role == "producer"
        assert str(on.state.producers[selected.name].pace) in ("4/s", "2/s")


@acts
async def test_s_stalls_the_selected_consumer_and_lets_it_go_on() -> None:
    async with stage() as on:
        await on.press("s")
        assert on.state.consumers["audit"].status == "stalled"
        await on.press("s")
        assert on.state.consumers["audit"].status == "running"


@acts
async def test_S_crashes_the_selected_consumer_and_s_starts_it_again() -> None:
    async with stage() as on:
        await on.press("S")
        await on.play(1.0)
        assert on.state.consumers["audit"].status == "failed"
        await on.press("s")
        assert on.state.consumers["audit"].status == "running"


@acts
async def test_d_is_a_burst_of_ten_from_the_selected_producer() -> None:
    async with stage() as on:
        before = on.state.tail_seq
        await on.press("d")
        await on.play(0.05)
        assert on.state.tail_seq >= before + 10
        assert on.notice == "P2 clicks puts 10 at once"


# Time and the queue


@acts
async def test_space_pauses_and_n_goes_one_event_on() -> None:
    async with stage() as on:
        await on.press("n")
        assert on.notice == "n goes one event on while paused, N to something notable; space pauses"
        await on.press("space")
        assert on.screen.view().mode == "PAUSED"
        assert on.notice == "paused: nothing ages. n goes one event on, space goes on"
        event = on.state.event
        await on.play(2.0)
        assert on.state.event == event
        await on.press("n")
        assert on.state.event > event
        await on.press("space")
        assert on.screen.view().mode == "LIVE"
        assert on.notice == ""


@acts
async def test_N_goes_on_to_something_notable_while_paused() -> None:
    text = SMALL.source + '[[step]]\nat = "5s"\nsay = "look"\n'
    async with stage(scenario=parse(text, "small.toml")) as on:
        await on.press("space", "N")
        assert on.screen.frame.now == 5.0
        assert on.screen.view().say == "look"


@acts
async def test_comma_and_full_stop_change_the_speed_within_bounds() -> None:
    async with stage() as on:
        await on.press(".")
        assert on.screen.session.speed == 2.0
        assert on.notice == "speed ×2"
        await on.press(*[","] * 9)
        assert on.screen.session.speed == 0.1
        await on.press(*["."] * 20)
        assert on.screen.session.speed == 100.0
        assert "×100" in on.text


@acts
async def test_t_keeps_messages_longer_and_T_less_long() -> None:
    async with stage() as on:
        await on.press("t")
        assert on.state.settings.retention == 8.0
        await on.press("T", "T")
        assert on.state.settings.retention == 2.0


@acts
async def test_m_leaves_a_marker() -> None:
    async with stage() as on:
        await on.press("m")
        assert on.notice == "marked: marker"


@acts
async def test_x_asks_the_first_time_only() -> None:
    async with stage() as on:
        await on.press("x")
        assert isinstance(on.app.screen, ConfirmScreen)
        await on.press("escape")
        assert on.opened == [("small.toml", True)]
        await on.press("x")
        await on.press("enter")
        assert on.opened[1:] == [("small.toml", False)]
        assert "REAL THREADS" in on.text
        await on.press("x")
        assert on.opened[2:] == [("small.toml", True)]
        assert on.screen.frame.now < 0.1
        assert "EXACT" in on.text


@acts
async def test_x_twice_is_yes() -> None:
    async with stage() as on:
        await on.press("x", "x")
        assert on.opened[1:] == [("small.toml", False)]


@acts
async def test_o_starts_again_or_opens_another() -> None:
    async with stage() as on:
        await on.press("o")
        assert isinstance(on.app.screen, OpenScreen)
        await on.press("enter")
        assert on.opened[1:] == [("small.toml", True)]
        await on.press("o", "down", "enter")
        assert on.opened[2][0] != "small.toml"
        await on.press("o", "escape")
        assert len(on.opened) == 3


@acts
async def test_o_lists_every_scenario_once() -> None:
    async with stage(scenario=scenarios.read("sample")) as on:
        await on.press("o")
        titles = [str(option.prompt).split(": ", 1)[1] for option in on.app.screen.query_one(OptionList).options]
        assert titles[0] == scenarios.read("sample").title
        assert sorted(titles) == sorted([scenarios.read(name).title for name in scenarios.names()])


# The screen


@acts
async def test_tab_goes_through_the_panes_and_back() -> None:
    async with stage() as on:
        order = ["consumers", "producers", "cleaner", "events", "list", "consumers"]
        seen = [on.screen.focused.id]
        for _ in order[1:]:
            await on.press("tab")
            seen.append(on.screen.focused.id)
        assert seen == order
        await on.press("shift+tab")
        assert on.screen.focused.id == "list"


@acts
async def test_arrows_and_j_k_select_within_the_focused_pane() -> None:
    async with stage() as on:
        await on.press("down")
        assert on.screen.choice.selected == Selection("consumer", "billing")
        await on.press("k")
        assert on.screen.choice.selected == Selection("consumer", "audit")
        await on.press("j")
        assert on.screen.choice.selected == Selection("consumer", "billing")


@acts
async def test_a_click_selects_a_row() -> None:
    async with stage() as on:
        await on.pilot.click("#producers", offset=(3, 3))
        assert on.screen.choice.selected == Selection("producer", "clicks")


@acts
async def test_y_copies_the_selected_in_one_line() -> None:
    async with stage() as on:
        await on.press("y")
        assert on.app.clipboard.startswith("C1 audit running, cursor #")
        await on.press("shift+tab", "home", "y")
        assert on.app.clipboard.startswith("#1 of P1 orders")


@acts
async def test_z_shows_the_focused_pane_alone_and_tab_the_next_one() -> None:
    async with stage() as on:
        await on.press("z")
        assert "consumers" in on.text
        assert "producers" not in on.text
        assert on.screen.query_one("#consumers").size.height == 21
        await on.press("tab")
        assert "bars to" in on.text
        assert "behind" not in on.text
        await on.press("escape")
        assert "consumers" in on.text
        assert on.screen.zoomed is None


@acts
async def test_f_changes_what_the_list_follows() -> None:
    async with stage() as on:
        seen = [on.screen.view().follow]
        for _ in range(4):
            await on.press("f")
            seen.append(on.screen.view().follow)
        assert seen == ["all", "tail", "slowest", "free", "all"]


@acts
async def test_v_goes_through_all_themes() -> None:
    async with stage() as on:
        seen = [on.app.theme]
        for _ in PALETTES:
            await on.press("v")
            seen.append(on.app.theme)
        assert seen == [*PALETTES, "msgmux-dark"]


@pytest.mark.parametrize("key", ["?", "f1"])
@pytest.mark.parametrize("close", ["escape", "q", "?", "enter"])
@acts
async def test_help_explains_the_focused_pane_and_lists_every_key(key: str, close: str) -> None:
    async with stage(120, 60) as on:
        await on.press(key)
        assert isinstance(on.app.screen, HelpScreen)
        assert "Each consumer gets every message" in on.text
        for action in ACTIONS[:20]:
            assert action.title in on.text
        await on.press(close)
        assert on.app.screen is on.screen


@pytest.mark.parametrize("key", [":", "ctrl+p"])
@acts
async def test_the_palette_has_every_action(key: str) -> None:
    async with stage() as on:
        await on.press(key)
        assert on.app.screen.id == "--command-palette"
        titles = {command.title for command in on.app.get_system_commands(on.screen)}
        actions = {title for title in titles if not title.startswith(("Theme: ", "Scenario: ", "Step at "))}
        assert actions == {a.title for a in ACTIONS if a.where in ("app", "session") and a.id != "screen.palette"}


@acts
async def test_a_command_of_the_palette_is_performed_on_the_session() -> None:
    async with stage() as on:
        command = next(c for c in on.app.get_system_commands(on.screen) if c.title == "Add a consumer")
        await command.callback()
        await on.play(0.05)
        assert "C3" in on.state.consumers


@acts
async def test_i_saves_a_picture_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage() as on:
        await on.press("i")
        assert (tmp_path / "small-2.0s.svg").read_text("utf-8").startswith("<svg")
        assert "small-2.0s.svg" in on.notice


@acts
async def test_a_picture_that_cannot_be_written_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small-2.0s.svg").mkdir()
    async with stage() as on:
        await on.press("i")
        assert "can't be written" in on.notice


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+q", 0), ("ctrl+c", 130)])
@acts
async def test_the_keys_that_end_the_program(key: str, code: int) -> None:
    async with stage() as on:
        await on.pilot.press(key)
        await on.pilot.pause()
        assert on.app.return_code == code


@acts
async def test_ctrl_q_ends_it_from_within_help() -> None:
    async with stage() as on:
        await on.pilot.press("?", "ctrl+q")
        await on.pilot.pause()
        assert on.app.return_code == 0


@acts
async def test_escape_takes_a_notice_away() -> None:
    async with stage() as on:
        await on.press("n")
        await on.press("escape")
        assert on.notice == ""


@acts
async def test_a_notice_goes_after_a_while_even_while_paused() -> None:
    async with stage() as on:
        await on.press("space", "f")
        assert on.notice
        await on.play(4.1)
        assert on.notice == ""


# Keys that come faster than screens open and close


@pytest.mark.parametrize("key", ["?", "o", "x", ":"])
@acts
async def test_a_key_that_comes_when_its_dialog_is_closed_already_closes_nothing_else(key: str) -> None:
    async with stage() as on:
        await on.press(key)
        dialog = on.app.screen
        assert isinstance(dialog, ClosedOnce)
        await dialog.run_action("escape" if key == ":" else "no")
        await dialog.run_action("escape" if key == ":" else "no")
        await on.pilot.pause()
        assert on.app.screen is on.screen


@pytest.mark.parametrize(("action", "kind"), [("help", HelpScreen), ("open", OpenScreen), ("switch", ConfirmScreen)])
@acts
async def test_a_key_typed_twice_in_a_hurry_opens_one_dialog(action: str, kind: type[Screen[Any]]) -> None:
    async with stage() as on:
        await on.screen.run_action(action)
        await on.screen.run_action(action)
        await on.screen.run_action("app.command_palette")
        assert [type(screen) for screen in on.app.screen_stack[1:]] == [kind]


# Sizes


@pytest.mark.parametrize(("width", "height"), [(59, 24), (80, 17), (20, 5)])
@acts
async def test_a_terminal_that_is_too_small_is_told_what_is_needed(width: int, height: int) -> None:
    async with stage(width, height) as on:
        assert "60 x 18" in " ".join(on.text.split())
        assert "consumers" not in on.text
        await on.pilot.resize_terminal(80, 24)
        await on.press("space")
        assert "consumers" in on.text
        assert "PAUSED" in on.text


@pytest.mark.parametrize(
    ("height", "rows"),
    [(24, (1, 9, 6, 6, 1, 1)), (40, (1, 18, 7, 12, 1, 1)), (60, (1, 30, 7, 20, 1, 1)), (18, (1, 6, 5, 4, 1, 1))],
)
@acts
async def test_the_rows_of_the_layout(height: int, rows: tuple[int, int, int, int, int, int]) -> None:
    async with stage(80, height) as on:
        ids = ("#header", "#list", "#consumers", "#cleaner", "#caption", "Footer")
        assert tuple(on.screen.query_one(id).size.height for id in ids) == rows


# Notices of the session


@acts
async def test_the_first_joins_are_in_the_events() -> None:
    async with stage(120, 60) as on:
        await on.press("tab", "tab", "tab", "z")
        for words in ("P1 orders joins", "P2 clicks joins", "C1 audit joins", "C2 billing joins"):
            assert words in on.text


@acts
async def test_an_alarm_of_the_session_is_in_the_caption() -> None:
    async with stage() as on:
        assert isinstance(on.screen.session, ExactSession)
        on.screen.session._alarm = "two tasks wait for each other"
        await on.play(0.1)
        assert "two tasks wait for each other" in on.text


@acts
async def test_a_pause_of_the_scenario_is_reported() -> None:
    scenario = parse('duration = "9s"\n[[step]]\nat = "1s"\npause = "look here"\n', "pause.toml")
    async with stage(scenario=scenario) as on:
        assert on.screen.view().mode == "PAUSED"
        assert "look here" in on.text


@acts
async def test_a_paused_screen_paints_nothing() -> None:
    async with stage() as on:
        await on.press("space")
        await on.play(0.1)
        painted = []
        on.screen.paint = lambda: painted.append(1)  # type: ignore[method-assign]
        await on.play(2.0)
        assert painted == []


def test_bindings_are_made_from_the_table() -> None:
    made = keymap.bindings("session")
    assert [binding.id for binding in made if isinstance(binding, Binding)] == [
        action.id for action in ACTIONS if action.where == "session"
    ]
    assert isinstance(ACTIONS[0], Action)
    assert issubclass(SessionScreen, Screen)
