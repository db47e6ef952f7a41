"""The session of a queue in another process. It reads the lines of a recording that is still being written."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import msgspec
from msgspec.structs import replace

from msgmux.commands import AnyCommand, Capabilities, Command, Outcome, PauseTime, ResumeTime, SetSpeed, Step
from msgmux.errors import MsgmuxError
from msgmux.events import Event, Note
from msgmux.publishing.wire import do_line
from msgmux.recording import Choices, Did, End, Header, History, KeyFrame, RecordingError, Tick, Told
from msgmux.recording.format import Line
from msgmux.recording.reading import says
from msgmux.recording.rebasing import Rebase, rebase_of
from msgmux.settings import Settings
from msgmux.state import CleanerState, Fold, QueueState
from msgmux_tui.session.basis import BasicSession
from msgmux_tui.session.feeds import Feed, FeedGone
from msgmux_tui.session.journal import Journal
from msgmux_tui.session.protocol import CROWDS, MOST_EVENTS, SPEEDS, Frame, Link

BUDGET = 0.03
"""Wall-clock seconds that one poll may take to read lines; the next poll reads the rest."""
SLICE = 500
"""Lines read between two checks of :data:`BUDGET`."""
RETRY = 1.0
"""Seconds between two attempts to reconnect."""
SILENT = 2.0
"""The most seconds that the shown time runs on without news; a living program sends its time every second."""
NOTHING = QueueState(0, 1, 0, {}, {}, Settings(), CleanerState(), (), 0)
"""The empty state shown while connecting."""

_BY_TAG: dict[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyCommand)}


class RemoteSession(BasicSession):
    """Shows the stream of ``feed``: a program that publishes a queue, a child process, or a growing recording file.

    It starts *connecting*; :func:`connected` waits for the first line. If the program ends and the feed can reconnect,
    it tries once a second; a new stream then replaces the old history. ``clock`` is the wall clock, in seconds.
    """

    kind: Literal["remote"] = "remote"

    def __init__(self, feed: Feed, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self.feed = feed
        self.capabilities: Capabilities = frozenset()
        self.title = feed.address
        self._decode: Callable[[bytes], Line] = msgspec.json.Decoder(Line).decode
        # Lines received but not processed yet. Nothing more is read from the feed until they are, so that the other
        # end gets backpressure.
        self._lines: deque[bytes] = deque()
        self._link = Link("connecting", None, f"connecting to {feed.address}")
        # `_begun`: a header has arrived. `_over`: the stream ended for good. `_reconnecting`: a new connection waits
        # for its first line; `_retry_at` is the wall-clock time of the next attempt.
        self._begun = self._over = self._reconnecting = False
        self._retry_at = 0.0
        # `_shown`: the last value of `now()`. `_told_time`: the last time that the other end sent; `_heard`: when it
        # arrived, by our clock.
        self._shown = self._told_time = 0.0
        self._heard = clock()
        # Unanswered commands about time. Until they are answered, a received pause or speed may be older than them.
        self._steering = 0
        self._lost = self._fresh = False
        self._rebase: Rebase | None = None
        self.start = self._state = NOTHING
        self._begin(Header(NOTHING, self.title, "", 0, "threads"), 0.0)

    def _begin(self, header: Header, now: float) -> None:
        """Start a new history with the stream's header; ``now`` is its first time, in seconds."""
        self._fold = Fold(header.start)
        self.start = self._state = header.start
        self._told_time, self._heard = now, self._clock()
        self._shown = now
        self._lost = False
        self._journal = Journal(header, now, clock=self._clock, tell=self.tell)

    # Frames

    @property
    def link(self) -> Link:
        """The connection as of the last poll."""
        return self._link

    @property
    def header(self) -> Header:
        """The stream's last header."""
        return self._journal.history.header

    @property
    def timeline(self) -> History:
        return self._journal.history

    @property
    def recording(self) -> Path | None:
        return self._journal.recording

    def start_recording(self, path: Path) -> None:
        self._journal.record(path)

    def stop_recording(self) -> None:
        self._journal.stop()

    def save(self, path: Path) -> None:
        self._journal.save(path)

    def now(self) -> float:
        """The other end's time in seconds since its start: the last one received, plus the time since, by our clock."""
        goes_on = not self._paused and self._link.phase == "connected"
        since = min((self._clock() - self._heard) * self._speed, SILENT) if goes_on else 0.0
        # Our clock may have run ahead of the next time received; the shown time never goes back.
        self._shown = max(self._shown, self._told_time + since)
        return self._shown

    def begin(self) -> bool:
        """Read the first line, if it has arrived, and leave the rest to :meth:`poll`. Returns whether it has.

        Raises :class:`MsgmuxError` if no stream can come, saying why.
        """
        if not self._begun and (self._lines or self._read()):
            self._take_slice(1)
        if not self._begun and self._link.phase == "gone":
            raise MsgmuxError(self._link.words)
        return self._begun

    def poll(self) -> Frame:
        if self._link.phase == "gone" and not self._closed:
            self._retry()
        shown: list[Event] = []
        gap = False
        until = self._clock() + BUDGET
        while self._link.phase != "gone" and not self._closed:
            if not self._lines and not self._read():
                break
            came, jumped = self._take_slice()
            gap = gap or jumped
            shown = [*([event for event in shown if type(event) not in CROWDS] if jumped else shown), *came]
            if self._clock() > until:
                break
        if len(shown) > MOST_EVENTS:
            gap = True
        if gap:
            shown = [event for event in shown if type(event) not in CROWDS]
        self._link = self._aged()
        outcomes = self._answers.take()
        alarm = self._link.words if self._link.phase == "gone" else ""
        return Frame(self._state, self.now(), shown, gap, outcomes, alarm, link=self._link)

    def _aged(self) -> Link:
        if self._rebase is None:
            return self._link
        return replace(self._link, age=max(0.0, self._clock() - self._heard))

    # Reading

    def _read(self) -> bool:
        """Take lines from the feed, if all earlier ones have been processed."""
        try:
            self._lines.extend(self.feed.take())
        except FeedGone as gone:
            words = f"{self.title} has gone" if gone.again and self._begun else str(gone)
            self._disconnect(words, again=gone.again)
        return bool(self._lines)

    def _take_slice(self, most: int = SLICE) -> tuple[list[Event], bool]:
        """Process at most ``most`` lines. Returns the events, and whether events before the last one are missing."""
        gap = False
        shown: list[Event] = []
        events: list[Event] = []  # not in the history yet
        for _ in range(min(most, len(self._lines))):
            line = self._lines.popleft()
            if not says(line):
                continue
            try:
                if self._rebase is None:
                    self._hear_header(line)
                    gap = True
                else:
                    record = self._rebase.line(self._decode(line))
                    if isinstance(record, Event):
                        if self._hear_event(record):
                            events.append(record)
                    elif isinstance(record, KeyFrame):
                        if record.state.event == self._fold.event and not self._lost:
                            self._hear_more(record)
                        else:
                            self._remember(events)
                            shown += [event for event in events if type(event) not in CROWDS]
                            events, gap = [], True
                            self._hear_frame(record)
                    else:
                        self._hear_other(record)
            except RecordingError as error:
                self._disconnect(str(error), again=False)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, KeyError) as error:
                self._disconnect(f"{self.title}: what came is no line of a stream ({error!s:.120})", again=False)
            if self._link.phase == "gone":
                break
        self._remember(events)
        return [*shown, *events], gap

    def _remember(self, events: list[Event]) -> None:
        """Store ``events``, which lead to the present state, in the history."""
        if events or self._state.event != self._fold.event:
            self._state = self._fold.state()
        self._journal.take(events, self._state, self._told_time, gap=False)

    def _hear_header(self, line: bytes) -> None:
        if line.startswith(b'{"kind":"end"'):
            self._disconnect(msgspec.json.decode(line, type=End).text, again=False)
            return
        self._rebase = rebase_of(self.feed.address, line)
        header = self._rebase.header
        self.title = header.title or self.feed.address
        self.capabilities = frozenset([_BY_TAG[tag] for tag in header.takes if tag in _BY_TAG])
        self._paused, self._steering = False, 0
        self._begin(header, 0.0)
        self._fresh = True
        self._link = Link()
        if self._begun:
            self.tell(f"{self.title} runs again: this is a new history")
        self._begun = True

    def _hear_event(self, event: Event) -> bool:
        """Fold one event. Returns whether it is shown: not if it precedes the last key frame or follows a gap."""
        if event.number <= self._fold.event:
            return False
        if event.number != self._fold.event + 1:
            self._lost = True
            return False
        self._hear_time(event.time)
        self._fold.apply(event)
        if isinstance(event, Note) and event.about in ("pause", "ask") and PauseTime in self.capabilities:
            self._paused = True
        return True

    def _hear_frame(self, frame: KeyFrame) -> None:
        if frame.state.event <= self.timeline.last:
            # The numbers went back: the other end is a player that has seeked.
            self._begin(replace(self.header, start=frame.state), frame.time)
            return
        self._hear_time(frame.time)
        self._lost = False
        self._fold, self._state = Fold(frame.state), frame.state
        self._journal.take([], frame.state, self._told_time, gap=True)

    def _hear_more(self, frame: KeyFrame) -> None:
        """Take a whole key frame of the moment of the last partial one, which left out the older nodes."""
        if len(frame.state.nodes) > len(self._state.nodes):
            self._fold, self._state = Fold(frame.state), frame.state

    def _hear_other(self, record: Line) -> None:
        match record:
            case Tick(time, speed):
                self._hear_time(time)
                if PauseTime in self.capabilities and not self._steering:
                    self._paused = speed == 0
                    self._speed = speed or self._speed
            case Told(text):
                self.tell(text)
            case Did(0):
                self._steering = max(0, self._steering - 1)
            case Did(id, text, ok, hint, select):
                self._answers.answer(id, Outcome(text, hint, select, ok))
            case Choices(schedule):
                self.timeline.schedule = schedule
                self._disconnect(f"{self.title} has ended", again=not self.feed.beats)
            case End(text):
                self._disconnect(text, again=True)
            case _:
                pass

    def _hear_time(self, time: float) -> None:
        """Take a received time. It may be an earlier one, but the shown time never goes back."""
        if self._fresh:
            self._fresh = False
            # The history of a stream that was joined late starts now, not at the start of the other program.
            self._begin(self.header, time)
        self._told_time, self._heard = max(self._told_time, time), self._clock()

    # Disconnecting and reconnecting

    def _disconnect(self, words: str, *, again: bool) -> None:
        """Note that the other end has gone, with the reason ``words``. The history is kept. ``again``: reconnect."""
        if self._link.phase != "gone":
            self._told_time = self.now()
            self.capabilities = frozenset()
        hint = "; its past is here: <player.history> looks, <session.save> saves it" if self._begun else ""
        self._link = Link("gone", self._link.age, f"{words}{hint}")
        self._lines.clear()
        self._over, self._reconnecting = not again, False
        self._retry_at = self._clock() + RETRY

    def _retry(self) -> None:
        """Try to reconnect, once a second, if that can succeed."""
        try:
            if not self._reconnecting:
                if self._over or self._clock() < self._retry_at:
                    return
                self._retry_at = self._clock() + RETRY
                self.feed.reconnect()
                self._reconnecting = True
            self._lines.extend(self.feed.take())
        except FeedGone:
            self._reconnecting = False
            return
        if self._lines:
            self._reconnecting = False
            self._rebase = None
            self._link = Link("connecting", None, self._link.words)

    # Commands

    def _refusal(self, command: Command) -> str:
        if self._link.phase == "gone":
            return f"{self.title} has gone, and takes nothing any more; its past is here: <player.history>"
        if isinstance(command, PauseTime | SetSpeed):
            return "a program that is watched goes at its own pace; <player.history> looks at what it did"
        return "this program is only watched: it alone decides what it takes from outside"

    def _give(self, id: int, command: AnyCommand) -> None:
        self._send(id, command)

    def _send(self, id: int, command: AnyCommand) -> None:
        try:
            if self._link.phase != "connected":
                raise FeedGone(f"{self.title} is not connected")
            self.feed.send(do_line(id, command))
            self._steering += id == 0
        except FeedGone as gone:
            self._answers.answer(id, Outcome(str(gone), ok=False))

    def _step(self, *, notable: bool) -> None:
        self._send(0, Step(notable))

    def _steer(self) -> None:
        self._send(0, PauseTime() if self._paused else ResumeTime())
        if SPEEDS[0] <= self._speed <= SPEEDS[-1]:
            self._send(0, SetSpeed(self._speed))

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.stop_recording()
            self.feed.close()


def connected(
    feed: Feed,
    *,
    patience: float = 3.0,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> RemoteSession:
    """A session whose first line has arrived: waits for it at most ``patience`` seconds.

    Raises :class:`MsgmuxError` if it does not arrive or is no stream. ``clock`` and ``wait`` are for tests.
    """
    session = RemoteSession(feed, clock=clock)
    until = clock() + patience
    try:
        while not session.begin():
            if clock() > until:
                raise MsgmuxError(
                    f"{feed.address} does not answer within {patience:g} s; a forked child may hold its socket"
                )
            wait(0.01)
    except BaseException:
        session.close()
        raise
    return session
