"""The line above the footer: a failure, else the scenario's text, else why the head of the list is retained."""

import re
from typing import ClassVar

from msgmux.state import QueueState, hold
from msgmux_tui.narration.describe import named
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, clause, seconds
from msgmux_tui.widgets.pane import Pane

READING = 15.0
"""The reading speed of an audience, in characters a second."""
LEAST_SECONDS = 2.0


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """One row."""
    words, style, mark = _words(view, width - 4, glyphs)
    said = clause(words, width - 4, glyphs)
    return Drawing("", "", [[Cell(f" {mark} {said}".ljust(width), style)]])


def _words(view: View, room: int, glyphs: Glyphs) -> tuple[str, str, str]:
    if view.alarm:
        return view.alarm, "fill.alarm", glyphs.bad
    if view.notice:
        return view.notice, "raised.strong", glyphs.arrow
    page = said(view, room)
    if page:
        return page, "raised.strong", glyphs.say
    if view.unknown:
        return "connecting: nothing is known of the queue yet", "raised.soft", glyphs.dot
    return why(view.state, view.now), "raised.soft", glyphs.dot


def said(view: View, room: int) -> str:
    """The page of the scenario's text to show now; empty after all pages have been shown for their reading time."""
    elapsed = (view.now - view.said_at) / max(1.0, view.speed)
    for page in pages(view.say, room):
        span = max(LEAST_SECONDS, len(page) / READING)
        if elapsed < span:
            return page
        elapsed -= span
    return ""


def pages(text: str, room: int) -> list[str]:
    """The text in pages that fit on one line: the whole text if possible, else by sentences, else by words."""
    if len(text) <= room:
        return [text] if text else []
    shown: list[str] = []
    for sentence in re.split(r"(?<=[.!?:;]) +", text):
        for word in sentence.split(" "):
            start = word == sentence.split(" ")[0] and (not shown or len(shown[-1]) + len(sentence) + 1 > room)
            if not shown or start or len(shown[-1]) + 1 + len(word) > room:
                shown.append(word)
            else:
                shown[-1] += f" {word}"
    return shown


def why(state: QueueState, now: float) -> str:
    """Why the oldest message is still in the list: "#41 stays: C2 billing has not had it; next pass in 0.6 s"."""
    held = hold(state, now)
    if held is None:
        return "The list is empty: everything was read, and taken out."
    due = state.cleaner.due
    soon = f"next pass in {seconds(max(0.0, due - now))}" if due is not None else "no pass is planned"
    if held.consumers:
        who = [named(state.consumers[name].tag, name) for name in held.consumers[:2]]
        others = len(held.consumers) - len(who)
        names = " and ".join(who) if not others else f"{', '.join(who)} and {others} more"
        return f"#{held.seq} stays: {names} {'has' if len(held.consumers) == 1 else 'have'} not had it; {soon}"
    if held.seconds is None:
        return f"#{held.seq} stays: retention is off, so everything is kept"
    if held.seconds > 0:
        return f"#{held.seq} stays {seconds(held.seconds)} more: everybody has had it, but it is too young"
    return f"#{held.seq} may go: everybody has had it and its time is up; {soon}"


class CaptionPane(Pane, can_focus=False):
    """The line above the footer."""

    FRAMED: ClassVar[bool] = False

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)
