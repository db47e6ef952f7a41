"""The lecturer's screen of a presented session: the class is asked, the answers are bars, and they are kept."""

from pathlib import Path

from msgmux.events import Note
from msgmux_tui.screens.poll import PollScreen
from msgmux_tui.web.presentation import Presentation
from support.pilot_stage import acts, stage
from tui.screens.test_scripted import ASKING, settled


@acts
async def test_a_step_asks_the_class_and_its_answers_are_bars_and_are_kept(tmp_path: Path) -> None:
    with Presentation() as pages:
        async with stage(100, 30, ASKING) as on:
            on.screen.presentation, on.screen.answers = pages, tmp_path / "answers.csv"
            await on.play(3.0)
            await settled(on)
            assert isinstance(on.app.screen, PollScreen)
            pages.counts, pages.viewers = (1, 2, 0), 4
            await settled(on)
            await on.reads("3 of 4 answered")
            shown = on.text
            assert "?" not in shown.partition("are there?")[2].partition("3 of 4")[0]
            assert [words in shown for words in ("1  none", "2  one", "3  one for each consumer")] == [True] * 3
            await on.press("enter")
            await on.reads("Right is: one. It is kept once.")
            assert pages.revealed
            await on.press("enter")
            await settled(on)
            assert not pages.asks
            assert on.app.screen is on.screen
            assert not on.screen.session.paused
            notes = [
                event.text for event in on.screen.session.timeline.events_between(0, 10**6) if isinstance(event, Note)
            ]
            assert "How many copies of a message are there? none 1, one 2, one for each consumer 0" in notes
    assert "one,yes,2" in (tmp_path / "answers.csv").read_text(encoding="utf-8")


@acts
async def test_without_a_presentation_its_keys_say_how_to_present() -> None:
    async with stage(100, 30, ASKING) as on:
        for key in ("Q", "K", "D"):
            await on.press(key)
            await on.reads("this session is not presented")
