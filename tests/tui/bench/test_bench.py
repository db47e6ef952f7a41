"""The benchmark: it measures what it claims, lists what it leaves out, and can read its result files."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from msgmux_tui.bench import measuring, plot, report, retention, suite, tables
from msgmux_tui.bench.groups import GROUPS
from msgmux_tui.bench.measuring import Effort, Run
from msgmux_tui.bench.ours import Msgmux, MsgmuxBatches, MsgmuxIteration, MsgmuxMany
from msgmux_tui.bench.peers import ALL_OTHERS, SimpleQueues, SimpleQueuesOfLists
from msgmux_tui.bench.report import Report, ReportError, Table
from msgmux_tui.bench.systems import System

SYSTEMS = (Msgmux, MsgmuxBatches, MsgmuxIteration, MsgmuxMany, SimpleQueues, SimpleQueuesOfLists, *ALL_OTHERS)
TABLE = Table(
    "ratio", "Rate", "ratio", "more", ("1x1", "3x3"), {"msgmux": (2.0, None), "Queue": (0.5, 0.25)}, plotted=True
)


def made_up(*found: Table) -> Report:
    return Report("2026-11-24", "3.11", "Linux", 2, "0.1.0", False, ("janus",), found)


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "msgmux_tui", "bench", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.mark.parametrize("make", SYSTEMS, ids=lambda make: make.name)
def test_every_consumer_of_every_system_gets_every_message(make: type[System]) -> None:
    if not make.installed():
        pytest.skip(f"{make.name} is not installed")
    done = measuring.run(make, (2, 3), 600)
    assert done.messages == 600
    assert 0 < done.wall < 30


def test_a_system_that_fails_fails_the_run() -> None:
    class Broken(SimpleQueues):
        def send(self, producer: int, messages: int, payload: bytes) -> None:
            super().send(producer, messages, payload)
            raise OSError("the cable is out")

    with pytest.raises(OSError, match="cable"):
        measuring.run(Broken, (1, 1), 10)


def test_the_yardstick_runs_before_each_few_systems_in_every_round(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def run(make: type[System], shape: tuple[int, int], messages: int) -> Run:
        order.append(make.name)
        return Run(messages, 1.0, 1.0)

    monkeypatch.setattr(measuring, "run", run)
    others = [type(f"S{n}", (System,), {"name": f"s{n}"}) for n in range(measuring.GROUP_SIZE + 1)]
    found = measuring.beside_yardstick(others, (1, 1), Effort(2, 0.1))
    one_round = ["SimpleQueue", "s0", "s1", "s2", "s3", "SimpleQueue", "s4"]
    assert order[len(others) + 1 :] == one_round * 2
    assert found["s4"].wall_ratio == pytest.approx(1.0, rel=1.0)


def test_a_report_survives_its_file(tmp_path: Path) -> None:
    report.write(made_up(TABLE), tmp_path / "r.json")
    assert report.read(tmp_path / "r.json") == made_up(TABLE)


@pytest.mark.parametrize("text", ["", "{}", '{"format": "other"}', "no JSON"])
def test_a_file_that_is_no_report_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(ReportError, match=r"r\.json.*--json FILE"):
        report.read(path)


def test_changes_say_how_much_better_whichever_way_is_better() -> None:
    before = Table("ratio", "Rate", "ratio", "more", ("3x3", "1x1"), {"msgmux": (1.0, 1.0)})
    assert report.changes(TABLE, before) == {"msgmux": (2.0, None)}
    slow, fast = (Table("t", "Time", "ms", "less", ("a",), {"msgmux": (ms,)}) for ms in (4.0, 1.0))
    assert report.changes(fast, slow) == {"msgmux": (4.0,)}


def test_the_tables_say_what_was_left_out_and_whether_a_goal_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    goals = Table("g", "Goals", "ratio", "more", ("1x1", "3x3"), {"msgmux": (2.0, 0.1)}, {"msgmux": (1.1, 1.4)})
    tables.show(made_up(goals), made_up(goals), Console(width=100))
    said = capsys.readouterr().out
    assert "left out, not installed: janus" in said
    assert "2.00 ≥1.10 ✓" in said
    assert "0.10 ≥1.40 ✗" in said
    assert "×1.00" in said


def test_the_plot_is_a_picture_of_every_figure(tmp_path: Path) -> None:
    plot.draw(made_up(TABLE), tmp_path / "p.svg")
    root = ET.fromstring((tmp_path / "p.svg").read_text("utf-8"))
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"msgmux", "Queue", "1x1: 2.00", "1x1: 0.50", "3x3: 0.25"} <= set(words)


def test_a_peer_that_is_not_installed_is_left_out_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for peer in ALL_OTHERS:
        monkeypatch.setattr(peer, "installed", classmethod(lambda make: make.module == "queue"))
    monkeypatch.setitem(GROUPS, "idle", lambda effort, say: [])
    assert suite.perform(["idle"], measuring.QUICK, print).left_out == ("culsans", "janus", "pyzmq inproc", "reactivex")


def test_the_command_measures_stores_draws_and_compares(tmp_path: Path) -> None:
    store, picture = tmp_path / "now.json", tmp_path / "now.svg"
    done = program("--quick", "--only", "idle", "--json", str(store), "--plot", str(picture))
    assert done.returncode == 0, done.stderr
    assert "CPU while idle" in done.stdout
    assert [table.name for table in report.read(store).tables] == ["idle"]
    assert picture.read_text().startswith("<svg")
    again = program("--quick", "--only", "idle", "--compare", str(store))
    assert "against the earlier run" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "speed"], "bench has no group 'speed'; there are: throughput"),
        (["--plot", "picture.png"], "a name that ends in .svg"),
        (["--compare", "not-there.json"], "not-there.json"),
    ],
)
def test_bad_usage_is_reported_before_anything_is_measured(arguments: list[str], said: str) -> None:
    done = program(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


# Limits for the core. Throughput ratios are left to `make bench`: on a shared machine a test of them would be flaky.


def test_a_retained_message_takes_ten_bytes_whatever_the_number_of_consumers() -> None:
    for consumers in (1, 3, 8):
        assert retention._bytes(partial(retention._queue, consumers), 50_000) <= 10.0
