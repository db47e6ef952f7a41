"""The manual: Markdown pages beside this file. What the program knows of itself is filled in when a page is read.

A page names such a part as ``{{keys}}`` on a line of its own: see :data:`PARTS`. So no list in it can be out of date.
Any ``*.md`` file in this folder is a page; those that :data:`ORDER` does not name come last.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import resources

import msgmux
from msgmux.documents.problems import suggestion
from msgmux.errors import MsgmuxError

ORDER = (
    "commands",
    "queue",
    "scenarios",
    "recordings",
    "checker",
    "lessons",
    "exports",
    "keys",
    "library",
    "performance",
    "security",
)
"""The pages in the order in which they are read."""


def topics() -> tuple[str, ...]:
    """The names of all pages."""
    there = {file.name.removesuffix(".md") for file in resources.files(__name__).iterdir() if file.name.endswith(".md")}
    return (*[name for name in ORDER if name in there], *sorted(there - set(ORDER)))


def page(topic: str) -> str:
    """The Markdown of a page. Raises :class:`MsgmuxError`, with the near miss, where there is none of that name."""
    known = topics()
    if topic not in known:
        raise MsgmuxError(f"the manual has no page {topic!a}; {suggestion(topic, known)}")
    lines = resources.files(__name__).joinpath(f"{topic}.md").read_text("utf-8").splitlines()
    return "\n".join([PARTS[line[2:-2]]() if line[2:-2] in PARTS and line.startswith("{{") else line for line in lines])


def contents() -> str:
    """The list of the pages, as Markdown: each with its first heading."""
    rows = [f"- **{topic}**: {page(topic).splitlines()[0].lstrip('# ')}" for topic in topics()]
    return "\n".join(["# The manual of msgmux-tui", "", "`msgmux-tui manual TOPIC` opens a page:", "", *rows, ""])


def _keys() -> str:
    from msgmux_tui.keys.actions import DIALOG, FORM, GROUPS, LESSON, TIMELINES, TOUR
    from msgmux_tui.keys.keymap import DEFAULT

    groups = {**GROUPS, "In a lesson": LESSON, "In the tour": TOUR, "In dialogs": DIALOG + TIMELINES, "In forms": FORM}
    lines: list[str] = []
    for title, actions in groups.items():
        lines += [f"## {title}", "", "| key | action | what it does |", "|---|---|---|"]
        for action in actions:
            keys = ", ".join([f"`{key}`" for key in action.shown_key.split(", ") if key])
            # A key "|" would end the cell.
            lines.append(f"| {keys} | `{action.id}` | {action.title}. {DEFAULT.fill(action.tooltip)} |")
        lines.append("")
    return "\n".join(lines)


def _table(keys: "dict[str, object]") -> Iterator[str]:
    for name, key in keys.items():
        yield f"- `{name}`: {getattr(key, 'about', '')}".rstrip(": ")


def _steps() -> str:
    from msgmux.scenario.format import COMPANIONS, VERBS, WHEN

    lines = ["When a step is due:", "", *_table(dict(WHEN)), "", "What it does:", "", *_table(dict(VERBS)), ""]
    lines += ["What goes with it:", ""]
    lines += [f"- `{name}` (of `{verb}`): {key.about}" for name, (verb, key) in COMPANIONS.items()]
    return "\n".join(lines)


def _tables() -> str:
    from msgmux.scenario.format import CONSUMER_TABLE, PRODUCER_TABLE, QUEUE_KEYS

    lines = ["`[queue]`:", "", *_table(dict(QUEUE_KEYS)), "", "`[[producer]]`:", "", *_table(dict(PRODUCER_TABLE.keys))]
    return "\n".join([*lines, "", "`[[consumer]]`:", "", *_table(dict(CONSUMER_TABLE.keys))])


FUNCTIONS_TOLD = {
    "lag": "messages between the consumer's cursor and the tail of the list",
    "delivered": "messages that the queue has delivered to the consumer",
    "skipped": "messages that the consumer has missed, since they were evicted at the bound",
    "put": "messages of the producer that were linked into the list",
    "rate": "messages a second over the last two seconds: put by the producer, or delivered to the consumer",
    "state": "the state of the producer or the consumer, as text",
    "length": "messages in the list",
    "evicted": "messages that were evicted until now",
}


def _functions() -> str:
    from msgmux.scenario.expect.expression import FUNCTIONS, STATES

    lines = []
    for name, (about, _) in FUNCTIONS.items():
        call = f"{name}()" if about == "queue" else f"{name}('NAME')"
        lines.append(f"- `{call}`: {FUNCTIONS_TOLD.get(name, about)}")
    return "\n".join([*lines, "", f"`state` is one of {', '.join([f'`{state}`' for state in STATES])}."])


def _lesson_keys() -> str:
    from msgmux_tui.lessons.format import CARD, LESSON_KEYS

    return "\n".join([*_table(dict(LESSON_KEYS)), "", "A `[[card]]`:", "", *_table(dict(CARD.keys))])


def _library() -> str:
    lines: list[str] = []
    for name in msgmux.__all__:
        if name == "__version__":
            lines += ["## `__version__`", "", "The version, as text.", ""]
            continue
        lines += list(_documented(name, getattr(msgmux, name), "##"))
    return "\n".join(lines)


_MODULE = re.compile(r"\b(?:collections\.abc|typing|msgmux(?:\.\w+)*)\.(?=[A-Z])")
_ADDRESS = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>")
MADE_BY_A_QUEUE = (msgmux.Consumer, msgmux.Producer, msgmux.Subscription)
"""Classes whose objects nobody makes oneself."""


def _documented(name: str, thing: object, level: str) -> Iterator[str]:
    """A heading with the signature, the docstring, and the same of public methods."""
    yield f"{level} `{name}{_signature(thing)}`"
    yield ""
    if doc := inspect.getdoc(thing):
        yield _markdown(doc)
        yield ""
    if not inspect.isclass(thing):
        return
    # What a class has from others of this library is its own to whoever uses it.
    own = [vars(part) for part in reversed(thing.__mro__) if part.__module__.startswith("msgmux")]
    for member, value in sorted({name: value for part in own for name, value in part.items()}.items()):
        if member.startswith("_"):
            continue
        if isinstance(value, property):
            yield from _documented(f"{name}.{member}", value, "###")
        elif inspect.isfunction(value) or isinstance(value, classmethod | staticmethod):
            yield from _documented(f"{name}.{member}", inspect.unwrap(getattr(thing, member)), "###")


def _signature(thing: object) -> str:
    try:
        told = str(inspect.signature(thing)) if callable(thing) and thing not in MADE_BY_A_QUEUE else ""
        return _ADDRESS.sub("...", _MODULE.sub("", told))
    except (TypeError, ValueError):
        return ""


def _markdown(doc: str) -> str:
    """A docstring: ``code`` and :class:`names` as code."""
    doc = re.sub(r":[a-z]+:`~?([^`]+)`", r"`\1`", doc)
    return doc.replace("``", "`")


PARTS: dict[str, Callable[[], str]] = {
    "keys": _keys,
    "tables": _tables,
    "steps": _steps,
    "functions": _functions,
    "lesson-keys": _lesson_keys,
    "library": _library,
}
"""What a page can have filled in."""
