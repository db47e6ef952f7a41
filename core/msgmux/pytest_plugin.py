"""The pytest plugin: a test function with ``@explore`` is called under every schedule of its threads.

The function is called in a child process that imports the test's file anew, so it gets no fixtures: what it needs it
makes itself. A failure's text is the story of the schedule, and the command that plays it. Parametrised tests, and
``-n`` of pytest-xdist, work as for other tests.
"""

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from msgmux.explore import MARK

if TYPE_CHECKING:
    from msgmux.checker.code.records import Exploring


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command line."""
    group = parser.getgroup("msgmux", "threads under every schedule (@msgmux.explore.explore)")
    group.addoption("--explore-seconds", type=float, metavar="SECONDS", help="at most for each test with @explore")
    group.addoption("--explore-replay", metavar="FILE", help="run tests with @explore under a saved schedule only")


def pytest_configure(config: pytest.Config) -> None:
    """The marker by which explored tests can be picked: ``-m explore``."""
    config.addinivalue_line("markers", "explore: called under every schedule of its threads")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is explored."""
    for item in items:
        if _asked(item) is not None:
            item.add_marker(pytest.mark.explore)


def _asked(item: pytest.Item) -> "Exploring | None":
    asked: Exploring | None = getattr(getattr(item, "function", None), MARK, None)
    return asked


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Explore the function instead of calling it."""
    asked = _asked(pyfuncitem)
    if asked is None:
        return None
    from msgmux.errors import MsgmuxError

    try:
        trouble = _explore(pyfuncitem, asked)
    except MsgmuxError as error:
        trouble = str(error)
    if trouble:
        pytest.fail(trouble, pytrace=False)
    return True


def _explore(item: pytest.Function, asked: "Exploring") -> str:
    """What is wrong, in words; empty where nothing is."""
    from msgmux.checker.code.parent import explore_in_child
    from msgmux.checker.code.program import CodeProgram
    from msgmux.checker.code.saving import load, save
    from msgmux.checker.code.words import in_words
    from msgmux.checker.counterexample import empty_queue

    seconds, replay = item.config.getoption("--explore-seconds"), item.config.getoption("--explore-replay")
    if seconds is not None:
        asked = msgspec.structs.replace(asked, seconds=seconds)
    path = os.path.relpath(item.path)
    program, schedule = CodeProgram(path, item.originalname, parameters=_parameters(item)), None
    if replay is not None:
        program, schedule = load(Path(replay))
        if program.name != item.originalname:
            pytest.skip(f"--explore-replay {replay} is of {program.title}")
    report = explore_in_child(program, asked, paths=tuple(sys.path), schedule=schedule)
    if report.verdict == "valid":
        return ""
    saved = None
    if report.counterexample is not None and hasattr(item.config, "cache"):
        saved = item.config.cache.mkdir("msgmux-explore") / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', item.nodeid)}.jsonl"
        save(saved, report.counterexample, empty_queue())
        saved = Path(os.path.relpath(saved))
    return "\n".join(in_words(report, saved))


def _parameters(item: pytest.Function) -> tuple[tuple[str, int], ...]:
    """Which of its parameters a parametrised test has, by their indices.

    Fixtures are refused: they would be made here, not in the child.
    """
    if item.cls is not None:
        pytest.fail("@explore is for functions; this is a method of a class", pytrace=False)
    callspec = getattr(item, "callspec", None)
    parameters: dict[str, int] = {} if callspec is None else dict(callspec.indices)
    wanted = item._fixtureinfo.argnames
    fixtures = [name for name in wanted if name not in parameters]
    if fixtures:
        pytest.fail(
            f"@explore: fixtures are not given ({', '.join(fixtures)}): the function runs in a process of its own, "
            "once for each schedule; make what it needs in the function itself",
            pytrace=False,
        )
    return tuple(parameters.items())
