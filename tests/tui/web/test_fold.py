"""The page's fold, sentences and invariants are Python's."""

from pathlib import Path
from random import Random
from typing import Any

import msgspec

from msgmux.checker.invariants import Invariants
from msgmux.events import Event
from msgmux.recording import Header, RecordedTimeline, RecordingWriter
from msgmux.scenario import perform
from msgmux.state import QueueState, fold
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.scenarios import names, read
from support.events_made_up import empty_state
from support.node import folded, needs_node
from support.random_recordings import random_events, unsampled

pytestmark = needs_node


def plain(state: QueueState) -> dict[str, Any]:
    """As the page tells it: producers and consumers as pairs, by name."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(state))
    for role in ("producers", "consumers"):
        told[role] = sorted([[name, one] for name, one in told[role].items()])
    return told


def said(events: list[Event], start: QueueState) -> list[str]:
    narrate = Narrator(start)
    return [sentence.words for event in events if (sentence := narrate(event)) is not None]


def compare(path: Path, told: dict[str, Any], places: list[int]) -> None:
    with RecordedTimeline(path) as timeline:
        assert told["ends"] == [timeline.first, timeline.last]
        for place, state in zip(places, told["states"], strict=True):
            state["producers"].sort()
            state["consumers"].sort()
            assert state == plain(timeline.state_at(place)), f"{path.name} at {place}"
        events = [*timeline.events_between(timeline.first, timeline.last)]
        start = timeline.state_at(timeline.first)
    assert told["said"] == said(events, start)
    judge = Invariants(start)
    for event in events:
        judge.look(event)
    assert dict(told["broken"]) == judge.violations
    counts = {report.name: report.count for report in judge.reports() if report.count}
    assert {name: n for name, n in told["counts"].items() if n} == counts


def write(path: Path, start: QueueState, events: list[Event]) -> Path:
    with RecordingWriter(path, Header(start, path.stem, "", 0, "virtual")) as writer:
        for event in events:
            writer.event(event)
    return path


def test_of_every_bundled_scenario_the_page_folds_says_and_judges_the_same(tmp_path: Path) -> None:
    wanted: list[tuple[Path, list[int], str]] = []
    for name in names():
        events: list[Event] = []
        starts: list[QueueState] = []
        perform(read(name), on_start=starts.append, on_event=events.append)
        last = events[-1].number
        wanted.append(
            (write(tmp_path / f"{name}.jsonl", starts[0], events), [0, 1, last // 3, last // 2, last], "whole")
        )
    for (path, places, _), told in zip(wanted, folded(wanted), strict=True):
        compare(path, told, places)


def test_of_two_hundred_random_recordings_the_page_folds_says_and_judges_the_same(tmp_path: Path) -> None:
    wanted: list[tuple[Path, list[int], str]] = []
    for seed in range(200):
        random = Random(seed)
        start = empty_state()
        if seed % 3 == 0:
            # One that begins in the middle, some of them without samples.
            start = fold(start, [*random_events(random, start, 30)])
            start = unsampled(start) if seed % 2 else start
        events = [*random_events(random, start, 80)]
        places = sorted(
            {start.event, *[random.randint(start.event, events[-1].number) for _ in range(3)], events[-1].number}
        )
        wanted.append((write(tmp_path / f"{seed}.jsonl", start, events), places, "live" if seed % 2 else "whole"))
    for (path, places, _), told in zip(wanted, folded(wanted), strict=True):
        compare(path, told, places)
