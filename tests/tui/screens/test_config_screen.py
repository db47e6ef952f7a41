"""The user's keys, glyphs and theme on the screen, and every text that names a key."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from msgmux_tui.app import MsgmuxApp
from msgmux_tui.keys.action import Action
from msgmux_tui.keys.actions import ACTIONS
from msgmux_tui.keys.keymap import Keymap
from msgmux_tui.screens.confirm import ConfirmScreen
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession
from msgmux_tui.settings.config import parse
from msgmux_tui.theme.textual_theme import textual_theme
from support.sessions import SMALL, HandClock

# Keys that no action has by default.
MINE = """
theme = "custom"
[glyphs]
focus = "!"
[palette]
base = "light"
ground = "#fffff0"
[keys]
producer.add = "Ä"
consumer.add = "#"
cast.undo = ["F6", "ü"]
consumer.stall = "ß"
time.pause = "P"
producer.remove = "é"
time.step = "right"
list.newer = "ö"
screen.help = "F9"
app.quit = "Ö"
session.switch = "%"
session.mark = []
screen.theme = "à"
"""


@asynccontextmanager
async def shown(text: str = MINE, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[None]]:
    """The app with this configuration, on a paused session."""
    config = parse(text, "c.toml")
    clock = HandClock()
    screen = SessionScreen(
        SMALL,
        lambda scenario, kind: ExactSession(scenario, clock=clock),
        config.glyphs("utf-8"),
        keymap=config.keymap,
        notice=config.notice,
        kind="exact",
        timer=False,
        clock=clock,
    )
    own = textual_theme(config.own) if config.own is not None else None
    app = MsgmuxApp(screen, theme=config.theme, own=own)
    try:
        async with app.run_test(size=size) as pilot:
            screen.pull()
            await pilot.pause()
            yield pilot
    finally:
        screen.session.close()


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    session_screen(pilot).pull()
    await pilot.pause()


def session_screen(pilot: Pilot[None]) -> SessionScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, SessionScreen)
    return screen


def notice(pilot: Pilot[None]) -> str:
    return session_screen(pilot).view().notice


def seen(pilot: Pilot[None]) -> str:
    """The text on the screen."""
    rows = pilot.app.screen._compositor.render_strips()
    return "\n".join(["".join([segment.text for segment in row]) for row in rows])


def run(steps: Coroutine[Any, Any, None]) -> None:
    """Run an async test."""
    asyncio.run(steps)


def test_what_the_configuration_says_is_all_right() -> None:
    assert parse(MINE, "c.toml").problems == ()


def test_the_users_keys_do_what_they_are_for_and_the_old_ones_nothing() -> None:
    async def steps() -> None:
        async with shown() as pilot:
            there = list(session_screen(pilot).frame.state.producers)
            await press(pilot, "p")
            assert list(session_screen(pilot).frame.state.producers) == there
            await press(pilot, "Ä")
            assert list(session_screen(pilot).frame.state.producers) == [*there, "P3"]
            await press(pilot, "é")
            assert notice(pilot).endswith("F6 brings it back")
            await press(pilot, "ü")
            assert notice(pilot) == "P3 is back"
            await press(pilot, "P")
            assert session_screen(pilot).session.paused
            assert notice(pilot) == "paused: nothing ages. right goes one event on, P goes on"
            await press(pilot, "m")
            assert "marked" not in notice(pilot)

    run(steps())


def test_every_action_has_exactly_the_keys_of_the_map() -> None:
    async def steps() -> None:
        async with shown() as pilot:
            keymap = session_screen(pilot).keymap
            found: dict[str, set[str]] = {}
            for _ in range(5):
                for key, active in pilot.app.screen.active_bindings.items():
                    found.setdefault(active.binding.id or "", set()).add(key)
                await press(pilot, "tab")
            assert {id: keys for id, keys in found.items() if id in keymap} == {
                action.id: set(action.pressed) for action in keymap if action.keys
            } | {"consumer.add": {"number_sign"}, "session.switch": {"percent_sign"}}, "Textual spells # and % so"

    run(steps())


def test_footer_help_palette_and_tooltips_name_the_users_keys() -> None:
    async def steps() -> None:
        async with shown() as pilot:
            footer = seen(pilot).splitlines()[-1]
            assert [word for word in footer.split() if word in ("Ä", "#", "P", "ß", "F9", "Ö")] == [
                *("Ä", "#", "ß", "P", "F9", "Ö")
            ], "in the order that the footer always has"
            commands = {c.title: c.help for c in pilot.app.get_system_commands(pilot.app.screen)}
            assert commands["Undo the last removal"].endswith("(F6, ü)")
            assert "ß starts it again" in commands["Crash the selected consumer"]
            assert all("<" not in told for told in commands.values())
            await press(pilot, "f9")
            assert isinstance(pilot.app.screen, HelpScreen)
            help = seen(pilot)
            assert "# adds a consumer" in help
            await press(pilot, "Ö")
            assert not isinstance(pilot.app.screen, HelpScreen), "the key that quits closes what is open"

    run(steps())


def test_a_question_is_answered_by_the_key_that_asked() -> None:
    async def steps() -> None:
        async with shown() as pilot:
            await press(pilot, "percent_sign")
            assert isinstance(pilot.app.screen, ConfirmScreen)
            assert "enter or %: yes    escape: no" in seen(pilot)
            before = session_screen(pilot).session
            await press(pilot, "percent_sign")
            assert session_screen(pilot).session is not before

    run(steps())


def test_a_terminal_that_is_too_small_names_the_users_key() -> None:
    async def steps() -> None:
        async with shown(size=(50, 12)) as pilot:
            assert "or press Ö." in seen(pilot)

    run(steps())


def test_empty_panes_name_the_users_keys() -> None:
    async def steps() -> None:
        text = MINE + 'consumer.remove = "è"\n'
        async with shown(text) as pilot:
            for _ in session_screen(pilot).frame.state.consumers:
                await press(pilot, "è")
            for _ in session_screen(pilot).frame.state.producers:
                await press(pilot, "é")
            assert "none: press # to add one" in seen(pilot)
            assert "none: press Ä to add one" in seen(pilot)

    run(steps())


def test_the_users_marks_and_colours_are_drawn() -> None:
    async def steps() -> None:
        async with shown() as pilot:
            assert pilot.app.theme == "msgmux-custom"
            assert " ! consumers" in seen(pilot)
            grounds = {
                segment.style.bgcolor.get_truecolor().hex
                for row in pilot.app.screen._compositor.render_strips()
                for segment in row
                if segment.style is not None and segment.style.bgcolor is not None
            }
            assert "#fffff0" in grounds
            await press(pilot, "à")
            assert pilot.app.theme == "msgmux-dark", "the user's own comes after all the others"

    run(steps())


def test_what_is_wrong_is_in_the_caption_at_the_start() -> None:
    async def steps() -> None:
        async with shown('[keys]\ncast.und = "ü"\n') as pilot:
            assert notice(pilot) == 'ignored: c.toml:2: keys.cast.und: is no action; did you mean "cast.undo"?'
            assert 'did you mean "cast.undo"?' in seen(pilot).splitlines()[-2]

    run(steps())


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_words_that_name_keys_are_filled_in_everywhere(action: Action) -> None:
    keymap = Keymap({action.id: ("€",)})
    assert keymap[action.id].first_key == "€"
    assert keymap.fill(f"<{action.id}> does it") == "€ does it"
    assert "<" not in keymap[action.id].tooltip


def test_words_in_brackets_that_are_no_action_stay() -> None:
    assert Keymap().fill("a <b> of <some.thing>") == "a <b> of <some.thing>"
