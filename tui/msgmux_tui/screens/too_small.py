"""The notice shown in place of the panes on a terminal that is too small."""

from textual.widgets import Static

from msgmux_tui.keys.keymap import Keymap

WIDTH, HEIGHT = 60, 18
"""The least columns and rows that the panes need."""


class TooSmall(Static):
    """Says that the terminal is too small. The session keeps running, and keys still work."""

    DEFAULT_CSS = """
    TooSmall { display: none; width: 100%; height: 100%; content-align: center middle; text-align: center; }
    """

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(markup=False)
        self._keymap = keymap

    def on_resize(self) -> None:
        self._say()

    def on_mount(self) -> None:
        self._say()

    def _say(self) -> None:
        width, height = self.app.size
        leave = self._keymap.fill("Enlarge it, or press <app.quit>.")
        self.update(f"msgmux needs {WIDTH} x {HEIGHT}.\nThis is {width} x {height}.\n{leave}")
