"""One pass through a lesson as a state machine: the card, what it waits for, the answers. It knows no screen."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from msgmux.events import Event
from msgmux.rates import Rates
from msgmux.scenario.expect.expression import evaluate
from msgmux.scenario.expect.facts import answers
from msgmux.state import QueueState
from msgmux_tui.lessons.findings import Findings
from msgmux_tui.lessons.model import Card, CheckerQuery, Forecast, Lesson, Question
from msgmux_tui.lessons.phrases import Values, found_in_words, values_of

SHOWN = -1
"""Stands for the index of a choice if the answer was shown instead of chosen."""

Stage = Literal["card", "code", "task", "reveal", "proof"]
"""``card``: a card of the file. After these come ``code`` (the faulty and the sound source), ``task`` (the invariant to
break), ``reveal`` (the shrunk schedule is played) and ``proof`` (the sound program is checked)."""


class Grade(msgspec.Struct, frozen=True):
    """The grade of an answer. ``truth`` is the index of the right choice; with ``by_running`` a run decided it,
    else the lesson's file.
    """

    right: bool
    truth: int
    by_running: bool
    detail: str = ""


class Attempt:
    """The state of one pass through ``lesson``, from card ``at`` on. Its methods take in what happens; its properties
    say what is to be shown.

    ``found`` and ``proved`` are the checker's findings for the faulty and the sound program; None before it is done.
    """

    def __init__(self, lesson: Lesson, at: int = 0) -> None:
        self.lesson = lesson
        self.stages = _stages(lesson)
        self.index = min(max(0, at), len(self.stages) - 1)
        self.furthest = self.index
        self.found: Findings | None = None
        self.proved: Findings | None = None
        self.by_hand = ""
        # An attempt that broke nothing has come to rest, with so many preemptions.
        self.rested: int | None = None
        self.hints = 0
        self._waited: set[int] = set()
        self._pressed: set[int] = set()
        self._chosen: dict[int, int] = {}
        self._due: dict[int, float] = {}
        # What the question's expressions were worth when it was answered.
        self._before: dict[int, Values] = {}
        # Cards whose question was answered wrong before.
        self._missed: set[int] = set()
        # The grades of those answers.
        self._known: dict[int, Grade] = {}
        self._state: QueueState | None = None
        self.grades: dict[int, Grade] = {}
        self._rates: Rates | None = None
        self._event = 0
        self._now = 0.0

    # What is to be shown

    @property
    def stage(self) -> Stage:
        return self.stages[self.index]

    @property
    def card(self) -> Card | None:
        """The file's card that is up; None at the end, where the goal is."""
        return self.lesson.cards[self.index] if self.index < len(self.lesson.cards) else None

    @property
    def question(self) -> Question | None:
        """What may be answered now."""
        card = self.card
        return card.ask if card is not None and self.index not in self._chosen else None

    @property
    def chosen(self) -> int | None:
        """The choice that was taken on this card."""
        return self._chosen.get(self.index)

    @property
    def grade(self) -> Grade | None:
        """What came of it, when that is known."""
        return self.grades.get(self.index)

    @property
    def came_true(self) -> bool:
        """What the card waits for."""
        return self.index in self._waited

    @property
    def was_pressed(self) -> bool:
        """The key that the card asks for."""
        return self.index in self._pressed

    @property
    def seconds_left(self) -> float | None:
        """Until what was answered is compared with what has come; by the time of the last :meth:`look`."""
        due = self._due.get(self.index)
        return None if due is None or self.grade is not None else due - self._now

    @property
    def wants_time(self) -> bool:
        """Whether the card waits for something in the session. If not, the session is paused while it is read."""
        card = self.card
        if card is None:
            return False
        awaited = card.wait is not None and not self.came_true
        return awaited or (bool(card.press) and not self.was_pressed) or self.seconds_left is not None

    @property
    def wants_search(self) -> bool:
        """Is the checker to look for a schedule, for this stage or for a question's grade?"""
        if self.found is not None or not self.lesson.is_race:
            return False
        card = self.card
        asked = card is not None and card.ask is not None and isinstance(card.ask.run, CheckerQuery)
        return self.stage == "reveal" or (asked and self.chosen is not None)

    @property
    def wants_proof(self) -> bool:
        """Is the checker to try the sound program?"""
        return self.stage == "proof" and self.proved is None

    @property
    def done(self) -> bool:
        """Is there nothing left to do here?"""
        card = self.card
        if card is None:
            return not (self.wants_search or self.wants_proof)
        met = card.wait is None or self.came_true
        return met and (not card.press or self.was_pressed) and (card.ask is None or self.grade is not None)

    @property
    def over(self) -> bool:
        """Was the goal reached, on the last card?"""
        last = self.index == len(self.stages) - 1
        return last and self.proved is not None and self.proved.verdict == "valid" and self.broken

    @property
    def broken(self) -> bool:
        """Where the goal is to break something: has it been, by hand or by the checker?"""
        goal = self.lesson.goal
        if goal.kind == "keep":
            return True
        return self.by_hand == goal.invariant or (self.found is not None and self.found.breaks(goal.invariant))

    @property
    def right(self) -> int:
        """Questions that were answered right so far."""
        return sum([grade.right for grade in self.grades.values()])

    @property
    def right_at_once(self) -> int:
        """Those of them that were answered right at the first attempt."""
        return sum([grade.right for index, grade in self.grades.items() if index not in self._missed])

    # What happens

    def turn(self, step: int) -> bool:
        """To the next card or the one before. False where there is none."""
        return self.go_to(self.index + step)

    def go_to(self, index: int) -> bool:
        """To that card, from 0. False where there is none."""
        if not 0 <= index < len(self.stages):
            return False
        self.index = index
        self.furthest = max(self.furthest, index)
        self._ask_checker()
        return True

    def look(self, state: QueueState, now: float, events: Sequence[Event] = ()) -> None:
        """Process the session's state at ``now`` (seconds) and the events since the last call. Called about 20 times a
        second.
        """
        if self._rates is None or now < self._now:
            self._rates = Rates(state, now)
        else:
            # A frame may be looked at twice; its events count once.
            self._rates.take([event for event in events if event.number > self._event], state, now)
        self._event = state.event
        self._now, self._state = now, state
        card = self.card
        if card is None:
            return
        if card.wait is not None and evaluate(card.wait, answers(state, self._rate)).met:
            self._waited.add(self.index)
        due = self._due.get(self.index)
        if due is not None and self.grade is None and now >= due and card.ask is not None:
            self._compare(card.ask, state)

    def press(self, action: str) -> None:
        """That action was asked for by its key."""
        if self.card is not None and self.card.press == action:
            self._pressed.add(self.index)

    def answer(self, choice: int, now: float) -> bool:
        """Choose, by index. False where there is no such choice, or nothing to be answered."""
        question = self.question
        if question is None or not (choice == SHOWN or 0 <= choice < len(question.choices)):
            return False
        self._chosen[self.index] = choice
        known = self._known.get(self.index)
        if known is not None:
            self.grades[self.index] = replace(known, right=choice == known.truth)
        elif isinstance(question.run, Forecast):
            self._due[self.index] = now + question.run.after
            if self._state is not None:
                answer = answers(self._state, self._rate)
                for holds in question.run.holds:
                    self._before[self.index] = {**self._before.get(self.index, {}), **values_of(holds, answer)}
        elif isinstance(question.run, CheckerQuery):
            self._ask_checker()
        else:
            self.grades[self.index] = Grade(choice == question.answer, question.answer, by_running=False)
        return True

    def show_answer(self, now: float) -> bool:
        """Have it shown, without a choice of one's own. False where nothing is to be answered."""
        return self.answer(SHOWN, now)

    def retry(self) -> bool:
        """Allow another answer to a question that was answered wrong. False if it was not.

        If a run has decided the first answer, the next one is compared with that result at once.
        """
        grade = self.grade
        if grade is None or grade.right:
            return False
        self._missed.add(self.index)
        del self.grades[self.index], self._chosen[self.index]
        self._due.pop(self.index, None)
        self._known[self.index] = grade
        return True

    def forget(self) -> None:
        """Reset the card: forget that its wait came true, its key was pressed, or its question answered."""
        self._waited.discard(self.index)
        self._pressed.discard(self.index)
        for kept in (self._chosen, self._due, self.grades, self._known):
            kept.pop(self.index, None)

    def take_findings(self, found: Findings) -> None:
        """The checker has looked for a schedule that breaks the faulty program."""
        self.found = found
        self._ask_checker()

    def hint(self) -> bool:
        """One more hint. False when all are shown."""
        if self.hints == len(self.lesson.hints):
            return False
        self.hints += 1
        return True

    def _rate(self, id: int) -> float:
        return 0.0 if self._rates is None else self._rates.now_of(id)

    # Grading

    def _compare(self, question: Question, state: QueueState) -> None:
        """Grade by the choice whose expression is true now. If that is none or several, the file's answer counts."""
        assert isinstance(question.run, Forecast)
        verdicts = [evaluate(holds, answers(state, self._rate)) for holds in question.run.holds]
        true = [index for index, verdict in enumerate(verdicts) if verdict.met]
        truth = true[0] if len(true) == 1 else question.answer
        chosen = self._chosen[self.index]
        holds = question.run.holds[truth]
        after = values_of(holds, answers(state, self._rate))
        detail = found_in_words(holds, self._before.get(self.index, {}), after)
        self.grades[self.index] = Grade(chosen == truth, truth, len(true) == 1, detail)

    def _ask_checker(self) -> None:
        """Grade the answer to a question about what the checker finds, when it has found it."""
        question = self.card.ask if self.card is not None else None
        if self.found is None or self.chosen is None or question is None or not isinstance(question.run, CheckerQuery):
            return
        said = self.found.preemptions if question.run.about == "preemptions" else self.found.invariant
        fitting = [index for index, choice in enumerate(question.choices) if choice.split()[0].strip(":;,.") == said]
        truth = fitting[0] if fitting else question.answer
        chosen = self._chosen[self.index]
        self.grades[self.index] = Grade(chosen == truth, truth, bool(fitting))


def _stages(lesson: Lesson) -> tuple[Stage, ...]:
    cards: list[Stage] = ["card" for _ in lesson.cards]
    ends: tuple[Stage, ...] = ("code", "task", "reveal", "proof") if lesson.is_race else ("proof",)
    return (*cards, *ends)
