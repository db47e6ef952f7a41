"""A counterexample in pictures and in the player."""

from pathlib import Path

import pytest

from msgmux.checker import Program, check, save
from msgmux.recording import RecordedTimeline
from msgmux_tui.export.options import ExportOptions
from msgmux_tui.export.recording import export
from msgmux_tui.session import ReplaySession
from support.pilot_stage import acts, stage
from support.sessions import HandClock


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("counterexample") / "lo.jsonl"
    verdict = check(Program(harness="leaving", variant="lock-order"))
    assert verdict.counterexample is not None
    save(path, verdict.counterexample)
    return path


def test_a_picture_shows_what_is_violated(found: Path, tmp_path: Path) -> None:
    export(found, tmp_path / "x.svg", ExportOptions())
    words = (tmp_path / "x.svg").read_text("utf-8").replace("&#160;", " ")
    assert "deadlock VIOLATED" in words
    assert "4 invariants" not in words


@acts
async def test_the_player_begins_at_its_beginning_and_plays_it_though_no_time_passes(found: Path) -> None:
    with RecordedTimeline(found) as timeline:
        clock = HandClock()
        session = ReplaySession(timeline, clock=clock)
        async with stage(100, 30, session=session) as on:
            assert "a counterexample: n one event on" in on.notice
            assert (on.state.event, session.paused) == (timeline.first, True)
            await on.reads("R by threads")
            await on.press("n")
            assert on.state.event == timeline.first + 1
            await on.press("space")
            seen = []
            while not session.paused:
                clock.now += 0.25
                on.screen.pull()
                seen.append(on.state.event)
            assert sorted(set(seen)) == list(range(timeline.first + 1, timeline.last + 1)), "one event after the other"
            assert "this is the end" in on.notice
            assert "deadlock VIOLATED" in on.text
