"""The guided tour: a dialog of cards over the running session. Each card focuses the pane that it describes."""

from collections.abc import Callable
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from msgmux_tui.keys import actions as keymap
from msgmux_tui.screens.dialog import Dialog
from msgmux_tui.theme.glyphs import Glyphs


class Card(NamedTuple):
    """``pane`` is the id of the pane that the card describes."""

    title: str
    pane: str
    text: str


CARDS = (
    Card(
        "One list",
        "list",
        "Producers put messages, and all of them go into ONE list: the oldest at the head, the newest at the tail. "
        "Each block is a message, with the tag and the colour of its producer. However many consumers there are, "
        "a message is kept once.",
    ),
    Card(
        "A cursor each",
        "list",
        "Every consumer gets every message, at its own speed. The flag ▲C2 under a block is its cursor: all up to "
        "there was delivered to C2. What lies to the right of the flag is still before it.",
    ),
    Card(
        "Lag",
        "consumers",
        '"18+2 behind": 18 messages wait in the list, 2 more wait in the channel, the small box between the queue and '
        "the consumer. Select a consumer with the arrows and press <consumer.stall>: it stops reading, and you see its "
        "lag grow.",
    ),
    Card(
        "Retention",
        "cleaner",
        "The cleaner comes by every second or so and takes messages away from the head: those that everybody has had, "
        "and that are older than the retention time. One consumer that is behind keeps them all. "
        "<queue.retain_longer> and <queue.retain_shorter> change it.",
    ),
    Card(
        "Backpressure",
        "producers",
        "The list has a bound. When a stalled consumer keeps it full, the queue takes no more: the producers' channels "
        "fill, and their put waits, BLOCKED. Press <consumer.stall> on a consumer and watch it travel back, then "
        "<consumer.stall> again.",
    ),
    Card(
        "Your turn",
        "events",
        "<producer.add> and <consumer.add> add producers and consumers, <producer.remove> and <consumer.remove> remove "
        "them. <time.pause> stops time, <time.step> goes one event on. <session.switch> starts the same world again in "
        "exact virtual time. <screen.help> explains the pane you are in, <screen.legend> shows what every mark means.",
    ),
)


class TourScreen(Dialog[None], inherit_bindings=False):
    """``light`` is called with the id of the pane that the shown card describes."""

    BINDINGS = [
        *keymap.bindings("tour", keymap.TOUR),
        *keymap.bindings("dialog", [action for action in keymap.DIALOG if action.id == "dialog.no"]),
    ]

    def __init__(self, light: Callable[[str], None], glyphs: Glyphs) -> None:
        super().__init__()
        self._light, self._glyphs = light, glyphs
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog card"):
            yield Static(id="card-title", classes="title", markup=False)
            yield Static(id="card-text", markup=False)
            yield Static(id="card-keys", classes="hint", markup=False)

    def on_mount(self) -> None:
        self._show()

    def action_turn(self, step: int) -> None:
        if self._at + step == len(CARDS):
            _ = self.dismiss()
            return
        self._at = max(0, self._at + step)
        self._show()

    def action_no(self) -> None:
        _ = self.dismiss()

    def _show(self) -> None:
        card = CARDS[self._at]
        on = "ends the tour" if self._at == len(CARDS) - 1 else "next card"
        back = "left: the card before   " if self._at else ""
        self.query_one("#card-title", Static).update(f"{self._at + 1} of {len(CARDS)}   {card.title}")
        self.query_one("#card-text", Static).update(self._glyphs.text(self.keymap.fill(card.text)))
        self.query_one("#card-keys", Static).update(
            self.keymap.fill(f"right or enter: {on}   {back}<dialog.no>: close")
        )
        # In the half of the screen that does not hide the described pane.
        self.set_class(card.pane != "list", "-above")
        self._light(card.pane)
