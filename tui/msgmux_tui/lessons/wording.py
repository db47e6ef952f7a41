"""What a lesson's panel says at one moment: the card that is up, or what has come of the search at its end."""

from collections.abc import Iterator
from functools import lru_cache

from msgmux.checker import VARIANTS
from msgmux.checker.variants import Snippet
from msgmux_tui.keys.keymap import Keymap
from msgmux_tui.lessons.model import Card, Question
from msgmux_tui.lessons.walk import Walk
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import CardView, Paragraph


def card_view(walk: Walk, keymap: Keymap, glyphs: Glyphs, *, page: int, large: bool, progress: str) -> CardView:
    """``progress``: what the checker is doing just now, if it is."""
    card = walk.card
    if card is not None:
        title, paragraphs = card.title or walk.lesson.title, _card(walk, card, keymap, glyphs)
    else:
        title, paragraphs = _goal(walk, keymap, glyphs)
    columns = _code(walk.lesson.program.variant) if walk.stage == "code" else ()
    note = f"{walk.lesson.name} {walk.index + 1}/{len(walk.stages)}"
    below = Paragraph(keymap.fill(_below(walk, progress)), "ok" if walk.over else "soft")
    return CardView(title, note, tuple(paragraphs), below, columns, page, large)


def _below(walk: Walk, progress: str) -> str:
    """What is awaited, or how to go on."""
    on, back = "<lesson.on>: on", "   <lesson.back>: back" if walk.index else ""
    if progress:
        return progress
    if walk.over:
        last = "   <lesson.on>: the next lesson"
        asked = len([card for card in walk.lesson.cards if card.ask is not None])
        return f"Done: {walk.right} of {asked} answers right.{last}"
    left = len(walk.lesson.hints) - walk.hints
    if walk.stage == "task" and left:
        return f"<lesson.hint>: a hint ({left} left)   {on}: let the checker find it{back}"
    card = walk.card
    if card is not None and not walk.done:
        if card.press and not walk.was_pressed:
            return f"waiting for the key <{card.press}>   {on}"
        if card.wait is not None and not walk.came_true:
            return f"waiting for {card.wait.text}{back}"
        if walk.question is not None:
            return f"press the number of your answer{back}"
        if walk.seconds_left is not None:
            return f"let us see: {max(0.0, walk.seconds_left):.1f} s"
    return on + back


def _card(walk: Walk, card: Card, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    if walk.index == 0:
        yield Paragraph(f"You will learn: {walk.lesson.learn}", "soft")
    # Once it is answered, what there was to think about gives its place to why.
    for text in card.text if walk.grade is None else ():
        yield Paragraph(keymap.fill(text))
    if card.wait is not None and walk.came_true:
        yield Paragraph(f"{glyphs.ok} {card.wait.text}", "ok", 2)
    if card.ask is not None:
        yield from _question(walk, card.ask, keymap, glyphs)


def _question(walk: Walk, ask: Question, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    grade = walk.grade
    yield Paragraph(keymap.fill(ask.text), "strong")
    for index, choice in enumerate(ask.choices):
        mark, style = " ", "text"
        if grade is not None and index == grade.truth:
            mark, style = glyphs.ok, "ok"
        elif index == walk.chosen:
            mark, style = (glyphs.bad, "alarm") if grade is not None else (glyphs.arrow, "strong")
        yield Paragraph(f"{mark} {index + 1} {choice}", style, 4)
    if grade is not None:
        how = f"Found by running: {grade.detail}. " if grade.by_running and grade.detail else ""
        yield Paragraph(keymap.fill(f"{'Right.' if grade.right else 'No.'} {how}{ask.why}"), "text")


def _goal(walk: Walk, keymap: Keymap, glyphs: Glyphs) -> tuple[str, Iterator[Paragraph]]:
    match walk.stage:
        case "code":
            title = VARIANTS[walk.lesson.program.variant].title
            return "The fault, and the sound code", iter([Paragraph(title, "strong")])
        case "task":
            return "Your turn: break it", _task(walk, keymap, glyphs)
        case "reveal":
            return "The shortest way to break it", _reveal(walk, keymap, glyphs)
        case _:
            broke = walk.lesson.goal.kind == "break"
            return "The sound code, by every schedule" if broke else "Is that so, always?", _proof(walk, glyphs)


@lru_cache(maxsize=4)
def _code(variant: str) -> tuple[tuple[Paragraph, ...], ...]:
    """Both sources; looked up once, since a card is made anew for each frame."""
    sound, faulty = VARIANTS[variant].snippets()
    return tuple(_snippet("faulty", faulty, "warn")), tuple(_snippet("sound", sound, "ok"))


def _snippet(what: str, snippet: Snippet, style: str) -> Iterator[Paragraph]:
    yield Paragraph(f"{what}: {snippet.file}:{snippet.line}", style, code=True)
    for line in snippet.text.splitlines():
        yield Paragraph(line, "text", code=True)


def _task(walk: Walk, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    goal, hints = walk.lesson.goal, walk.lesson.hints
    if walk.by_hand:
        yield Paragraph(f"{glyphs.ok} You have broken {walk.by_hand}.", "ok")
    yield Paragraph(f"Find an order in which the threads go on that breaks this invariant: {goal.invariant}.", "strong")
    # Whoever has asked for a hint knows how it goes.
    if not walk.hints:
        yield Paragraph(
            keymap.fill(
                "A digit lets the thread of that number go on to its next point; <player.back> takes it back, "
                "<time.step_far> lets the chosen one run until it must wait. Or turn on, and the checker finds it."
            )
        )
    for hint in hints[: walk.hints]:
        yield Paragraph(f"{glyphs.dot} {hint}", "text", 2)


def _reveal(walk: Walk, keymap: Keymap, glyphs: Glyphs) -> Iterator[Paragraph]:
    if walk.found is None:
        yield Paragraph("The checker looks for a schedule that breaks it.")
        return
    found = walk.found.counterexample
    if found is None:
        yield Paragraph(f"{glyphs.bad} Nothing was found: {walk.found.words}", "alarm")
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


def _proof(walk: Walk, glyphs: Glyphs) -> Iterator[Paragraph]:
    goal = walk.lesson.goal
    if goal.kind == "break":
        yield Paragraph("The same program, on the queue as it is: the checker tries every schedule within the bound.")
    else:
        title = goal.repaired.title
        yield Paragraph(
            f"You have seen one run of it. The checker tries all schedules of this program, within a bound: {title}."
        )
        yield Paragraph(f"None of them may break {goal.invariant}, or anything else.")
    proved = walk.proved
    if proved is None:
        return
    mark, style = (glyphs.ok, "ok") if proved.verdict == "valid" else (glyphs.bad, "alarm")
    yield Paragraph(f"{mark} {proved.verdict}: {proved.words}, in {proved.seconds:.1f} s", style, 2)
    if not walk.broken:
        yield Paragraph("You have not seen yet what breaks the faulty one: it is on the card before.", "warn")
    elif proved.verdict == "valid":
        yield Paragraph(f"What you take along: {walk.lesson.learn}", "text")
