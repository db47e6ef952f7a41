"""The session that is somewhere else: what it shows comes as the lines of a recording that is still being written."""

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
"""Seconds of the wall clock that one poll may take to read lines. What does not fit is read by the next."""
SLICE = 500
"""Lines between two looks at the clock."""
RETRY = 1.0
"""Seconds between two attempts to find the other end again."""
SILENT = 2.0
"""Seconds for which time goes on by itself here; a program that lives says more often what time it is."""
NOTHING = QueueState(0, 1, 0, {}, {}, Settings(), CleanerState(), (), 0)
"""What is shown before anything is known."""

_BY_TAG: dict[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyCommand)}


class RemoteSession(BasicSession):
    """What ``feed`` brings: a program that publishes a queue, a child process, a file that is still being written.

    It begins *connecting*; :func:`connected` waits for the first line. A program that goes is looked for once a second,
    where the feed can find it again; its new history then takes the place of the old one. ``clock`` is the wall's.
    """

    kind: Literal["remote"] = "remote"

    def __init__(self, feed: Feed, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self.feed = feed
        self.capabilities: Capabilities = frozenset()
        self.title = feed.address
        self._decode: Callable[[bytes], Line] = msgspec.json.Decoder(Line).decode
        # Lines that are read but not looked at yet. Nothing more is read before they are: so the other end notices
        # that it is too fast.
        self._lines: deque[bytes] = deque()
        self._link = Link("connecting", None, f"connecting to {feed.address}")
        # Has anything begun? Is it over for good? When is it looked for again, and has it been found?
        self._begun = self._over = self._reconnecting = False
        self._retry_at = 0.0
        # The last time that the other end has said, and when it did, by our clock.
        self._shown = self._told_time = 0.0
        self._heard = clock()
        # Commands about time that are not answered yet: until then, what is told of it may be older than they are.
        self._steering = 0
        self._lost = self._fresh = False
        self._rebase: Rebase | None = None
        self.start = self._state = NOTHING
        self._begin(Header(NOTHING, self.title, "", 0, "threads"), 0.0)

    def _begin(self, header: Header, now: float) -> None:
        """A stream begins, and a history with it."""
        self._fold = Fold(header.start)
        self.start = self._state = header.start
        self._told_time, self._heard = now, self._clock()
        self._shown = now
        self._lost = False
        self._journal = Journal(header, now, clock=self._clock, tell=self.tell)

    # What is seen

    @property
    def link(self) -> Link:
        """How it stands to the other end, as of the last poll."""
        return self._link

    @property
    def header(self) -> Header:
        """What the other end has said of itself."""
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
        """The other end's time, in seconds since its beginning: as it was last told, and as our clock goes on since."""
        goes_on = not self._paused and self._link.phase == "connected"
        since = min((self._clock() - self._heard) * self._speed, SILENT) if goes_on else 0.0
        # Our clock may have been ahead of what is told next; what is shown never goes back.
        self._shown = max(self._shown, self._told_time + since)
        return self._shown

    def begin(self) -> bool:
        """Hear the first line, if it has come; whatever follows is for :meth:`poll`. Returns whether it has begun.

        Raises :class:`MsgmuxError` where nothing will, in words.
        """
        if not self._begun and (self._lines or self._read()):
            self._take_slice(1)
        if not self._begun and self._link.phase == "gone":
            raise MsgmuxError(self._link.words)
        return self._begun

    def poll(self) -> Frame:
        if self._link.phase == "gone" and not self._closed:
            self._look_again()
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
        """Have lines to look at, if any have come."""
        try:
            self._lines.extend(self.feed.take())
        except FeedGone as gone:
            words = f"{self.title} has gone" if gone.again and self._begun else str(gone)
            self._part(words, again=gone.again)
        return bool(self._lines)

    def _take_slice(self, most: int = SLICE) -> tuple[list[Event], bool]:
        """Look at so many lines. Returns the events, and whether something is missing before the last of them."""
        gap = False
        shown: list[Event] = []
        events: list[Event] = []  # that are not in the history yet
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
                self._part(str(error), again=False)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, KeyError) as error:
                self._part(f"{self.title}: what came is no line of a stream ({error!s:.120})", again=False)
            if self._link.phase == "gone":
                break
        self._remember(events)
        return [*shown, *events], gap

    def _remember(self, events: list[Event]) -> None:
        """These events led to here."""
        if events or self._state.event != self._fold.event:
            self._state = self._fold.state()
        self._journal.take(events, self._state, self._told_time, gap=False)

    def _hear_header(self, line: bytes) -> None:
        if line.startswith(b'{"kind":"end"'):
            self._part(msgspec.json.decode(line, type=End).text, again=False)
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
        """Returns whether it is to be shown: not one of before the last key frame, nor one after a gap."""
        if event.number <= self._fold.event:
            return False
        if event.number != self._fold.event + 1:
            self._lost = True
            return False
        self._hear_time(event.time)
        self._fold.apply(event)
        if isinstance(event, Note) and event.about == "pause" and PauseTime in self.capabilities:
            self._paused = True
        return True

    def _hear_frame(self, frame: KeyFrame) -> None:
        if frame.state.event <= self.timeline.last:
            # It has gone back: somebody looks at another moment of what has happened.
            self._begin(replace(self.header, start=frame.state), frame.time)
            return
        self._hear_time(frame.time)
        self._lost = False
        self._fold, self._state = Fold(frame.state), frame.state
        self._journal.take([], frame.state, self._told_time, gap=True)

    def _hear_more(self, frame: KeyFrame) -> None:
        """The same moment once more: after a picture, which leaves out the older nodes, with all of them."""
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
                self._part(f"{self.title} has ended", again=not self.feed.beats)
            case End(text):
                self._part(text, again=True)
            case _:
                pass

    def _hear_time(self, time: float) -> None:
        """An event may bear a time long past; what is shown never goes back."""
        if self._fresh:
            self._fresh = False
            # A stream that was joined late begins now, not at the beginning of what it tells of.
            self._begin(self.header, time)
        self._told_time, self._heard = max(self._told_time, time), self._clock()

    # The other end

    def _part(self, words: str, *, again: bool) -> None:
        """It has gone. What has come until then is still there."""
        if self._link.phase != "gone":
            self._told_time = self.now()
            self.capabilities = frozenset()
        hint = "; its past is here: <player.history> looks, <session.save> saves it" if self._begun else ""
        self._link = Link("gone", self._link.age, f"{words}{hint}")
        self._lines.clear()
        self._over, self._reconnecting = not again, False
        self._retry_at = self._clock() + RETRY

    def _look_again(self) -> None:
        """Where it has gone and may come back: once a second."""
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
        return "this is somebody's program, and only watched: it alone decides what is taken from outside"

    def _give(self, id: int, command: AnyCommand) -> None:
        self._say(id, command)

    def _say(self, id: int, command: AnyCommand) -> None:
        try:
            if self._link.phase != "connected":
                raise FeedGone(f"{self.title} is not connected")
            self.feed.send(do_line(id, command))
            self._steering += id == 0
        except FeedGone as gone:
            self._answers.answer(id, Outcome(str(gone), ok=False))

    def _step(self, *, notable: bool) -> None:
        self._say(0, Step(notable))

    def _steer(self) -> None:
        self._say(0, PauseTime() if self._paused else ResumeTime())
        if SPEEDS[0] <= self._speed <= SPEEDS[-1]:
            self._say(0, SetSpeed(self._speed))

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
    """A session that has begun: waits so many seconds for the first line. Raises :class:`MsgmuxError` in words."""
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
