"""The page in a real browser: what it shows, what it asks for, and who can use it."""

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from msgmux import events as ev
from msgmux.checker import Program
from msgmux.checker.counterexample import Counterexample, save
from msgmux.checker.stepper import Stepper
from msgmux.checker.trial import Failure
from msgmux.recording import Header, RecordedTimeline, RecordingWriter
from msgmux.runtime.strategies import Fifo
from msgmux.scenario import perform
from msgmux.state import QueueState, hold
from msgmux_tui.export.options import ExportOptions
from msgmux_tui.export.recording import export
from msgmux_tui.scenarios import read
from msgmux_tui.theme.palettes import COLOUR_BLIND, DARK, LIGHT, PROJECTOR, Palette
from msgmux_tui.web.page.files import SCRIPTS, served, text
from support.browser import Browser, needs_browser
from support.events_made_up import empty_state, made_up_events

MOST_BYTES = 31_000
MOST_FILE = 40_000
EVIL = "</script><script>hacked=1</script><img src=x onerror=hacked=1>"


def recorded(path: Path, scenario: str) -> Path:
    events: list[ev.Event] = []
    starts: list[QueueState] = []
    loaded = read(scenario)
    perform(loaded, on_start=starts.append, on_event=events.append)
    with RecordingWriter(path, Header(starts[0], loaded.title, loaded.source, 0, "virtual")) as writer:
        for event in events:
            writer.event(event)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("page") / "run.jsonl", "default")


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    out = run.with_suffix(".html")
    export(run, out, ExportOptions())
    return out.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def shown(browser: Browser, address: str, **how: Any) -> None:
    browser.open(address, **how)
    browser.wait("document.querySelector('#head') && document.querySelector('#chain li')")


# Without a browser


def test_the_page_is_small() -> None:
    assert sum([len(gzip.compress(content, 9)) for _, content in served().values()]) <= MOST_BYTES


def test_an_export_is_little_more_than_the_recording_packed(run: Path) -> None:
    size = len(gzip.compress(run.read_bytes(), 9))
    page = run.with_suffix(".html")
    export(run, page, ExportOptions())
    assert page.stat().st_size <= 1.4 * size + MOST_FILE


def test_the_player_needs_no_extra(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for extra in ("matplotlib", "PIL", "resvg_py", "aiohttp"):
        monkeypatch.setitem(__import__("sys").modules, extra, None)
    export(run, tmp_path / "x.html", ExportOptions())
    assert 'id="recording"' in (tmp_path / "x.html").read_text("utf-8")


@pytest.mark.parametrize("palette", [DARK, LIGHT, PROJECTOR, COLOUR_BLIND], ids=lambda palette: palette.name)
def test_its_colours_are_those_of_the_terminal(palette: Palette) -> None:
    rule = re.search(rf'\[data-theme="{palette.name.removeprefix("msgmux-")}"\]{{(.*?)}}', text("style.css"), re.DOTALL)
    assert rule is not None
    told = dict(re.findall(r"--(\w+):\s*([^;]+);", rule[1] + ";"))
    for role in ("ground", "raised", "ink", "soft", "faint", "line", "picked", "ok", "warn", "alarm", "cut"):
        assert told[role] == getattr(palette, role), role
    assert tuple([told[f"h{n}"] for n in range(8)]) == palette.hues


def test_nothing_in_the_page_leads_elsewhere_or_writes_markup() -> None:
    whole = "".join([text(name) for name in ("viewer.html", "style.css", *SCRIPTS)])
    assert re.findall(r"https?://[^\"]+", whole) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", whole)


# With one


@needs_browser
@pytest.mark.parametrize("number", [0, 1, 57, 200, 400, 575])
def test_at_an_event_it_shows_the_state_of_that_event(browser: Browser, page: str, run: Path, number: int) -> None:
    shown(browser, f"{page}#{number}")
    with RecordedTimeline(run) as timeline:
        state = timeline.state_at(number)
        now = timeline.time_of(number)
    seen = browser.run("({head: view.s.head_seq, tail: view.s.tail_seq, at, now: view.now})")
    assert (seen["head"], seen["tail"], seen["at"]) == (state.head_seq, state.tail_seq, number)
    assert seen["now"] == pytest.approx(now)
    rows = browser.run("[...document.querySelectorAll('#consumers tr')].map(row => row.innerText)")
    assert len(rows) == len(state.consumers)
    for row, consumer in zip(rows, state.consumers.values(), strict=True):
        assert f"{consumer.tag} {consumer.name}" in row
        assert f"{consumer.lag}+{consumer.level}" in row
    blocks = browser.run("[...document.querySelectorAll('#chain button')].map(one => +one.dataset.seq)")
    assert blocks == [node.seq for node in state.nodes]
    held = hold(state, now)
    assert browser.run("whyHead(view.s, view.now)").startswith(f"#{held.seq} " if held else "The list is empty")
    assert browser.complaints == []


@needs_browser
def test_it_asks_nobody_for_anything(browser: Browser, page: str) -> None:
    shown(browser, page)
    assert {asked.partition("#")[0] for asked in browser.asked if not asked.startswith("data:")} == {page}


@needs_browser
@pytest.mark.parametrize("scenario", ["many-to-many", "churn", "backpressure"])
def test_on_a_phone_nothing_is_beside_the_screen(browser: Browser, tmp_path: Path, scenario: str) -> None:
    path = recorded(tmp_path / "x.jsonl", scenario)
    export(path, tmp_path / "x.html", ExportOptions())
    for number in (60, 200, 330):
        shown(browser, f"{(tmp_path / 'x.html').as_uri()}#{number}", width=390, height=844, phone=True)
        assert browser.run("document.documentElement.scrollWidth") <= 390
        small = browser.run(
            "[...document.querySelectorAll('#controls > button')].filter(one => one.offsetParent)"
            ".filter(one => one.offsetHeight < 24 || one.offsetWidth < 24).map(one => one.id)"
        )
        assert small == []


@needs_browser
def test_it_can_be_used_by_keyboard_alone(browser: Browser, page: str) -> None:
    shown(browser, f"{page}#100")
    before = browser.run("at")
    browser.press("n")
    assert browser.run("at") > before
    browser.press("b")
    assert browser.run("at") == before
    browser.press(" ")
    assert browser.run("playing") is True
    browser.wait(f"at > {before}")
    browser.press(" ")
    assert browser.run("playing") is False
    browser.press("g")
    for key in "#20":
        browser.press(key)
    browser.press("Enter")
    assert browser.run("picked") == 20
    browser.wait("!document.getElementById('sheet').hidden")
    assert "not had by" in browser.run("document.getElementById('sheet').innerText")
    browser.press("Escape")
    browser.wait("document.getElementById('sheet').hidden")
    browser.press("/")
    for key in "c2":
        browser.press(key)
    browser.wait("view.lines.length && view.lines.every(line => line.tags.includes('C2') || /C2/.test(line.text))")
    browser.press("Escape")
    browser.press("?")
    assert browser.run("document.getElementById('dialog').open") is True


@needs_browser
def test_every_block_can_be_reached_by_tab_and_arrows(browser: Browser, page: str) -> None:
    shown(browser, f"{page}#180")
    browser.run("document.querySelector('#chain button[tabindex=\"0\"]').focus()")
    browser.press("Enter")
    browser.wait("picked != null")
    last = browser.run("picked")
    browser.press("ArrowLeft", "ArrowLeft")
    assert browser.run("picked") == last - 2
    assert browser.run("document.activeElement.dataset.seq") == str(last - 2)


@needs_browser
def test_what_others_have_written_is_only_shown(browser: Browser, tmp_path: Path) -> None:
    start = empty_state()
    events: list[ev.Event] = [
        ev.ProducerRegistered(1, 0.0, EVIL, 1, "P1", 4),
        ev.ConsumerRegistered(2, 0.0, EVIL, 2, EVIL[:8], 4, 0),
        ev.Put(3, 0.1, EVIL, 1, 1, 1, 1, 9, EVIL),
        ev.Note(4, 0.2, EVIL, "say"),
        ev.Violation(5, 0.3, EVIL, EVIL),
    ]
    path = tmp_path / "evil.jsonl"
    with RecordingWriter(path, Header(replace(start), EVIL, EVIL, 0, "virtual")) as writer:
        for event in events:
            writer.event(event)
    export(path, tmp_path / "evil.html", ExportOptions())
    shown(browser, f"{(tmp_path / 'evil.html').as_uri()}#5")
    browser.run("pick(1)")
    browser.wait("!document.getElementById('sheet').hidden")
    assert browser.run("typeof hacked") == "undefined"
    assert browser.run("document.querySelectorAll('img, iframe, object').length") == 0
    assert EVIL in browser.run("document.getElementById('sheet').textContent")
    assert browser.run("document.getElementById('title').textContent") == EVIL
    # And if it ever got in as markup, the policy of the page would not let it run.
    browser.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'hacked = 1'}))")
    assert browser.run("typeof hacked") == "undefined"


@needs_browser
def test_a_relays_lines_are_shown(browser: Browser, page: str) -> None:
    shown(browser, page)
    poll = {"kind": "poll", "id": 3, "question": EVIL, "choices": ["one", EVIL], "open": True}
    browser.run(f"hear({json.dumps({**poll, 'yours': 1, 'counts': None, 'right': None})})")
    assert browser.run("document.querySelectorAll('#choices button[aria-pressed=true]').length") == 1
    browser.run(f"hear({json.dumps({**poll, 'open': False, 'yours': 1, 'counts': [3, 9], 'right': 1})})")
    assert "closed; 12 answers" in browser.run("document.getElementById('poll').innerText")
    browser.run('hear({kind: "held", text: "look here"})')
    assert browser.run("document.querySelector('main').inert") is True
    browser.run('hear({kind: "held", text: ""})')
    assert browser.run("document.querySelector('main').inert") is False
    browser.run('hear({kind: "viewers", count: 23})')
    assert browser.run("document.getElementById('viewers').textContent") == "23 viewers"
    assert browser.complaints == []


@needs_browser
def test_a_long_recording_opens_in_blocks_and_scrubs(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl.gz"
    with RecordingWriter(path, Header(empty_state(), "long", "", 0, "virtual")) as writer:
        for event in made_up_events(80_000):
            writer.event(event)
    export(path, tmp_path / "long.html", ExportOptions())
    with RecordedTimeline(path) as timeline:
        shown(browser, f"{(tmp_path / 'long.html').as_uri()}#40000")
        # Only what was looked at is unpacked: how many blocks, not how long it took.
        opened, all_there = browser.run("[history_.blocks.filter(one => one.events).length, history_.blocks.length]")
        assert opened < all_there
        for number in (79_000, 12_345, 80_000):
            browser.run(f"go({number})")
            state = timeline.state_at(number)
            seen = browser.run(f"(s => [s.event, s.head_seq, s.tail_seq, s.nodes.length])(history_.stateAt({number}))")
            assert seen == [number, state.head_seq, state.tail_seq, len(state.nodes)]


@needs_browser
def test_a_counterexample_has_its_story_and_its_threads_beside(browser: Browser, tmp_path: Path) -> None:
    program = Program(harness="pairs", variant="lost-wakeup")
    with program.trial(Fifo()) as trial:
        trial.run()
        schedule = trial.runtime.schedule
    found = Counterexample(program, Failure("lost", "made up"), schedule, 0, 0, 0, 0, ())
    save(tmp_path / "found.jsonl", found)
    export(tmp_path / "found.jsonl", tmp_path / "found.html", ExportOptions())
    shown(browser, (tmp_path / "found.html").as_uri())
    with Stepper(program, schedule) as stepper:
        steps = len(stepper.picks)
    assert browser.run("history_.threads.length") == steps
    browser.press("n", "n")
    browser.wait("step == 2 && document.getElementById('threads-n').textContent.includes('step 3')")
    assert browser.run("document.querySelectorAll('#tasks tr').length") > 2
    assert browser.run("document.querySelectorAll('#turns li').length") > 3
    assert browser.run("document.getElementById('failure').textContent") == "lost: made up"
    shown(browser, (tmp_path / "found.html").as_uri(), width=390, height=844, phone=True)
    assert browser.run("document.documentElement.scrollWidth") <= 390
    assert browser.complaints == []


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm here to get axe-core with")
    wanted = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), "axe-core@4"]
    done = subprocess.run(wanted, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"axe-core can't be had from npm here: {done.stderr.strip().splitlines()[-1:]}")
    return (folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@needs_browser
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing(browser: Browser, page: str, axe: str, scheme: str) -> None:
    shown(browser, f"{page}#180", prefers_color_scheme=scheme)
    browser.run("pick(24)")
    browser.wait("!document.getElementById('sheet').hidden")
    browser.run("document.getAnimations().forEach(one => one.finish())")
    browser.run(axe + "\n;0")
    found = browser.run(
        "axe.run().then(all => all.violations.map(one => one.id + ': ' + "
        "one.nodes.map(node => node.html.slice(0, 150) + ' ' +"
        " (node.any[0] ? node.any[0].message : '')).slice(0, 4).join(' | ')))"
    )
    assert found == []
