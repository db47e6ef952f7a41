"""The exercise screen: the student's source beside its grade, graded again whenever the file is saved."""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal
from textual.widgets import Footer

from msgmux.commands import Capabilities
from msgmux.errors import MsgmuxError
from msgmux.exercises import Exercise
from msgmux.exercises.grading import to_be_stepped
from msgmux.exercises.records import Grade
from msgmux.scenario import Scenario
from msgmux.settings import Settings
from msgmux.state import CleanerState, QueueState
from msgmux_tui.exercises.child import Grading
from msgmux_tui.exercises.showing import VERDICT_STYLE, Told, told_grade
from msgmux_tui.exercises.solved import Solved
from msgmux_tui.exercises.watched import Watched
from msgmux_tui.keys.action import Action
from msgmux_tui.keys.actions import ACTIONS, LESSON
from msgmux_tui.keys.bindings import rebind
from msgmux_tui.keys.footers import EXERCISE_FOOTER
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.panes.caption import CaptionPane
from msgmux_tui.panes.exercise import SourcePane, StoryPane
from msgmux_tui.screens.first import FirstScreen
from msgmux_tui.screens.help import HelpScreen
from msgmux_tui.screens.too_small import HEIGHT, WIDTH, TooSmall
from msgmux_tui.session import Kind, Session
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import ExerciseView, Paragraph, View
from msgmux_tui.widgets.pane import BOXED_FROM, Pane

if TYPE_CHECKING:
    from msgmux_tui.screens.stepping_over import SteppingOverScreen

FRAMES_PER_SECOND = 10
GRADING = "grading: every schedule is run…"
ABOUT = """\
# An exercise

At the left is your file, at the right what came of grading it. Change the file in an editor beside this: whenever it
is saved, it is graded again. `<time.step>` and `<player.back>` go through the story, `<session.open>` grades again.
`<player.step>` goes along the schedule that breaks it by hand: there every step can be undone, and done otherwise.
"""


class ExerciseScreen(FirstScreen, inherit_bindings=False):
    """Grades ``file`` for ``exercise`` when the screen opens and each time the file has changed.

    Without ``timer`` frames are taken only by calls of :meth:`pull` (for tests).
    """

    BINDINGS = [action.binding() for action in (*ACTIONS, *LESSON) if action.id in EXERCISE_FOOTER]
    AUTO_FOCUS = "StoryPane"
    ESCAPE_TO_MINIMIZE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDTH, "-fits"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HEIGHT, "-stands"), (BOXED_FROM, "-tall")]

    def __init__(
        self,
        exercise: Exercise,
        file: Path,
        glyphs: Glyphs,
        *,
        solved: Solved,
        keymap: Keymap = DEFAULT,
        notice: str = "",
        timer: bool = True,
    ) -> None:
        super().__init__()
        self.exercise = exercise
        self.watched = Watched(file)
        self.glyphs = glyphs
        self.keymap = keymap
        self.grading: Grading | None = None
        self.grade: Grade | None = None
        self._solved = solved
        self._notice = notice or solved.problem
        self._timer = timer
        self._told = Told(())
        self._step = -1
        self._first = 1
        self._hints = 0
        self._stepping: SteppingOverScreen | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="exercise"):
            yield SourcePane(id="source", glyphs=self.glyphs)
            yield StoryPane(id="story", glyphs=self.glyphs)
        yield CaptionPane(id="caption", glyphs=self.glyphs)
        yield Footer(show_command_palette=False)
        yield TooSmall(self.keymap)

    def on_mount(self) -> None:
        rebind(self.walk_children(with_self=True), self.keymap)
        if self._timer:
            self.set_interval(1 / FRAMES_PER_SECOND, self.pull)
        self.call_after_refresh(self.pull)

    # Grading

    def pull(self) -> None:
        """One frame: start grading if the file was saved; show the grade if grading has ended."""
        if self.watched.look():
            self._grade_again()
        elif self.grading is not None and self.grading.over():
            self._take(self.grading)
        else:
            return
        self.paint()

    def _grade_again(self) -> None:
        self._end_grading()
        self._told, self._step, self.grade = Told((Paragraph(GRADING, "soft"),)), -1, None
        if self.watched.problem:
            self._told = Told((Paragraph(self.watched.problem, "alarm"),))
            return
        try:
            self.grading = Grading(self.exercise, self.watched.path)
        except OSError as error:
            self._told = Told((Paragraph(f"no process can be started: {error.strerror}", "alarm"),))

    def _take(self, grading: Grading) -> None:
        self._end_grading()
        self.grade = grading.grade
        if grading.grade is None:
            lines = grading.problem.splitlines()
            self._told = Told(tuple([Paragraph(line, "alarm" if n == 0 else "text") for n, line in enumerate(lines)]))
            return
        self._told = told_grade(grading.grade, self.exercise, self.watched.path.name)
        if grading.grade.verdict == "solved":
            self._solved.solve(self.exercise)
            self._notice = self._solved.problem or "solved"
        else:
            self._notice = ""

    @property
    def own(self) -> Session | None:
        return None

    def end(self) -> None:
        self._end_grading()
        if self._stepping is not None:
            self._stepping.end()

    def _end_grading(self) -> None:
        if self.grading is not None:
            self.grading.close()
            self.grading = None

    # Display

    def view(self) -> View:
        """The view that the panes draw."""
        told, grade = self._told, self.grade
        chosen, here = told.steps[self._step] if self._step >= 0 else (-1, 0)
        verdict = "grading" if self.grading is not None else grade.verdict if grade is not None else "no grade"
        exercise = ExerciseView(
            self.exercise.title,
            self.watched.path.name,
            self.watched.lines,
            here,
            self._first,
            told.lines,
            verdict,
            VERDICT_STYLE.get(verdict, "soft"),
            told.paragraphs,
            chosen,
        )
        notice = self.keymap.fill(self._notice or f"{self.exercise.title}: {self.exercise.learn}")
        return View(_NOTHING, exercise=exercise, notice=notice, keymap=self.keymap)

    def paint(self) -> None:
        view = self.view()
        for pane in self.query(Pane):
            pane.show(view)

    def tell(self, text: str) -> None:
        self._notice = text
        self.paint()

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings, with this screen's descriptions in the footer."""
        found = super().active_bindings
        made: dict[str, ActiveBinding] = {}
        for key, active in found.items():
            word = EXERCISE_FOOTER.get(active.binding.id or "", "")
            binding = dataclasses.replace(
                active.binding, show=bool(word), description=word or active.binding.description
            )
            made[key] = active._replace(binding=binding)
        return made

    def knows(self, action: Action) -> bool:
        return action.where == "app" or action.id in EXERCISE_FOOTER

    # Actions

    @on(StoryPane.Chosen)
    def _choose(self, message: StoryPane.Chosen) -> None:
        self._go(message.steps)

    @on(SourcePane.Scrolled)
    def _scroll(self, message: SourcePane.Scrolled) -> None:
        self._step = -1
        self._first = min(max(1, self._first + message.lines), max(1, len(self.watched.lines)))
        self.paint()

    def _go(self, steps: int) -> None:
        if not self._told.steps:
            self.tell(
                "there is no story to go through: no schedule breaks it" if self.grade else "there is no grade yet"
            )
            return
        self._step = min(max(0, self._step + steps), len(self._told.steps) - 1)
        self._notice = f"step {self._step + 1} of {len(self._told.steps)}"
        self.paint()

    def action_step(self, notable: bool = False) -> None:
        self._go(1)

    def action_step_back(self) -> None:
        self._go(-1)

    def action_open(self) -> None:
        """Grade again."""
        self._grade_again()
        self.paint()

    async def action_step_into(self) -> None:
        """Open a step session along the schedule that breaks the file; where there is none, of the first test."""
        if self.grade is None:
            self.tell("there is no grade yet")
            return
        # Imported here because a grade needs neither.
        from msgmux_tui.screens.stepping_over import SteppingOverScreen
        from msgmux_tui.session.code import CodeSession

        program, schedule, breaks = to_be_stepped(self.grade, self.exercise, self.watched.path)
        try:
            session = CodeSession(program, schedule=schedule, breaks=breaks)
        except MsgmuxError as error:
            self.tell(str(error).splitlines()[0])
            return

        def begin(scenario: Scenario, kind: Kind) -> Session:
            raise MsgmuxError("this steps through the exercise; <app.quit> goes back to its grade")

        scenario = Scenario(f"{self.watched.path.stem}.toml", title=session.title)
        self._stepping = SteppingOverScreen(
            scenario, begin, self.glyphs, keymap=self.keymap, timer=self._timer, session=session
        )
        await self.app.push_screen(self._stepping)

    def action_hint(self) -> None:
        """Show one more hint."""
        hints = self.exercise.hints
        if not hints:
            self.tell("this exercise has no hints")
            return
        self.tell(f"hint {self._hints % len(hints) + 1} of {len(hints)}: {hints[self._hints % len(hints)]}")
        self._hints += 1

    def action_next_pane(self, direction: int) -> None:
        _ = self.focus_next() if direction > 0 else self.focus_previous()

    async def action_help(self) -> None:
        pane = self.focused if isinstance(self.focused, Pane) else None
        await self.open_dialog(HelpScreen((pane.HELP if pane is not None else None) or ABOUT, Capabilities()))

    def action_picture(self) -> None:
        name = f"{self.watched.path.stem}.svg"
        try:
            self.tell(f"the screen is saved as {self.app.save_screenshot(name, os.getcwd())}")
        except OSError as error:
            self.tell(f"{name} can't be written: {error.strerror}; start the program in a folder of yours")

    def action_leave(self) -> None:
        self.app.exit(return_code=0)


_NOTHING = QueueState(0, 1, 0, {}, {}, Settings(), CleanerState(), (), 0)
