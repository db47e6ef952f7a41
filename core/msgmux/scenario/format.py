"""The scenario format: the keys, their values, and what they mean.

One declaration has three uses: :func:`parse` reads files by it, error messages take from it what would be right, and
:func:`json_schema` prints it for editors.
"""

import re
from collections.abc import Collection
from typing import Any, cast

import msgspec

from msgmux import commands, pacing, units
from msgmux.bounds import FASTEST, LEAST_INTERVAL, LONGEST
from msgmux.documents.problems import suggestion
from msgmux.documents.shapes import (
    Choice,
    Either,
    Forms,
    Key,
    Made,
    Measure,
    Or,
    Rejected,
    Several,
    Table,
    Text,
    Where,
    Whole,
    Yes,
)
from msgmux.scenario import model
from msgmux.scenario.expect.expression import FUNCTIONS, Expression, ExpressionError, parse_expression
from msgmux.settings import Settings

MOST_STEPS = 10_000


def _duration(least: float, most: float = LONGEST) -> Measure:
    instead = 'is not a duration; write it as "200ms", "5s" or "2m", or as a number of seconds'
    return Measure(least, most, units.seconds, units.seconds_text, units.DURATION_PATTERN, instead)


def _rate(least: float) -> Measure:
    instead = 'is not a rate; write it as "40/s" or "3/m", or as a number per second'
    return Measure(least, FASTEST, units.per_second, units.rate_text, units.RATE_PATTERN, instead)


# Names, and references to them


_NO_PLACEHOLDER = r"\{(?!(?:n|name)\})(\w+)\}"


def _check_placeholders(text: str, where: Where) -> None:
    if unknown := re.search(_NO_PLACEHOLDER, text):
        where.reject(f'"{{{ascii(unknown[1][:40])[1:-1]}}}" is not filled in; there are {{n}} and {{name}}')


def _refer(role: str, name: str, where: Where) -> None:
    """Report a reference to a producer or consumer that the file does not declare or add. Raises :class:`Rejected`."""
    known = where.names.of[role]
    if name not in known:
        who = "producer or consumer" if role == "either" else role
        where.reject(f"no {who} of this scenario is named {name!a}; {suggestion(name, known)}")


def _read_expression(text: str, where: Where) -> Expression:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        where.reject(str(error))
    for call in expression.calls():
        about, _ = FUNCTIONS[call.function]
        if about != "queue":
            _refer(about, call.name, where)
    return expression


NAME = Text(40, "a name")
PRODUCER = Text(40, "the name of a producer", lambda name, where: _refer("producer", name, where))
CONSUMER = Text(40, "the name of a consumer", lambda name, where: _refer("consumer", name, where))
SENTENCE = Text(400, "a sentence or two")
EXPRESSION = Made(Text(400, "an expression"), _read_expression)
SPAN = _duration(LEAST_INTERVAL)
CAPACITY = Whole(1, 1_000_000, "a number of messages")

# Arrivals and service times


def _uniform(values: dict[str, Any], where: Where) -> pacing.Uniform:
    least, most = values["uniform"]
    if least > most:
        where.at("uniform").reject("has the longer time first; write the shorter one first")
    return pacing.Uniform(least, most)


ARRIVALS: Forms[pacing.Arrivals] = Forms(
    {
        "poisson": Table(
            {"poisson": Key(_rate(0), "at random moments, so many a second on average", required=True)},
            lambda values, where: pacing.Poisson(values["poisson"]),
        ),
        "bursts": Table(
            {
                "bursts": Key(CAPACITY, "messages at once", required=True),
                "every": Key(_duration(LEAST_INTERVAL), "time from one burst to the next", required=True),
            },
            lambda values, where: pacing.Bursts(values["bursts"], values["every"]),
        ),
        "on": Table(
            {
                "on": Key(_duration(LEAST_INTERVAL), "how long messages come", required=True),
                "off": Key(_duration(0), "how long none come", required=True),
                "rate": Key(_rate(0.0001), "the rate while they come", required=True),
            },
            lambda values, where: pacing.OnOff(**values),
        ),
    },
    Made(_rate(0), lambda rate, where: pacing.Constant(rate)),
)
SERVICE: Forms[pacing.Service] = Forms(
    {
        "exponential": Table(
            {"exponential": Key(_duration(0), "mostly short, sometimes long; the mean", required=True)},
            lambda values, where: pacing.Exponential(values["exponential"]),
        ),
        "uniform": Table(
            {"uniform": Key(Several(_duration(0), 2, 2, "the shortest and the longest time"), required=True)}, _uniform
        ),
    },
    Made(_duration(0), lambda seconds, where: pacing.Fixed(seconds)),
)

# Tables

QUEUE_KEYS = {
    "retention": Key(Or("keep", None, _duration(0)), 'how long a message is kept at least; "keep": for good'),
    "clean_every": Key(_duration(LEAST_INTERVAL), "how often the cleaner looks"),
    "max_messages": Key(Or("none", None, Whole(1, 100_000_000)), 'the bound of the list; "none": no bound'),
    "overflow": Key(Choice("block", "evict-oldest", "reject"), "what happens at the bound"),
}
PRODUCER_TABLE = Table(
    {
        "name": Key(NAME, "what it is called; no two producers share a name", required=True),
        "rate": Key(ARRIVALS, "when messages come; 1/s unless told"),
        "payload": Key(
            Text(10_000, "a text", _check_placeholders, _NO_PLACEHOLDER),
            "a template: {n} counts from 0, {name} is its name",
        ),
        "capacity": Key(CAPACITY, "messages that its channel holds"),
        "messages": Key(Whole(1, 1_000_000_000), "how many it sends; without, it never ends"),
    },
    lambda values, where: commands.ProducerSpec(**values),
    short="name",
)
CONSUMER_TABLE = Table(
    {
        "name": Key(NAME, "what it is called; no two consumers share a name", required=True),
        "start": Key(Either(Choice("oldest", "newest"), Whole(1, 10**15, "a seq")), "the message that it begins with"),
        "work": Key(SERVICE, "how long it works on a message; not at all unless told"),
        "capacity": Key(CAPACITY, "messages that its channel holds"),
    },
    lambda values, where: commands.ConsumerSpec(**values),
    short="name",
)

# Steps


def _refuse_idle_producer(keys: Collection[str], where: Where) -> None:
    if set(keys) <= {"producer"}:
        where.report("changes nothing; write a rate or a payload")


def _refuse_idle_queue(keys: Collection[str], where: Where) -> None:
    if not keys:
        where.report("changes nothing; write retention, clean_every, max_messages or overflow")


CHANGES: Table[commands.Changes] = Table(
    QUEUE_KEYS,
    lambda values, where: cast(commands.Changes, values),
    rules=_refuse_idle_queue,
    ruled={"minProperties": 1},
)
SET: Forms[model.Action] = Forms(
    {
        "producer": Table(
            {
                "producer": Key(PRODUCER, required=True),
                "rate": PRODUCER_TABLE.keys["rate"],
                "payload": PRODUCER_TABLE.keys["payload"],
            },
            lambda values, where: commands.SetProducer(values["producer"], values.get("rate"), values.get("payload")),
            rules=_refuse_idle_producer,
            ruled={"minProperties": 2},
        ),
        "consumer": Table(
            {"consumer": Key(CONSUMER, required=True), "work": Key(SERVICE, required=True)},
            lambda values, where: commands.SetConsumer(values["consumer"], values["work"]),
        ),
        "queue": Table(
            {"queue": Key(CHANGES, required=True)},
            lambda values, where: commands.Configure(values["queue"]),
        ),
    }
)
BURST = Table(
    {"producer": Key(PRODUCER, required=True), "count": Key(CAPACITY, "messages; 10 unless told")},
    lambda values, where: commands.Burst(**values),
    short="producer",
)
VERBS = {
    "say": Key(Made(SENTENCE, lambda text, where: model.Say(text)), "words for the caption"),
    "pause": Key(
        Made(Or(True, "pause", SENTENCE), lambda text, where: model.Pause(text)), "true, or why: a live session pauses"
    ),
    "ask": Key(SENTENCE, "a question to the class, with choices, answer and why"),
    "add_producer": Key(
        Made(PRODUCER_TABLE, lambda spec, where: commands.AddProducer(spec)), "a name, or as [[producer]]"
    ),
    "remove_producer": Key(Made(PRODUCER, lambda name, where: commands.RemoveProducer(name))),
    "add_consumer": Key(
        Made(CONSUMER_TABLE, lambda spec, where: commands.AddConsumer(spec)), "a name, or as [[consumer]]"
    ),
    "remove_consumer": Key(Made(CONSUMER, lambda name, where: commands.RemoveConsumer(name))),
    "set": Key(SET, "a producer's rate or payload, a consumer's work, or settings of the queue"),
    "stall": Key(CONSUMER, "a consumer that stops reading"),
    "resume": Key(
        Made(CONSUMER, lambda name, where: commands.Resume(name)), "a stalled or failed consumer that goes on"
    ),
    "fail": Key(Made(CONSUMER, lambda name, where: commands.Crash(name)), "a consumer whose thread raises"),
    "burst": Key(BURST, "a producer, or a producer and a count"),
    "expect": Key(EXPRESSION, "what must hold, such as lag('name') > 10"),
    "screenshot": Key(Made(Text(80, "a name"), lambda name, where: model.Screenshot(name)), "the picture's name"),
    "marker": Key(
        Made(Text(80, "a name"), lambda text, where: commands.Mark(text)), "a mark to jump to in a recording"
    ),
    "stop": Key(Made(Yes(), lambda yes, where: model.Stop()), "true: the scenario ends here"),
}
COMPANIONS = {
    "for": ("stall", Key(SPAN, "how long it stalls; until it is resumed unless told")),
    "within": ("expect", Key(_duration(0), "it is enough that it holds at some moment until then")),
    "choices": ("ask", Key(Several(Text(80, "an answer"), 2, 9, "the answers to choose from"))),
    "answer": (
        "ask",
        Key(Either(Text(80, "one of the choices"), Whole(1, 9)), "the right choice, or its number from 1"),
    ),
    "why": ("ask", Key(SENTENCE, "why it is the right one")),
}
WHEN = {
    "at": Key(_duration(0), "when, from the start"),
    "after": Key(_duration(0), "when, from the step before"),
    "every": Key(_duration(LEAST_INTERVAL), "again and again; with at: from then on"),
}


class Draft(msgspec.Struct, frozen=True):
    """A step as it was read, before its time is computed from those of the steps before it. Times in seconds."""

    at: float | None
    after: float | None
    every: float | None
    actions: tuple[model.Action, ...]

    def time(self, previous: float) -> float:
        """When the step is due first, in seconds from the start; ``previous``: the same of the step before."""
        if self.at is not None:
            return self.at
        return previous + self.after if self.after is not None else self.every or 0.0


def _rules_of_a_step(keys: Collection[str], where: Where) -> None:
    if not WHEN.keys() & keys:
        where.report('says no time; write "at", "after" or "every"')
    if "at" in keys and "after" in keys:
        where.report('has both "at" and "after"; write one of them')
    # An unknown key may be a misspelt verb. It has been reported then, so this would be a second report of one mistake.
    if not VERBS.keys() & keys and STEP_KEYS.keys() >= set(keys):
        where.report("does nothing; write what is to happen, such as say, stall or expect")
    for key, (verb, _) in COMPANIONS.items():
        if key in keys and verb not in keys:
            where.at(key).report(f'belongs to "{verb}", which this step does not have')
    for key in ("choices", "answer"):
        if "ask" in keys and key not in keys:
            where.at("ask").report(f'has no "{key}"; write choices, and which of them is the answer')


def _step(values: dict[str, Any], where: Where) -> Draft:
    actions = [_action(verb, values, where) for verb in values if verb in VERBS]
    return Draft(values.get("at"), values.get("after"), values.get("every"), tuple(actions))


def _action(verb: str, values: dict[str, Any], where: Where) -> model.Action:
    value = values[verb]
    if verb == "stall":
        return commands.Stall(value, values.get("for"))
    if verb == "expect":
        return model.Expect(value, values.get("within", 0.0))
    if verb == "ask":
        return asked(values, where)
    action: model.Action = value
    return action


def asked(values: dict[str, Any], where: Where) -> model.Ask:
    """The question in a table that has the key ``ask``. Raises :class:`Rejected` if choices or answer are missing
    (which the table's rules have reported) or do not fit each other.
    """
    if not values.keys() >= {"choices", "answer"}:
        raise Rejected
    choices, answer = values["choices"], values["answer"]
    if isinstance(answer, str) and answer not in choices:
        where.at("answer").reject(f"is none of the choices; {suggestion(answer, choices)}")
    if isinstance(answer, int) and answer > len(choices):
        where.at("answer").reject(f"is {answer}, and there are {len(choices)} choices; count them from 1")
    index = choices.index(answer) if isinstance(answer, str) else answer - 1
    return model.Ask(values["ask"], choices, index, values.get("why", ""))


STEP_KEYS = WHEN | VERBS | {key: companion for key, (_, companion) in COMPANIONS.items()}
STEP = Table(
    STEP_KEYS,
    _step,
    rules=_rules_of_a_step,
    ruled={
        "allOf": [
            {"anyOf": [{"required": [key]} for key in WHEN]},
            {"not": {"required": ["at", "after"]}},
            {"anyOf": [{"required": [verb]} for verb in VERBS]},
        ],
        "dependentRequired": {key: [verb] for key, (verb, _) in COMPANIONS.items()} | {"ask": ["choices", "answer"]},
    },
)
FILE = Table(
    {
        "title": Key(SENTENCE, "one line: what it shows"),
        "duration": Key(_duration(LEAST_INTERVAL), "when a headless run ends; without, when all is sent and taken"),
        "seed": Key(Whole(0, 2**63 - 1), "what random times come from; 0 unless told"),
        "queue": Key(Table(QUEUE_KEYS, lambda values, where: Settings(**values)), "the queue's settings"),
        "producer": Key(Several(PRODUCER_TABLE, 0, 1_000, "tables that begin with [[producer]]"), "who sends"),
        "consumer": Key(Several(CONSUMER_TABLE, 0, 1_000, "tables that begin with [[consumer]]"), "who receives"),
        "step": Key(Several(STEP, 0, MOST_STEPS, "tables that begin with [[step]]"), "what happens, and when"),
    },
    lambda values, where: values,
)
