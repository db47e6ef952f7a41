"""The small programs of the bench group ``code``, for the checker and for its peers."""

import threading
from pathlib import Path
from typing import Any

import pytest

from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.searching import explore_program
from msgmux_tui.bench import code_peers
from msgmux_tui.bench.code import PROGRAMS
from msgmux_tui.bench.code_peers import Searched, beside

BROKEN = {"lost update", "lock order", "lost wake-up", "check-then-act", "philosophers", "Peterson, turn first"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_has_its_fault_or_none(name: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAMS[name].text)
    report = explore_program(CodeProgram(str(path)), Exploring(seconds=60.0))
    assert report.verdict == ("violated" if name in BROKEN else "valid")
    assert (report.found_seconds > 0) == (name in BROKEN)


@pytest.mark.parametrize("name", PROGRAMS)
def test_for_peers_it_is_the_same_program(name: str) -> None:
    program = PROGRAMS[name]
    names: dict[str, Any] = {}
    exec(program.for_peers, names)
    # Each thread starts when the one before has ended, but where it waits for the other one.
    waits = name == "queue"
    threads = [threading.Thread(target=names["work"], args=(number,), daemon=True) for number in range(program.threads)]
    for thread in threads:
        thread.start()
        if not waits:
            thread.join()
    for thread in threads:
        thread.join()
    assert names["holds"]()


def test_peers_that_are_not_installed_are_left_out_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_peers, "find_spec", lambda module: None)
    said: list[str] = []
    assert beside({}, {}, {}, said.append) == []
    assert said == ["code: frontrun and interleave-test are not installed, and left out"]


def test_rates_are_beside_those_of_a_peer_where_it_ran_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    results = {"a.py": Searched(True, False, 50, 2.0), "b.py": Searched(False, False, 3, 4.0)}
    monkeypatch.setattr(code_peers, "installed", lambda: ["interleave-test"])
    monkeypatch.setattr(code_peers, "_searched", lambda peer, file, threads: results[file])
    ratios, times = beside(
        {"a": ("a.py", 2), "b": ("b.py", 2)},
        {"a": (100.0, 500.0), "b": (100.0, 500.0)},
        {"a": 0.1, "b": None},
        lambda words: None,
    )
    assert ratios.rows == {"a": (20.0,), "b": (None,), "median": (20.0,)}
    assert times.rows == {"a": (0.1, 2.0), "b": (None, None)}
