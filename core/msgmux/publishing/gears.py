"""Decides what each viewer gets: every event, or, if there are too many events, pictures a few times a second.

Between pictures (:mod:`msgmux.publishing.pictures`) the rare events are sent. While nobody gets every event, the source
is shut: the queue then makes the rare events only, which costs it nothing.
"""

from collections.abc import Sequence

import msgspec

from msgmux.publishing.pictures import Batch, Pictures
from msgmux.publishing.source import Source
from msgmux.publishing.viewer import MOST_OUT, Viewer
from msgmux.publishing.wire import line_of
from msgmux.recording import KeyFrame, Tick, Told

MANY = 200
"""If a tick has more events than this, viewers get pictures instead, unless they want every event."""
FEW = 100
"""If a tick has no more events than this, viewers get events again."""
PICTURE = 0.2
"""Seconds between two pictures."""
PROBE = 2.0
LONGEST_PROBE = 8.0
"""Seconds from the change to pictures until a probe: the source is opened for one tick, to count its events. Each probe
that finds many doubles the time to the next, up to the second value, since events cost the queue something meanwhile.
"""
HEARTBEAT = 1.0
"""Seconds after which each viewer is sent the time if nothing else was sent."""


class Gears:
    """Opens and shuts ``source`` as needed, and sends its events or pictures to viewers. For a single thread.

    Times named ``now`` are seconds of :func:`time.monotonic`.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pictures = Pictures(source)
        self._encode = msgspec.json.Encoder().encode_lines
        self._open = False
        self._crowded = False
        # True during a probe: the next tick counts the events since the source was opened for it.
        self._probing = False
        self._probe = PROBE
        self._probe_at = self._picture_at = self._heartbeat_at = 0.0
        self._speed = 1.0
        self._frame: KeyFrame | None = None

    def begin(self, viewer: Viewer) -> None:
        """Send a new viewer the header, whose state the lines after it follow on."""
        if viewer.every_event or not self._crowded:
            self._open_source([viewer])
        header = self._source.header()
        viewer.following, viewer.wants_frame, viewer.behind = True, False, False
        viewer.pictured = not self._open
        viewer.send(line_of(header) + self._ticked(), header.start.event)

    def tick(self, viewers: Sequence[Viewer], now: float) -> None:
        """Send every viewer what has happened since the last tick."""
        self._frame = None
        reading = [viewer for viewer in viewers if viewer.reads]
        if not reading:
            self.rest(viewers)
            return
        eager = [viewer for viewer in reading if viewer.every_event]
        # If the source is only opened now, its events are not those of a whole tick and must not be counted.
        whole_tick = self._open
        if self._crowded and not self._probing and now >= self._probe_at:
            self._open_source(viewers)
            self._probing = True
        elif self._crowded and not self._probing and not eager:
            self._shut_source()
        elif not self._open:
            self._open_source(viewers)
        crowded = self._crowded
        self._send_events(reading, viewers, now, whole_tick)
        if crowded and self._crowded and not self._probing:
            self._send_pictures([viewer for viewer in reading if not viewer.every_event], now)
        words = b"".join([line_of(Told(text)) for text in self._source.told()])
        speed, self._speed = self._speed, self._source.speed
        if now >= self._heartbeat_at or words or speed != self._speed:
            self._heartbeat_at = now + HEARTBEAT
            beat = words + self._ticked()
            for viewer in reading:
                if viewer.reads and not viewer.wants_frame:
                    viewer.send(beat)
        # The last viewer that reads may just have fallen behind; then no further tick would come to shut the source.
        self.rest(viewers)

    def rest(self, viewers: Sequence[Viewer]) -> None:
        """Shut the source, so that it costs nothing, if none of ``viewers`` reads."""
        if not any([viewer.reads for viewer in viewers]):
            self._shut_source()
            self._pictures.shut()

    def finish(self, viewers: Sequence[Viewer], now: float) -> None:
        """Send the last events before the end."""
        if self._crowded:
            self._picture_at = now
        if self._open or self._crowded:
            self.tick(viewers, now)

    def _send_events(
        self, reading: Sequence[Viewer], all_viewers: Sequence[Viewer], now: float, whole_tick: bool
    ) -> None:
        if not self._open:
            return
        events, missed = self._source.events()
        crowded = self._crowded
        if whole_tick or missed:
            self._count(len(events) + missed, now)
        if self._crowded and not crowded:
            # From here on the rare events are collected, and everything before is sent as it is.
            self._pictures.open()
            more, lost = self._source.events()
            events, missed = [*events, *more], missed + lost
        elif crowded and not self._crowded:
            batch = self._pictures.take(None)
            self._frame = batch.frame
            for viewer in reading:
                if not viewer.every_event:
                    self._send_rare(viewer, batch)
                    viewer.pictured = True
            self._pictures.shut()
        if missed:
            for viewer in all_viewers:
                if viewer.following and not viewer.pictured:
                    viewer.fall_behind()
        data = self._encode(events) if events else b""
        for viewer in reading:
            if crowded and self._crowded and not viewer.every_event:
                continue
            if viewer.wants_frame or viewer.pictured:
                if viewer.reads:
                    self._send_frame(viewer)
            elif events and viewer.after >= events[0].number:
                # The viewer has some of these events already, in its header or its last key frame.
                rest = [event for event in events if event.number > viewer.after]
                if rest:
                    viewer.send(self._encode(rest), rest[-1].number)
            elif events:
                viewer.send(data, events[-1].number)
            # Who gets pictures from now on has these events as the last ones, however many they are.
            if viewer.size > MOST_OUT and not viewer.behind and (viewer.every_event or not self._crowded):
                viewer.fall_behind()

    def _count(self, events: int, now: float) -> None:
        """Change from events to pictures if a tick has too many events; after a probe, maybe back."""
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
        # A viewer that has not read the last picture to its end is left out this time. One that has read nothing since
        # the last picture has stopped reading.
        ready = [viewer for viewer in viewers if not viewer.size]
        for viewer in viewers:
            if viewer.size and (viewer.sent == viewer.sent_before or viewer.size > MOST_OUT):
                viewer.fall_behind()
            viewer.sent_before = viewer.sent
        if not any([viewer.reads for viewer in viewers]):
            return
        batch = self._pictures.take()
        for viewer in viewers:
            if viewer.reads:
                self._send_rare(viewer, batch)
        line = line_of(batch.frame)
        for viewer in ready:
            # The frequent events are left out anyway.
            lost, viewer.lost = viewer.lost, 0
            words = (
                line_of(Told(f"you fell behind; {lost:,} notes and other rare events are left out")) if lost else b""
            )
            viewer.pictured = True
            viewer.wants_frame = viewer.behind = False
            viewer.send(words + line, batch.frame.state.event)

    def _send_rare(self, viewer: Viewer, batch: Batch) -> None:
        if batch.missed:
            viewer.lost += batch.missed
            viewer.fall_behind()
        else:
            lines, count = batch.lines(viewer.after)
            if count:
                viewer.send(lines, batch.events[-1].number, count)

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
        viewer.lost = 0
        viewer.send(words + line_of(frame), frame.state.event)

    def _ticked(self) -> bytes:
        return line_of(Tick(self._source.now(), self._source.speed))

    def _open_source(self, viewers: Sequence[Viewer]) -> None:
        if not self._open:
            self._open = True
            self._source.open()
            # There are no events for what happened while the source was shut, so everybody needs a key frame.
            for viewer in viewers:
                viewer.wants_frame = viewer.wants_frame or viewer.following

    def _shut_source(self) -> None:
        if self._open:
            self._open = False
            self._source.shut()
