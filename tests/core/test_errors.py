"""The exception classes: their standard-library base classes, and that each can be pickled."""

import importlib
import pickle
import pkgutil
import queue
import sys
from collections.abc import Callable, Iterator

import pytest

import msgmux
from msgmux import Closed, Deadlock, Empty, Full, MessageQueue, MsgmuxError
from msgmux.documents.problems import FileError, Problem
from msgmux.runtime.records import Operation, Wait
from msgmux.scenario.expect.expression import ExpressionError

WAIT = Wait("a", 1, ("x",), "y", "b", "", True, "blocked", Operation("acquire", "y"), "a.py:3")
MADE: dict[type[MsgmuxError], Callable[[type[MsgmuxError]], list[MsgmuxError]]] = {
    Full: lambda _: [Full("full"), Full("full", 3)],
    Closed: lambda _: [Closed("closed"), Closed("closed", 2)],
    Deadlock: lambda _: [Deadlock("stuck"), Deadlock("stuck", [WAIT])],
    FileError: lambda kind: [kind([Problem("a.toml", 3, "x", "is wrong")])],
    ExpressionError: lambda _: [ExpressionError(4, "no such word")],
}
"""By class: the arguments of exceptions that take more than a text; a subclass uses those of its nearest base."""


def subclasses(kind: type[MsgmuxError]) -> Iterator[type[MsgmuxError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from subclasses(each)


def family() -> list[type[MsgmuxError]]:
    for module in pkgutil.walk_packages(msgmux.__path__, "msgmux."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [kind for kind in subclasses(MsgmuxError) if kind.__module__.startswith("msgmux.")]
    return sorted(set(found), key=lambda kind: kind.__qualname__)


def examples(kind: type[MsgmuxError]) -> list[MsgmuxError]:
    for base in kind.__mro__:
        if base in MADE:
            return MADE[base](kind)
    return [kind("what went wrong"), kind()]


@pytest.mark.parametrize("kind", family(), ids=lambda kind: kind.__name__)
def test_an_error_survives_pickling_with_all_that_it_says(kind: type[MsgmuxError]) -> None:
    for error in examples(kind):
        error.add_note("beside")
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(error, protocol))
            assert type(again) is type(error) is kind
            assert again.args == error.args
            assert str(again) == str(error)
            assert vars(again) == vars(error)


def test_the_family_holds_more_than_the_library_exports() -> None:
    assert set(MADE) < set(family())
    public = {getattr(msgmux, name) for name in msgmux.__all__}
    assert {each for each in public if isinstance(each, type) and issubclass(each, MsgmuxError)} < set(family())


def test_full_empty_and_closed_are_those_of_the_standard_library_too() -> None:
    assert issubclass(Full, queue.Full)
    assert issubclass(Empty, queue.Empty)
    assert sys.version_info < (3, 13) or issubclass(Closed, queue.ShutDown)
    with MessageQueue() as mux:
        handle = mux.register_producer("p")
        handle.close(wait=True)
        with pytest.raises(getattr(queue, "ShutDown", Closed)):
            handle.put(b"")
