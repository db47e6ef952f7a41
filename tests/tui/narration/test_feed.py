"""The lines of the events pane cover exactly the events of the log, with their times, for every filter."""

import re
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from msgmux import events as ev
from msgmux.scenario import Scenario, parse, perform
from msgmux.state import Fold, QueueState
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.narration.records import Line
from msgmux_tui.panes import events as pane
from msgmux_tui.theme.glyphs import UNICODE
from msgmux_tui.viewmodel.recent import Trail
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import plain

TAGS = {"orders": "P1", "clicks": "P2", "audit": "C1", "billing": "C2", "search": "C3"}

SCENARIO = """
title = "All that a log may hold"
duration = {duration}
seed = {seed}
[queue]
retention = "{retention}s"
clean_every = "{clean}s"
max_messages = {limit}
overflow = "{overflow}"
[[producer]]
name = "orders"
rate = "{rate}/s"
[[producer]]
name = "clicks"
rate = {{ poisson = "{rate}/s" }}
capacity = 2
[[consumer]]
name = "audit"
[[consumer]]
name = "billing"
work = "300ms"
capacity = 2
[[consumer]]
name = "search"
start = "newest"
[[step]]
at = "2s"
stall = "billing"
for = "2s"
"""


QUIET = SCENARIO.format(duration=9, seed=1, retention=1, clean=3, limit=40, overflow="block", rate=1)


def scenarios() -> st.SearchStrategy[Scenario]:
    texts = st.builds(
        SCENARIO.format,
        duration=st.integers(3, 5),
        seed=st.integers(0, 1000),
        retention=st.integers(1, 4),
        clean=st.sampled_from([0.3, 1, 3]),
        limit=st.integers(2, 40),
        overflow=st.sampled_from(["block", "evict-oldest"]),
        rate=st.sampled_from([1, 3, 8, 24]),
    )
    return texts.map(lambda text: parse(text, "made-up.toml"))


class Log:
    """The events of a run, and a trail that received them in frames of ``frame`` seconds."""

    def __init__(self, scenario: Scenario, frame: float, speed: float) -> None:
        starts: list[QueueState] = []
        self.events: list[ev.Event] = []
        perform(scenario, on_start=starts.append, on_event=self.events.append)
        self.fold = Fold(starts[0])
        self.trail = Trail(Narrator(starts[0]), starts[0], 0.0)
        self.now = 0.0
        for frame_events in self._frames(frame):
            self.fold.apply_all(frame_events)
            self.now = max(self.now + frame, frame_events[-1].time)
            self.trail.take(frame_events, self.fold.state(), self.now, speed)

    def _frames(self, frame: float) -> Iterator[list[ev.Event]]:
        together: list[ev.Event] = []
        for event in self.events:
            if together and event.time > together[0].time + frame:
                yield together
                together = []
            together.append(event)
        yield together

    def view(self, sought: str = "") -> View:
        return self.trail.fill(View(self.fold.state(), self.now, sought=sought))


def actor(event: ev.Event) -> str:
    return TAGS.get(getattr(event, "producer", "") or getattr(event, "consumer", ""), "")


def messages(event: ev.Event) -> set[int]:
    if isinstance(event, ev.Put):
        return set(range(event.seq, event.seq + event.count))
    if isinstance(event, ev.Delivered | ev.Evicted | ev.Skipped):
        return set(range(event.first, event.last + 1))
    return set()


def told_by(words: str) -> tuple[set[int] | None, int, tuple[int, int]]:
    """The messages that a line's text names (None if it only counts them), their number, and the first and last seq."""
    if counted := re.fullmatch(r"([\d,]+) of (\d+)(?:–(\d+))?", words):
        low = int(counted[2])
        return None, int(counted[1].replace(",", "")), (low, int(counted[3] or low))
    told: set[int] = set()
    for span in words.split(", "):
        first, _, last = span.partition("–")
        told |= set(range(int(first), int(last or first) + 1))
    return told, len(told), (min(told), max(told))


KINDS = {"put": ev.Put, "delivered": ev.Delivered, "evicted": ev.Evicted, "skipped": ev.Skipped}


def assert_true(line: Line, log: list[ev.Event]) -> int:
    """Assert that the line covers exactly the events of its kind and actors between its first and last event.

    Returns the number of those events.
    """
    last = line.last or line.event
    # Actors whose messages differ from those of most are named with their own: "C1 C3 got 41–44, C2 20–31".
    actors = {*line.actors, *re.findall(r"\bC\d\b", line.text)}
    meant = [
        event
        for event in log
        if line.event <= event.number <= last
        and isinstance(event, KINDS[line.kind])
        and (actor(event) in actors or not actors)
    ]
    if line.kind == "evicted":
        reason = next(event for event in meant if event.number == line.event).reason  # type: ignore[attr-defined]
        meant = [event for event in meant if event.reason == reason]  # type: ignore[attr-defined]
    assert (meant[0].number, meant[-1].number) == (line.event, last)
    assert (meant[0].time, meant[-1].time) == (line.time, line.until if line.until is not None else line.time)
    assert {actor(event) for event in meant} - {""} == actors
    verb = {"put": "put ", "delivered": "got ", "evicted": "evicted ", "skipped": "misses "}[line.kind]
    words = line.text.partition(verb)[2].partition(":")[0]
    if "messages" in words or re.search(r"[CP]\d", words):
        return len(meant)  # several actors with different messages: the tests with a filter check them one by one
    named, number, ends = told_by(words)
    really = set().union(*[messages(event) for event in meant])
    assert number == len(really)
    assert ends == (min(really), max(really))
    assert named is None or named == really
    return len(meant)


# In a crowded frame the lines of several actors overlap; there the tests with a filter are the exact ones.
@given(scenarios(), st.sampled_from([0.05, 0.2]), st.sampled_from([1.0, 10.0]))
def test_the_lines_tell_what_the_log_holds_and_when(scenario: Scenario, frame: float, speed: float) -> None:
    log = Log(scenario, frame, speed)
    lines = [line for line in log.view().lines if line.kind in KINDS]
    told = sum([assert_true(line, log.events) for line in lines])
    assert told == len([event for event in log.events if isinstance(event, tuple(KINDS.values()))])
    assert all([before.event < after.event for before, after in pairwise(log.view().lines)])


@given(scenarios(), st.sampled_from([0.05, 0.5, 3.0]), st.sampled_from(sorted(TAGS)))
def test_the_filter_finds_all_that_an_actor_did_and_nothing_else(scenario: Scenario, frame: float, name: str) -> None:
    log = Log(scenario, frame, 1.0)
    tag = TAGS[name]
    for sought in (tag, tag.lower(), name):
        lines = [line for line in log.view(sought).lines if line.kind in KINDS]
        assert {line.actors for line in lines} <= {(tag,)}
        told = sum([assert_true(line, log.events) for line in lines])
        mine = [event for event in log.events if isinstance(event, tuple(KINDS.values())) and actor(event) == tag]
        assert told == len(mine)


@given(scenarios(), st.sampled_from([0.05, 3.0]), st.data())
def test_a_number_finds_all_that_happened_to_one_message(scenario: Scenario, frame: float, data: st.DataObject) -> None:
    log = Log(scenario, frame, 1.0)
    seqs = sorted(set().union(*[messages(event) for event in log.events]))
    seq = data.draw(st.sampled_from(seqs))
    about = [event for event in log.events if seq in messages(event)]
    lines = [line for line in log.view(str(seq)).lines if line.kind in KINDS]
    found = {(line.kind, tag) for line in lines for tag in line.actors or ("",)}
    assert found == {(event.kind, actor(event)) for event in about}


@given(scenarios(), st.sampled_from([0.05, 0.5]), st.integers(30, 160), st.integers(3, 60))
def test_the_pane_shows_the_last_lines_with_their_times_at_every_size(
    scenario: Scenario, frame: float, width: int, height: int
) -> None:
    log = Log(scenario, frame, 1.0)
    for sought in ("", "c2"):
        view = log.view(sought)
        rows = plain(pane.draw(view, width, height, UNICODE).rows).splitlines()[bool(sought) :]
        shown = view.lines[-(height - bool(sought)) :]
        assert len(rows) == len(shown)
        for row, line in zip(rows, shown, strict=True):
            times = row.split()[0].split("–")
            assert times[0] == f"{line.time:.1f}"
            assert line.until is None or times[-1] == f"{line.until:.1f}"


@given(scenarios(), st.sampled_from([0.05, 0.5]))
def test_a_message_is_told_to_be_put_then_had_then_evicted(scenario: Scenario, frame: float) -> None:
    log = Log(scenario, frame, 1.0)
    if max([len(events) for events in log._frames(frame)]) > 100:
        return  # events within one crowded frame are shown with one time
    line_of: dict[tuple[str, int], int] = {}
    for n, line in enumerate(log.view().lines):
        for event in log.events:
            if line.kind == event.kind and line.event <= event.number <= (line.last or line.event):
                for seq in messages(event):
                    line_of.setdefault((event.kind, seq), n)
    for (kind, seq), n in line_of.items():
        assert kind != "delivered" or line_of["put", seq] < n
        assert kind != "evicted" or line_of.get(("delivered", seq), -1) < n


def test_missing_events_are_shown_under_every_filter() -> None:
    log = Log(parse(QUIET, "quiet.toml"), 0.05, 1.0)
    before = log.fold.state()
    log.trail.resync(replace(before, event=before.event + 5_000), log.now + 1.0)
    for sought in ("", "c2", "evicted"):
        last = log.view(sought).lines[-1]
        assert last.text == "5,000 events came too fast to be told one by one"
        assert (last.event, last.last) == (before.event + 1, before.event + 5_000)


def test_an_eviction_is_reported_at_the_time_it_was() -> None:
    """Cleaner passes are seconds apart: an eviction by a later pass is never shown at the time of an earlier one."""
    log = Log(parse(QUIET, "quiet.toml"), 0.05, 1.0)
    passes = [event for event in log.events if isinstance(event, ev.Evicted)]
    lines = [line for line in log.view().lines if line.kind == "evicted"]
    assert [(line.time, line.text) for line in lines] == [
        (event.time, f"evicted {event.first}–{event.last}: consumed and expired") for event in passes
    ]
    assert len(passes) >= 2
