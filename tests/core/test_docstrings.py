"""Everything public has a docstring."""

import inspect

import pytest

import msgmux

LIBRARY = [msgmux.MessageQueue, msgmux.Producer, msgmux.Consumer, msgmux.Subscription]


@pytest.mark.parametrize("name", [name for name in msgmux.__all__ if name != "__version__"])
def test_every_public_name_has_a_docstring_of_its_own(name: str) -> None:
    thing = getattr(msgmux, name)
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        # A type alias (``Event`` is a union of records) can't have a docstring.
        assert not hasattr(thing, "__module__") or thing is msgmux.Event
        return
    own = thing.__dict__.get("__doc__") if inspect.isclass(thing) else thing.__doc__
    assert own, name
    # A dataclass without a docstring gets its signature as one.
    assert not own.startswith(f"{name}("), name


@pytest.mark.parametrize("kind", LIBRARY, ids=lambda kind: kind.__name__)
def test_every_public_method_has_one_too(kind: type) -> None:
    silent = [
        name
        for name, value in inspect.getmembers(kind)
        if not name.startswith("_") and (inspect.isroutine(value) or isinstance(value, property)) and not value.__doc__
    ]
    assert silent == []


ERRORS = {
    "MessageQueue.register_producer": {"DuplicateName", "ValueError", "Closed", "Reentered"},
    "MessageQueue.register_consumer": {"DuplicateName", "ValueError", "Closed", "Reentered"},
    "MessageQueue.unregister_producer": {"UnknownName", "Reentered"},
    "MessageQueue.unregister_consumer": {"UnknownName", "Reentered"},
    "MessageQueue.configure": {"ValueError", "Reentered"},
    "MessageQueue.clean": {"Reentered"},
    "MessageQueue.subscribe": {"Reentered"},
    "MessageQueue.snapshot": {"Reentered"},
    "MessageQueue.close": {"Reentered"},
    "Producer.put": {"Full", "Closed", "TypeError"},
    "Producer.put_many": {"Full", "Closed", "TypeError"},
    "Producer.put_nowait": {"Full"},
    "Producer.close": {"TypeError", "Reentered"},
    "Consumer.get": {"Empty", "Closed", "TypeError", "Reentered"},
    "Consumer.get_many": {"ValueError"},
    "Consumer.get_nowait": {"Empty"},
    "Consumer.close": {"Reentered"},
}


@pytest.mark.parametrize("method", ERRORS)
def test_a_docstring_names_the_errors(method: str) -> None:
    owner, name = method.split(".")
    text = getattr(getattr(msgmux, owner), name).__doc__
    assert {error for error in ERRORS[method] if f":class:`{error}`" not in text} == set()
