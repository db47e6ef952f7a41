"""Timelines on the screen: a fork keeps what it was forked from; list, switch, two side by side."""

from textual.widgets import Input, OptionList

from msgmux.scenario import parse
from msgmux_tui.screens.timelines import ComparisonScreen, TimelinesScreen
from msgmux_tui.viewmodel.timelines import MOST
from support.pilot_stage import Stage, acts, stage
from support.sessions import SMALL


async def fork_at(on: Stage, where: str) -> None:
    await on.press("h", "g")
    on.app.screen.query_one("#field-0", Input).value = where
    await on.press("enter")
    await on.press("r")
    while on.screen.forking is not None:
        await on.press()


@acts
async def test_a_fork_keeps_what_it_was_forked_from_and_one_can_go_back() -> None:
    async with stage() as on:
        await on.play(3.0)
        left = on.screen.session
        before = on.state
        await fork_at(on, "2s")
        assert on.screen.session is not left
        assert not left.closed
        assert "timeline 1 is kept" in on.notice
        await on.play(1.0)
        await on.press("J")
        assert isinstance(on.app.screen, TimelinesScreen)
        rows = [str(option.prompt) for option in on.app.screen.query_one(OptionList).options]
        assert [row[:3] for row in rows] == ["  1", "* 2"]
        assert "from 2.0 s of 1" in rows[1]
        await on.press("enter")
        assert on.screen.session is left
        assert on.state == before, "it stood still meanwhile"
        assert left.paused
        assert on.screen.view().mode == "PAUSED"
        await on.press("space")
        await on.play(1.0)
        assert on.state.event > before.event, "and goes on from there"


@acts
async def test_what_was_left_by_a_fork_can_be_switched_to_and_back_again_any_number_of_times() -> None:
    async with stage() as on:
        first = on.screen.session
        await fork_at(on, "1s")
        second = on.screen.session
        for _ in range(2):
            await on.press("J", "enter")
            assert on.screen.session is first
            await on.press("J", "enter")
            assert on.screen.session is second


@acts
async def test_two_timelines_side_by_side_say_where_they_part_and_what_differs() -> None:
    async with stage(100, 30) as on:
        await on.play(3.0)
        await fork_at(on, "2s")
        await on.press("down", "s")
        await on.play(2.0)
        await on.press("J", "c")
        await on.reads("Then they part")
        assert isinstance(on.app.screen, ComparisonScreen)
        text = on.text
        assert "The same until 2.0 s" in text
        (line,) = [line for line in text.splitlines() if "timeline 2: " in line]
        assert "C2 billing stops reading" in line
        lag = [line for line in text.splitlines() if "≠" in line and "lag" in line]
        assert any("stalled" in line for line in lag)
        await on.press("escape")
        assert on.app.screen is on.screen


@acts
async def test_a_fork_that_nobody_has_touched_goes_as_the_first_did() -> None:
    async with stage(100, 30) as on:
        await on.play(3.0)
        await fork_at(on, "2s")
        await on.play(1.0)
        await on.press("J", "c")
        await on.reads("are the same, as far as both go")


@acts
async def test_without_a_fork_the_list_says_how_one_comes_about() -> None:
    async with stage() as on:
        await on.press("J")
        assert on.app.screen is on.screen
        assert "one timeline so far" in on.notice


@acts
async def test_only_so_many_timelines_are_kept_and_the_first_never_goes() -> None:
    async with stage() as on:
        first, sessions = on.screen.session, []
        for _ in range(MOST + 1):
            await fork_at(on, "0.5s")
            sessions.append(on.screen.session)
        assert len(on.screen.timelines.kept) == MOST
        assert not first.closed
        assert sessions[0].closed
        assert "timeline 2 had to go" in on.notice
        on.screen.end()
        assert all([session.closed for session in (first, *sessions)])


@acts
async def test_another_scenario_closes_all_timelines() -> None:
    async with stage() as on:
        first = on.screen.session
        await fork_at(on, "1s")
        await on.press("o", "enter")
        assert first.closed
        assert on.screen.timelines.kept == []


@acts
async def test_step_by_step_from_a_moment_of_the_past_keeps_the_timeline_too() -> None:
    ended = parse(SMALL.source.replace("[queue]", 'duration = "30s"\n[queue]', 1), "small.toml")
    async with stage(scenario=ended) as on:
        first = on.screen.session
        await on.press("h", "R")
        assert on.screen.stepping is not None
        await on.press("J", "enter")
        assert on.screen.session is first
