"""What a viewer is sent under which load: events, pictures or key frames, and what it is told about omissions."""

import json
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from msgmux.commands import AnyCommand, Outcome
from msgmux.events import Event, Note, Skipped
from msgmux.publishing.gears import FEW, HEARTBEAT, MANY, PICTURE, PROBE, Gears
from msgmux.publishing.source import Answer
from msgmux.publishing.viewer import MOST_OUT, Viewer
from msgmux.recording import Header
from msgmux.state import QueueState
from support.events_made_up import empty_state


class MadeSource:
    """A source driven by the test: ``happen`` publishes frequent events, which it delivers only while it is open, and
    ``say`` a note, which it delivers also while it is only watched.
    """

    takes = ()

    def __init__(self) -> None:
        self.number = 0
        self.is_open = False
        self.opened = self.pictures = 0
        self._events: list[Event] = []
        self._missed = 0
        self._rare: list[Event] | None = None
        self._last_rare = 0

    def happen(self, count: int, size: int = 1) -> None:
        if self.is_open:
            for _ in range(count):
                self.number += 1
                self._events.append(Skipped(self.number, 0.0, "x" * size, 1, 1, 1))

    def say(self, text: str) -> None:
        if self.is_open or self._rare is not None:
            self.number += 1
            self._last_rare = self.number
            note = Note(self.number, 0.0, text, "say")
            if self.is_open:
                self._events.append(note)
            if self._rare is not None:
                self._rare.append(note)

    def miss(self, count: int) -> None:
        self.number += count
        self._missed += count

    def _state(self) -> QueueState:
        return replace(empty_state(), event=self.number)

    def header(self) -> Header:
        return Header(self._state(), "made", "", 0, "threads")

    def now(self) -> float:
        return 0.0

    speed = 1.0

    def told(self) -> Sequence[str]:
        return ()

    def open(self) -> None:
        assert not self.is_open
        self.is_open = True
        self.opened += 1
        self.number += 1

    def shut(self) -> None:
        assert self.is_open
        self.is_open = False
        self._events.clear()

    def events(self) -> tuple[Sequence[Event], int]:
        events, missed = self._events, self._missed
        self._events, self._missed = [], 0
        return events, missed

    def watch(self) -> QueueState:
        assert self._rare is None
        self._rare = []
        if not self.is_open:
            self.number += 1
        return self._state()

    def unwatch(self) -> None:
        assert self._rare is not None
        self._rare = None

    @property
    def is_watched(self) -> bool:
        return self._rare is not None

    def rare(self) -> tuple[Sequence[Event], int]:
        assert self._rare is not None
        events, self._rare = self._rare, []
        return events, 0

    def picture(self, nodes: int | None = None) -> QueueState:
        self.pictures += 1
        if not self.is_open:
            self.number += 1
        elif self._last_rare == self.number:
            self.happen(1)
        return self._state()

    def give(self, command: AnyCommand, who: str, answer: Answer) -> None:
        answer(Outcome("no", ok=False))


class Stage:
    """One source and its viewers, with the test's ends of their sockets."""

    def __init__(self) -> None:
        self.source = MadeSource()
        self.gears = Gears(self.source)
        self.viewers: list[Viewer] = []
        self.ends: list[socket.socket] = []
        self.now = 1_000.0

    def join(self, *, every_event: bool = False) -> Viewer:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        viewer = Viewer(theirs, "outside", 0.0, trusted=True)
        viewer.every_event = every_event
        self.viewers.append(viewer)
        self.ends.append(ours)
        self.gears.begin(viewer)
        return viewer

    def tick(self, seconds: float = 0.05) -> None:
        self.now += seconds
        self.gears.tick(self.viewers, self.now)

    def read(self, viewer: Viewer) -> list[dict[str, Any]]:
        """The lines sent to ``viewer`` since the last call."""
        end = self.ends[self.viewers.index(viewer)]
        data = b""
        while True:
            viewer.flush()
            try:
                data += end.recv(1 << 20)
            except BlockingIOError:
                break
        assert viewer.size == 0
        return [json.loads(line) for line in data.splitlines()]

    def close(self) -> None:
        for sock in [*self.ends, *[viewer.sock for viewer in self.viewers]]:
            sock.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


def kinds(lines: list[dict[str, Any]]) -> list[str]:
    return [line["kind"] for line in lines if line["kind"] != "tick"]


def test_one_viewer_gets_every_event_once(stage: Stage) -> None:
    viewer = stage.join()
    assert kinds(stage.read(viewer)) == ["header"]
    stage.source.happen(3)
    stage.tick()
    stage.source.happen(2)
    stage.tick()
    assert [line["number"] for line in stage.read(viewer) if line["kind"] == "skipped"] == [2, 3, 4, 5, 6]


def test_who_comes_later_gets_only_what_its_header_does_not_include(stage: Stage) -> None:
    first = stage.join()
    stage.source.happen(3)
    second = stage.join()
    stage.source.happen(2)
    stage.tick()
    assert [line["number"] for line in stage.read(first) if line["kind"] == "skipped"] == [2, 3, 4, 5, 6]
    header, *rest = stage.read(second)
    assert header["start"]["event"] == 4
    assert [line["number"] for line in rest if line["kind"] == "skipped"] == [5, 6]


def test_where_nothing_happens_there_is_a_line_a_second(stage: Stage) -> None:
    viewer = stage.join()
    stage.read(viewer)
    for _ in range(round(3 * HEARTBEAT / 0.05)):
        stage.tick()
    assert 3 <= len([line for line in stage.read(viewer) if line["kind"] == "tick"]) <= 4


def test_too_many_events_become_pictures_for_which_the_source_is_shut(stage: Stage) -> None:
    viewer = stage.join()
    assert kinds(stage.read(viewer)) == ["header"]
    stage.source.happen(MANY + 1)
    stage.tick()
    # The events that were too many are sent still, and rare ones among them with them.
    assert kinds(stage.read(viewer)) == ["skipped"] * (MANY + 1)
    pictures: list[str] = []
    for _ in range(20):
        stage.tick()
        stage.source.happen(MANY + 1)
        pictures += kinds(stage.read(viewer))
    assert not stage.source.is_open
    assert set(pictures) == {"key_frame"}
    assert len(pictures) == pytest.approx(20 * 0.05 / PICTURE, abs=1)


def test_pictures_become_events_again_after_a_whole_key_frame(stage: Stage) -> None:
    viewer = stage.join()
    stage.read(viewer)
    stage.source.happen(MANY + 1)
    stage.tick()
    stage.tick()
    assert not stage.source.is_open
    stage.read(viewer)
    stage.tick(PROBE)
    assert stage.source.is_open
    stage.source.happen(FEW + 1)
    stage.tick()
    assert viewer.pictured
    stage.tick()
    assert not stage.source.is_open
    stage.tick(2 * PROBE)
    stage.source.happen(FEW)
    stage.tick()
    assert not viewer.pictured
    stage.source.happen(1)
    stage.tick()
    assert kinds(stage.read(viewer))[-2:] == ["key_frame", "skipped"]


def test_who_wants_every_event_gets_it_while_others_get_pictures(stage: Stage) -> None:
    eager, other = stage.join(every_event=True), stage.join()
    for _ in range(30):
        stage.source.happen(MANY + 1)
        stage.tick()
        lines = stage.read(eager)
        assert kinds(lines).count("skipped") == MANY + 1
    assert stage.source.opened == 1
    assert "skipped" not in kinds(stage.read(other))


def test_who_falls_behind_loses_its_backlog_and_is_told_how_much(stage: Stage) -> None:
    slow, other = stage.join(every_event=True), stage.join(every_event=True)
    stage.read(slow)
    while not slow.behind:
        stage.source.happen(100, size=1_000)
        stage.tick()
        slow.flush()
        stage.read(other)
        assert slow.size <= MOST_OUT
    assert slow.size
    for _ in range(5):
        stage.source.happen(100)
        stage.tick()
        stage.read(other)
    after = max([line["number"] for line in stage.read(slow) if line["kind"] == "skipped"])
    stage.tick()
    told, frame = [line for line in stage.read(slow) if line["kind"] in ("told", "key_frame")]
    assert frame["state"]["event"] == stage.source.number
    assert told["text"] == f"you fell behind; {stage.source.number - after:,} events are left out"
    # The other viewer has missed nothing.
    assert stage.source.opened == 1


def test_who_never_reads_ends_the_subscription_and_then_costs_nothing(stage: Stage) -> None:
    frozen = stage.join(every_event=True)
    while stage.source.is_open:
        stage.source.happen(100, size=1_000)
        stage.tick()
        frozen.flush()
    held, pictures = frozen.size, stage.source.pictures
    for _ in range(100):
        stage.tick(1.0)
        frozen.flush()
    assert (frozen.size, stage.source.pictures, stage.source.opened) == (held, pictures, 1)
    # The frozen viewer reads again.
    stage.read(frozen)
    stage.tick()
    stage.tick()
    assert [kind for kind in kinds(stage.read(frozen)) if kind != "skipped"] == ["told", "key_frame"]


def test_what_the_publisher_itself_has_missed_is_told_too(stage: Stage) -> None:
    viewer = stage.join(every_event=True)
    stage.read(viewer)
    stage.source.miss(3_120)
    stage.source.happen(2)
    stage.tick()
    told = [line["text"] for line in stage.read(viewer) if line["kind"] == "told"]
    assert told == ["you fell behind; 3,122 events are left out"]


def test_a_line_that_has_begun_is_sent_to_its_end(stage: Stage) -> None:
    viewer = stage.join(every_event=True)
    stage.source.happen(100, size=10_000)
    stage.tick()
    viewer.flush()
    assert viewer.size
    viewer.fall_behind()
    stage.source.happen(1)
    lines = stage.read(viewer)
    assert kinds(lines) in (["header"], ["header", *["skipped"] * 100])


def test_when_the_last_one_leaves_the_source_is_shut(stage: Stage) -> None:
    stage.join()
    stage.tick()
    stage.gears.rest([])
    assert not stage.source.is_open


def followed(lines: list[dict[str, Any]]) -> list[str]:
    """What the notes among ``lines`` say, which must follow on the line before them without a gap in the numbers."""
    texts: list[str] = []
    number = 0
    for line in lines:
        match line["kind"]:
            case "header":
                number = line["start"]["event"]
            case "key_frame":
                assert line["state"]["event"] > number
                number = line["state"]["event"]
            case "skipped" | "note":
                assert line["number"] == number + 1
                number += 1
                texts += [line["text"]] if line["kind"] == "note" else []
    return texts


def test_rare_events_are_sent_in_each_gear_and_while_it_changes(stage: Stage) -> None:
    viewers = [stage.join(), stage.join()]
    seen: list[list[dict[str, Any]]] = [[], []]
    said: list[str] = []
    busy = [3, MANY + 1, MANY + 1, 0, FEW + 1, MANY + 1, 1, 0]
    for round in range(400):
        if round == 100:
            viewers.append(stage.join(every_event=True))
            seen.append([])
        if round == 150:
            stage.viewers.remove(viewers[-1])
            viewers.pop().sock.close()
            stage.ends.pop().close()
            seen.pop()
        for text in ("before", "between", "after"):
            stage.source.say(f"{text} {round}")
            said.append(f"{text} {round}")
            stage.source.happen(busy[round // 50] // 2)
        if round % 7 == 3:
            # As a request for the list does.
            stage.source.picture(0)
        stage.tick()
        for viewer, lines in zip(viewers, seen, strict=True):
            lines += stage.read(viewer)
    stage.gears.finish(stage.viewers, stage.now)
    for viewer, lines in zip(viewers, seen, strict=True):
        lines += stage.read(viewer)
        assert followed(lines) == said
    assert any([line["kind"] == "key_frame" for line in seen[0]])
    stage.gears.rest([])
    assert not stage.source.is_watched


def test_who_joins_while_there_are_pictures_gets_the_rare_events_from_then_on(stage: Stage) -> None:
    first = stage.join()
    stage.source.happen(MANY + 1)
    stage.tick()
    stage.tick()
    assert not stage.source.is_open
    stage.read(first)
    stage.source.say("before")
    second = stage.join()
    stage.source.say("after")
    stage.tick(PICTURE)
    lines = stage.read(first)
    assert [line["text"] for line in lines if line["kind"] == "note"] == ["before", "after"]
    assert followed(stage.read(second)) == ["after"]


def test_who_does_not_read_is_told_how_many_rare_events_are_left_out(stage: Stage) -> None:
    slow = stage.join()
    stage.read(slow)
    stage.source.happen(MANY + 1)
    stage.tick()
    while not slow.behind:
        stage.source.say("x" * 100_000)
        stage.source.say("y")
        stage.tick(PICTURE)
        slow.flush()
    assert not stage.source.is_watched
    lost = slow.lost
    assert lost > 0
    stage.read(slow)
    stage.tick(PICTURE)
    told = [line["text"] for line in stage.read(slow) if line["kind"] == "told"]
    assert told == [f"you fell behind; {lost:,} notes and other rare events are left out"]
