"""Inspecting a Python file never runs it."""

from pathlib import Path

import pytest

from msgmux.exercises.source import Source, SourceError


def source(tmp_path: Path, text: str) -> Source:
    path = tmp_path / "mine.py"
    path.write_text(text)
    return Source.of(path)


def test_what_is_defined_at_the_top_level(tmp_path: Path) -> None:
    found = source(
        tmp_path,
        "from queue import Queue as Buffer\nimport os\na, b = 1, 2\nc: int = 3\n"
        "def f():\n    inner = 1\nclass K:\n    x = 1\nif True:\n    d = 4\n",
    )
    assert found.names == {"Buffer", "os", "a", "b", "c", "f", "K", "d"}


def test_tests_come_in_their_order(tmp_path: Path) -> None:
    assert source(tmp_path, "def test_b(): pass\ndef test_a(): pass\ndef help_(): pass\n").tests == ("test_b", "test_a")


def test_modules_that_may_not_be_imported_are_found_anywhere(tmp_path: Path) -> None:
    found = source(
        tmp_path, "import os\ndef f():\n    from threading import Lock\n    return __import__('queue'), Lock\n"
    )
    assert [str(problem) for problem in found.without(["threading", "queue"])] == [
        f"{tmp_path}/mine.py:3: imports threading, and this exercise is to be solved without it",
        f"{tmp_path}/mine.py:4: imports queue, and this exercise is to be solved without it",
    ]
    assert not found.without(["time"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"def f(:\n", "mine.py:1: is no Python"),
        (b"x = 1\ny = '\xff'\n", "mine.py:2: is not UTF-8"),
        (b"\0", "is no Python"),
        (b"x = 1\n" * 200_000, "is larger than"),
        (b"(" * 5_000 + b")" * 5_000, "is no Python"),
    ],
)
def test_a_file_that_cannot_be_used_is_reported(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    with pytest.raises(SourceError) as raised:
        Source.of(path)
    assert said in str(raised.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no file"):
        Source.of(tmp_path)
