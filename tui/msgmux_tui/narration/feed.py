"""The lines of the events pane: events as sentences, with neighbours of one kind folded into one ("C1 C2 got 41–44").

Routine events (puts, deliveries, evictions) may open at most :data:`NEW_LINES` lines a second of wall-clock time. When
that budget is used up, further events of the same kind are added to the existing line, for at most :data:`LONGEST`
seconds. A rare event always gets its own line. Each line shows the times of its first and last event. The filter
selects events before they are folded, so that a line covers exactly the matching events of the log.
"""

from collections import deque
from collections.abc import Iterable

from msgmux_tui.narration.pieces import Piece, Span
from msgmux_tui.narration.records import Line

KEPT = 500
KEPT_SPANS = 20_000
"""The most seq ranges kept for the filter; the oldest are dropped. A piece without a range counts as one."""
NEW_LINES = 4.0
"""New lines a second for routine events."""
LONGEST = 1.0
"""The most wall-clock seconds between the first and the last event of a line."""
NAMED_SPANS = 3
"""A line names at most this many seq ranges; of more it gives only their number."""
FOLLOWS = {"delivered": ("put",), "evicted": ("delivered", "put"), "skipped": ("evicted",)}
"""By kind: a line of one of these kinds that was opened later closes the line. So for every message the line about its
put stands above the line about its delivery, and that above the line about its eviction."""


def span_text(first: int, last: int) -> str:
    """``41`` or ``41–44``."""
    return f"{first}" if first == last else f"{first}–{last}"


def spans_text(spans: list[Span]) -> str:
    """``41–44, 46``; for many ranges ``17 of 41–90`` (17 messages between 41 and 90)."""
    if len(spans) <= NAMED_SPANS:
        return ", ".join([span_text(*span) for span in spans])
    total = sum([last - first + 1 for first, last in spans])
    return f"{total:,} of {span_text(min(spans)[0], max([last for _, last in spans]))}"


class _Open:
    """The open line of one kind, to which further events may be added: by actor, the ranges of messages."""

    def __init__(self, index: int, piece: Piece) -> None:
        self.index, self.first, self.last, self.count = index, piece, piece, 0
        self.spans: dict[str, list[Span]] = {}

    def add(self, piece: Piece) -> None:
        mine = self.spans.setdefault(piece.tag, [])
        for span in piece.spans:
            if mine and span[0] == mine[-1][1] + 1:
                mine[-1] = (mine[-1][0], span[1])
            else:
                mine.append(span)
        # In a crowded frame the pieces of two actors overlap, so the later piece may end earlier.
        self.last = max(self.last, piece, key=lambda either: either.last)
        self.count += piece.count

    def continued_by(self, piece: Piece) -> bool:
        """Return whether ``piece`` only adds an actor to the same messages, or the next messages to the only actor."""
        if len(piece.spans) != 1:
            return True
        known = list(self.spans.values())
        if piece.tag not in self.spans:
            return piece.kind == "put" or all([spans == list(piece.spans) for spans in known])
        return len(known) == 1 and piece.spans[0][0] == known[0][-1][1] + 1

    def line(self) -> Line:
        piece = self.first
        actors = tuple([tag for tag in self.spans if tag])
        match piece.kind:
            case "put":
                # Sequence numbers are given across all producers, so the ranges of all actors can be joined.
                text = f"put {spans_text(_joined(self.spans.values()))}"
            case "delivered":
                actors, what = self._groups()
                text = f"got {what}"
            case "evicted":
                text = f"evicted {spans_text(self.spans[''])}: {piece.words.partition(': ')[2]}"
            case "skipped":
                own = "" if piece.name == piece.tag else f"{piece.name} "
                text = f"{own}misses {spans_text(self.spans[piece.tag])}: {piece.words.partition(': ')[2]}"
            case "gap":
                text = f"{self.count:,} events came too fast to be told one by one"
            case _:
                text = piece.words + (f", {self.count:,} times" if self.count > 1 else "")
        return Line(
            piece.time, actors, piece.role, text, piece.kind, piece.event, until=self.last.until, last=self.last.last
        )

    def _groups(self) -> tuple[tuple[str, ...], str]:
        """The actors with the commonest ranges, and the text: ``41–44``, or ``41–44, C2 20–31`` if another differs."""
        together: dict[tuple[Span, ...], list[str]] = {}
        for tag, spans in self.spans.items():
            together.setdefault(tuple(spans), []).append(tag)
        if len(together) > 2 or (len(together) > 1 and max([len(spans) for spans in together]) > 1):
            total = sum([last - first + 1 for spans in self.spans.values() for first, last in spans])
            return tuple(self.spans), f"{total:,} messages"
        (common, actors), *others = sorted(together.items(), key=lambda group: -len(group[1]))
        more = "".join([f", {' '.join(tags)} {spans_text(list(theirs))}" for theirs, tags in others])
        return tuple(actors), spans_text(list(common)) + more


def _joined(groups: Iterable[list[Span]]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted([span for spans in groups for span in spans]):
        if joined and span[0] == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return joined


class Lines:
    """Folds pieces into lines and keeps the last :data:`KEPT` of them."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._open: dict[str, _Open] = {}
        self._left = NEW_LINES

    def lines(self) -> tuple[Line, ...]:
        """The lines, oldest first."""
        return tuple(self._lines[-KEPT:])

    def close_lines(self) -> None:
        """Close all lines after missing events: nothing more is added to them."""
        self._open.clear()

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` of wall-clock time pass, which renews the budget for new lines."""
        self._left = min(NEW_LINES, self._left + seconds * NEW_LINES)
        if len(self._lines) > 2 * KEPT:
            del self._lines[:-KEPT]
            self.close_lines()

    def take(self, piece: Piece, speed: float) -> None:
        """Add a piece. ``speed``: seconds of the session in one second of the wall clock."""
        if not piece.routine:
            actors = (piece.tag,) if piece.tag else ()
            self._lines.append(Line(piece.time, actors, piece.role, piece.words, piece.kind, piece.event))
            return
        key = piece.kind if piece.kind in ("put", "delivered") else f"{piece.kind} {piece.tag} {piece.words}"
        line = self._open.get(key)
        if line is None or self._is_over(line, piece, speed):
            self._left = max(-NEW_LINES, self._left - 1)
            line = self._open[key] = _Open(len(self._lines), piece)
            line.add(piece)
            self._lines.append(line.line())
        else:
            line.add(piece)
            self._lines[line.index] = line.line()

    def _is_over(self, line: _Open, piece: Piece, speed: float) -> bool:
        if piece.until - line.first.time > LONGEST * max(1.0, speed):
            return True
        before = FOLLOWS.get(piece.kind, ())
        if any([other.index > line.index and other.first.kind in before for other in self._open.values()]):
            return True
        newest = line.index == len(self._lines) - 1
        counted = piece.kind not in ("put", "delivered", "evicted")
        return self._left >= 1 and not counted and not (newest and line.continued_by(piece))


class Feed:
    """The last events as lines for the events pane, all of them or those that match a filter."""

    def __init__(self) -> None:
        self._all = Lines()
        # Each piece with the speed at which it happened; then the number of their seq ranges.
        self._pieces: deque[tuple[Piece, float]] = deque()
        self._spans = 0
        # The lines for the last non-empty filter.
        self._sought = ""
        self._found: Lines | None = None

    def close_lines(self) -> None:
        """Close all lines after missing events: nothing more is added to them."""
        for lines in self._kinds():
            lines.close_lines()

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` of wall-clock time pass, which renews the budget for new lines."""
        for lines in self._kinds():
            lines.advance(seconds)

    def take(self, pieces: Iterable[Piece], speed: float = 1.0) -> None:
        """Add new pieces, in order. ``speed`` is as in :meth:`Lines.take`."""
        terms = self._sought.split()
        for piece in pieces:
            self._pieces.append((piece, speed))
            self._spans += len(piece.spans) or 1
            self._all.take(piece, speed)
            if self._found is not None and _passes(piece, terms):
                self._found.take(piece, speed)
        while self._spans > KEPT_SPANS and len(self._pieces) > 1:
            self._spans -= len(self._pieces.popleft()[0].spans) or 1

    def lines(self, sought: str = "") -> tuple[Line, ...]:
        """The lines of the events that match every word of ``sought`` (see :meth:`Piece.has`), oldest first."""
        sought = " ".join(sought.lower().split())
        if not sought:
            self._sought, self._found = "", None
            return self._all.lines()
        if sought != self._sought or self._found is None:
            self._sought, self._found = sought, Lines()
            terms = sought.split()
            for piece, speed in self._pieces:
                if _passes(piece, terms):
                    # Past events need no line budget; but a line still covers at most a second.
                    self._found.advance(1.0)
                    self._found.take(piece, speed)
        return self._found.lines()

    def _kinds(self) -> list[Lines]:
        return [self._all] if self._found is None else [self._all, self._found]


def _passes(piece: Piece, terms: list[str]) -> bool:
    return all([piece.has(term) for term in terms])
