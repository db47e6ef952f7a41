"""A presenter's card in large letters: what is on it, and where it stays in small ones."""

import string

import pytest
from rich.cells import cell_len

from msgmux_tui import lessons
from msgmux_tui.keys.keymap import DEFAULT
from msgmux_tui.lessons.attempt import Attempt
from msgmux_tui.lessons.wording import card_view
from msgmux_tui.panes import card as pane
from msgmux_tui.theme.glyphs import ASCII, UNICODE, Glyphs
from msgmux_tui.theme.letters import CELLS, LETTERS, ROWS, enlarged
from msgmux_tui.viewmodel.view import CardView, Paragraph
from msgmux_tui.widgets.drawing import plain

WIDE, HIGH = 116, 21
"""The inside of the card on a terminal of 120 by 40."""


def shown(*texts: str) -> CardView:
    return CardView("a card", "1/1", tuple([Paragraph(text) for text in texts]), Paragraph("on"), large=True)


def test_every_character_of_every_lesson_has_a_letter() -> None:
    used = set(string.printable[:95])
    for name in lessons.ORDER:
        attempt = Attempt(lessons.read(name))
        for _ in attempt.lesson.cards:
            card = card_view(attempt, DEFAULT, UNICODE, page=0, large=True, progress="")
            used |= {character for paragraph in card.paragraphs for character in paragraph.text}
            attempt.turn(1)
    assert used <= set(LETTERS)


def test_letters_differ_and_keep_to_their_cells() -> None:
    drawn = {character: tuple(enlarged(character)) for character in string.ascii_letters + string.digits}
    assert len(set(drawn.values())) == len(drawn)
    for rows in drawn.values():
        assert len(rows) == ROWS
        assert {cell_len(row) for row in rows} == {CELLS}


def test_a_whole_card_is_on_its_pages_and_no_page_ends_within_a_letter() -> None:
    words = "The list is full: twenty messages, and the oldest is one that billing has not had. " * 3
    made = pane.in_letters(shown(words, "And now?"), WIDE, HIGH, UNICODE)
    assert len(made) > 1
    assert all([len(page) % ROWS == 0 and len(page) <= HIGH for page in made])
    told = "\n".join([plain(page) for page in made])
    for word in (words + " And now?").split():
        assert enlarged(word)[1].strip() in told


@pytest.mark.parametrize("name", lessons.ORDER)
def test_every_lesson_begins_in_large_letters_at_120_by_40(name: str) -> None:
    card = card_view(Attempt(lessons.read(name)), DEFAULT, UNICODE, page=0, large=True, progress="")
    assert pane.in_letters(card, WIDE, HIGH, UNICODE)


@pytest.mark.parametrize(
    ("card", "width", "height", "glyphs"),
    [
        (shown("small screen"), 78, 15, UNICODE),
        (shown("no quadrants"), WIDE, HIGH, ASCII),
        (shown("too long " * 200), WIDE, HIGH, UNICODE),
        (CardView("", "", (Paragraph("x = 1", code=True),), Paragraph(""), large=True), WIDE, HIGH, UNICODE),
        (CardView("", "", (Paragraph("not for a presenter"),), Paragraph("")), WIDE, HIGH, UNICODE),
    ],
    ids=["small", "ascii", "long", "code", "no presenter"],
)
def test_a_card_stays_in_small_letters(card: CardView, width: int, height: int, glyphs: Glyphs) -> None:
    assert pane.in_letters(card, width, height, glyphs) == []
