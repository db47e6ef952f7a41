"""The printed trace: one line for each sentence, in fixed columns, with one column for each actor.

Following a column downwards shows when its actor moved (the layout of TigerBeetle's simulator log)::

       0.667        P2           P2 producer_2 puts 4: "hello from producer_2 [1]"
       0.667              C1     C1 consumer_1 gets 4
      10.000  Q                  cleaner stops at #1: it stays 20.0 s more
"""

from msgmux import events as ev
from msgmux_tui.narration.narrator import Sentence
from msgmux_tui.theme.glyphs import Glyphs

MOST_COLUMNS = 12
"""The most columns. Further actors share the last one; their marks are their tags, so they remain distinct."""
MARK = 4
"""Characters of a column: a tag of up to three characters, and a space."""
WORDS = frozenset({"note", "expected", "violation"})
"""Kinds of events without an actor. Any other event without one is an act of the queue or its cleaner (mark ``Q``)."""


class Trace:
    """Formats the lines, with columns for ``actors`` at a time. When all are taken, further actors share the last."""

    def __init__(self, actors: int, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._width = max(1, min(actors, MOST_COLUMNS))
        # By tag: the actor's column, which becomes free when the actor leaves.
        self._columns: dict[str, int] = {}
        self._origin: float | None = None

    def line(self, event: ev.Event, sentence: Sentence | None) -> str | None:
        """The line for ``event`` and its ``sentence``. Times are seconds since the first event."""
        if self._origin is None:
            self._origin = event.time
        if isinstance(event, ev.ProducerRegistered | ev.ConsumerRegistered):
            self._columns[event.tag] = self._free_column()
        if sentence is None:
            return None
        line = self._drawn(sentence, self._origin)
        if isinstance(event, ev.ProducerUnregistered | ev.ConsumerUnregistered):
            self._columns.pop(sentence.actor_tag, None)
        return line

    def _drawn(self, sentence: Sentence, origin: float) -> str:
        if sentence.role == "queue":
            marks = "" if sentence.kind in WORDS else "Q"
        else:
            marks = "  " + " " * (MARK * self._columns.get(sentence.actor_tag, 0)) + sentence.actor_tag
        text = f"{sentence.time - origin:9.3f}  {marks:<{2 + MARK * self._width}} {sentence.words}"
        return self._glyphs.text(text)

    def _free_column(self) -> int:
        taken = set(self._columns.values())
        return next((column for column in range(self._width) if column not in taken), self._width - 1)
