"""The speaker's notes on a second terminal. They follow the lesson on the first one through a small file."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from msgmux_tui.keys.keymap import DEFAULT
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.model import Lesson
from msgmux_tui.lessons.wording import outline
from msgmux_tui.settings.paths import state_folder


class Place(msgspec.Struct, frozen=True):
    """The position of a lesson: its file, the card (from 0), and since when, in seconds of wall time."""

    file: str
    card: int
    began: float
    card_began: float


def place_file() -> Path:
    """The path of the file in which the lesson that is shown stores its position."""
    return state_folder() / "lesson-now.json"


class Following:
    """Stores a lesson's position in the file ``path``. If it cannot be written, there are no notes and no error."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path or place_file(), clock
        self._began = clock()

    def say(self, lesson: Lesson, card: int) -> None:
        place = Place(lesson.file, card, self._began, self._clock())
        beside = self._path.with_name(f"{os.getpid()}-{self._path.name}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(place))
            # An atomic replacement, so that a reader never sees half a file.
            beside.replace(self._path)
        except OSError:
            return

    def end(self) -> None:
        """Remove the position, since this lesson is no longer shown, unless it is another lesson's by now."""
        place = read_place(self._path)
        if place is None or place.began != self._began:
            return
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def read_place(path: Path | None = None) -> Place | None:
    """The position of the lesson that is shown; None if none is, or the file cannot be read."""
    try:
        return msgspec.json.decode((path or place_file()).read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError):
        return None


def notes(lesson: Lesson, place: Place, now: float) -> Iterator[str]:
    """The lines for the speaker: the time, the card's notes, what is awaited or the answer, and what comes next."""
    titles = outline(Attempt(lesson))
    at = min(max(0, place.card), len(titles) - 1)
    yield f"{_clock(now - place.began)} in all, {_clock(now - place.card_began)} on this card"
    yield ""
    yield f"{titles[at].strip()}   (of {len(titles)})"
    yield ""
    if at < len(lesson.cards):
        card = lesson.cards[at]
        yield from [DEFAULT.fill(text) for text in card.notes]
        if card.press:
            yield f"Key: {DEFAULT.key(card.press)} {card.who}".rstrip()
        if card.wait is not None:
            yield f"Moment: {card.wait.text}"
        if card.ask is not None:
            yield f"Answer: {card.ask.keys[card.ask.answer]} {card.ask.choices[card.ask.answer]}"
            yield f"Why: {card.ask.why}"
    else:
        yield f"Goal: {lesson.goal.kind} {lesson.goal.invariant}"
        for number, move in enumerate(lesson.solution, 1):
            yield f"  {number}. {move.task}: {move.words}"
    yield ""
    yield f"Next: {titles[at + 1].strip()}" if at + 1 < len(titles) else "This is the last card."


def _clock(seconds: float) -> str:
    """``12:05``."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"
