"""Exports, each read by other code than that which wrote it."""

import csv
import itertools
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from operator import itemgetter
from pathlib import Path
from typing import Any

import jsonschema
import pyte
import pytest
from PIL import Image

from msgmux import MessageQueue
from msgmux.events import Delivered, Event, Note, Put
from msgmux.publishing.wire import line_of
from msgmux.recording import Header, RecordedTimeline, RecordingWriter
from msgmux.scenario import parse, perform
from msgmux.state import QueueState
from msgmux_tui.export.options import ExportError, ExportOptions
from msgmux_tui.export.perfetto import MOMENT
from msgmux_tui.export.plots import plots
from msgmux_tui.export.recording import FORMATS, export
from msgmux_tui.export.series import Series
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.theme.palettes import DARK
from support.events_made_up import empty_state

SCENARIO = parse(
    """
title = "Two & <two>"
duration = "6s"
[queue]
retention = "1s"
clean_every = "500ms"
[[producer]]
name = "orders"
rate = "5/s"
[[producer]]
name = "clicks"
rate = "2/s"
[[consumer]]
name = "audit"
[[consumer]]
name = "billing"
work = "100ms"
capacity = 2
[[step]]
at = "2s"
marker = "</script> here"
[[step]]
at = "2.5s"
stall = "billing"
for = "1s"
[[step]]
at = "4s"
add_consumer = "late"
[[step]]
at = "5s"
remove_consumer = "late"
"""
)
SMALL = (80, 24)


class Recorded:
    def __init__(self, path: Path, events: list[Event]) -> None:
        self.path, self.events = path, events


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    path = tmp_path_factory.mktemp("export") / "run.jsonl.gz"
    events: list[Event] = []
    starts: list[QueueState] = []
    perform(SCENARIO, on_start=starts.append, on_event=events.append)
    with RecordingWriter(path, Header(starts[0], SCENARIO.title, SCENARIO.source, 0, "virtual")) as writer:
        for event in events:
            writer.event(event)
    return Recorded(path, events)


def words_of(svg: str) -> str:
    """The text of an SVG, extracted by an XML parser."""
    root = ET.fromstring(svg)
    return " ".join([text for element in root.iter() if element.tag.endswith("text") for text in element.itertext()])


def test_a_picture_shows_the_screen_at_the_moment(recorded: Recorded, tmp_path: Path) -> None:
    export(recorded.path, tmp_path / "x.svg", ExportOptions(at=3.0, size=SMALL))
    words = words_of((tmp_path / "x.svg").read_text()).replace("\xa0", " ")
    assert "3.0 s" in words
    assert "billing" in words
    assert "stalled" in words
    assert "C3" not in words


def test_without_a_moment_a_picture_is_of_the_end(recorded: Recorded, tmp_path: Path) -> None:
    export(recorded.path, tmp_path / "x.svg", ExportOptions(size=SMALL))
    words = words_of((tmp_path / "x.svg").read_text()).replace("\xa0", " ")
    assert f"{recorded.events[-1].time:.1f} s" in words


def test_a_picture_is_the_same_each_time(recorded: Recorded, tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        export(recorded.path, tmp_path / name, ExportOptions(at=2.0, size=(60, 18)))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_png_is_an_image_in_the_colours_of_its_theme(recorded: Recorded, tmp_path: Path) -> None:
    for theme, ground in (("dark", (16, 19, 26)), ("projector", (255, 255, 255))):
        export(recorded.path, tmp_path / "x.png", ExportOptions(at=3.0, size=SMALL, theme=theme))
        with Image.open(tmp_path / "x.png") as image:
            assert image.format == "PNG"
            assert image.width > 800
            colours = image.convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert max(colours, key=itemgetter(0))[1] == ground


def test_an_animation_has_its_frames_and_their_times(recorded: Recorded, tmp_path: Path) -> None:
    export(recorded.path, tmp_path / "x.gif", ExportOptions(begin=1.0, end=3.0, size=(60, 18), fps=5.0, speed=2.0))
    with Image.open(tmp_path / "x.gif") as image:
        assert image.format == "GIF"
        stays = []
        for n in range(getattr(image, "n_frames", 1)):
            image.seek(n)
            stays.append(image.info["duration"])
    assert 3 <= len(stays) <= 6
    # Two seconds of the recording take one second, with frames at both ends; the last frame stays a second longer.
    assert sum(stays) == pytest.approx(1_000 + 200 + 1_000)


def test_a_terminal_recording_plays_in_a_terminal(recorded: Recorded, tmp_path: Path) -> None:
    out = tmp_path / "x.cast"
    export(recorded.path, out, ExportOptions(begin=1.0, end=3.0, size=SMALL, fps=4.0, speed=0.5))
    header, *lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert (header["version"], header["width"], header["height"]) == (2, *SMALL)
    assert header["title"] == "Two & <two>"
    times = [time for time, _, _ in lines]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(4.0, abs=0.3)
    assert [(time, text) for time, code, text in lines if code == "m"] == [(2.0, "</script> here")]
    screen = pyte.Screen(*SMALL)
    stream = pyte.Stream(screen)
    for _, code, output in lines:
        if code == "o":
            stream.feed(output)
    shown = "\n".join(screen.display)
    assert "3.0 s" in shown
    assert "stalled" in shown
    export(recorded.path, tmp_path / "x.svg", ExportOptions(at=3.0, size=SMALL))
    words = words_of((tmp_path / "x.svg").read_text()).replace("\xa0", " ")
    for line in screen.display[2:]:
        for word in re.findall("[A-Za-z]{4,}", line):
            assert word in words, "what a terminal shows at the end is what the picture of that moment shows"


class Page(HTMLParser):
    """Collects tags, text, and the addresses that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.text: list[str] = []
        self.script = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value for name, value in attributes if name in ("src", "href") and value and value[0] != "#"]

    def handle_data(self, text: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.script += text
        else:
            self.text.append(text)


@pytest.fixture(scope="module")
def page(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page") / "x.html"
    export(recorded.path, out, ExportOptions(size=SMALL, fps=5.0, film=True))
    return out.read_text("utf-8")


def test_a_report_needs_nothing_from_elsewhere(page: str) -> None:
    parsed = Page()
    parsed.feed(page)
    assert parsed.fetched == []
    assert "@import" not in page
    assert "url(http" not in page
    assert parsed.tags.count("script") == 1, "what a scenario says does not end the script"


def test_a_report_has_plots_that_are_well_formed(page: str) -> None:
    svg = page[page.index("<svg") : page.index("</svg>") + 6]
    words = words_of(svg)
    for title in ("Length of the list", "Lag of each consumer", "put a second", "evicted so far"):
        assert title in words
    for name in ("orders", "clicks", "audit", "billing", "late", "consumed and expired"):
        assert name in words


def test_a_report_tells_what_happened_and_has_a_slider_over_frames(page: str, recorded: Recorded) -> None:
    parsed = Page()
    parsed.feed(page)
    text = " ".join(parsed.text)
    assert "Two & <two>" in text
    assert "C2 billing stops reading" in text
    assert "C3 late joins" in text
    values = {}
    for line in parsed.script.splitlines():
        for name in ("ROWS", "FRAMES", "TIMES"):
            if line.startswith(f"const {name} = "):
                values[name] = json.loads(line.removeprefix(f"const {name} = ").removesuffix(";"))
    times = values["TIMES"]
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(recorded.events[-1].time, abs=0.001)
    assert f'max="{len(times) - 1}"' in page
    assert len(values["FRAMES"]) == len(times)
    assert all(len(frame) == SMALL[1] - 1 for frame in values["FRAMES"]), "all but the footer's row"
    at_3 = values["FRAMES"][times.index(3.0)]
    assert "stalled" in "".join([values["ROWS"][row] for row in at_3])


def test_the_line_of_the_slider_goes_over_the_plots_and_an_event_leads_to_its_moment(page: str) -> None:
    found = re.search(r'<svg [^>]*data-left="([^"]+)" data-right="([^"]+)"', page)
    assert found is not None
    left, right = float(found[1]), float(found[2])
    assert 0 < left < 0.2 < 0.8 < right <= 1
    assert '<div id="cursor" aria-hidden="true">' in page
    assert page.count("<tr data-time=") > 20


def test_consumers_have_no_hue_of_a_producer_in_plots() -> None:
    lags: dict[str, list[int | None]] = {f"C{n}": [n, n + 1] for n in range(1, 13)}
    found = Series([0.0, 1.0], [1, 2], lags, {}, {}, {}, {"expired": [0, 1]}, {})
    svg = plots(found, DARK)
    assert not [hue for hue in DARK.hues if hue in svg and hue not in (DARK.ink, DARK.warn, DARK.soft)]


def test_an_export_of_frames_tells_how_far_it_is(recorded: Recorded, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    wanted = ExportOptions(begin=1.0, end=2.0, size=(60, 18), fps=4.0)
    export(recorded.path, tmp_path / "x.cast", wanted, progress=lambda done, frames: told.append((done, frames)))
    assert told == [(n, 5) for n in range(1, 6)]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here to read the script")
def test_the_script_of_a_report_can_be_read_by_an_engine(page: str, tmp_path: Path) -> None:
    script = page[page.index("<script>") + 8 : page.index("</script>")]
    (tmp_path / "x.js").write_text(script, "utf-8")
    subprocess.run(["node", "--check", tmp_path / "x.js"], check=True, capture_output=True)


def test_a_table_has_the_numbers_that_the_events_add_up_to(recorded: Recorded, tmp_path: Path) -> None:
    export(recorded.path, tmp_path / "x.csv", ExportOptions(begin=0.0, end=5.5, fps=2.0))
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["time"]) for row in rows] == [n / 2 for n in range(12)]
    with RecordedTimeline(recorded.path) as timeline:
        for row in rows:
            state = timeline.state_at_time(float(row["time"]))
            assert int(row["length"]) == state.length
            assert int(row["lag.billing"]) == state.consumers["billing"].lag
            assert row["lag.late"] == (str(state.consumers["late"].lag) if "late" in state.consumers else "")
            assert int(row["put.orders"]) == state.producers["orders"].put
            assert int(row["evicted.expired"]) == state.cleaner.total


def test_an_unknown_level_is_an_empty_cell_of_a_table(tmp_path: Path) -> None:
    with MessageQueue() as queue:
        queue.register_producer("orders")
        queue.register_consumer("audit")
        start = queue.snapshot()
    told = Header(start.without_samples(), "shop", "", 0, "threads", driver="session")
    note = Note(start.event + 1, 1.0, "here", "marker")
    (tmp_path / "x.jsonl").write_bytes(line_of(told) + line_of(note))
    export(tmp_path / "x.jsonl", tmp_path / "x.csv", ExportOptions())
    with (tmp_path / "x.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["lag.audit"], row["level.audit"]) == ("0", "")


TRACE_SCHEMA = {
    "type": "object",
    "required": ["traceEvents"],
    "properties": {
        "displayTimeUnit": {"enum": ["ms", "ns"]},
        "traceEvents": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ph", "ts", "pid", "tid", "name"],
                "properties": {
                    "ph": {"enum": ["B", "E", "X", "i", "C", "M", "s", "f"]},
                    "ts": {"type": "number", "minimum": 0},
                    "dur": {"type": "number", "minimum": 0},
                    "pid": {"type": "integer"},
                    "tid": {"type": "integer"},
                    "name": {"type": "string"},
                    "s": {"enum": ["g", "p", "t"]},
                    "bp": {"const": "e"},
                },
                "allOf": [
                    {"if": {"properties": {"ph": {"const": "X"}}}, "then": {"required": ["dur"]}},
                    {"if": {"properties": {"ph": {"enum": ["s", "f"]}}}, "then": {"required": ["id", "cat"]}},
                    {"if": {"properties": {"ph": {"const": "M"}}}, "then": {"required": ["args"]}},
                ],
            },
        },
    },
}
"""A schema of the used part of the trace event format."""


@pytest.fixture(scope="module")
def entries(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    out = tmp_path_factory.mktemp("trace") / "x.trace.json"
    export(recorded.path, out, ExportOptions())
    trace = json.loads(out.read_text("utf-8"))
    jsonschema.validate(trace, TRACE_SCHEMA)
    return list(trace["traceEvents"])


def test_a_trace_has_a_track_for_everybody(entries: list[dict[str, Any]]) -> None:
    names = {entry["tid"]: entry["args"]["name"] for entry in entries if entry["name"] == "thread_name"}
    assert set(names.values()) == {
        "queue and cleaner", "P1 orders", "P2 clicks", "C1 audit", "C2 billing", "C3 late",
    }  # fmt: skip
    assert {entry["tid"] for entry in entries} == set(names)


def test_in_a_trace_an_arrow_leads_from_each_put_to_each_delivery(
    entries: list[dict[str, Any]], recorded: Recorded
) -> None:
    slices = {(entry["tid"], entry["ts"]): entry for entry in entries if entry["ph"] == "X"}
    begins = {entry["id"]: entry for entry in entries if entry["ph"] == "s"}
    ends = {entry["id"]: entry for entry in entries if entry["ph"] == "f"}
    assert begins.keys() == ends.keys()
    arrows = set()
    for number, begin in begins.items():
        put, delivered = slices[begin["tid"], begin["ts"]], slices[ends[number]["tid"], ends[number]["ts"]]
        assert put["cat"] == "put"
        assert delivered["cat"] == "get"
        arrows.add((put["args"]["event"], delivered["args"]["event"]))
    puts = [event for event in recorded.events if isinstance(event, Put)]
    deliveries = [event for event in recorded.events if isinstance(event, Delivered)]
    assert arrows == {
        (put.number, delivered.number)
        for delivered in deliveries
        for put in puts
        if put.seq <= delivered.last and delivered.first < put.seq + put.count
    }


def test_in_a_trace_slices_of_a_track_do_not_overlap_and_what_is_begun_is_ended(entries: list[dict[str, Any]]) -> None:
    ends: dict[int, float] = {}
    depth: dict[int, int] = {}
    for entry in sorted([e for e in entries if e["ph"] == "X"], key=lambda e: e["ts"]):
        assert entry["ts"] >= ends.get(entry["tid"], 0.0) - 0.001
        assert entry["dur"] <= MOMENT
        ends[entry["tid"]] = entry["ts"] + entry["dur"]
    for entry in entries:
        if entry["ph"] in "BE":
            depth[entry["tid"]] = depth.get(entry["tid"], 0) + (1 if entry["ph"] == "B" else -1)
            assert depth[entry["tid"]] in (0, 1)
    assert set(depth.values()) == {0}


def doing(entries: list[dict[str, Any]], track: str) -> list[tuple[str, float, float]]:
    """What is done on the track of that name: what, from when until when, in seconds."""
    (tid,) = [entry["tid"] for entry in entries if entry["name"] == "thread_name" and entry["args"]["name"] == track]
    found: list[tuple[str, float, float]] = []
    begun: tuple[str, float] | None = None
    for entry in [entry for entry in entries if entry["tid"] == tid and entry["ph"] in "BE"]:
        if begun is not None:
            found.append((*begun, round(entry["ts"] / 1e6, 3)))
        begun = (entry["name"], round(entry["ts"] / 1e6, 3)) if entry["ph"] == "B" else None
    assert begun is None
    return found


def test_in_a_trace_slices_are_named_by_kind(entries: list[dict[str, Any]]) -> None:
    assert {entry["name"] for entry in entries if entry["ph"] == "X"} == {"put", "get", "evict", "pass"}
    assert {entry["name"] for entry in entries if entry["ph"] == "B"} == {"working", "waiting", "stalled"}


def test_in_a_trace_what_somebody_does_lasts_as_long_as_it_did(
    entries: list[dict[str, Any]], recorded: Recorded
) -> None:
    billing = doing(entries, "C2 billing")
    assert [(begin, end) for what, begin, end in billing if what == "stalled"] == [(2.5, 3.5)]
    assert all([before[2] == after[1] for before, after in itertools.pairwise(billing)]), "no gap"
    end = recorded.events[-1].time
    assert billing[0][1] <= 0.05, "from the first sample of the channels on"
    assert billing[-1][2] == pytest.approx(end, abs=0.001)
    late = doing(entries, "C3 late")
    assert (late[0][1], late[-1][2]) == (pytest.approx(4.0, abs=0.06), pytest.approx(5.0, abs=0.06))


def test_in_a_trace_a_blocked_producer_is_blocked_from_event_to_event(tmp_path: Path) -> None:
    scenario = parse(
        """
        title = "full"
        duration = "4s"
        [queue]
        max_messages = 2
        [[producer]]
        name = "orders"
        rate = "10/s"
        capacity = 1
        [[consumer]]
        name = "slow"
        work = "700ms"
        capacity = 1
        """
    )
    events: list[Event] = []
    starts: list[QueueState] = []
    perform(scenario, on_start=starts.append, on_event=events.append)
    with RecordingWriter(tmp_path / "x.jsonl", Header(starts[0], "", "", 0, "virtual")) as writer:
        for event in events:
            writer.event(event)
    export(tmp_path / "x.jsonl", tmp_path / "x.trace.json", ExportOptions())
    entries = json.loads((tmp_path / "x.trace.json").read_text())["traceEvents"]
    changes = [(event.kind, round(event.time, 3)) for event in events if event.kind in ("blocked", "unblocked")]
    blocked = [turn for turn in doing(entries, "P1 orders") if turn[0] == "blocked"]
    assert len(blocked) > 2
    assert [begin for _, begin, _ in blocked] == [time for kind, time in changes if kind == "blocked"]
    ends = [time for kind, time in changes if kind == "unblocked"]
    assert [end for _, _, end in blocked][: len(ends)] == ends


def test_in_a_trace_counters_are_those_of_the_state(entries: list[dict[str, Any]], recorded: Recorded) -> None:
    last = {}
    for entry in entries:
        if entry["ph"] == "C":
            last[entry["name"], entry["ts"]] = entry["args"]
    with RecordedTimeline(recorded.path) as timeline:
        for (name, time), args in last.items():
            upto = [event.number for event in recorded.events if round(event.time * 1e6, 3) <= time]
            state = timeline.state_at(upto[-1] if upto else 0)
            if name == "lag":
                lags = {f"{each.tag} {each.name}": each.lag for each in state.consumers.values()}
                assert args == {label: lags[label] for label in args}
            else:
                assert args == {"messages": state.length}
    assert {name for name, _ in last} == {"length of the list", "lag"}


def test_a_trace_of_a_stretch_begins_at_its_beginning(recorded: Recorded, tmp_path: Path) -> None:
    export(recorded.path, tmp_path / "x.trace.json", ExportOptions(begin=3.0, end=4.5))
    entries = json.loads((tmp_path / "x.trace.json").read_text())["traceEvents"]
    assert max([entry["ts"] for entry in entries]) <= 1.5e6 + 10
    assert "C2 billing" in {entry["args"]["name"] for entry in entries if entry["name"] == "thread_name"}


# Refused exports


@pytest.mark.parametrize(
    ("name", "wanted", "words"),
    [
        ("x.mp4", ExportOptions(), r"must end in one of \.svg, \.png"),
        (".svg", ExportOptions(), "must end in one of"),
        ("x.svg", ExportOptions(at=99.0), "--at: 99.000s is not in the recording, which goes from 0.000s to 6"),
        ("x.gif", ExportOptions(begin=3.0, end=2.0), "--to: 2s is before --from, 3s"),
        ("x.gif", ExportOptions(fps=0.0), "--fps: 0 can't be; from 0.1 to 50 can"),
        ("x.gif", ExportOptions(speed=1000.0), "--speed"),
        ("x.cast", ExportOptions(fps=50.0, speed=0.01), "--speed"),
        ("x.cast", ExportOptions(fps=50.0, speed=0.1), None),
        ("x.csv", ExportOptions(fps=50.0, speed=0.1), None),
        ("x.svg", ExportOptions(size=(20, 24)), "--size: 20 columns can't be; from 60 to 400 can"),
        ("x.svg", ExportOptions(theme="drak"), "--theme: 'drak' is none; there are: dark, light"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_an_export_with_an_invalid_option_is_refused_and_names_it(
    recorded: Recorded, tmp_path: Path, name: str, wanted: ExportOptions, words: str | None
) -> None:
    if words is None:
        from msgmux_tui.export.options import stretch

        with RecordedTimeline(recorded.path) as timeline:
            assert len(stretch(wanted, timeline, "." + name.split(".")[1]).moments) > 2_900
        return
    with pytest.raises(ExportError, match=words):
        export(recorded.path, tmp_path / name, wanted)
    assert list(tmp_path.iterdir()) == []


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "msgmux_tui", "export", *arguments], capture_output=True, text=True, timeout=60
    )


def test_the_command_exports_by_extension(recorded: Recorded, tmp_path: Path) -> None:
    done = program(str(recorded.path), str(tmp_path / "x.svg"), "--at", "2.5s", "--size", "80x24", "--theme", "light")
    assert (done.returncode, done.stdout) == (0, "")
    assert "there is no schedule at the end" in done.stderr, "a recording that was cut is told"
    assert "2.5 s" in words_of((tmp_path / "x.svg").read_text()).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no.jsonl", "x.svg"), "no.jsonl"),
        (("RUN", "no/such/folder/x.svg"), "no/such/folder"),
        (("RUN", "FOLDER"), "folder"),
        (("RUN", "x.svg", "--at", "later"), "--at"),
        (("RUN", "x.svg", "--size", "big"), "--size"),
        (("RUN", "x.what"), "x.what"),
    ],
)
def test_bad_usage_is_exit_code_2_and_no_traceback(
    recorded: Recorded, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "folder.svg").mkdir()
    places = {"RUN": str(recorded.path), "FOLDER": str(tmp_path / "folder.svg")}
    done = program(*[places.get(argument, argument) for argument in arguments])
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("kind", "missing"), [(".png", "resvg_py"), (".gif", "PIL"), (".html", "matplotlib")])
def test_a_missing_extra_is_one_clear_error(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    if missing == "matplotlib":
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(Exception, match=r"pip install 'msgmux-tui\[export\]'"):
        export(
            recorded.path, tmp_path / f"x{kind}", ExportOptions(begin=1.0, end=1.5, size=(60, 18), film=kind == ".html")
        )
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_a_failure_is_there_still(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.png").write_text("mine")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(Exception, match="resvg"):
        export(recorded.path, tmp_path / "x.png", ExportOptions(size=(60, 18)))
    assert (tmp_path / "x.png").read_text() == "mine"


def test_every_format_is_in_the_help() -> None:
    help_text = program("--help").stdout
    assert all(kind in help_text for kind in FORMATS)


# Long recordings


def quiet_recording(path: Path, seconds: float) -> Path:
    """A recording with a hundred notes, evenly spread over ``seconds``."""
    events = [Note(n, seconds * n / 100, f"note {n}", "say") for n in range(1, 101)]
    with RecordingWriter(path, Header(empty_state(), "quiet", "", 0, "threads")) as writer:
        for event in events:
            writer.event(event)
    return path


@pytest.mark.parametrize("seconds", [3_600.0, 30 * 86_400.0, 9e11], ids=["an hour", "a month", "the longest"])
def test_a_film_of_a_long_recording_draws_no_more_than_that_of_a_short_one(
    seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulls = 0

    def pull(screen: SessionScreen) -> None:
        nonlocal pulls
        pulls += 1
        original(screen)

    original = SessionScreen.pull
    monkeypatch.setattr(SessionScreen, "pull", pull)
    monkeypatch.setattr("msgmux_tui.export.recording.MOST_FRAMES", 6)
    export(quiet_recording(tmp_path / "x.jsonl", seconds), tmp_path / "x.html", ExportOptions(size=(60, 18), film=True))
    # Before each frame at most 5 seconds are played, in steps of 0.25 s; before the first one 30 seconds.
    assert pulls <= 125 + 8 * 25
    assert "note 100" in (tmp_path / "x.html").read_text()


def test_after_a_jump_the_screen_shows_the_moment_that_was_asked_for(tmp_path: Path) -> None:
    path = quiet_recording(tmp_path / "x.jsonl", 3_600.0)
    export(path, tmp_path / "x.cast", ExportOptions(size=(80, 24), fps=0.1, speed=30.0))
    lines = [json.loads(line) for line in (tmp_path / "x.cast").read_text().splitlines()]
    found = [(time, int(said[1])) for time, kind, text in lines[1:] if (said := re.search(r"“ note (\d+) ", text))]
    assert len(found) > 3
    for time, note in found:
        assert note == (36.0 + 30.0 * time + 0.001) // 36.0
