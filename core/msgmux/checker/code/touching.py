"""The functions that rewritten source calls at each access: see :mod:`msgmux.checker.code.rewriting`.

Outside of a checked run they only do what the original source does.
"""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from msgmux.checker.code.accesses import ELEMENT_READ, ELEMENT_WRITE, READ, WRITE
from msgmux.checker.code.rewriting import IN_PLACE
from msgmux.checker.code.runtime import CodeRuntime, current, running
from msgmux.runtime.tasks import Abort

ALL = "[]"
"""Stands for all elements of a container, as the name of what is accessed."""

CONTAINERS: frozenset[type] = frozenset(
    {
        list,
        dict,
        set,
        deque,
        bytearray,
        OrderedDict,
        defaultdict,
        Counter,
        type({}.keys()),
        type({}.values()),
        type({}.items()),
    }
)
_READS = frozenset(
    (
        *(
            "keys",
            "values",
            "items",
            "copy",
            "index",
            "count",
            "find",
            "elements",
            "most_common",
            "__len__",
            "__iter__",
        ),
        *("union", "difference", "intersection", "issubset", "issuperset", "isdisjoint"),
    )
)
_ELEMENT_READS = frozenset({"get", "__getitem__", "__contains__"})
_ELEMENT_WRITES = frozenset({"setdefault", "__setitem__"})
_NEVER: frozenset[type] = frozenset(
    {
        str,
        int,
        float,
        bool,
        bytes,
        tuple,
        frozenset,
        type(None),
        complex,
        range,
        ModuleType,
        BuiltinFunctionType,
        FunctionType,
    }
)
"""Types whose objects do not change."""
_PLAIN_KEYS = (int, str, bytes, float, bool, type(None))


def _home(thing: Any, name: str) -> Any:
    """The object whose attribute that is: itself, or a class. None where it is code: a method, a property."""
    try:
        own = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        own = {}
    if name in own and type(thing) is not type:
        return thing
    for kind in thing.__mro__ if isinstance(thing, type) else type(thing).__mro__:
        if name in kind.__dict__:
            value = kind.__dict__[name]
            if (
                hasattr(type(value), "__set__")
                and not isinstance(value, property)
                and hasattr(type(value), "__objclass__")
            ):
                # A slot.
                return thing
            return None if hasattr(type(value), "__get__") else kind
    return thing


def _load(thing: Any, name: str, site: str) -> Any:
    runtime = current()
    if runtime is None or type(thing) in _NEVER:
        return getattr(thing, name)
    home = _home(thing, name)
    if home is None:
        return getattr(thing, name)
    if home is thing:
        runtime.access(thing, name, READ, site)
    else:
        runtime.access_inherited(thing, home, name, site)
    value = getattr(thing, name)
    if runtime.told is not None:
        runtime.tell(thing, name, False, site, value)
    return value


def _store(value: Any, thing: Any, name: str, site: str) -> None:
    runtime = current()
    if runtime is None:
        setattr(thing, name, value)
        return
    if isinstance(getattr(type(thing), name, None), property):
        setattr(thing, name, value)
        return
    runtime.access(thing, name, WRITE, site)
    if runtime.told is not None:
        runtime.tell(thing, name, True, site, value)
    setattr(thing, name, value)


def _delete(thing: Any, name: str, site: str) -> None:
    runtime = current()
    if runtime is not None:
        runtime.access(thing, name, WRITE, site)
    delattr(thing, name)


def _touch(runtime: CodeRuntime, whole: Any, key: Any, write: bool, site: str) -> bool:
    """An access to an element. False where it is code of somebody's own, which has accesses of its own."""
    kind = type(whole)
    if kind in _NEVER:
        return False
    if not issubclass(kind, tuple(CONTAINERS)):
        method = getattr(kind, "__setitem__" if write else "__getitem__", None)
        if method is None or isinstance(method, FunctionType):
            return False
    if type(key) in _PLAIN_KEYS:
        if type(key) is int and key < 0 and isinstance(whole, list):
            key += len(whole)
        runtime.access_element(whole, key, ELEMENT_WRITE if write else ELEMENT_READ, site)
    else:
        runtime.access(whole, ALL, WRITE if write else READ, site)
    return True


def _get_item(whole: Any, key: Any, site: str) -> Any:
    runtime = current()
    if runtime is None or not _touch(runtime, whole, key, False, site):
        return whole[key]
    value = whole[key]
    if runtime.told is not None:
        runtime.tell(whole, key, False, site, value)
    return value


def _set_item(value: Any, whole: Any, key: Any, site: str) -> None:
    runtime = current()
    if runtime is not None and _touch(runtime, whole, key, True, site) and runtime.told is not None:
        runtime.tell(whole, key, True, site, value)
    whole[key] = value


def _delete_item(whole: Any, key: Any, site: str) -> None:
    runtime = current()
    if runtime is not None:
        _touch(runtime, whole, key, True, site)
    del whole[key]


def _load_for_op(thing: Any, name: str, site: str) -> tuple[Any, str, Any]:
    return thing, name, _load(thing, name, site)


def _store_op(before: tuple[Any, str, Any], value: Any, kind: str, site: str) -> None:
    thing, name, old = before
    _store(IN_PLACE[kind](old, value), thing, name, site)


def _item_for_op(whole: Any, key: Any, site: str) -> tuple[Any, Any, Any]:
    return whole, key, _get_item(whole, key, site)


def _store_item_op(before: tuple[Any, Any, Any], value: Any, kind: str, site: str) -> None:
    whole, key, old = before
    _set_item(IN_PLACE[kind](old, value), whole, key, site)


def _in_place(old: Any, value: Any, kind: str) -> Any:
    return IN_PLACE[kind](old, value)


def _contains(value: Any, whole: Any, site: str) -> bool:
    runtime = current()
    if runtime is not None and type(whole) in CONTAINERS:
        if type(whole) in (dict, OrderedDict, defaultdict, Counter) and type(value) in _PLAIN_KEYS:
            runtime.access_element(whole, value, ELEMENT_READ, site)
            name = value
        else:
            runtime.access(whole, ALL, READ, site)
            name = ALL
        found = value in whole
        if runtime.told is not None:
            runtime.tell(whole, name, False, site, found)
        return found
    return value in whole


def _look(whole: Any, site: str) -> Any:
    """A built-in function is about to read the container's elements, or it is tested for being empty."""
    if type(whole) in CONTAINERS:
        runtime = current()
        if runtime is not None:
            runtime.access(whole, ALL, READ, site)
            if runtime.told is not None:
                runtime.tell(whole, ALL, False, site, whole)
    return whole


def _change(whole: Any, site: str) -> Any:
    """A function of the standard library is about to change the container."""
    if type(whole) in CONTAINERS:
        runtime = current()
        if runtime is not None:
            runtime.access(whole, ALL, WRITE, site)
    return whole


def _method(thing: Any, name: str, site: str) -> Any:
    if type(thing) not in CONTAINERS:
        kind = type(thing)
        if kind in _NEVER or isinstance(getattr(kind, name, None), FunctionType):
            return getattr(thing, name)
        return _load(thing, name, site)
    runtime = current()
    method = getattr(thing, name)
    if runtime is None:
        return method

    def call(*arguments: Any, **named: Any) -> Any:
        runtime = current()
        if runtime is None:
            return method(*arguments, **named)
        key: Any = ALL
        mappings = isinstance(thing, dict)
        element = mappings and bool(arguments) and type(arguments[0]) in _PLAIN_KEYS
        if element and (name in _ELEMENT_READS or name in _ELEMENT_WRITES or name == "pop"):
            key = arguments[0]
            wrote = name not in _ELEMENT_READS
            runtime.access_element(thing, key, ELEMENT_WRITE if wrote else ELEMENT_READ, site)
        else:
            wrote = name not in _READS and name not in _ELEMENT_READS
            runtime.access(thing, ALL, WRITE if wrote else READ, site)
        value = method(*arguments, **named)
        if runtime.told is not None:
            shown = thing if wrote and key is ALL else value
            runtime.tell(thing, key, wrote, site, shown)
        return value

    return call


def _iterate(whole: Any, site: str) -> Any:
    return _each(whole, site) if type(whole) in CONTAINERS and current() is not None else whole


def _each(whole: Any, site: str) -> Iterator[Any]:
    iterator = iter(whole)
    while True:
        runtime = current()
        if runtime is not None:
            runtime.access(whole, ALL, READ, site)
        try:
            value = next(iterator)
        except StopIteration:
            return
        yield value


def _variable(reader: Callable[[], Any]) -> Any:
    """What stands for a variable: its cell, or its module's names."""
    closure = reader.__closure__
    return closure[0] if closure else reader.__globals__


def _read_name(reader: Callable[[], Any], name: str, site: str) -> Any:
    runtime = current()
    if runtime is None:
        return reader()
    variable = _variable(reader)
    runtime.access(variable, name, READ, site)
    value = reader()
    if runtime.told is not None:
        runtime.tell(variable, name, False, site, value)
    return value


def _write_name(value: Any, reader: Callable[[], Any], name: str, site: str) -> Any:
    runtime = current()
    if runtime is not None:
        variable = _variable(reader)
        runtime.access(variable, name, WRITE, site)
        if runtime.told is not None:
            runtime.tell(variable, name, True, site, value)
    return value


def _loop(site: str) -> None:
    runtime = current()
    if runtime is not None:
        runtime.loops(site)


def _abort() -> None:
    runtime = running()
    if runtime is not None and runtime.aborting:
        raise Abort


class _Attribute:
    """The target of a loop or of several: storing its ``v`` stores the attribute."""

    __slots__ = ("place",)
    place: tuple[Any, ...]

    def __init__(self, *place: Any) -> None:
        object.__setattr__(self, "place", place)

    def __setattr__(self, _: str, value: Any) -> None:
        _store(value, *self.place)


class _Element:
    __slots__ = ("place",)
    place: tuple[Any, ...]

    def __init__(self, *place: Any) -> None:
        object.__setattr__(self, "place", place)

    def __setattr__(self, _: str, value: Any) -> None:
        _set_item(value, *self.place)


FUNCTIONS: dict[str, Any] = {
    "_ld_": _load,
    "_st_": _store,
    "_da_": _delete,
    "_ix_": _get_item,
    "_sx_": _set_item,
    "_dx_": _delete_item,
    "_la_": _load_for_op,
    "_aa_": _store_op,
    "_li_": _item_for_op,
    "_ai_": _store_item_op,
    "_op_": _in_place,
    "_in_": _contains,
    "_lk_": _look,
    "_ch_": _change,
    "_mt_": _method,
    "_it_": _iterate,
    "_nr_": _read_name,
    "_nw_": _write_name,
    "_lp_": _loop,
    "_ab_": _abort,
    "_ta_": _Attribute,
    "_ti_": _Element,
    "_slice_": slice,
}
"""The names by which rewritten source calls them."""
