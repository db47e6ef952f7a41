"""A counterexample in exports and in the player: its schedule, threads and source, and what is violated, in red."""

import base64
import gzip
import json
import re
from pathlib import Path

import pytest

from msgmux.checker import Program, check, save
from msgmux.recording import RecordedTimeline
from msgmux_tui.export.counterexample import beside
from msgmux_tui.export.options import ExportOptions
from msgmux_tui.export.recording import export
from msgmux_tui.session import ReplaySession
from msgmux_tui.web.page.lines import Story, Threads
from support.pilot_stage import acts, stage
from support.sessions import HandClock


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("counterexample") / "lo.jsonl"
    verdict = check(Program(harness="leaving", variant="lock-order"))
    assert verdict.counterexample is not None
    save(path, verdict.counterexample)
    return path


def test_beside_its_recording_stand_every_step_of_the_threads_and_the_schedule_turn_by_turn(found: Path) -> None:
    (_, story), *steps = beside(found)
    assert isinstance(story, Story)
    assert story.title.startswith("deadlock: leave waits for C1")
    assert [turn.text.split(":")[0] for turn in story.turns][-2:] == ["C1", "leave"]
    assert len(steps) > 10
    threads = [line for _, line in steps if isinstance(line, Threads)]
    assert len(threads) == len(steps)
    assert [line.steps for line in threads] == list(range(len(threads)))
    last = threads[-1]
    assert set(last.cycles[0]) == {"C1", "leave"}
    assert last.source is not None
    assert any("_lock" in text for number, text in last.source.lines if number == last.source.here)
    with RecordedTimeline(found) as timeline:
        assert steps[-1][0] == story.turns[-1].number == timeline.last, "the last step is the violation"
        numbers = [number for number, _ in steps]
        assert numbers == sorted(numbers)


def test_the_page_has_them_and_no_key_of_the_program(found: Path, tmp_path: Path) -> None:
    export(found, tmp_path / "x.html", ExportOptions())
    page = (tmp_path / "x.html").read_text("utf-8")
    match = re.search(r'id="beside">(.*?)</script>', page)
    assert match is not None
    lines = json.loads(gzip.decompress(base64.b64decode(match[1])))
    kinds = [line["kind"] for _, line in lines]
    assert kinds[0] == "story"
    assert set(kinds[1:]) == {"threads"}
    assert "time.step" not in json.dumps(lines)


def test_a_picture_shows_what_is_violated(found: Path, tmp_path: Path) -> None:
    export(found, tmp_path / "x.svg", ExportOptions())
    words = (tmp_path / "x.svg").read_text("utf-8").replace("&#160;", " ")
    assert "deadlock VIOLATED" in words
    assert "4 invariants" not in words


def test_what_is_no_counterexample_has_nothing_beside(found: Path, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(found.read_bytes().replace(b'"leaving"', b'"pairs"'))
    assert beside(tmp_path / "x.jsonl") == ()


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
