"""The base class of all panes: it draws rows of cells, and repaints only the rows that changed.

It overrides ``render_lines``, which the compositor calls, and so skips Textual's style cache (borders, padding,
opacity). Measured with five panes at 20 frames a second: 7 % of a core this way, 16 % by ``render_line``, 26 % as
``Static``. Therefore this class draws the frame itself, applies the line filters (``NO_COLOR``) itself, and gives
every segment a style, because Textual's monochrome filter fails on a segment without one.
"""

from abc import abstractmethod
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from msgmux.commands import Selection
from msgmux_tui.keys import actions as keymap
from msgmux_tui.system.messages import printable
from msgmux_tui.theme.glyphs import UNICODE, Glyphs
from msgmux_tui.theme.palettes import DARK
from msgmux_tui.theme.styles import Styles
from msgmux_tui.theme.textual_theme import palette_of
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.dimmed import DIMMED
from msgmux_tui.widgets.drawing import Drawing, Row, filled
from msgmux_tui.widgets.frame import LEAST, framed, inside

BOXED_FROM = 30
"""Terminals with at least this many rows show panes in boxes, others with title lines."""


FAR = 10**9
"""A step larger than any number of rows, to go to the first or the last one."""
WHEEL = 1
"""Rows for one event of the mouse wheel; terminals send several for one turn."""


class Pane(Widget, can_focus=True):
    """A framed drawing of a :class:`~msgmux_tui.viewmodel.view.View`. Subclasses implement :meth:`draw`.

    The screen calls :meth:`show` once a frame. Besides that, only a change of size, theme or focus repaints; it shows
    the last view again.
    """

    ALLOW_SELECT = False  # Textual's text selection by dragging would conflict with selecting rows
    FRAMED: ClassVar[bool] = True
    HELP: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = keymap.bindings("pane")

    class Picked(Message):
        """A producer or consumer was selected by a key or the mouse."""

        def __init__(self, selection: Selection) -> None:
            super().__init__()
            self.selection = selection

    class MessagePicked(Message):
        """A message of the list was selected."""

        def __init__(self, seq: int) -> None:
            super().__init__()
            self.seq = seq

    def __init__(self, *, id: str | None = None, classes: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, classes=classes)
        self.glyphs = glyphs
        self.view: View | None = None
        self._styles = Styles(DARK)
        self._rows: list[Row] = []
        self._strips: list[Strip] = []
        self._look: tuple[object, ...] = ()

    @abstractmethod
    def draw(self, view: View, width: int, height: int) -> Drawing:
        """Draw the inside of the pane, ``width`` by ``height`` cells. Depends only on the arguments and the glyphs."""

    def move(self, step: int) -> None:
        """Select the row ``step`` below the selected one (negative: above). Does nothing in panes without rows."""

    def needs(self, view: View) -> int | None:
        """The rows that the drawing can use, without the frame. None: as many as there are."""
        return None

    @property
    def page(self) -> int:
        """The number of rows that page up and page down move by."""
        return max(1, self.size.height - 3)

    # ------------------------------------------------------------------------------------------------ painting

    def show(self, view: View) -> int:
        """Draw the view and repaint the rows that differ from the last one. Returns their number."""
        self.view = view
        width, height = self.size
        if width < LEAST[0] or height < (LEAST[1] if self.FRAMED else 1):
            self._rows, self._strips, self._look = [], [], ()
            return 0
        look = (width, height, self.app.theme, self.has_focus, self.glyphs.name, self.boxed)
        fresh = look != self._look
        if fresh:
            self._look, self._rows = look, []
            self._styles = Styles(palette_of(self.app.current_theme))
            self._strips = [Strip([Segment(" " * width, self._styles.ground)], width)] * height
        rows = self._framed(view, width, height)
        old = self._rows
        changed = [y for y in range(height) if fresh or rows[y] != old[y]]
        styles = self._styles
        for y in changed:
            segments = [Segment(cell.text, styles[cell.style]) for cell in rows[y] if cell.text]
            self._strips[y] = Strip(segments, width).simplify()
        self._rows = rows
        if fresh:
            self.refresh()
        elif changed:
            self.refresh(*[Region(0, y, width, 1) for y in changed])
        return len(changed)

    @property
    def boxed(self) -> bool:
        """Whether the pane has a box; otherwise it has a title line."""
        return self.app.size.height >= BOXED_FROM

    def _framed(self, view: View, width: int, height: int) -> list[Row]:
        if not self.FRAMED:
            rows = _printable(self.draw(view, width, height)).rows[:height]
            return [filled(rows[y] if y < len(rows) else [], width) for y in range(height)]
        drawing = _printable(self.draw(view, *inside(width, height, self.boxed)))
        return framed(drawing, width, height, self.glyphs, boxed=self.boxed, focused=self.has_focus)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips inside ``crop``, passed through the app's line filters. Called by Textual's compositor."""
        x, y, width, height = crop
        strips = self._strips[y : y + height]
        if len(strips) < height:
            blank = Strip([Segment(" " * self.size.width, self._styles.ground)], self.size.width)
            strips = strips + [blank] * (height - len(strips))
        ground = self.background_colors[1]
        filters = [*self.get_line_filters(), *([DIMMED] if self.has_class("-dimmed") else [])]
        for line_filter in filters:
            strips = [strip.apply_filter(line_filter, ground) for strip in strips]
        return strips if (x, width) == (0, self.size.width) else [strip.crop(x, x + width) for strip in strips]

    def _again(self) -> None:
        if self.view is not None:
            self.show(self.view)

    def on_mount(self) -> None:
        self.watch(self.app, "theme", self._again, init=False)
        self.watch(self, "has_focus", self._again, init=False)

    def on_resize(self) -> None:
        self._again()

    # ------------------------------------------------------------------------------------------------ choosing

    def action_move(self, step: int) -> None:
        """Move the selection; bound to the arrows, j and k, which act only within the focused pane."""
        self.move(step)

    def action_page(self, direction: int) -> None:
        """Move the selection by a page, down (1) or up (-1)."""
        self.move(direction * self.page)

    def action_end(self, direction: int) -> None:
        """Move the selection to the first (-1) or the last row (1)."""
        self.move(direction * FAR)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(WHEEL)

    def target_at(self, x: int, y: int) -> str:
        """The target of the cell at column ``x``, row ``y`` (see :class:`Cell`); empty if it has none."""
        if not 0 <= y < len(self._rows):
            return ""
        for cell in self._rows[y]:
            x -= len(cell.text)
            if x < 0:
                return cell.target
        return ""

    def on_click(self, event: events.Click) -> None:
        kind, _, name = self.target_at(event.x, event.y).partition(":")
        if kind in ("producer", "consumer"):
            self.pick("producer" if kind == "producer" else "consumer", name)
        elif kind == "message":
            self.post_message(self.MessagePicked(int(name)))
        elif kind == "action":
            self.call_later(self.screen.run_action, name)
        if kind in ("producer", "consumer", "message") and event.chain == 2:
            self.call_later(self.screen.run_action, "inspect")

    def pick(self, role: str, name: str) -> None:
        """Post :class:`Picked` for this producer or consumer to the screen."""
        self.post_message(self.Picked(Selection("producer" if role == "producer" else "consumer", name)))


def _printable(drawing: Drawing) -> Drawing:
    """Replace control and other unprintable characters, so that no drawing can send escape sequences to the terminal.

    This happens before rows are cut to their width, because an unprintable character takes no cell and its
    replacement takes one.
    """
    title, note, rows = drawing
    return Drawing(
        printable(title),
        printable(note),
        [
            row
            if all([cell.text.isprintable() for cell in row])
            else [cell._replace(text=printable(cell.text)) for cell in row]
            for row in rows
        ],
    )


class SheetPane(Pane):
    """A pane shown in a dialog over the others. It has no help text, and always has a box."""

    HELP: ClassVar[str | None] = None

    @property
    def boxed(self) -> bool:
        return True
