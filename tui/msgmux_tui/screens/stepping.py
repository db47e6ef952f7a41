"""Step sessions on the screen: the user picks the next task; the actions, the footer and the threads pane for that."""

import dataclasses
from pathlib import Path

from msgspec.structs import replace
from textual import on
from textual.binding import ActiveBinding

from msgmux.commands import PauseTime, ResumeTime, Step
from msgmux.errors import MsgmuxError
from msgmux_tui.keys.footers import COPY_FOOTER, PAST_FOOTER, STEP_FOOTER, WATCH_FOOTER
from msgmux_tui.keys.giving import is_taken
from msgmux_tui.panes import CaptionPane, CleanerPane, EventsPane, HeaderPane, ThreadsPane, VariablesPane
from msgmux_tui.screens.branching import BranchingScreen
from msgmux_tui.session import Stepping, is_remote, runs_exactly, stepping
from msgmux_tui.viewmodel.view import View
from msgmux_tui.viewmodel.watching import Watching
from msgmux_tui.widgets.pane import BOXED_FROM, Pane


class SteppingScreen(BranchingScreen, inherit_bindings=False):
    """A screen that can show a step session. Its overrides fall through to the base class for any other session."""

    @property
    def stepping(self) -> Stepping | None:
        """The shown session if it is a step session, else None."""
        return stepping(self.session)

    def step_through(self, session: Stepping) -> None:
        """Keep the current session as a timeline and show the step session ``session``."""
        # What is kept is not told here: the caption tells how the step session came about, and what can be done in it.
        self.leave_session()
        self.show_session(Watching(session))
        self.pull()

    def seat_panes(self) -> None:
        """Lay the panes out for the kind of session that is shown."""
        entered = self.stepping is not None and not self.has_class("-stepping")
        self.set_class(self.player is not None, "-past")
        self.set_class(self.stepping is not None, "-stepping")
        self.set_class(self.steps_code, "-code-steps")
        if entered:
            # After the refresh, because a hidden pane can't be focused and a screen that is just opening still
            # gives the focus to its default pane.
            self.call_after_refresh(lambda: self.set_focus(self.query_one(ThreadsPane)))
        elif self.stepping is None and isinstance(self.focused, ThreadsPane):
            self.set_focus(self.query_one("#consumers", Pane))
        self.refresh_bindings()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings, with the footer's words for this kind of session."""
        found = super().active_bindings
        takes = self.session.capabilities
        # Keys of commands that the session does not accept still answer with a refusal, but are not in the footer.
        found = {
            key: active if is_taken(active.binding.id or "", takes) else _with_word(active, "")
            for key, active in found.items()
        }
        words = self._footer()
        if words is None:
            return found
        by_id: dict[str | None, tuple[str, ActiveBinding]] = {}
        for key, active in found.items():
            by_id.setdefault(active.binding.id, (key, active))
        shown = {by_id[id][0]: word for id, word in words.items() if word and id in by_id and is_taken(id, takes)}
        hidden = {key: _with_word(active, "") for key, active in found.items() if key not in shown}
        footer = {key: _with_word(found[key], word) for key, word in shown.items()}
        for key, active in footer.items():
            if active.binding.id == "digit.1":
                # One entry of the footer stands for all digits.
                footer[key] = active._replace(binding=dataclasses.replace(active.binding, key_display=self._digits))
        return footer | hidden

    @property
    def _digits(self) -> str:
        """The digits that do something here, for the footer."""
        return f"{self.keymap.key('digit.1')}-{self.keymap.key('digit.9')}"

    def _footer(self) -> dict[str, str] | None:
        """By action id, in order: the footer's words; None: the actions' own."""
        if self.stepping is not None:
            return STEP_FOOTER
        if self.player is not None:
            width, left_out = self.app.size.width, list[str]()
            # Only an exact run can be performed again thread by thread.
            if width < 80 or not runs_exactly(self.player):
                left_out.append("player.step")
            if width < 66:
                # The way out must be in sight.
                left_out.append("player.fork")
            return PAST_FOOTER | dict.fromkeys(left_out, "")
        if is_remote(self.session):
            return WATCH_FOOTER
        return COPY_FOOTER if self.remote is not None else None

    @property
    def steps_code(self) -> bool:
        """Whether a Python file of the user's is stepped through, which has no queue."""
        return self.stepping is not None and self.stepping.threads.shared is not None

    def has_place(self, pane: Pane) -> bool:
        """Return whether this kind of session shows ``pane`` while no pane is maximised."""
        if isinstance(pane, ThreadsPane):
            return self.stepping is not None
        if isinstance(pane, VariablesPane):
            return self.steps_code
        if self.steps_code:
            return isinstance(pane, HeaderPane | CaptionPane)
        low = self.app.size.height < BOXED_FROM
        return not (self.stepping is not None and low and isinstance(pane, CleanerPane | EventsPane))

    def with_threads(self, view: View) -> View:
        """Return ``view`` with what a step session adds: threads, broken invariants, words about the last step."""
        stepping = self.stepping
        if stepping is None:
            return view
        threads = stepping.threads
        told = {check.name for check in view.checks if check.violation}
        return replace(
            view,
            mode="STEP",
            halted=stepping.paused,
            threads=threads,
            alarm=self.keymap.fill(view.alarm),
            notice=view.notice or self.keymap.fill(f"{threads.said}; {threads.able}"),
            # The queue's invariants say nothing of a file without a queue.
            checks=threads.broken
            if self.steps_code
            else (*[check for check in threads.broken if check.name not in told], *view.checks),
        )

    # Picking the next task

    def action_digit(self, digit: int) -> None:
        """Run task ``digit`` to its next scheduling point."""
        if self.stepping is None:
            self.tell("digits say whose turn it is where tasks are stepped through: msgmux-tui play SCENARIO --step")
        else:
            self._go_on(digit)

    def action_go_on(self) -> None:
        """Run the selected task to its next scheduling point."""
        if self.stepping is not None:
            self._go_on(self.stepping.threads.chosen)

    def _go_on(self, task: int) -> None:
        assert self.stepping is not None
        self.stepping.pick(task)
        self._show_step()

    @on(ThreadsPane.Chosen)
    def _choose_task(self, message: ThreadsPane.Chosen) -> None:
        if self.stepping is not None:
            self.stepping.choose(message.task)
            self._show_step()

    def action_step(self, notable: bool = False) -> None:
        if self.stepping is None:
            super().action_step(notable)
            return
        self.stepping.command(PauseTime())
        self.stepping.command(Step(notable))
        self._show_step()

    def action_step_back(self) -> None:
        if self.stepping is None:
            super().action_step_back()
            return
        self.stepping.step_back()
        self._show_step()

    def action_jump_back(self) -> None:
        if self.stepping is None:
            super().action_jump_back()
            return
        self.stepping.turn_back()
        self._show_step()

    async def action_go_to(self) -> None:
        if self.stepping is None:
            await super().action_go_to()
        else:
            self.tell("there is no way but step by step: <player.back> undoes, <player.history> shows the past")

    def action_history(self) -> None:
        if self.steps_code:
            self.tell("the steps are the history: <player.back> goes back, <time.step> on, <session.save> keeps them")
        else:
            super().action_history()

    def replaying(self, path: Path) -> str:
        if not self.steps_code:
            return super().replaying(path)
        return f"msgmux-tui play --step {self.session.title} --schedule {path.name}"

    def action_pause(self) -> None:
        if self.stepping is None:
            super().action_pause()
            return
        if self.stepping.paused:
            self.stepping.command(ResumeTime())
            self.tell("")
        else:
            self.stepping.command(PauseTime())
        self._show_step()

    def _show_step(self) -> None:
        """Clear the last notice and draw a frame, which may set a new one."""
        self.tell("")
        self.pull()

    def action_step_into(self) -> None:
        """Continue from the shown moment of the history in a step session."""
        if self.player is None:
            self.tell("<player.step> goes on from a moment of the past; <player.history> opens it")
            return
        # Imported here because it loads the checker, which a live session does not need.
        from msgmux_tui.session.step_into import step_into

        try:
            session = step_into(self.player, clock=self.clock)
        except MsgmuxError as error:
            self.tell(str(error).splitlines()[0])
        else:
            self.step_through(session)


def _with_word(active: ActiveBinding, word: str) -> ActiveBinding:
    """Return ``active`` shown in the footer as ``word``; hidden if ``word`` is empty."""
    binding = dataclasses.replace(active.binding, show=bool(word), description=word or active.binding.description)
    return active._replace(binding=binding)
