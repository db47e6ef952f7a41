"""What a lesson's panel says at one moment: the card that is up, or what has come of the search at its end."""

from collections.abc import Iterator

from msgmux.checker import VARIANTS
from msgmux_tui.keys.keymap import Keymap
from msgmux_tui.lessons.attempt import SHOWN, Attempt
from msgmux_tui.lessons.findings import Findings
from msgmux_tui.lessons.model import Card, CheckerQuery, Question
from msgmux_tui.lessons.phrases import in_words
from msgmux_tui.lessons.source import code_columns
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import CardView, Paragraph


def card_view(attempt: Attempt, keymap: Keymap, glyphs: Glyphs, *, page: int, large: bool, progress: str) -> CardView:
    """``progress``: what the checker is doing just now, if it is."""
    card = attempt.card
    if card is not None:
        title, paragraphs = card.title or attempt.lesson.title, _card(attempt, card, keymap, glyphs)
    else:
        title, paragraphs = _goal(attempt, keymap, glyphs)
    columns = code_columns(attempt.lesson.program.variant, attempt.lesson.glosses) if attempt.stage == "code" else ()
    note = f"{attempt.lesson.name} {attempt.index + 1}/{len(attempt.stages)}"
    below = Paragraph(keymap.fill(_below(attempt, progress)), "ok" if attempt.over else "soft")
    return CardView(title, note, tuple(paragraphs), below, columns, page, large)


def outline(attempt: Attempt) -> tuple[str, ...]:
    """The titles of all cards, in order."""
    ends = {
        "code": "The fault, and the sound code",
        "task": "Your turn: break it",
        "reveal": "The shortest way to break it",
        "proof": "The sound code, by every schedule" if attempt.lesson.is_race else "Is that so, always?",
    }
    cards = [card.title or attempt.lesson.title for card in attempt.lesson.cards]
    titles = [*cards, *[ends[stage] for stage in attempt.stages[len(cards) :]]]
    return tuple([f"{number:>2}  {title}" for number, title in enumerate(titles, 1)])


def _below(attempt: Attempt, progress: str) -> str:
    """What is awaited, or how to go on."""
    on, back = "<lesson.on>: on", "   <lesson.back>: back" if attempt.index else ""
    if progress:
        return progress
    if attempt.over:
        return f"{_score(attempt)}   <lesson.on>: the next lesson"
    left = len(attempt.lesson.hints) - attempt.hints
    if attempt.stage == "task":
        if attempt.by_hand:
            return f"{on}: the checker's shortest way   <lesson.again>: break it once more{back}"
        hint = f"<lesson.hint>: a hint ({left} left)   " if left else ""
        return f"{hint}<lesson.again>: begin anew   {on}: let the checker find it{back}"
    card = attempt.card
    if card is not None and not attempt.done:
        if attempt.question is not None:
            return f"press {_named_keys(attempt.question)}{back}"
        if card.press and not attempt.was_pressed:
            return f"waiting for the key <{card.press}>   <lesson.on>: have it done{back}"
        if card.wait is not None and not attempt.came_true:
            return f"waiting until {in_words(card.wait)}   <lesson.on>: at once{back}"
        if attempt.seconds_left is not None:
            return f"let us see: {max(0.0, attempt.seconds_left):.1f} s   <lesson.on>: at once"
    if attempt.grade is not None and not attempt.grade.right and attempt.chosen != SHOWN:
        return f"{on}   <lesson.again>: answer again{back}"
    return on + back


def _score(attempt: Attempt) -> str:
    """``Done: 3 of 3 answers right, 2 at once.``"""
    asked = len([card for card in attempt.lesson.cards if card.ask is not None])
    at_once = "" if attempt.right == attempt.right_at_once else f", {attempt.right_at_once} at once"
    return f"Done: {attempt.right} of {asked} answers right{at_once}."


def _named_keys(question: Question) -> str:
    """``1, 2 or 3``."""
    *most, last = question.keys
    return f"{', '.join(most)} or {last}, or click on your answer"


def _card(attempt: Attempt, card: Card, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    if attempt.index == 0:
        yield Paragraph(f"You will learn: {attempt.lesson.learn}", "soft")
    # Once it is answered, what there was to think about gives its place to why.
    for text in card.text if attempt.grade is None else ():
        yield Paragraph(keymap.fill(text))
    if card.wait is not None and attempt.came_true:
        yield Paragraph(f"{glyphs.ok} {in_words(card.wait)}", "ok", 2)
    if card.ask is not None:
        yield from _question(attempt, card.ask, keymap, glyphs)


def _question(attempt: Attempt, ask: Question, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    grade = attempt.grade
    yield Paragraph(keymap.fill(ask.text), "strong")
    for index, (key, choice) in enumerate(zip(ask.keys, ask.choices, strict=True)):
        mark, style = " ", "text"
        if grade is not None and index == grade.truth:
            mark, style = glyphs.ok, "ok"
        elif index == attempt.chosen:
            mark, style = (glyphs.bad, "alarm") if grade is not None else (glyphs.arrow, "strong")
        # A choice that is a number is pressed as that number.
        words = choice if key == choice else f"{key} {choice}"
        target = f"action:digit({key})" if attempt.chosen is None else ""
        yield Paragraph(f"{mark} {words}", style, 4, target=target)
    if grade is not None:
        verdict = "" if attempt.chosen == SHOWN else "Right. " if grade.right else "No. "
        found = f"Found by running: {grade.detail}. " if grade.by_running and grade.detail else ""
        by_checker = grade.by_running and isinstance(ask.run, CheckerQuery)
        checked = " (The checker has found it.)" if by_checker else ""
        yield Paragraph(keymap.fill(f"{verdict}{found}{ask.why}{checked}"), "text")


def _goal(attempt: Attempt, keymap: Keymap, glyphs: Glyphs) -> tuple[str, Iterator[Paragraph]]:
    match attempt.stage:
        case "code":
            title = VARIANTS[attempt.lesson.program.variant].title
            return "The fault, and the sound code", iter([Paragraph(title, "strong")])
        case "task":
            return "Your turn: break it", _task(attempt, keymap, glyphs)
        case "reveal":
            return "The shortest way to break it", _reveal(attempt, keymap, glyphs)
        case _:
            broke = attempt.lesson.goal.kind == "break"
            return "The sound code, by every schedule" if broke else "Is that so, always?", _proof(attempt, glyphs)


BROKEN = {
    "lost": "a message is lost",
    "duplicated": "a message came twice",
    "reordered": "messages came in the wrong order",
    "name": "two consumers have the same name",
    "list": "the list is broken: its length is wrong",
    "deadlock": "nobody can go on",
    "crash": "a thread has died of an error",
    "unread": "a message was evicted unread",
}
"""What has happened, by the invariant that was broken."""
TO_BREAK = {
    "lost": "a message is lost",
    "duplicated": "a message comes twice",
    "reordered": "messages come in the wrong order",
    "name": "two consumers get the same name",
    "list": "the list says a wrong length",
    "deadlock": "nobody can go on: a deadlock",
    "crash": "a thread dies of an error",
    "unread": "a message is evicted before everybody has had it",
}
"""The same as a task."""


def _task(attempt: Attempt, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    goal, hints = attempt.lesson.goal, attempt.lesson.hints
    if attempt.by_hand:
        broken = BROKEN.get(goal.invariant, f"{goal.invariant!r} is broken")
        yield Paragraph(f"{glyphs.ok} Done: {broken}.", "ok")
        yield Paragraph(
            keymap.fill(
                f"Look at the threads: what each of them waits for. <player.back> takes the last step back. "
                f"What you take along: {attempt.lesson.learn}"
            )
        )
        return
    broken = TO_BREAK.get(goal.invariant, f"they break this invariant: {goal.invariant}")
    yield Paragraph(f"Run the threads so that {broken}.", "strong")
    if attempt.rested is not None:
        yield Paragraph(keymap.fill(f"{glyphs.bad} {_missed(attempt, attempt.rested)}"), "warn", 2)
    # Whoever has asked for a hint, or has come to an end, knows how it goes.
    elif not attempt.hints:
        yield Paragraph(
            keymap.fill(
                "A digit lets the thread of that number go on to its next point; <player.back> takes it back, "
                "<time.step_far> lets the chosen one run until it must wait. Or turn on, and the checker finds it."
            )
        )
    for hint in hints[: attempt.hints]:
        yield Paragraph(f"{glyphs.dot} {hint}", "text", 2)


def _missed(attempt: Attempt, preemptions: int) -> str:
    """Why an attempt that has come to its end broke nothing."""
    stopped = {0: "nobody", 1: "a thread once"}.get(preemptions, f"threads {preemptions} times")
    return (
        f"Not broken this time: all threads have come to rest. {attempt.lesson.missed} You have interrupted {stopped} "
        "before it had to wait. <lesson.again> begins anew; <player.back> goes back step by step."
    ).replace("  ", " ")


def _reveal(attempt: Attempt, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    if attempt.found is None:
        yield Paragraph("The checker looks for a schedule that breaks it.")
        return
    found = attempt.found.counterexample
    if found is None:
        yield Paragraph(f"{glyphs.bad} Nothing was found: {attempt.found.words}", "alarm")
        return
    first, *rest = found.failure.detail.splitlines()
    yield Paragraph(f"{glyphs.bad} {found.failure.invariant}: {first}", "alarm", 2)
    for line in rest:
        yield Paragraph(line, "text", 2)
    yield Paragraph(
        keymap.fill(
            f"It takes {found.cost}. Played back above; <time.pause> stops it, <player.back> and <time.step> step."
        ),
        "strong",
    )
    for number, turn in enumerate(found.story, 1):
        yield Paragraph(f"{number:>2} {turn}", "text", 3)


def proof_words(proved: Findings) -> str:
    """``No fault: all 158 schedules with up to 2 delays were tried.``"""
    return (
        f"No fault: {proved.words.removesuffix(' (bound exhausted)')}."
        if proved.verdict == "valid"
        else f"{proved.verdict}: {proved.words}"
    )


def _proof(attempt: Attempt, glyphs: Glyphs) -> Iterator[Paragraph]:
    goal = attempt.lesson.goal
    if goal.kind == "break":
        yield Paragraph("The same program, on the sound queue: the checker tries every schedule within the bound.")
    else:
        yield Paragraph(
            "You have seen one run of it. The checker tries all schedules of this small program, within a bound: "
            f"{goal.repaired.title}."
        )
        yield Paragraph(f"No schedule may break {goal.invariant!r} or any other invariant.")
    proved = attempt.proved
    if proved is None:
        return
    valid = proved.verdict == "valid"
    mark, style = (glyphs.ok, "ok") if valid else (glyphs.bad, "alarm")
    yield Paragraph(f"{mark} {proof_words(proved)}", style, 2)
    if not attempt.broken:
        yield Paragraph("You have not seen yet what breaks the faulty one: it is on the card before.", "warn")
    elif proved.verdict == "valid":
        yield Paragraph(f"What you take along: {attempt.lesson.learn}", "text")
