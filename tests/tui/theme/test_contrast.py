"""Every text on every screen, in every theme, has enough contrast with its background."""

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

import pytest
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Markdown, OptionList, Static
from textual.widgets.option_list import Option

from msgmux.checker import Program
from msgmux_tui.screens.confirm import ConfirmScreen
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.theme.colour import contrast
from msgmux_tui.theme.palettes import AA, AAA, PALETTES, PROJECTOR
from support.pilot_stage import Stage, acts, stage, step_stage

TRUE = [palette for palette in PALETTES.values() if not palette.ansi]
WORDS = """\
# One

Words, **strong**, *weak*, `code`, [a link](https://example.org).

## Two
### Three
#### Four
##### Five
###### Six

- a point
  1. a number

> somebody said

| head | other |
|------|-------|
| cell | cell  |
"""


class Gallery(Dialog[None], inherit_bindings=False):
    """Textual's own widgets that dialogs use or may use, in every state."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("words", markup=False)
            yield Static("a heading", classes="heading")
            yield Static("a hint", classes="hint")
            yield Input("typed", id="typed")
            yield Input(placeholder="nothing typed yet", id="empty")
            yield Input("off", disabled=True)
            yield OptionList("one", "two", Option("three", disabled=True), id="options")

    def on_mount(self) -> None:
        for entry in self.query(Input):
            entry.cursor_blink = False


class Reading(Dialog[None], inherit_bindings=False):
    """A text with every element of Markdown."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Markdown(WORDS)


class Text(NamedTuple):
    """A text on the screen, its colour, and its background colour."""

    words: str
    colour: str
    ground: str
    dim: bool

    @property
    def contrast(self) -> float:
        return 0.0 if self.dim else round(contrast(self.colour, self.ground), 2)


def texts_on(on: Stage) -> Iterator[Text]:
    """The texts of the top screen. Screens dimmed under a dialog, and line-drawing characters, are left out."""
    drawn = on.app.screen._compositor.visible_widgets
    seen = [region.intersection(clip) for widget, (region, clip) in drawn.items() if not widget.displayed_children]
    for y, row in enumerate(on.lines):
        x = 0
        for segment in row:
            middle = x + segment.cell_length // 2
            x += segment.cell_length
            if any(map(str.isalnum, segment.text)) and any(region.contains(middle, y) for region in seen):
                style = segment.style
                assert style is not None, segment
                assert style.color is not None, segment
                assert style.bgcolor is not None, segment
                colour, ground = [colour.get_truecolor().hex for colour in (style.color, style.bgcolor)]
                if style.reverse:
                    colour, ground = ground, colour
                yield Text(segment.text.strip(), colour, ground, bool(style.dim))


Open = Callable[[Stage], Awaitable[None]]


async def session(on: Stage) -> None:
    if on.state.consumers["audit"].status == "running":
        await on.press("s")
        await on.play(8.0)


async def help(on: Stage) -> None:
    await on.press("question_mark")


async def help_to_its_end(on: Stage) -> None:
    await on.press("question_mark")
    on.app.screen.query_one(VerticalScroll).scroll_end(animate=False)


async def palette(on: Stage) -> None:
    await on.press("colon")


async def palette_typed(on: Stage) -> None:
    await on.press("colon", "a", "d", "d")
    await on.app.workers.wait_for_complete()
    await on.press("down")


async def opening(on: Stage) -> None:
    await on.press("o")


async def question(on: Stage) -> None:
    await on.app.push_screen(ConfirmScreen("Sure?", action="session.switch"))


async def gallery(on: Stage) -> None:
    await on.app.push_screen(Gallery())


async def gallery_elsewhere(on: Stage) -> None:
    await on.app.push_screen(Gallery())
    on.app.screen.query_one("#options").focus()


async def gallery_selected(on: Stage) -> None:
    await on.app.push_screen(Gallery())
    entry = on.app.screen.query_one("#typed", Input)
    entry.focus()
    entry.select_all()


async def gallery_hovered(on: Stage) -> None:
    await on.app.push_screen(Gallery())
    await on.pilot.pause()
    await on.pilot.hover("#options", offset=(4, 2))


async def reading(on: Stage) -> None:
    await on.app.push_screen(Reading())
    await on.pilot.pause(0)


async def footer_hovered(on: Stage) -> None:
    on.app.TOOLTIP_DELAY = 0.0
    await on.pilot.hover("FooterKey")
    await on.pilot.pause()


async def filtering(on: Stage) -> None:
    await on.press("slash", "C", "2")


async def form(on: Stage) -> None:
    await on.press("a")


async def form_with_a_fault(on: Stage) -> None:
    await on.press("a", "down", "x", "enter")


async def inspector(on: Stage) -> None:
    await session(on)
    await on.press("enter")


async def checks(on: Stage) -> None:
    await on.press("I")


async def legend(on: Stage) -> None:
    await on.press("L")


async def tour(on: Stage) -> None:
    await on.press("G")


SCREENS: list[Open] = [
    *(session, help, help_to_its_end, palette, palette_typed, opening, question, footer_hovered, filtering),
    *(form, form_with_a_fault, inspector, checks, legend, tour),
    *(gallery, gallery_elsewhere, gallery_selected, gallery_hovered, reading),
]


REPEATED = (help_to_its_end, palette_typed, gallery_elsewhere, gallery_selected, gallery_hovered)
"""States of a screen that is looked at in another state too: in the soak."""


@pytest.mark.parametrize(
    "screen",
    [pytest.param(screen, marks=pytest.mark.soak if screen in REPEATED else ()) for screen in SCREENS],
    ids=lambda screen: screen.__name__,
)
@acts
async def test_every_text_on_the_screen_can_be_read(screen: Open) -> None:
    async with stage(width=120, height=40) as on:
        await read_in_every_theme(on, screen)


@pytest.mark.parametrize("keys", ["1", "112", "1N2N3N4N55556N"], ids=["begun", "blocked", "deadlock"])
@acts
async def test_every_text_of_a_step_session_can_be_read(keys: str) -> None:
    async with step_stage(Program(harness="leaving", variant="lock-order"), 120, 40) as on:
        await on.press(*keys)
        await read_in_every_theme(on, session_as_it_is)


async def session_as_it_is(on: Stage) -> None:
    """The session screen without a dialog."""


async def read_in_every_theme(on: Stage, screen: Open) -> None:
    for theme in TRUE:
        on.app.theme = theme.name
        await on.pilot.pause()
        await screen(on)
        await on.pilot.pause()
        on.screen.paint()
        await on.pilot.pause()
        texts = list(texts_on(on))
        assert texts
        least = AAA if theme is PROJECTOR else AA
        faint = {text for text in texts if text.contrast < least}
        assert faint == set(), theme.name
        while on.app.screen is not on.screen:
            await on.app.pop_screen()
        await on.press("escape")
