"""The top line: mode, scenario, clock, speed, invariants, and whether the threads are real or exact."""

from typing import ClassVar

from rich.cells import cell_len

from msgmux_tui.session.records import Check
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, Row, clause, clock, count, row_width
from msgmux_tui.widgets.pane import Pane


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """One row; the scenario's title gets the width that the other parts leave.

    Where the title doesn't fit, the speed gives its place if it is 1, then the word "real" of real threads.
    """
    left = _mode(view, glyphs)
    for brief in range(3):
        right = _right(view, glyphs, brief)
        room = width - row_width(left) - row_width(right) - 2
        if cell_len(glyphs.text(view.scenario)) <= room:
            break
    else:
        # No form has room for the whole title: then it is cut, and nothing else is.
        right = _right(view, glyphs, 0)
        room = width - row_width(left) - row_width(right) - 2
    title = clause(view.scenario, room, glyphs) if room >= 8 else ""
    middle = Cell(f" {title}".ljust(max(0, room + 2)), "raised")
    return Drawing("", "", [[*left, middle, *right]])


def _right(view: View, glyphs: Glyphs, brief: int) -> Row:
    """Clock, speed, invariants and badge, in full (``brief`` 0), or without what may be left out (1 and 2)."""
    words = "threads" if brief > 1 and view.badge == "real threads" else view.badge
    right = [
        *_viewers(view),
        Cell("REC ", "raised.alarm") if view.recording else Cell("", "raised"),
        Cell(f"{clock(view.now):>7} ", "raised.strong"),
        Cell("", "raised")
        if brief and view.speed == 1
        else Cell(_speed(view, glyphs), "raised.soft", "action:speed(1)"),
        *_checks(view.checks, glyphs),
        Cell("  ", "raised"),
        Cell(f" {words.upper()} ", "fill.badge", "action:switch"),
    ]
    return [cell for cell in right if cell.text]


def _viewers(view: View) -> Row:
    """How many pages look on, where the session is presented."""
    if view.viewers is None:
        return []
    words = f"{count(view.viewers)} viewer{'' if view.viewers == 1 else 's'}{', held' if view.held else ''}"
    return [Cell(f"{words}  ", "raised.alarm" if view.held else "raised.ok", "action:class_address")]


def _speed(view: View, glyphs: Glyphs) -> str:
    return f"{glyphs.times}{view.speed:g}  "


def _mode(view: View, glyphs: Glyphs) -> Row:
    if view.mode == "REPLAY":
        mark = glyphs.paused if view.halted else glyphs.live
        return [Cell(f" {mark} REPLAY {glyphs.minus}{view.behind_live:.1f} s ", "fill.replay", "action:pause")]
    if view.mode == "STEP":
        mark, style = (glyphs.paused, "fill.paused") if view.halted else (glyphs.live, "fill.live")
        return [Cell(f" {mark} STEP ", style, "action:pause")]
    if view.mode == "GONE":
        return [Cell(f" {glyphs.bad} GONE ", "fill.alarm", "action:pause")]
    goes_on = view.mode in ("LIVE", "WATCHING")
    mark, style = (glyphs.live, "fill.live") if goes_on else (glyphs.paused, "fill.paused")
    return [Cell(f" {mark} {view.mode} ", style, "action:pause")]


def _checks(checks: tuple[Check, ...], glyphs: Glyphs) -> Row:
    """The result of the invariants: all hold, or the name of a violated one."""
    broken = [check.name for check in checks if check.violation]
    if broken:
        return [Cell(f" {glyphs.bad} {broken[0]} VIOLATED ", "fill.alarm", "action:checks")]
    if not checks:
        return []
    words = f"{len(checks)} invariants"
    return [Cell(f"{glyphs.ok} ", "raised.ok", "action:checks"), Cell(words, "raised.soft", "action:checks")]


class HeaderPane(Pane, can_focus=False):
    """The top line."""

    FRAMED: ClassVar[bool] = False

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
