"""No string in a recording reaches the terminal as a control sequence: in the player, exports, trace or errors."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from msgmux.recording import RecordedTimeline
from msgmux_tui.app import MsgmuxApp
from msgmux_tui.cli import program
from msgmux_tui.export.options import ExportOptions
from msgmux_tui.export.recording import export
from msgmux_tui.scenarios import read
from msgmux_tui.screens.session import SessionScreen
from msgmux_tui.session import ReplaySession
from msgmux_tui.system.messages import complain, printable
from msgmux_tui.theme.glyphs import UNICODE
from support.hostile import STRINGS, damaged_recording, harm_in, hostile_recording
from support.pilot_stage import acts

SOME = STRINGS[:14] + STRINGS[14:40:6] + STRINGS[-12:]
"""A few strings of every kind, for tests that need a whole screen for each string."""
ALL = "".join(STRINGS)


def test_there_are_many_kinds() -> None:
    assert len(STRINGS) >= 77
    assert len(set(STRINGS)) == len(STRINGS)


@pytest.mark.parametrize("words", STRINGS, ids=ascii)
def test_what_is_printed_of_a_recording_has_no_control_characters(words: str, tmp_path: Path) -> None:
    path = hostile_recording(tmp_path / "x.jsonl", words)
    done = CliRunner().invoke(program, ["replay", "--plain", str(path)], standalone_mode=False)
    assert done.exception is None
    assert "joins" in done.stdout
    assert not harm_in(done.output.replace("\n", ""))


@pytest.mark.parametrize("words", STRINGS, ids=ascii)
def test_an_error_about_a_recording_has_no_control_characters(words: str, tmp_path: Path) -> None:
    path = damaged_recording(tmp_path / "x.jsonl", words)
    done = CliRunner().invoke(program, ["replay", "--plain", str(path)], standalone_mode=False)
    assert "line 24" in done.stderr
    assert not harm_in(done.stderr.replace("\n", ""))


def test_a_complaint_keeps_its_lines_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    complain("one\x1b[2J\ntwo\u202e")
    assert capsys.readouterr().err == "msgmux-tui: one?[2J\ntwo?\n"
    assert not harm_in(printable(ALL))


SCREENS = [
    *(pytest.param(words, (80, 24), marks=pytest.mark.soak) for words in SOME),
    (ALL, (80, 24)),
    (ALL, (160, 50)),
]
"""All strings together at both sizes; in the soak also one by one, to find which of them it is."""


@pytest.mark.parametrize(("words", "size"), SCREENS, ids=lambda value: ascii(value)[:20])
@acts
async def test_the_player_draws_no_control_characters(words: str, size: tuple[int, int], tmp_path: Path) -> None:
    with RecordedTimeline(hostile_recording(tmp_path / "x.jsonl", words)) as timeline:
        screen = SessionScreen(
            read("sample"), lambda scenario, exact: ReplaySession(timeline, at=timeline.last), UNICODE, timer=False
        )
        async with MsgmuxApp(screen).run_test(size=size) as pilot:
            for keys in ((), ("i",), ("escape", "I"), ("escape", "l"), ("escape", "question_mark")):
                await pilot.press(*keys)
                screen.pull()
                await pilot.pause()
                shown = pilot.app.screen._compositor.render_strips()
                text = "".join([segment.text for strip in shown for segment in strip])
                assert not harm_in(text)
                assert {strip.cell_length for strip in shown} == {size[0]}


@pytest.mark.parametrize("kind", [".svg", ".cast", ".html", ".trace.json", ".csv"])
def test_exports_have_no_control_characters(kind: str, tmp_path: Path) -> None:
    path = hostile_recording(tmp_path / "x.jsonl", ALL)
    out = tmp_path / f"x{kind}"
    export(path, out, ExportOptions(size=(120, 40)))
    text = out.read_text(encoding="utf-8")
    if kind == ".svg":
        ET.fromstring(text)
    if kind == ".cast":
        outputs = [json.loads(line) for line in text.splitlines()]
        # The player's own control sequences begin with "\x1b[" and end in a letter; there must be no others.
        text = "".join([line[2] for line in outputs[1:]]) + outputs[0]["title"]
        assert not harm_in(text.replace("\x1b[", ""))
        assert "\x1b]" not in text
    elif kind in (".svg", ".html"):
        assert not harm_in(text.replace("\n", ""))
    else:
        assert "\x1b" not in text or kind == ".csv"
