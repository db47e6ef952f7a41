"""A screen follows the terminal's size, and no size that is gone."""

from textual.events import Resize
from textual.geometry import Size

from support.pilot_stage import acts, stage


@acts
async def test_a_size_that_the_terminal_has_no_longer_lays_nothing_out() -> None:
    async with stage(width=80, height=24) as on:
        layouts: list[Size] = []
        lay_out = on.screen._refresh_layout

        def counted(size: Size | None = None, scroll: bool = False) -> None:
            layouts.append(size or on.app.size)
            lay_out(size, scroll)

        on.screen._refresh_layout = counted  # type: ignore[method-assign]
        for gone in (Size(161, 32), Size(74, 7)):
            on.screen.post_message(Resize(gone, gone))
        await on.pilot.pause()
        assert set(layouts) <= {Size(80, 24)}
        await on.pilot.resize_terminal(100, 30)
        await on.pilot.pause()
        assert layouts[-1] == Size(100, 30)
        assert on.screen.size == Size(100, 30)
