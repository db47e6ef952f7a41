"""The smallest terminal, 60 by 18: everything that matters can be read on it."""

import pytest

from msgmux_tui import scenarios
from support.pilot_stage import acts, stage


@acts
async def test_all_three_consumers_and_the_whole_footer_fit_on_the_smallest_terminal() -> None:
    async with stage(60, 18, scenarios.read("default")) as on:
        await on.play(1.0)
        await on.reads("q quit")
        for words in ("C1 audit", "C2 billing", "C3 search", "P3 alerts", "✓ 4 invariants"):
            assert words in on.text, words


@acts
async def test_the_way_out_of_the_history_is_in_the_footer_of_the_smallest_terminal() -> None:
    async with stage(60, 18) as on:
        await on.press("h")
        await on.reads("l present")
        await on.reads("q quit")


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_header_tells_of_the_invariants_at_every_width_and_has_the_whole_title_from_100_columns_on(
    width: int,
) -> None:
    @acts
    async def act() -> None:
        async with stage(width, 24, scenarios.read("default")) as on:
            assert "✓ 4 invariants" in on.text
            if width >= 100:
                assert "Three messages a second, and a reader that falls asleep" in on.text

    act()
