"""The manual is complete: it mentions every command, scenario step, key and public name."""

import asyncio
import re

import pytest
from click.testing import CliRunner

import msgmux
from msgmux.errors import MsgmuxError
from msgmux.scenario.expect.expression import FUNCTIONS, STATES
from msgmux.scenario.format import STEP_KEYS
from msgmux_tui import manual
from msgmux_tui.cli import program
from msgmux_tui.keys.actions import ACTIONS, LESSON, TOUR
from msgmux_tui.lessons.format import CARD, LESSON_KEYS
from msgmux_tui.screens.manual import ManualApp


def test_every_command_is_in_it() -> None:
    text = manual.page("commands")
    assert [name for name in program.commands if f"`msgmux-tui {name}" not in text] == []


def test_every_step_and_every_question_of_expect_is_in_it() -> None:
    text = manual.page("scenarios")
    assert [key for key in STEP_KEYS if f"`{key}`" not in text] == []
    assert [name for name in FUNCTIONS if f"`{name}(" not in text] == []
    assert FUNCTIONS.keys() == manual.FUNCTIONS_TOLD.keys()
    assert [state for state in STATES if f"`{state}`" not in text] == []


def test_every_action_and_every_key_is_in_it() -> None:
    text = manual.page("keys")
    for action in (*ACTIONS, *LESSON, *TOUR):
        row = next(line for line in text.splitlines() if f"| `{action.id}` |" in line)
        assert [key for key in action.shown_key.split(", ") if key and f"`{key}`" not in row] == []


def test_every_public_name_is_in_it_with_what_it_does() -> None:
    text = manual.page("library")
    for name in msgmux.__all__:
        assert re.search(rf"^## `{name}\b", text, re.MULTILINE), name
    assert "### `MessageQueue.register_consumer(" in text
    assert ":class:" not in text


def test_every_key_of_a_lesson_is_in_it() -> None:
    text = manual.page("lessons")
    assert [key for key in (*LESSON_KEYS, *CARD.keys) if f"`{key}`" not in text] == []


def test_every_page_begins_with_its_heading_and_has_nothing_left_to_be_filled_in() -> None:
    assert set(manual.ORDER) <= set(manual.topics())
    for topic in manual.topics():
        assert manual.page(topic).startswith("# ")
        assert "{{" not in re.sub(r"```.*?```", "", manual.page(topic), flags=re.DOTALL)
        assert f"**{topic}**" in manual.contents()


def test_it_is_printed_where_there_is_no_terminal_and_a_wrong_topic_gets_the_near_miss() -> None:
    printed = CliRunner().invoke(program, ["manual", "queue"])
    assert printed.exit_code == 0
    assert printed.stdout.startswith("# The queue, exactly")
    assert "**queue**" in CliRunner().invoke(program, ["manual"]).stdout
    with pytest.raises(MsgmuxError, match=r"no page .quue.; did you mean"):
        manual.page("quue")


def test_the_viewer_opens_a_page_and_turns_to_others() -> None:
    async def read() -> None:
        app = ManualApp("keys")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert manual.topics()[app._at] == "keys"
            app.query_one("OptionList").focus()
            await pilot.press("down")
            await pilot.pause()
            assert manual.topics()[app._at] == "library"
            await pilot.press("q")
        assert app.return_code == 0

    asyncio.run(read())
