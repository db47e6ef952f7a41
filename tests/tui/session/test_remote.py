"""The session over a stream: what it shows, and how it handles a misbehaving other end."""

import json
import random
from pathlib import Path

import msgspec
import pytest

from msgmux import MessageQueue, MsgmuxError, fold
from msgmux import events as ev
from msgmux.commands import Clean, PauseTime, Stall
from msgmux.events import Event
from msgmux.publishing.wire import line_of
from msgmux.recording import Did, End, Header, KeyFrame, Tick, Told, read_recording
from msgmux.reporting import Reporter
from msgmux.state import QueueState
from msgmux_tui.session.protocol import MOST_EVENTS, Frame
from msgmux_tui.session.remote import BUDGET, NOTHING, RETRY, SLICE, RemoteSession, connected
from support.feeds import Clock, MadeFeed
from support.garbled import garbled


def happened(messages: int = 20) -> tuple[QueueState, list[Event], QueueState]:
    """A queue's first state, its events, and its last state; its clock counts from the start of the machine."""
    with MessageQueue(retention=None) as queue, queue.subscribe() as subscription:
        producer, consumer = queue.register_producer("orders"), queue.register_consumer("audit", capacity=1 << 20)
        for number in range(messages):
            producer.put(f"order {number}")
            consumer.get(timeout=60)  # so that each message gets its own node
        producer.close()
        Reporter(queue).note("done", "marker")
        queue.close()
        return subscription.start, subscription.drain(), queue.snapshot()


def stream(start: QueueState, *records: msgspec.Struct, began: float = 0.0, takes: tuple[str, ...] = ()) -> list[bytes]:
    header = Header(start, "shop", "", 0, "threads", driver="session", began=began, takes=takes)
    return [line_of(record).rstrip() for record in (header, *records)]


def begun(feed: MadeFeed, clock: Clock | None = None) -> RemoteSession:
    clock = clock or Clock()
    return connected(feed, clock=clock, wait=clock.wait)


def all_of(session: RemoteSession) -> list[Frame]:
    """Poll until there are no more lines."""
    frames = [session.poll()]
    while frames[-1].state is not frames[-2 if len(frames) > 1 else 0].state or len(frames) < 2:
        frames.append(session.poll())
    return frames


def test_what_is_shown_is_what_the_queue_held() -> None:
    start, events, end = happened()
    session = begun(MadeFeed(*stream(start)))
    assert session.title == "shop"
    assert session.start == start
    session.feed.lines += [line_of(event).rstrip() for event in events]  # type: ignore[attr-defined]
    frame = session.poll()
    assert list(frame.events) == events
    assert not frame.gap
    assert frame.state == fold(start, events)
    assert frame.state.without_samples() == end.without_samples()
    assert session.timeline.state_at(events[3].number) == fold(start, events[:4])


def test_times_count_from_the_beginning() -> None:
    start, events, _ = happened()
    began = events[0].time
    session = begun(MadeFeed(*stream(start, *events, began=began)))
    frame = session.poll()
    assert 0 <= session.timeline.begin <= session.timeline.end < 60
    assert frame.now == pytest.approx(events[-1].time - began)
    assert all(node.timestamp < 60 for node in frame.state.nodes)


def test_who_comes_late_begins_now() -> None:
    start, _, _ = happened()
    session = begun(MadeFeed(*stream(start, Tick(1_000.0), began=10.0)))
    session.poll()
    assert session.timeline.begin == pytest.approx(990.0)


def test_a_key_frame_is_a_gap_and_what_was_told_is_in_the_caption() -> None:
    start, events, end = happened()
    later = msgspec.structs.replace(end, event=end.event + 3_120)
    words = "you fell behind; 3,120 events are left out"
    session = begun(MadeFeed(*stream(start, *events)))
    session.poll()
    session.feed.lines += [line_of(record).rstrip() for record in (Told(words), KeyFrame(events[-1].time, later))]  # type: ignore[attr-defined]
    frame = session.poll()
    assert frame.gap
    assert frame.state == later
    assert words in [outcome.text for outcome in frame.outcomes]
    assert session.timeline.missed == 3_120


def without_levels(record: msgspec.Struct) -> bytes:
    """The line of somebody who has never heard of channel levels: a state without those fields."""
    told = msgspec.to_builtins(record)
    state = told["state"] if "state" in told else told["start"]
    for producer in state["producers"].values():
        del producer["level"]
    for consumer in state["consumers"].values():
        del consumer["taken"]
    return json.dumps(told).encode()


def test_levels_that_a_key_frame_lacks_are_unknown_until_they_are_sampled() -> None:
    with MessageQueue() as queue:
        queue.register_producer("orders", capacity=4)
        queue.register_consumer("audit", capacity=4)
        start = queue.snapshot()
    header = Header(start, "shop", "", 0, "threads", driver="session")
    first = start.event
    session = begun(MadeFeed(without_levels(header)))
    session.feed.lines += [  # type: ignore[attr-defined]
        line_of(event).rstrip()
        for event in (
            ev.Put(first + 1, 1.0, "orders", 1, 1, 6, 1, 6, "x"),
            ev.Delivered(first + 2, 1.0, "audit", 2, 1, 6),
            ev.ProducerRegistered(first + 3, 1.0, "late", 3, "P2", 4),
            ev.ConsumerRegistered(first + 4, 1.0, "later", 4, "C2", 4, 6),
        )
    ]
    state = session.poll().state
    assert [producer.level for producer in state.producers.values()] == [None, None]
    assert [(one.taken, one.level, one.behind, one.full) for one in state.consumers.values()] == [(None,) * 4] * 2
    # What is passed on, or saved, says so too.
    told = msgspec.json.decode(line_of(KeyFrame(1.0, state)))["state"]
    assert (told["producers"]["orders"]["level"], told["consumers"]["audit"]["taken"]) == (None, None)
    session.feed.lines.append(line_of(ev.Levels(first + 5, 2.0, {"orders": 4}, {"audit": 5})).rstrip())  # type: ignore[attr-defined]
    state = session.poll().state
    assert (state.producers["orders"].level, state.producers["orders"].full) == (4, True)
    assert (state.consumers["audit"].level, state.consumers["audit"].full) == (1, False)
    session.feed.lines.append(without_levels(KeyFrame(3.0, msgspec.structs.replace(state, event=first + 90))))  # type: ignore[attr-defined]
    frame = session.poll()
    assert frame.gap
    assert frame.state.producers["orders"].level is None
    assert frame.state.consumers["audit"].level is None


def test_a_gap_in_the_numbers_waits_for_a_key_frame_and_takes_nothing_down() -> None:
    start, events, end = happened()
    session = begun(MadeFeed(*stream(start, *events[:5], *events[7:9])))
    frame = session.poll()
    assert (frame.state.event, frame.link.phase) == (events[4].number, "connected")
    later = msgspec.structs.replace(end, event=end.event + 10)
    session.feed.lines.append(line_of(KeyFrame(events[-1].time, later)).rstrip())  # type: ignore[attr-defined]
    frame = session.poll()
    assert (frame.gap, frame.state, frame.link.phase) == (True, later, "connected")
    assert session.timeline.missed > 0


def test_what_a_key_frame_includes_is_not_shown_again() -> None:
    start, events, _ = happened()
    middle = fold(start, events[:10])
    session = begun(MadeFeed(*stream(middle, *events)))
    frame = session.poll()
    assert frame.state == fold(start, events)
    assert session.timeline.first == middle.event


def test_events_after_some_that_are_missing_wait_for_a_key_frame() -> None:
    start, events, _ = happened()
    session = begun(MadeFeed(*stream(start, *events[:5], *events[6:9])))
    assert session.poll().state.event == events[4].number
    whole = fold(start, events[:12])
    session.feed.lines += [line_of(record).rstrip() for record in (KeyFrame(events[11].time, whole), *events[12:])]  # type: ignore[attr-defined]
    assert all_of(session)[-1].state == fold(start, events)


def test_more_than_a_frame_holds_is_a_gap_for_the_screen_and_none_in_the_history() -> None:
    start, events, _ = happened(1_500)
    assert len(events) > MOST_EVENTS
    session = begun(MadeFeed(*stream(start)))
    session.feed.lines += [line_of(event).rstrip() for event in events]  # type: ignore[attr-defined]
    frame = session.poll()
    assert frame.gap
    assert "note" in [event.kind for event in frame.events]
    assert len(frame.events) < 10
    assert session.timeline.missed == 0
    assert session.timeline.events_between(0, frame.state.event) == events


def test_a_poll_reads_for_a_moment_only() -> None:
    start, events, _ = happened(1_500)

    class Slow(Clock):
        def __call__(self) -> float:
            self.seconds += BUDGET
            return self.seconds

    feed = MadeFeed(*stream(start), *[line_of(event).rstrip() for event in events])
    session = RemoteSession(feed, clock=Slow())
    session.poll()
    assert session.timeline.last <= SLICE
    # While lines wait to be processed, no more are read, so that the other end gets backpressure.
    feed.lines = [b"more"]
    session.poll()
    assert feed.lines == [b"more"]


def test_a_program_that_goes_leaves_its_past_and_is_found_again() -> None:
    start, events, _ = happened()
    clock = Clock()
    feed = MadeFeed(*stream(start, *events))
    session = begun(feed, clock)
    session.poll()
    feed.gone = "made has gone"
    frame = session.poll()
    assert frame.link.phase == "gone"
    assert frame.alarm.startswith("shop has gone; its past is here")
    stands = frame.now
    clock.wait(60)
    assert session.poll().now == stands
    assert feed.connections == 2
    session.poll()
    assert feed.connections == 2
    assert session.timeline.state_at(events[4].number).event == events[4].number
    clock.wait(RETRY)
    feed.lines = stream(start, *events[:3])
    frame = session.poll()
    assert frame.link.phase == "connected"
    assert frame.gap
    assert frame.state == fold(start, events[:3])
    assert session.timeline.last == events[2].number
    assert "shop runs again: this is a new history" in [outcome.text for outcome in frame.outcomes]


def test_a_program_that_ends_says_so() -> None:
    start, events, _ = happened()
    session = begun(MadeFeed(*stream(start, *events, End("shop has ended"))))
    frame = session.poll()
    assert frame.link.phase == "gone"
    assert frame.link.words.startswith("shop has ended; its past is here")
    assert frame.state.event == events[-1].number


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"{}",
        b"\xff",
        b'{"kind":"put"}',
        b'{"kind":"tick","time":1e99}',
        b"[" * 5_000,
        b'{"kind":"header"}',
    ],
    ids=lambda line: line[:30].decode("ascii", "replace"),
)
def test_an_invalid_line_ends_the_stream_with_an_error(line: bytes) -> None:
    start, events, _ = happened()
    feed = MadeFeed(*stream(start, *events[:3]), line, *[line_of(event).rstrip() for event in events[3:]])
    session = begun(feed)
    frame = all_of(session)[-1]
    assert frame.link.phase == "gone"
    assert "is no line of a stream" in frame.alarm
    assert frame.state == fold(start, events[:3])
    assert feed.connections == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"SSH-2.0", "is no msgmux recording"),
        (b'{"format":"msgmux recording","version":9}', "recording of version 9; this program reads 2"),
        (b'{"kind":"end","text":"16 viewers are here already"}', "16 viewers are here already"),
    ],
)
def test_an_address_that_is_no_publisher_is_reported_at_once(line: bytes, words: str) -> None:
    with pytest.raises(MsgmuxError, match=words):
        begun(MadeFeed(line))


def test_who_says_nothing_is_not_waited_for_for_ever() -> None:
    feed = MadeFeed()
    with pytest.raises(MsgmuxError, match="made does not answer within 3 s; a forked child may hold its socket"):
        begun(feed)
    assert feed.closed


def test_before_anything_is_known_there_is_an_empty_state() -> None:
    session = RemoteSession(MadeFeed(), clock=Clock())
    frame = session.poll()
    assert frame.state == NOTHING
    assert frame.link.phase == "connecting"
    assert session.timeline.last == 0


def test_commands_go_to_the_other_end_and_their_outcome_comes_back() -> None:
    start, _, _ = happened()
    feed = MadeFeed(*stream(start, takes=("clean",)))
    session = begun(feed)
    assert session.capabilities == {Clean}
    id = session.command(Clean())
    assert json.loads(feed.sent[0]) == {"want": "do", "id": id, "do": "clean"}
    assert session.busy
    feed.lines = [line_of(Did(id, "a pass of the cleaner: 3 messages go")).rstrip()]
    (outcome,) = session.poll().outcomes
    assert (outcome.id, outcome.text, outcome.ok) == (id, "a pass of the cleaner: 3 messages go", True)
    assert not session.busy


def test_what_is_not_allowed_is_refused_here() -> None:
    start, _, _ = happened()
    feed = MadeFeed(*stream(start))
    session = begun(feed)
    for command in (Stall("audit"), PauseTime()):
        id = session.command(command)
        (outcome,) = [outcome for outcome in session.poll().outcomes if outcome.id == id]
        assert not outcome.ok
    assert not feed.sent


def test_a_saved_stream_is_a_recording(tmp_path: Path) -> None:
    start, events, _ = happened()
    path = tmp_path / "saved.jsonl"
    began = events[0].time
    lines = stream(
        start,
        Tick(began),
        *events[:4],
        Told("words"),
        Did(1, "done"),
        *events[4:],
        Tick(began + 9),
        End("x"),
        began=began,
    )
    path.write_bytes(b"\n".join(lines) + b"\n")
    recording = read_recording(path)
    assert recording.cut is None
    assert [event.number for event in recording.events] == [event.number for event in events]
    assert recording.events[0].time == pytest.approx(0.0)
    # The recording that the session saves is the same.
    session = begun(MadeFeed(*lines))
    session.poll()
    session.save(tmp_path / "again.jsonl")
    assert read_recording(tmp_path / "again.jsonl").events == recording.events


def test_a_recording_of_a_session_that_is_somewhere_else(tmp_path: Path) -> None:
    start, events, _ = happened()
    feed = MadeFeed(*stream(start, *events[:5]))
    session = begun(feed)
    session.poll()
    session.start_recording(tmp_path / "here.jsonl")
    feed.lines = [line_of(event).rstrip() for event in events[5:]]
    session.poll()
    session.close()
    assert list(read_recording(tmp_path / "here.jsonl").events) == events[5:]


def hear_garbled(lines: int, seed: int) -> None:
    """Each stream has at least one garbled line: valid lines before it are shown, and the error is reported."""
    chance = random.Random(seed)
    start, events, _ = happened(8)
    whole = stream(
        start, Tick(1.0), *events[:9], Told("x"), KeyFrame(2.0, fold(start, events)), Did(1, "y"), *events[9:]
    )
    heard = 0
    while heard < lines:
        at = chance.randrange(len(whole))
        said = [*whole[:at], garbled(whole[at], chance), *whole[at + 1 :]]
        heard += 1
        clock = Clock()
        session = RemoteSession(MadeFeed(*said), clock=clock)
        shown = session.poll()
        for _ in range(2):
            clock.wait(1.0)
            shown = session.poll()
        if shown.link.phase == "gone":
            assert len(shown.alarm.splitlines()) == 1
        # Seeking in its history raises no error.
        timeline = session.timeline
        assert timeline.state_at(timeline.last).event == timeline.last
        session.close()


def test_a_slice_of_garbled_streams() -> None:
    hear_garbled(300, seed=1)


@pytest.mark.soak
def test_ten_thousand_garbled_streams() -> None:
    hear_garbled(10_000, seed=2)
