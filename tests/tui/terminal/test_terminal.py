"""The program in a real terminal: it opens, its keys work, and it restores the terminal."""

import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.pty_program import PROGRAM, PtyProgram

pytestmark = pytest.mark.terminal

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture
def opened() -> Iterator[PtyProgram]:
    with PtyProgram() as program:
        program.wait_for(r"LIVE")
        program.wait_for(r"C2 billing")
        yield program


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_opens_with_all_panes_at_every_size(width: int, height: int) -> None:
    with PtyProgram(width=width, height=height) as program:
        program.wait_for(r"P1 orders")
        for words in ("list", "consumers", "producers", "cleaner", "events", "REAL THREADS", "help", "quit"):
            program.wait_for(words)


def test_p_adds_a_producer_and_P_removes_it_again(opened: PtyProgram) -> None:
    opened.press("p")
    opened.wait_for(r"▸P4 ")
    opened.press("P")
    opened.wait_for("P4 is removed")
    opened.wait_for(r"▸C1 audit")


def test_keys_typed_faster_than_they_can_be_performed_mean_what_they_say(opened: PtyProgram) -> None:
    opened.press("pPcCpcCP")
    opened.wait_for("P5 is removed")
    opened.wait_for(lambda: not any(tag in opened.text for tag in ("▸P4", "▸P5", "▸C4", "▸C5")))
    for name in ("P1 orders", "P2 clicks", "P3 alerts", "C1 audit", "C2 billing", "C3 search"):
        assert name in opened.text


def test_c_adds_a_consumer_and_u_brings_a_removed_one_back(opened: PtyProgram) -> None:
    opened.press("c")
    opened.wait_for("C4 joins")
    opened.press("C")
    opened.wait_for("C4 is removed")
    opened.press("u")
    opened.wait_for("C4 is back")


def test_nothing_moves_while_it_is_paused(opened: PtyProgram) -> None:
    opened.press(" ")
    opened.wait_for("PAUSED")
    # Wait until the channels have settled and the caption has stopped changing.
    opened.read(1.0)
    clock = opened.text.splitlines()[0]
    opened.read(0.6)
    assert opened.text.splitlines()[0] == clock
    opened.press(" ")
    opened.wait_for("LIVE")
    opened.wait_for(lambda: opened.text.splitlines()[0] != clock)


def test_x_asks_once_and_starts_the_exact_session(opened: PtyProgram) -> None:
    opened.press("x")
    opened.wait_for("Start this scenario anew")
    opened.press("\r")
    opened.wait_for("EXACT")
    opened.press("x")
    opened.wait_for("REAL THREADS")


def test_stall_and_help_and_themes_and_the_palette(opened: PtyProgram) -> None:
    opened.press("s")
    opened.wait_for("C1 audit stops reading")
    opened.press("?")
    opened.wait_for("Each consumer gets every message")
    opened.press("q")
    opened.wait_for(r"C3 search")
    opened.press("v")
    opened.wait_for("theme: light")
    opened.press(":")
    opened.wait_for("Search for commands")
    opened.press("burst\r")
    opened.wait_for("puts 10 at once")


def test_the_mouse_selects_a_row(opened: PtyProgram) -> None:
    row = next(n for n, line in enumerate(opened.screen.display) if "C2 billing" in line and "2" in line)
    opened.press(f"\x1b[<0;5;{row + 1}M\x1b[<0;5;{row + 1}m")
    opened.wait_for(r"▸C2 billing")


@pytest.mark.parametrize("keys", [":\x1b[B\r\x1bz", "?ox\x1b\r\x1b[B"], ids=["palette", "dialogs"])
def test_keys_faster_than_dialogs_open_and_close(opened: PtyProgram, keys: str) -> None:
    typed = random.Random(7)
    choices = re.findall(r"\x1b\[B|.", keys, re.DOTALL)
    for _ in range(300):
        opened.press(typed.choice(choices))
        opened.read(typed.choice([0.0, 0.0, 0.0, 0.01, 0.05]))

    def nothing_is_open() -> bool:
        opened.press("\x1b")
        opened.read(0.3)
        return "p producer" in opened.text and "escape" not in opened.text and "Search" not in opened.text

    opened.wait_for(nothing_is_open)


@pytest.mark.parametrize("environment", [{}, {"COLUMNS": "100", "LINES": "30"}], ids=["plain", "size-exported"])
def test_two_hundred_sizes_while_it_runs(environment: dict[str, str]) -> None:
    with PtyProgram(environment=environment) as opened:
        opened.wait_for(r"C2 billing")
        sizes = random.Random(7)
        for _ in range(200):
            opened.resize(sizes.randint(20, 200), sizes.randint(5, 60))
            opened.read(0.01, drawn=False)
        begin = len(opened.written)
        opened.resize(40, 10)
        opened.skip_until(lambda: b"This is 40 x 10." in opened.written[begin:])
        opened.resize(100, 30)
        opened.wait_for(r"consumers(.|\n)*C2 billing(.|\n)*quit")


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        pytest.param(lambda program: program.press("q"), 0, id="q"),
        pytest.param(lambda program: program.press("\x11"), 0, id="ctrl+q"),
        pytest.param(lambda program: program.press("\x03"), 130, id="ctrl+c"),
        pytest.param(lambda program: program.signal(signal.SIGTERM), 143, id="SIGTERM"),
        pytest.param(lambda program: program.signal(signal.SIGHUP), 129, id="SIGHUP"),
        pytest.param(lambda program: program.signal(signal.SIGINT), 130, id="SIGINT"),
    ],
)
def test_leaving_restores_the_terminal(opened: PtyProgram, leave: Callable[[PtyProgram], None], code: int) -> None:
    assert opened.left_on
    leave(opened)
    assert opened.wait_for_end() == code
    assert opened.left_on == []
    assert opened.settings_restored
    assert "Traceback" not in opened.text


def test_leaving_while_paused(opened: PtyProgram) -> None:
    opened.press(" ")
    opened.wait_for("PAUSED")
    opened.press("q")
    assert opened.wait_for_end() == 0
    assert opened.left_on == []


def test_a_recording_is_played_back_and_forth(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl.gz"
    assert main_of("run", "default", "--quiet", "--record", str(path)) == 0
    with PtyProgram("replay", str(path)) as program:
        program.wait_for("REPLAY")
        program.wait_for(r"length +to \d+")
        program.press(" g")
        program.wait_for("Go to")
        program.press("8.6s\r")
        program.wait_for(r"  8\.6 s")
        program.press("b")
        program.wait_for(r"  8\.[0-5] s")
        program.press("nnnnnnnn")
        program.wait_for(r"  (8\.[7-9]|9\.\d) s")
        program.press("r")
        program.wait_for("LIVE|PAUSED")
        program.press("q")
        assert program.wait_for_end() == 0
        assert program.left_on == []


def main_of(*arguments: str) -> int:
    """The exit code of the program without a terminal."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([path for path in sys.path if path])}
    return subprocess.run([sys.executable, *PROGRAM, *arguments], env=environment, check=False).returncode


@pytest.mark.parametrize("controlling", [True, False], ids=["told", "untold"])
def test_a_closed_terminal_ends_the_program(controlling: bool) -> None:
    with PtyProgram(controlling=controlling) as program:
        program.wait_for("C2 billing")
        program.close_terminal()
        assert program.wait_for_end() == 129


def test_a_terminal_that_stops_reading_can_still_be_ended(opened: PtyProgram) -> None:
    opened.fill_up()
    opened.signal(signal.SIGTERM)
    assert opened.wait_for_end(reading=False) == 143
    assert opened.settings_restored


def test_plain_ascii_where_it_is_asked_for() -> None:
    with PtyProgram("--ascii", width=120, height=40) as program:
        program.wait_for("C2 billing")
        for key, sign in (
            ("?", "Each consumer gets every"),
            ("q", "P3 alerts"),
            ("x", "Start this"),
            ("q", "P3 alerts"),
        ):
            program.press(key)
            program.wait_for(sign)
            assert program.text.isascii(), sorted(set(program.text) - set(map(chr, range(128))))


def test_no_colour_at_all_where_NO_COLOR_is_set() -> None:
    with PtyProgram(environment={"NO_COLOR": "1"}) as program:
        program.wait_for("C2 billing")
        colours = {(cell.fg, cell.bg) for row in program.screen.buffer.values() for cell in row.values()}
        grey = {
            name for pair in colours for name in pair if name != "default" and len({name[:2], name[2:4], name[4:]}) > 1
        }
        assert not grey


def test_a_terminal_that_cannot_move_its_cursor_gets_words_and_is_told_why() -> None:
    with PtyProgram("play", "sample", environment={"TERM": "dumb"}) as program:
        assert program.wait_for_end() == 0
        assert "this terminal (TERM=dumb) can't move its cursor, so this is `msgmux-tui run sample`" in " ".join(
            program.written.decode().split()
        )
        assert b"\x1b[?1049h" not in program.written


def test_what_was_kept_is_said_on_quitting_and_is_listed(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    with PtyProgram("play", "sample", "--exact", environment=environment) as program:
        program.wait_for("EXACT")
        program.press("q")
        assert program.wait_for_end() == 0
        assert b"kept: msgmux-tui replay last" in program.written
        assert program.settings_restored
    with PtyProgram("replay", environment=environment) as program:
        assert program.wait_for_end() == 0
        assert b"sample, " in program.written
