"""The list of timelines on the screen: a fork keeps what it was forked from, to switch back to or to compare with."""

from msgmux.errors import MsgmuxError
from msgmux.recording import Timeline
from msgmux_tui.screens.history import HistoryScreen
from msgmux_tui.screens.timelines import Chosen, ComparisonScreen, Listed, TimelinesScreen
from msgmux_tui.session import Session
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.comparing import compare
from msgmux_tui.viewmodel.timelines import Branch
from msgmux_tui.viewmodel.watching import Watching

KINDS = {"threads": "on real threads", "exact": "exact", "replay": "a recording", "step": "step by step"}


class BranchingScreen(HistoryScreen, inherit_bindings=False):
    """A screen that can switch between its timelines."""

    glyphs: Glyphs

    async def action_timelines(self) -> None:
        """List the timelines, to switch to one of them or to compare it with the shown one."""
        kept = self.timelines.kept
        if not kept:
            self.tell(
                "there is one timeline so far; <player.fork> goes on from a moment of the past, and makes another"
            )
            return

        async def compare_with(branch: Branch) -> None:
            other = dict(kept)[branch].session.timeline
            try:
                found = compare(other, self._present.session.timeline)
            except (MsgmuxError, OSError) as error:
                # A recording that has changed or gone since it was opened.
                self.tell(str(error).splitlines()[0])
                return
            mark = "!" if self.glyphs.ascii else "≠"
            await self.open_dialog(ComparisonScreen(branch, self.timelines.shown, found, mark), lambda _: None)

        def answer(chosen: Chosen | None) -> None:
            if chosen is None:
                return
            if chosen.what == "compare":
                self.call_later(compare_with, chosen.branch)
            else:
                self._switch_to(chosen.branch)

        shown = (self.timelines.shown, self._present)
        listed = [
            _listed(branch, watching.session, shown=branch == shown[0])
            for branch, watching in sorted([*kept, shown], key=lambda item: item[0].number)
        ]
        await self.open_dialog(TimelinesScreen(listed), answer)

    @property
    def _present(self) -> Watching:
        """The shown timeline itself, also while its history is shown."""
        return self.running or self.watching

    def _switch_to(self, branch: Branch) -> None:
        self._cancel_fork()
        left, self.running = self._present, None
        self.show_session(self.timelines.switch(branch, left))
        self.pull()
        self.tell(f"{branch.name}, paused as you left it; <time.pause> goes on, <player.timelines> lists all")


def _listed(branch: Branch, session: Session, *, shown: bool) -> Listed:
    timeline: Timeline = session.timeline
    return Listed(branch, timeline.begin, timeline.end, KINDS.get(session.kind, session.kind), shown)
