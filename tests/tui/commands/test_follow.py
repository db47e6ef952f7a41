"""``replay --follow``: a recording that another process is still writing."""

import gzip
import subprocess
import sys
from pathlib import Path

from support.viewers import eventually

SCENARIO = """
title = "short"
duration = "1s"
[[producer]]
name = "orders"
rate = "20/s"
messages = 15
[[consumer]]
name = "audit"
[[step]]
at = "0.9s"
say = "the last words"
"""


def command(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "msgmux_tui", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_what_run_records_in_another_terminal_is_told_while_it_happens(tmp_path: Path) -> None:
    scenario, path = tmp_path / "short.toml", tmp_path / "run.jsonl"
    scenario.write_text(SCENARIO)
    with command("run", str(scenario), "--quiet", "--record", str(path)) as run:
        eventually(lambda: path.exists() and path.stat().st_size > 0)
        with command("replay", str(path), "--follow", "--plain") as follow:
            try:
                assert follow.stdout is not None
                told: list[str] = []
                while "the last words" not in (line := follow.stdout.readline()):
                    assert line, told
                    told.append(line)
                assert run.wait() == 0
            finally:
                follow.kill()
    whole = subprocess.run(
        [sys.executable, "-m", "msgmux_tui", "replay", str(path), "--plain"], capture_output=True, text=True, check=True
    ).stdout.splitlines(keepends=True)
    assert told == whole[: len(told)]


def test_a_compressed_one_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl.gz"
    path.write_bytes(gzip.compress(b""))
    with command("replay", str(path), "--follow", "--plain") as follow:
        said, _ = follow.communicate(timeout=60)
    assert follow.returncode == 2
    assert "record to a name without .gz to follow it" in said
    assert len(said.splitlines()) == 1
