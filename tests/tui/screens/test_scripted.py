"""Steps of a scenario that want something of the screen: ``ask``, ``screenshot`` and ``pause``, live."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import OptionList

from msgmux.events import Note
from msgmux.scenario import parse
from msgmux_tui.screens.ask import AskScreen
from support.pilot_stage import Stage, acts, stage

ASKING = parse(
    """
    title = "a question"
    [[producer]]
    name = "orders"
    [[consumer]]
    name = "audit"
    [[step]]
    at = 3
    ask = "How many copies of a message are there?"
    choices = ["none", "one", "one for each consumer"]
    answer = 2
    why = "It is kept once."
    [[step]]
    at = 4
    screenshot = "../../after four"
    [[step]]
    at = 5
    pause = "Look at the head."
    """,
    "asking.toml",
)


async def settled(on: Stage) -> None:
    on.screen.pull()
    await on.pilot.pause()
    await on.pilot.pause()


@acts
async def test_a_question_stops_time_is_answered_by_its_number_and_is_counted_and_kept() -> None:
    async with stage(100, 30, ASKING) as on:
        await on.play(3.0)
        await settled(on)
        assert isinstance(on.app.screen, AskScreen)
        assert round(on.screen.frame.now, 3) == 3.0
        await on.reads("3  one for each consumer")
        await on.pilot.press("2")
        await on.reads("Right. It is kept once.")
        await on.press("enter")
        await settled(on)
        assert on.app.screen is on.screen
        assert on.screen.answers_words == "1 of 1 question answered right"
        assert not on.screen.session.paused
        marks = [event.text for event in on.screen.session.timeline.events_between(0, 10**6) if isinstance(event, Note)]
        assert "How many copies of a message are there? answered one, right" in marks


@acts
async def test_a_click_answers_too_and_a_wrong_answer_says_the_right_one() -> None:
    async with stage(100, 30, ASKING) as on:
        await on.play(3.0)
        await settled(on)
        await on.pilot.click(OptionList, offset=(6, 0))
        await on.reads("No: one. It is kept once.")
        await on.press("escape")
        await settled(on)
        assert on.screen.answers_words == "0 of 1 question answered right"


@acts
async def test_a_question_that_comes_while_the_history_is_shown_is_asked_back_in_the_present() -> None:
    async with stage(100, 30, ASKING) as on:
        await on.press("h")
        await on.play(3.0)
        await settled(on)
        assert on.app.screen is on.screen
        await on.press("l")
        await settled(on)
        assert isinstance(on.app.screen, AskScreen)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_picture_is_saved_in_the_present_folder_under_a_harmless_name_and_over_nothing(here: Path) -> None:
    (here / "asking-..-..-after-four.svg").write_text("mine")

    @acts
    async def act() -> None:
        async with stage(100, 30, ASKING) as on:
            await on.play(3.0)
            await settled(on)
            await on.press("escape")
            await settled(on)
            await on.play(1.5)
            await settled(on)
            await on.play(2.0)
            assert on.screen.session.paused
            assert on.notice.startswith("Look at the head.")

    act()
    assert (here / "asking-..-..-after-four.svg").read_text() == "mine"
    assert "<svg" in (here / "asking-..-..-after-four-2.svg").read_text()
    assert len(list(here.iterdir())) == 2


def entries(on: Stage) -> dict[str, Callable[[], object]]:
    return {entry.title: entry.callback for entry in on.app.get_system_commands(on.screen)}


@acts
async def test_the_palette_has_themes_scenarios_and_the_steps_of_this_one() -> None:
    async with stage(100, 30, ASKING) as on:
        found = entries(on)
        assert {"Theme: projector", "Scenario: default"} <= set(found)
        found["Theme: projector"]()
        assert on.app.theme == "msgmux-projector"
        found["Step at 4.0 s: screenshot ../../after four"]()
        assert on.notice == "that is to come: it is 2.0 s now, and the step is due at 4.0 s"
        await on.play(1.0)
        await settled(on)
        await on.press("escape")
        found["Step at 3.0 s: ask How many copies of a message are there?"]()
        await settled(on)
        assert on.screen.view().mode == "REPLAY"
        assert round(on.screen.frame.now, 3) == 3.0
        found["Scenario: sample"]()
        assert on.opened[-1] == ("sample.toml", True)
