"""Plays a lesson from start to end without a screen, with its own answers and solution: as a handout, and as a test."""

from collections.abc import Callable

import msgspec

from msgmux.errors import MsgmuxError
from msgmux_tui.keys.actions import ACTIONS
from msgmux_tui.keys.keymap import DEFAULT
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.findings import Findings, search_here
from msgmux_tui.lessons.model import Card, CheckerQuery, Forecast, Lesson
from msgmux_tui.lessons.phrases import in_words
from msgmux_tui.lessons.solving import solve
from msgmux_tui.lessons.source import code_columns
from msgmux_tui.lessons.wording import proof_words
from msgmux_tui.lessons.world import FRAME, LessonClock, World
from msgmux_tui.session import ExactSession

Tell = Callable[[str], object]


class Performed(msgspec.Struct, frozen=True):
    """The result. ``problems``: waits that did not come true, answers that a run contradicts, a goal not reached."""

    problems: tuple[str, ...]
    right: int
    found: Findings | None
    proved: Findings | None

    @property
    def exit_code(self) -> int:
        if self.problems:
            return 1
        return 0 if self.proved is not None and self.proved.verdict == "valid" else 3


def open_world(lesson: Lesson) -> World | None:
    """The session that the lesson watches, with its own clock; None if the lesson has no scenario to watch."""
    if lesson.scenario is None or lesson.is_race:
        return None
    clock = LessonClock(lambda: 0.0)
    session = ExactSession(lesson.scenario, clock=clock)
    return World(session, clock, session.poll)


def perform_lesson(lesson: Lesson, tell: Tell = lambda line: None) -> Performed:
    """Take all of its cards, by the answers and the solution that it gives itself; ``tell`` gets line by line.

    Raises :class:`MsgmuxError` where its program is wrong.
    """
    attempt, world = Attempt(lesson), open_world(lesson)
    problems: list[str] = []
    tell(f"{lesson.title}")
    tell(f"You will learn: {lesson.learn}")
    try:
        while True:
            problems += [f"card {attempt.index + 1}: {problem}" for problem in _take(attempt, world, tell)]
            if not attempt.turn(1):
                break
    finally:
        if world is not None:
            world.session.close()
    return Performed(tuple(problems), attempt.right, attempt.found, attempt.proved)


def _take(attempt: Attempt, world: World | None, tell: Tell) -> list[str]:
    if attempt.card is not None:
        return _take_card(attempt, attempt.card, world, tell)
    tell("")
    match attempt.stage:
        case "code":
            return _read(attempt, tell)
        case "task":
            return _break(attempt, tell)
        case "reveal":
            return _reveal(attempt, tell)
        case _:
            return _prove(attempt, tell)


def _take_card(attempt: Attempt, card: Card, world: World | None, tell: Tell) -> list[str]:
    problems: list[str] = []
    tell("")
    tell(f"{attempt.index + 1}. {card.title}".rstrip())
    for paragraph in card.text:
        tell(DEFAULT.fill(paragraph))
    if card.press:
        action = next(action for action in ACTIONS if action.id == card.press)
        if world is not None:
            world.press(attempt)
        attempt.press(card.press)
        tell(f"  [{action.first_key}] {action.title}" + (f": {card.who}" if card.who else ""))
    if card.wait is not None:
        if world is not None and world.bring(attempt, lambda: attempt.came_true):
            tell(f"  at {world.now:.2f} s: {in_words(card.wait)}")
        else:
            problems.append(f"never came true: {card.wait.text}")
            tell(f"  never came true: {card.wait.text}")
    if card.ask is not None:
        problems += _answer(attempt, world, tell)
    return problems


def _answer(attempt: Attempt, world: World | None, tell: Tell) -> list[str]:
    question = attempt.question
    assert question is not None
    tell(f"  ? {question.text}")
    for key, choice in zip(question.keys, question.choices, strict=True):
        tell(f"    {key} {choice}" if key != choice else f"    {choice}")
    attempt.answer(question.answer, 0.0 if world is None else world.now)
    if isinstance(question.run, CheckerQuery):
        attempt.take_findings(attempt.found or search_here(attempt.lesson.program, attempt.lesson.goal))
    elif isinstance(question.run, Forecast) and world is not None:
        world.bring(attempt, lambda: attempt.grade is not None, question.run.after + 2 * FRAME)
    grade = attempt.grade
    if grade is None:
        return ["a question that is graded by running needs a scenario, or a variant to break"]
    how = " (found by the checker)" if grade.by_running else ""
    if grade.detail:
        how = f" (found by running: {grade.detail})"
    tell(f"  = {question.choices[grade.truth]}{how}")
    if question.why:
        tell(f"    {question.why}")
    if question.run is not None and not grade.by_running:
        return ["a run does not decide the question: none of the choices has come true, or several"]
    return [] if grade.right else [f"the file says {question.choices[question.answer]!r}; a run says otherwise"]


def _read(attempt: Attempt, tell: Tell) -> list[str]:
    for column in code_columns(attempt.lesson.program.variant, attempt.lesson.glosses):
        for line in column:
            tell("    " + ("".join([text for text, _ in line.spans]) or line.text))
    return []


def _break(attempt: Attempt, tell: Tell) -> list[str]:
    lesson = attempt.lesson
    tell(f"Your turn: pick who goes on, and break {lesson.goal.invariant!r}. One way:")
    if not lesson.solution:
        tell("  (this lesson leaves it to you, or to the checker)")
        return []
    for number, move in enumerate(lesson.solution, 1):
        tell(f"  {number}. {move.task}: {move.words}")
    try:
        stepper = solve(lesson)
    except MsgmuxError as error:
        return [str(error)]
    with stepper:
        broken = stepper.failures
    for failure in broken[:1]:
        attempt.by_hand = failure.invariant
        tell(f"  {failure.invariant}: {failure.detail.splitlines()[0]}")
    if lesson.goal.invariant in [failure.invariant for failure in broken]:
        return []
    return [f"the solution breaks {[failure.invariant for failure in broken]}, not {lesson.goal.invariant!r}"]


def _reveal(attempt: Attempt, tell: Tell) -> list[str]:
    goal = attempt.lesson.goal
    found = attempt.found or search_here(attempt.lesson.program, goal)
    attempt.take_findings(found)
    if found.counterexample is None:
        return [f"the checker found nothing: {found.words}"]
    tell(f"The checker, after {found.schedules:,} schedules: {found.counterexample.cost}")
    for number, turn in enumerate(found.counterexample.story, 1):
        tell(f"  {number}. {turn}")
    tell(f"  {found.invariant}: {found.counterexample.failure.detail.splitlines()[0]}")
    return [] if found.breaks(goal.invariant) else [f"it breaks {found.invariant!r}, not {goal.invariant!r}"]


def _prove(attempt: Attempt, tell: Tell) -> list[str]:
    goal = attempt.lesson.goal
    attempt.proved = search_here(goal.repaired, goal)
    what = "The repaired code" if goal.kind == "break" else f"{goal.invariant!r}, by every schedule"
    tell(f"{what}: {proof_words(attempt.proved)}")
    return [] if attempt.proved.verdict == "valid" else [f"{attempt.proved.verdict}: {attempt.proved.words}"]
