"""How much each viewer gets: every event; or, where there are too many, pictures of the whole a few times a second."""

from collections.abc import Sequence

import msgspec

from msgmux.publishing.source import Source
from msgmux.publishing.viewer import MOST_OUT, Viewer
from msgmux.publishing.wire import line_of
from msgmux.recording import KeyFrame, Tick, Told

MANY = 200
"""Events of one tick above which viewers get pictures, unless they want every event."""
FEW = 100
"""Events of one tick up to which they get events again."""
PICTURE = 0.2
"""Seconds between two pictures: key frames, while the source is shut and costs nothing."""
PICTURE_NODES = 200
PROBE = 2.0
LONGEST_PROBE = 8.0
"""Seconds until a look whether there are few events again. Each look that finds many doubles them, up to the second:
making events costs the queue something for as long as it takes to count them.
"""
HEARTBEAT = 1.0
"""Seconds after which a viewer hears what time it is, though nothing happens."""


class Gears:
    """The state of a source that is watched; see :class:`msgmux.publishing.source.Source`. For one thread."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._encode = msgspec.json.Encoder().encode_lines
        self._open = False
        self._crowded = False
        # The next tick counts the events of one tick, to see whether there are few again.
        self._probing = False
        self._probe = PROBE
        self._probe_at = self._picture_at = self._heartbeat_at = 0.0
        self._speed = 1.0
        self._frame: KeyFrame | None = None

    def begin(self, viewer: Viewer) -> None:
        """Send this one the header, which what follows goes on from."""
        if viewer.every_event or not self._crowded:
            self._open_source([viewer])
        header = self._source.header()
        viewer.following, viewer.wants_frame, viewer.behind = True, False, False
        viewer.pictured = not self._open
        viewer.send(line_of(header) + self._ticked(), header.start.event)

    def tick(self, viewers: Sequence[Viewer], now: float) -> None:
        """Have everybody sent what has happened since the last one."""
        self._frame = None
        reading = [viewer for viewer in viewers if viewer.reads]
        if not reading:
            self.rest(viewers)
            return
        eager = [viewer for viewer in reading if viewer.every_event]
        # What has come since it was opened is not that of a whole tick.
        whole_tick = self._open
        if self._crowded and not self._probing and now >= self._probe_at:
            self._open_source(viewers)
            self._probing = True
        elif self._crowded and not self._probing and not eager:
            self._shut_source()
        elif not self._open:
            self._open_source(viewers)
        self._send_events(reading, viewers, now, whole_tick)
        if self._crowded and not self._probing:
            self._send_pictures([viewer for viewer in reading if not viewer.every_event], now)
        words = b"".join([line_of(Told(text)) for text in self._source.told()])
        speed, self._speed = self._speed, self._source.speed
        if now >= self._heartbeat_at or words or speed != self._speed:
            self._heartbeat_at = now + HEARTBEAT
            beat = words + self._ticked()
            for viewer in reading:
                if viewer.reads and not viewer.wants_frame:
                    viewer.send(beat)
        # The last one that read may just have fallen behind: no further tick would come to see it.
        self.rest(viewers)

    def rest(self, viewers: Sequence[Viewer]) -> None:
        """Nobody is here, or nobody reads: then the source costs nothing."""
        if not any([viewer.reads for viewer in viewers]):
            self._shut_source()

    def finish(self, viewers: Sequence[Viewer], now: float) -> None:
        """What has happened until the end."""
        if self._open and not self._crowded:
            self.tick(viewers, now)

    def _send_events(
        self, reading: Sequence[Viewer], all_viewers: Sequence[Viewer], now: float, whole_tick: bool
    ) -> None:
        if not self._open:
            return
        events, missed = self._source.events()
        if missed:
            for viewer in all_viewers:
                if viewer.following and not viewer.pictured:
                    viewer.fall_behind()
        if whole_tick or missed:
            self._count(len(events) + missed, now)
        data = self._encode(events) if events else b""
        for viewer in reading:
            if self._crowded and not viewer.every_event:
                continue
            if viewer.wants_frame or viewer.pictured:
                if viewer.reads:
                    self._send_frame(viewer)
            elif events and viewer.after >= events[0].number:
                # Of before it came, or of before its last key frame.
                rest = [event for event in events if event.number > viewer.after]
                if rest:
                    viewer.send(self._encode(rest), rest[-1].number)
            elif events:
                viewer.send(data, events[-1].number)
            if viewer.size > MOST_OUT and not viewer.behind:
                viewer.fall_behind()

    def _count(self, events: int, now: float) -> None:
        """Change gear where there are many events, or few again."""
        if not self._crowded:
            if events > MANY:
                self._crowded, self._picture_at = True, now
                self._probe = PROBE
                self._probe_at = now + self._probe
        elif self._probing:
            self._probing = False
            self._crowded = events > FEW
            self._probe = min(2 * self._probe, LONGEST_PROBE)
            self._probe_at = now + self._probe

    def _send_pictures(self, viewers: Sequence[Viewer], now: float) -> None:
        if now < self._picture_at:
            return
        self._picture_at = now + PICTURE
        # Who has not read the last one yet gets the next one instead of this; who takes nothing at all has stopped.
        ready = [viewer for viewer in viewers if not viewer.size]
        for viewer in viewers:
            if viewer.size and viewer.sent == viewer.sent_before:
                viewer.fall_behind()
            viewer.sent_before = viewer.sent
        if not ready:
            return
        state = self._source.picture(PICTURE_NODES)
        line = line_of(KeyFrame(self._source.now(), state))
        for viewer in ready:
            viewer.pictured = True
            viewer.wants_frame = viewer.behind = False
            viewer.send(line, state.event)

    def _send_frame(self, viewer: Viewer) -> None:
        if self._frame is None:
            state = self._source.picture()
            self._frame = KeyFrame(self._source.now(), state)
        frame = self._frame
        words = b""
        if viewer.behind:
            count = max(0, frame.state.event - viewer.after)
            words = line_of(Told(f"you fell behind; {count:,} events are left out"))
        viewer.wants_frame = viewer.pictured = viewer.behind = False
        viewer.send(words + line_of(frame), frame.state.event)

    def _ticked(self) -> bytes:
        return line_of(Tick(self._source.now(), self._source.speed))

    def _open_source(self, viewers: Sequence[Viewer]) -> None:
        if not self._open:
            self._open = True
            self._source.open()
            # Whatever happened while it was shut is in no event.
            for viewer in viewers:
                viewer.wants_frame = viewer.wants_frame or viewer.following

    def _shut_source(self) -> None:
        if self._open:
            self._open = False
            self._source.shut()
