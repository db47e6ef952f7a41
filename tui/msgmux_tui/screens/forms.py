"""All forms: a new producer or consumer, the values of an existing one, the queue's settings, and a place to seek."""

from collections.abc import Container
from functools import partial
from typing import Literal, NamedTuple, get_args

from msgmux import units
from msgmux.bounds import LEAST_INTERVAL, LONGEST
from msgmux.commands import CAPACITY
from msgmux.documents.problems import suggestion
from msgmux.scenario import Changes, ConsumerSpec, ProducerSpec
from msgmux.settings import Overflow, Settings
from msgmux.state import QueueState
from msgmux.workload import DEFAULT_PAYLOAD, Arrivals, Service
from msgmux.workload.phrases import arrivals, service
from msgmux_tui.screens.form import Field, Form

MOST_CAPACITY = 1_000_000
LONGEST_NAME, LONGEST_PAYLOAD = 32, 200
RATES = "3/s, ~3/s at random, 10 every 2s, 8/s 1s on 2s off"
TIMES = "on each: 100ms, ~100ms at random, 50ms-200ms"


def new_producer(name: str, state: QueueState) -> Form[ProducerSpec]:
    """The form for a new producer; ``name`` is the suggested name."""
    return Form(
        "Add a producer",
        [
            Field("name", name, "unique among producers", partial(_name, taken=state.producers)),
            Field("rate", "1/s", RATES, arrivals),
            Field("payload", DEFAULT_PAYLOAD, "{n} counts its messages, {name} is its name", _payload),
            Field("channel", str(CAPACITY), "messages that it holds before put waits", _capacity),
        ],
        lambda name, rate, payload, capacity: ProducerSpec(name, rate, payload, capacity),
    )


def new_consumer(name: str, state: QueueState) -> Form[ConsumerSpec]:
    """The form for a new consumer; ``name`` is the suggested name."""
    return Form(
        "Add a consumer",
        [
            Field("name", name, "unique among consumers", partial(_name, taken=state.consumers)),
            Field("start", "oldest", f"oldest, newest, or a message's number up to {state.tail_seq + 1}", _start),
            Field("work", "100ms", TIMES, service),
            Field("channel", str(CAPACITY), "messages that it holds before its cursor stands", _capacity),
        ],
        lambda name, start, work, capacity: ConsumerSpec(name, start, work, capacity),
    )


def producer(spec: ProducerSpec) -> Form[ProducerSpec]:
    """The form with the values of an existing producer."""

    def make(rate: Arrivals, payload: str) -> ProducerSpec:
        return ProducerSpec(spec.name, rate, payload, spec.capacity)

    return Form(
        f"Producer {spec.name}",
        [
            Field("rate", str(spec.rate), RATES, arrivals),
            Field("payload", spec.payload, "{n} counts its messages, {name} is its name", _payload),
        ],
        make,
    )


def consumer(spec: ConsumerSpec) -> Form[ConsumerSpec]:
    """The form with the values of an existing consumer."""

    def make(work: Service) -> ConsumerSpec:
        return ConsumerSpec(spec.name, spec.start, work, spec.capacity)

    return Form(
        f"Consumer {spec.name}",
        [Field("work", str(spec.work).removeprefix("work "), TIMES, service)],
        make,
    )


def queue(now: Settings) -> Form[Changes]:
    """The form with the queue's settings ``now``; the answer contains only the settings that were changed."""

    def make(retention: float | None, clean_every: float, most: int | None, overflow: Overflow) -> Changes:
        changes: Changes = {}
        if retention != now.retention:
            changes["retention"] = retention
        if clean_every != now.clean_every:
            changes["clean_every"] = clean_every
        if most != now.max_messages:
            changes["max_messages"] = most
        if overflow != now.overflow:
            changes["overflow"] = overflow
        return changes

    kept = "keep" if now.retention is None else units.seconds_text(now.retention)
    bound = "none" if now.max_messages is None else str(now.max_messages)
    policies = get_args(Overflow)
    return Form(
        "The queue",
        [
            Field("retention", kept, "the least time a message stays: 4s, 2m, or keep", _retention),
            Field("cleaner", units.seconds_text(now.clean_every), "time between passes: 1s, 500ms", _interval),
            Field("bound", bound, "the most messages in the list, or none", _bound),
            Field("overflow", now.overflow, f"at the bound: {', '.join(policies)}", _overflow, policies),
        ],
        make,
    )


class Place(NamedTuple):
    """A position to seek: a time in seconds, a message's seq, or an event's number."""

    kind: Literal["time", "seq", "event"]
    value: int | float


def place(begin: float, end: float, first: int, last: int) -> Form[Place]:
    """The form for a position to seek, from ``begin`` to ``end`` seconds or from event ``first`` to ``last``."""
    hint = f"{begin:.1f}s to {end:.1f}s, #41 for a message, or event {first} to {last}"
    return Form("Go to", [Field("where", "", hint, _place)], lambda where: where)


# Parsers of the fields

_STARTS: tuple[Literal["oldest", "newest"], ...] = ("oldest", "newest")


def _name(text: str, taken: Container[str]) -> str:
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"write a name of 1 to {LONGEST_NAME} characters")
    if text in taken:
        raise ValueError(f"{text!r} is taken; choose another name")
    return text


def _payload(text: str) -> str:
    if not text or len(text) > LONGEST_PAYLOAD:
        raise ValueError(f"write 1 to {LONGEST_PAYLOAD} characters")
    return text


def _whole(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 12 or not least <= int(text) <= most:
        raise ValueError(f"{text!r} does not do; write a whole number from {least} to {most:,}")
    return int(text)


def _capacity(text: str) -> int:
    return _whole(text, 1, MOST_CAPACITY)


def _start(text: str) -> Literal["oldest", "newest"] | int:
    for word in _STARTS:
        if text == word:
            return word
    try:
        return _whole(text.removeprefix("#"), 1, 10**12)
    except ValueError:
        raise ValueError(f"{text!r} does not do; write oldest, newest, or a message's number") from None


def _retention(text: str) -> float | None:
    if text == "keep":
        return None
    try:
        value = units.seconds(text)
    except ValueError:
        raise ValueError(f'{text!r} is not a duration; write it as 200ms, 5s or 2m, or "keep"') from None
    if value > LONGEST:
        raise ValueError(f'that is too long; write at most {units.seconds_text(LONGEST)}, or "keep"')
    return value


def _interval(text: str) -> float:
    value = units.seconds(text)
    if not LEAST_INTERVAL <= value <= LONGEST:
        allowed = f"{units.seconds_text(LEAST_INTERVAL)} to {units.seconds_text(LONGEST)}"
        raise ValueError(f"the cleaner can't look that often or that seldom; write {allowed}")
    return value


def _bound(text: str) -> int | None:
    return None if text == "none" else _whole(text, 1, 10_000_000)


def _place(text: str) -> Place:
    if text.startswith("#"):
        return Place("seq", _whole(text[1:], 1, 10**12))
    if text.startswith("event"):
        return Place("event", _whole(text[5:].strip(), 0, 10**12))
    try:
        return Place("time", float(text) if text.replace(".", "", 1).isdecimal() else units.seconds(text))
    except ValueError:
        raise ValueError(f'{text!r} does not do; write a time as 12.5s, a message as #41, or "event 300"') from None


def _overflow(text: str) -> Overflow:
    for policy in get_args(Overflow):
        if policy == text:
            found: Overflow = policy
            return found
    raise ValueError(f"{text!r} is no policy; {suggestion(text, get_args(Overflow))}")
