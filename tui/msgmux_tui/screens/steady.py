"""A screen that lays itself out for the terminal's present size only."""

from textual.events import Resize
from textual.screen import Screen, ScreenResultType


class SteadyScreen(Screen[ScreenResultType]):
    """Ignores a resize to a size that the terminal has no longer.

    Textual's screen sends itself the size that it has just been laid out for, and lays itself out again when it
    receives that. If the terminal is resized quickly, messages with two sizes are on the way at once: each layout
    sends the next one, in turn, and the screen is drawn for ever in sizes that are gone.
    """

    async def _on_resize(self, event: Resize) -> None:
        # Textual calls the handler of each base class in turn, its own last, unless the default is prevented.
        if event.size != self.app.size:
            event.prevent_default()
