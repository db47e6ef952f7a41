"""The player on the screen: seeking in a recording or a history, and forking from it."""

from pathlib import Path

import pytest
from textual.widgets import Input

from msgmux.recording import RecordedTimeline
from msgmux_tui.session import ExactSession, ReplaySession
from support.pilot_stage import acts, stage


@acts
async def test_h_opens_the_history_while_the_world_goes_on_and_l_returns() -> None:
    async with stage() as on:
        await on.press("h")
        assert on.screen.view().mode == "REPLAY"
        assert "REPLAY −0.0 s" in on.text
        at = on.state.event
        await on.play(2.0)
        assert on.state.event == at
        assert "REPLAY −2.0 s" in on.text
        await on.press("l")
        assert on.screen.view().mode == "LIVE"
        assert on.state.event > at
        assert on.screen.frame.now == 4.0


@acts
async def test_b_and_n_step_one_event_back_and_on() -> None:
    async with stage() as on:
        await on.press("h", "b")
        before = on.screen.frame
        await on.press("b")
        assert on.state.event < before.state.event
        await on.press("n")
        assert on.screen.frame.state == before.state


@acts
async def test_b_while_paused_opens_the_history() -> None:
    async with stage() as on:
        await on.press("b")
        assert on.screen.player is None
        await on.press("space", "b")
        assert on.screen.player is not None
        assert on.screen.view().mode == "REPLAY"


@acts
async def test_B_while_all_goes_on_says_what_it_needs_as_b_does() -> None:
    async with stage() as on:
        await on.press("B")
        assert on.screen.player is None
        assert on.notice == "B goes back to something notable while paused, or in the history; h opens it"
        await on.press("space", "B")
        assert on.screen.player is not None


@acts
async def test_e_in_the_history_says_that_the_past_cannot_be_changed() -> None:
    async with stage() as on:
        await on.press("h", "e")
        assert on.notice == "what has happened can't be changed; r goes on from here, live"


@acts
async def test_the_footer_of_an_exact_past_offers_to_go_on_by_threads() -> None:
    async with stage(120, 40) as on:
        await on.press("h")
        await on.reads("by threads")


@acts
async def test_B_and_N_go_to_what_is_notable() -> None:
    async with stage() as on:
        await on.press("down", "s")
        await on.play(2.0)
        stalled = next(e.number for e in on.screen.session.timeline.events_between(0, 10**6) if e.kind == "stalled")
        await on.press("h", "B")
        assert on.state.event >= stalled
        while on.state.event > stalled:
            await on.press("B")
        assert on.state.consumers["billing"].status == "stalled"
        await on.press("B")
        assert on.state.consumers["billing"].status == "running"
        await on.press("N")
        assert on.state.event >= stalled


@pytest.mark.parametrize(("where", "seen"), [("1.5s", 1.5), ("#3", None), ("event 20", None)])
@acts
async def test_g_goes_to_a_time_a_message_or_an_event(where: str, seen: float | None) -> None:
    async with stage() as on:
        await on.press("g")
        on.app.screen.query_one("#field-0", Input).value = where
        await on.press("enter")
        if seen is not None:
            assert on.screen.frame.now == seen
        elif where == "#3":
            assert on.state.tail_seq == 3
        else:
            assert on.state.event == 20


@acts
async def test_after_a_seek_the_lines_are_those_of_playing_to_that_moment() -> None:
    async with stage() as on:
        await on.play(4.0)
        await on.press("h", "g")
        on.app.screen.query_one("#field-0", Input).value = "3s"
        await on.press("enter")
        lines = on.screen.view().lines
        assert lines[0].text.startswith("orders joins")
        assert lines[-1].time <= 3.0
        assert "got" in lines[-1].text
        assert on.screen.view().producer_rates["orders"].now > 1.0
        assert all(check.violation == "" for check in on.screen.view().checks)


@acts
async def test_the_scrub_bar_shows_the_whole_and_a_click_goes_there() -> None:
    async with stage(120, 40) as on:
        await on.play(4.0)
        await on.press("h")
        assert "length" in on.text
        scrub = on.screen.view().scrub
        assert (scrub.begin, scrub.end) == (0.0, 6.0)
        await on.pilot.click("#scrub", offset=(15 + 48, 0))
        await on.press()
        assert on.screen.frame.now == pytest.approx(3.0, abs=0.1)


@acts
async def test_the_past_cannot_be_changed_but_r_goes_on_from_there() -> None:
    async with stage() as on:
        await on.play(4.0)
        await on.press("h", "g")
        on.app.screen.query_one("#field-0", Input).value = "2.5s"
        await on.press("enter", "c")
        assert on.notice == "what has happened can't be changed; r goes on from here, live"
        at = on.state
        await on.press("r")
        for _ in range(100):
            if on.screen.player is None:
                break
            await on.press()
        assert isinstance(on.screen.session, ExactSession)
        assert on.screen.view().mode in ("LIVE", "PAUSED")
        assert on.screen.frame.now == pytest.approx(2.5, abs=0.2)
        assert on.state.tail_seq >= at.tail_seq
        await on.press("c")
        await on.play(0.2)
        assert "C3" in on.state.consumers


@acts
async def test_q_leaves_the_history_first() -> None:
    async with stage() as on:
        await on.press("h", "q")
        assert on.screen.player is None
        assert on.app.return_code is None


@acts
async def test_w_records_and_q_asks_while_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage() as on:
        await on.press("w")
        assert "REC" in on.text
        await on.play(2.0)
        await on.press("q")
        assert "is being recorded" in on.text
        await on.press("escape", "w")
        assert "REC" not in on.text
    (path,) = tmp_path.glob("small-*.jsonl.gz")
    with RecordedTimeline(path) as timeline:
        assert timeline.cut is None
        assert (round(timeline.begin), timeline.end) == (2, 4.0)


@acts
async def test_W_saves_what_has_happened_after_the_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage() as on:
        await on.play(2.0)
        await on.press("W")
        assert "is saved" in on.notice
        final = on.state
    (path,) = tmp_path.glob("small-*.jsonl.gz")
    with RecordedTimeline(path) as timeline:
        assert timeline.state_at(timeline.last).without_samples() == final.without_samples()


@acts
async def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("msgmux_tui.screens.history.time.strftime", lambda _: "no/such/folder")
    async with stage() as on:
        await on.press("w")
        assert "can't be written" in on.notice
        await on.press("W")
        assert "can't be written" in on.notice


@acts
async def test_a_recording_is_played_from_its_beginning(tmp_path: Path) -> None:
    async with stage() as on:
        await on.play(3.0)
        on.screen.session.save(tmp_path / "x.jsonl")
    with RecordedTimeline(tmp_path / "x.jsonl") as timeline:
        clock = on.clock
        async with stage(session=ReplaySession(timeline, clock=clock)) as again:
            assert again.screen.view().mode == "REPLAY"
            again.clock = clock
            await again.play(1.0)
            assert again.screen.frame.now == pytest.approx(1.0, abs=0.1)
            await again.press("l")
            assert "this is a recording" in again.notice
            await again.press("q")
            assert again.app.return_code == 0
