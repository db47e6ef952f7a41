"""What is behind a lesson's cards: its session, what the cards wait for in it, and the checker's search beside it."""

from collections.abc import Callable

from msgmux.checker import Program
from msgmux.commands import PauseTime, ResumeTime
from msgmux.scenario import Scenario
from msgmux_tui.keys.keymap import Keymap
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.child import Checking
from msgmux_tui.lessons.model import Goal, Lesson
from msgmux_tui.lessons.progress import Progress, Reached
from msgmux_tui.lessons.world import LessonClock, World
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ExactSession, Frame, Kind, Session
from msgmux_tui.session.step import StepSession
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.watching import Watching


class LessonSessionScreen(SessionScreen):
    """Runs the session of ``lesson``, exact or stepped, and a checker in a child process when a card needs one.

    ``progress`` stores how far the lesson has been taken. ``clock`` is the wall clock, in seconds.
    """

    def __init__(
        self,
        lesson: Lesson,
        glyphs: Glyphs,
        *,
        progress: Progress,
        keymap: Keymap,
        notice: str,
        timer: bool,
        clock: Callable[[], float],
    ) -> None:
        self.attempt = Attempt(lesson)
        self._progress = progress
        # Whether the card waited for something in the session at the last frame.
        self._waits = False
        self._time = LessonClock(clock)
        self._checking: Checking | None = None
        # Whether the step session plays the checker's counterexample, instead of the student's own schedule.
        self._plays_back = False
        super().__init__(
            shown_scenario(lesson),
            self._open,
            glyphs,
            keymap=keymap,
            notice=notice or progress.problem,
            kind="exact",
            timer=timer,
            clock=clock,
        )

    def _open(self, scenario: Scenario, kind: Kind) -> Session:
        """Open the lesson's session. ``kind`` is ignored: a lesson needs an exact session, to go as its cards say."""
        lesson = self.attempt.lesson
        if lesson.scenario is None or lesson.is_race:
            return StepSession(lesson.program, clock=self.clock)
        return ExactSession(scenario, clock=self._time)

    def begin(self, scenario: Scenario, kind: Kind) -> None:
        """Start this lesson's session again. Both arguments are ignored: the cards fit no other session."""
        self.scenario = shown_scenario(self.attempt.lesson)
        self._plays_back, self._waits = False, False
        self._replace_session(self._open(self.scenario, kind))
        self.pull()

    def _replace_session(self, session: Session) -> None:
        """Close the current session and show ``session``."""
        self.end()
        self.running = None
        self.show_session(Watching(session))

    def end(self) -> None:
        self._stop_checking()
        super().end()

    # Frames

    def pull(self) -> None:
        super().pull()
        self._collect_findings()
        self._observe()

    def _observe(self) -> None:
        """Tell the lesson what has happened in the session since the last frame."""
        attempt = self.attempt
        if self.player is None:
            attempt.look(self.frame.state, self.frame.now, self.frame.events)
        stepping = self.stepping
        wanted = attempt.lesson.goal.invariant
        broken = [check.name for check in stepping.threads.broken] if stepping is not None else []
        attempt.rested = None
        if stepping is not None and stepping.threads.at_rest and not broken:
            attempt.rested = stepping.threads.preemptions
        if wanted in broken and not attempt.by_hand and not self._plays_back:
            attempt.by_hand = wanted
            self._remember()
        # The state that the card describes has just been reached: pause once, so that it stays while it is read.
        waited, self._waits = self._waits, attempt.wants_time
        if waited and not self._waits and self._is_watched:
            self.session.command(PauseTime())

    @property
    def _is_watched(self) -> bool:
        """Whether the lesson's scenario is shown at its present moment (no step session, no history)."""
        return self.stepping is None and self.player is None

    @property
    def _world(self) -> World:
        return World(self.session, self._time, self._poll)

    def _poll(self) -> Frame:
        self.watching.poll()
        return self.frame

    def _resume_or_pause(self) -> None:
        """Resume the session while the card waits for something in it, unless the card is to be read first."""
        attempt = self.attempt
        self._waits = attempt.wants_time
        card = attempt.card
        reads_first = card is not None and card.pause and attempt.chosen is None
        self.session.command(ResumeTime() if self._waits and not reads_first else PauseTime())

    async def action_switch(self) -> None:
        self.tell("a lesson is exact, so that it goes as it says")

    def _remember(self) -> None:
        attempt = self.attempt
        self._progress.reach(
            attempt.lesson.name, Reached(attempt.furthest, len(attempt.stages), attempt.right, attempt.over)
        )

    # The checker

    def _update_checking(self) -> None:
        """Start the checker if this card needs its answer, and stop it otherwise."""
        attempt, goal = self.attempt, self.attempt.lesson.goal
        if attempt.stage == "reveal" and attempt.found is not None:
            self._play_back()
        elif attempt.wants_search:
            self._start_checking(attempt.lesson.program, goal)
        elif attempt.wants_proof:
            self._start_checking(goal.repaired, goal)
        else:
            self._stop_checking()

    def _start_checking(self, program: Program, goal: Goal) -> None:
        """Start the checker in a child process, in place of a search that may be running."""
        self._stop_checking()
        try:
            self._checking = Checking(program, goal)
        except OSError as error:
            self.tell(f"the checker can't be started: {error.strerror}")

    def _collect_findings(self) -> None:
        """Hand the checker's result to the lesson, if the search has ended."""
        checking, attempt = self._checking, self.attempt
        if checking is None or not checking.over:
            return
        self._stop_checking()
        if checking.findings is None:
            self.tell(checking.problem)
        elif attempt.wants_search:
            attempt.take_findings(checking.findings)
            if attempt.stage == "reveal":
                self._play_back()
        elif attempt.wants_proof:
            attempt.proved = checking.findings
        self._remember()

    def _stop_checking(self) -> None:
        checking, self._checking = self._checking, None
        if checking is not None:
            checking.close()

    @property
    def _progress_words(self) -> str:
        """The checker's progress in words; empty if it is not running."""
        if self._checking is None:
            return ""
        tally = self._checking.tally
        exhausted = "" if tally.exhausted is None else f", all up to bound {tally.exhausted}"
        return f"the checker: {tally.schedules:,} tried{exhausted}"

    def _play_back(self) -> None:
        """Play the checker's counterexample from its start, slowly enough to follow."""
        found = self.attempt.found
        if found is None or found.counterexample is None:
            return
        session = StepSession(found.counterexample.program, schedule=found.counterexample.schedule, clock=self.clock)
        self._replace_session(session)
        self._plays_back = True
        session.command(ResumeTime())


def shown_scenario(lesson: Lesson) -> Scenario:
    """The lesson's scenario; for a lesson about a checker program, an empty scenario with the lesson's title."""
    return lesson.scenario or Scenario(lesson.file, title=lesson.title)
