"""A grade in words, for the command line and for the screen."""

from msgmux.exercises import Exercise
from msgmux.exercises.records import Grade, PartGrade, StoryLine

MOST_LINES = 40
"""Lines of a story that are told: the last ones."""


def grade_in_words(grade: Grade, exercise: Exercise) -> list[str]:
    """The verdict stands last, as in what `msgmux-tui check` prints."""
    lines: list[str] = []
    for test in grade.tests:
        lines += tested_in_words(test)
    return [*lines, *verdict_in_words(grade, exercise)]


def tested_in_words(test: PartGrade) -> list[str]:
    """What came of one test; of one that is violated, the story."""
    name = test.name.removeprefix("test_").replace("_", " ")
    if test.verdict == "valid":
        return [f"holds: {name} ({test.words})"]
    if test.verdict == "unknown":
        return [f"not decided: {name} ({test.words})", f"  {test.unknown}"]
    first, *rest = test.failure.splitlines() or [""]
    lines = [f"broken: {name} ({test.words})", first, *rest]
    if test.cost:
        lines.append(f"it takes {test.cost}:")
    lines += story_in_words(test.story)
    if test.why:
        lines.append(f"why: {test.why}")
    return lines + [f"note: {note}" for note in test.notes]


def story_in_words(story: tuple[StoryLine, ...]) -> list[str]:
    """Columns: number, thread, place, source, and what it did."""
    left_out = max(0, len(story) - MOST_LINES)
    told = story[left_out:]
    tasks = max([len(line.task) for line in told], default=0)
    places = max([len(line.place) for line in told], default=0)
    texts = min(44, max([len(line.text) for line in told], default=0))
    lines = [f"   …  {left_out:,} lines before"] if left_out else []
    for number, line in enumerate(told, left_out + 1):
        words = f"{number:>4}  {line.task:<{tasks}}  {line.place:<{places}}  {line.text:<{texts}}  {line.did}"
        lines.append(words.rstrip())
    return lines


def verdict_in_words(grade: Grade, exercise: Exercise) -> list[str]:
    """What it comes to, and what to do next."""
    if grade.verdict == "solved":
        every = all([test.every for test in grade.tests])
        bound = "every schedule" if every else f"all schedules up to {exercise.kind} bound {exercise.bound}"
        return [f"solved: {bound}, {grade.schedules:,} in all, and none breaks it"]
    if grade.verdict == "broken":
        return [f"not solved: there is a schedule that breaks it; {hint_words(exercise)}"]
    if grade.verdict == "refused":
        missing = [f"  {reach.outcome}: {reach.why}" for reach in grade.missing]
        return ["not solved: no schedule breaks it, but none gives what was asked for:", *missing]
    return ["not decided; what is left unknown is said above"]


def hint_words(exercise: Exercise) -> str:
    """How to get a hint."""
    name = exercise.name if exercise.hints else ""
    return f"a hint: msgmux-tui exercise {name} --hint 1" if name else "read the story from its end"
