"""Every bundled lesson works: its own solution takes it from start to end."""

import re
from importlib import resources
from pathlib import Path

import pytest
from msgspec.structs import replace

from msgmux.checker import VARIANTS
from msgmux_tui import lessons
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.model import CheckerQuery, Move, Until
from msgmux_tui.lessons.performing import perform_lesson
from msgmux_tui.lessons.progress import Progress, Reached
from msgmux_tui.lessons.reading import parse_lesson

RACES = [name for name in lessons.ORDER if lessons.read(name).is_race]
LIVE = [name for name in lessons.ORDER if name not in RACES]


def test_every_file_has_its_place_in_the_order_and_there_are_at_least_twelve() -> None:
    files = {file.name.removesuffix(".toml") for file in resources.files(lessons).iterdir() if ".toml" in file.name}
    assert files == set(lessons.ORDER)
    assert len(lessons.ORDER) >= 12


@pytest.mark.parametrize("name", lessons.ORDER)
def test_a_lesson_goes_as_it_says(name: str) -> None:
    told: list[str] = []
    performed = perform_lesson(lessons.read(name), told.append)
    assert performed.problems == ()
    assert performed.proved is not None
    assert performed.proved.verdict == "valid"
    assert "exhausted" in performed.proved.words
    assert "not exhausted" not in performed.proved.words
    assert performed.right == len([card for card in lessons.read(name).cards if card.ask is not None])
    assert performed.exit_code == 0
    assert told[0] == lessons.read(name).title


@pytest.mark.parametrize("name", RACES)
def test_a_race_is_broken_by_hand_and_found_by_the_checker_and_the_hints_say_what_it_takes(name: str) -> None:
    lesson = lessons.read(name)
    found = perform_lesson(lesson).found
    assert found is not None
    assert found.breaks(lesson.goal.invariant)
    assert lesson.solution
    preemptions = {"0": r"no preemption", "1": r"\b[Oo]ne preemption"}[found.preemptions]
    assert re.search(preemptions, lesson.hints[0] + (lesson.hints[1] if len(lesson.hints) > 1 else ""), re.IGNORECASE)


def test_what_can_be_found_out_by_running_is() -> None:
    for name in LIVE:
        assert [card for card in lessons.read(name).cards if card.ask and card.ask.run] or name == "order"
    for name in RACES:
        assert [card for card in lessons.read(name).cards if card.ask and isinstance(card.ask.run, CheckerQuery)]


def test_races_are_about_variants_that_differ_from_each_other() -> None:
    variants = [lessons.read(name).program.variant for name in RACES]
    assert len(set(variants)) == len(variants) >= 8
    assert set(variants) <= VARIANTS.keys()


@pytest.mark.parametrize("name", lessons.ORDER)
def test_its_words_fit_the_list_of_lessons_and_a_card(name: str) -> None:
    lesson = lessons.read(name)
    assert len(lesson.title) <= 50
    assert 3 <= len(lesson.cards) <= 6
    for card in lesson.cards:
        assert sum([len(text) for text in card.text]) <= 420, "a card is read while something happens"


# Walking through the cards


def test_a_solution_that_does_not_break_it_is_reported() -> None:
    lesson = lessons.read("lost-wakeup")
    performed = perform_lesson(replace(lesson, solution=lesson.solution[:3]))
    assert performed.problems == ("card 5: the solution breaks [], not 'lost'",)
    assert performed.exit_code == 1


def test_a_solution_that_cannot_be_taken_names_its_turn() -> None:
    performed = perform_lesson(replace(lessons.read("lost-wakeup"), solution=(Move("nobody"),)))
    (problem,) = performed.problems
    assert problem.startswith("card 5: solution[0]: 'nobody' cannot go on then; these can: receiver, sender")


def test_a_turn_until_something_that_never_comes_is_reported() -> None:
    solution = (Move("C1", until=Until("acquire", "C1.channel")), Move("C1", until=Until("notify", "nothing")))
    performed = perform_lesson(replace(lessons.read("lost-wakeup"), solution=solution))
    assert performed.problems == (
        "card 5: solution[1]: 'C1' is never about to wake those on nothing; it waits on C1.arrival",
    )


def test_an_answer_that_a_run_contradicts_is_reported() -> None:
    lesson = parse_lesson(
        """
title = "Wrong"
learn = "Nothing."
variant = "lost-wakeup"
goal = { break = "lost" }
[[card]]
text = "It takes one."
ask = "How many?"
choices = ["0", "1"]
answer = 1
run = "preemptions"
"""
    )
    assert perform_lesson(lesson).problems == ("card 1: the file says '0'; a run says otherwise",)


def test_a_wait_that_never_comes_true_is_reported() -> None:
    lesson = parse_lesson(
        """
title = "Wrong"
learn = "Nothing."
scenario = "sample"
goal = { keep = "lost", in = "single", bound = 0 }
[[card]]
text = "Wait."
wait = "length() > 45"
"""
    )
    assert perform_lesson(lesson).problems == ("card 1: never came true: length() > 45",)


def test_a_question_is_answered_once_and_graded_by_the_file_where_it_cannot_be_run() -> None:
    attempt = Attempt(lessons.read("check-then-act"))
    assert attempt.question is None
    assert not attempt.answer(0, 0.0)
    attempt.turn(1)
    assert not attempt.done
    assert not attempt.answer(7, 0.0)
    assert attempt.answer(0, 0.0)
    assert attempt.grade is not None
    assert (attempt.grade.right, attempt.grade.truth, attempt.grade.by_running) == (False, 1, False)
    assert not attempt.answer(1, 0.0)
    assert (attempt.done, attempt.right) == (True, 0)


# Stored progress


def test_progress_is_remembered_and_never_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lessons.json"
    Progress(path).reach("cursor", Reached(3, 6, 1))
    Progress(path).reach("cursor", Reached(1, 6, 0))
    assert Progress(path).of("cursor") == Reached(3, 6, 1)
    assert Progress(path).of("cursor").words == "4 of 6"
    Progress(path).reach("cursor", Reached(5, 6, 1, done=True))
    Progress(path).reach("cursor", Reached(0, 6, 0))
    assert Progress(path).of("cursor").words == "done"
    assert Progress(path).of("lag").words == ""


def test_progress_that_cannot_be_read_or_kept_is_reported_and_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lessons.json"
    path.write_text("[1]")
    progress = Progress(path)
    assert "can't be read" in progress.problem
    nowhere = Progress(path / "sub" / "lessons.json")
    nowhere.reach("cursor", Reached(1, 6))
    assert "can't be kept" in nowhere.problem
    assert nowhere.of("cursor") == Reached(1, 6)
