"""The lesson format: the keys, their values, and what they mean. As for scenarios, one declaration is used to read a
file, to say what would be right, and to give the JSON Schema.
"""

import re
from collections.abc import Collection
from typing import Any

from msgmux.checker import HARNESSES, VARIANTS
from msgmux.checker.invariants import EVERY
from msgmux.documents.problems import suggestion
from msgmux.documents.shapes import Choice, Forms, Key, Several, Shape, Table, Text, Where, Whole, Yes, shown
from msgmux.documents.shapes import Schema as JsonSchema
from msgmux.runtime.records import OperationKind
from msgmux.scenario.format import COMPANIONS, EXPRESSION, SENTENCE, SPAN, asked
from msgmux_tui.keys.actions import ACTIONS
from msgmux_tui.lessons.model import Card, CheckerQuery, Forecast, Gloss, Move, Question, Until

INVARIANTS = tuple([kind.name for kind in EVERY])
PANES = ("list", "consumers", "producers", "cleaner", "events")
PRESSABLE = tuple([action.id for action in ACTIONS if action.where in ("session", "pane", "list")])
NEEDS_NAME = (
    "producer.remove",
    "producer.burst",
    "consumer.remove",
    "consumer.stall",
    "consumer.crash",
    "cast.quicken",
    "cast.slow",
)
MOST_CARDS = 60
_PARAGRAPHS = re.compile(r"\n\s*\n")
_ACTION = re.compile(r"<([a-z]+\.[a-z_]+)>")


def _check_actions(text: str, where: Where) -> None:
    known = [action.id for action in ACTIONS]
    for name in _ACTION.findall(text):
        if name not in known:
            where.reject(f"<{name}> is no action to name the key of; {suggestion(name, known)}")


PARAGRAPH = Text(1_200, "a text", _check_actions)
WORDS = Text(400, "a sentence or two", _check_actions)


class Prose:
    """Paragraphs, with empty lines between them; within one, line breaks become spaces."""

    def read(self, value: object, where: Where) -> tuple[str, ...]:
        if not isinstance(value, str):
            where.reject(f"{shown(value)} is not a text; write it in quotes, three of them for several lines")
        parts = [part for part in _PARAGRAPHS.split(value) if part.strip()]
        return tuple([PARAGRAPH.read(part, where) for part in parts or [value]])

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1}


class Whose:
    """The name of a producer or a consumer of the lesson's scenario."""

    def read(self, value: object, where: Where) -> str:
        name = Text(40, "the name of a producer or a consumer").read(value, where)
        if name not in where.names.of["either"]:
            where.reject(f"nobody here is named {name!a}; {suggestion(name, where.names.of['either'])}")
        return name

    def schema(self) -> JsonSchema:
        return {"type": "string"}


class Pressed:
    """An action, by its id or by the key that it has unless the user gives it another one."""

    def read(self, value: object, where: Where) -> str:
        if value in PRESSABLE:
            return str(value)
        by_key = next((action.id for action in ACTIONS if value in action.keys and action.id in PRESSABLE), "")
        if not by_key:
            near = suggestion(value if isinstance(value, str) else "", PRESSABLE)
            where.reject(f'{shown(value)} is no key or action of the session; write a key, such as "s"; {near}')
        return by_key

    def schema(self) -> JsonSchema:
        keys = [key for action in ACTIONS if action.id in PRESSABLE for key in action.keys]
        return {"enum": [*PRESSABLE, *keys]}


# Questions

FORECAST: Table[Forecast] = Table(
    {
        "after": Key(SPAN, "so much later the choices are compared with what has come", required=True),
        "holds": Key(Several(EXPRESSION, 2, 9, "an expression for each choice"), required=True),
    },
    lambda values, where: Forecast(values["after"], values["holds"]),
)
SEARCH = Choice("preemptions", "invariant")


class Run:
    """How an answer is graded by running: by a question to the checker, or by comparing expressions after some time."""

    def read(self, value: object, where: Where) -> Forecast | CheckerQuery:
        if isinstance(value, str):
            return CheckerQuery("invariant" if SEARCH.read(value, where) == "invariant" else "preemptions")
        return FORECAST.read(value, where)

    def schema(self) -> JsonSchema:
        return {"anyOf": [SEARCH.schema(), FORECAST.schema()]}


def _question(values: dict[str, Any], where: Where) -> Question:
    ask, run = asked(values, where), values.get("run")
    if isinstance(run, Forecast) and len(run.holds) != len(ask.choices):
        where.at("run", "holds").reject(
            f"has {len(run.holds)} expressions for {len(ask.choices)} choices; write one for each"
        )
    return Question(ask.question, ask.choices, ask.answer, ask.why, run)


# Cards


def _rules_of_a_card(keys: Collection[str], where: Where) -> None:
    for key in ("choices", "answer", "why", "run"):
        if key in keys and "ask" not in keys:
            where.at(key).report('belongs to "ask", which this card does not have')
    for key in ("choices", "answer"):
        if "ask" in keys and key not in keys:
            where.at("ask").report(f'has no "{key}"; write choices, and which of them is the answer')
    if "ask" in keys and "wait" in keys:
        where.at("wait").report('cannot stand beside "ask"; put the question on a card of its own')


def _card(values: dict[str, Any], where: Where) -> Card:
    ask = _question(values, where) if "ask" in values else None
    if values.get("press") in NEEDS_NAME and "who" not in values:
        where.at("press").report('acts on the selected one; write "who" is to be selected')
    plain: dict[str, Any] = {
        key: values[key] for key in ("text", "title", "pane", "who", "pause", "wait", "press", "notes") if key in values
    }
    return Card(**plain, ask=ask)


CARD: Table[Card] = Table(
    {
        "title": Key(Text(60, "a few words"), "the card's heading"),
        "text": Key(Prose(), "what is to be read; paragraphs by empty lines; <consumer.stall> names that action's key"),
        "pane": Key(Choice(*PANES), "the pane that it is about"),
        "who": Key(Whose(), "a producer or consumer that is selected for the card"),
        "pause": Key(Yes(), "true: time stands still while it is read"),
        "wait": Key(EXPRESSION, "what must come true until the card is done, such as lag('name') > 10"),
        "press": Key(Pressed(), "the key, or the action, that must be pressed"),
        "notes": Key(Prose(), "for the speaker, shown by --notes on another terminal"),
        "ask": Key(WORDS, "a question, with choices, answer and why"),
        "choices": COMPANIONS["choices"][1],
        "answer": COMPANIONS["answer"][1],
        "why": Key(WORDS, "why it is the right one"),
        "run": Key(Run(), 'graded by running: { after, holds }, "preemptions" or "invariant"'),
    },
    _card,
    rules=_rules_of_a_card,
    ruled={
        "dependentRequired": {key: ["ask"] for key in ("choices", "answer", "why", "run")}
        | {"ask": ["choices", "answer"]}
    },
)

# The goal


def _goal_keys(kind: str) -> Table[dict[str, Any]]:
    about = "the invariant that a schedule breaks" if kind == "break" else "the invariant that none breaks"
    keys = {
        kind: Key(Choice(*INVARIANTS), about, required=True),
        "in": Key(Choice(*HARNESSES), "the small program of the checker that is searched, if not the lesson's"),
        "bound": Key(Whole(0, 4), "up to this bound every schedule is run"),
        "by": Key(Choice("delay", "preemption"), "what the bound counts"),
    }
    if kind == "break":
        del keys["in"]
    return Table(keys, lambda values, where: values)


GOAL: Forms[dict[str, Any]] = Forms({"break": _goal_keys("break"), "keep": _goal_keys("keep")})


def _one_end(keys: Collection[str], where: Where) -> None:
    if {"until", "steps"} <= set(keys):
        where.report('has both "until" and "steps"; write one of them')


UNTIL_KEYS: dict[str, tuple[OperationKind, str]] = {
    "acquire": ("acquire", "the lock that it is about to take"),
    "wait": ("wait", "the condition that it is about to wait on"),
    "notify": ("notify", "the condition whose waiting tasks it is about to wake"),
    "join": ("join", "the task whose end it is about to wait for"),
    "line": ("access", "some text of the line of source that it is about to run"),
}


def _until(key: str) -> Table[Until]:
    kind, about = UNTIL_KEYS[key]
    name = Text(200, "some source text" if key == "line" else "the name of a lock, a condition or a task")
    return Table({key: Key(name, about, required=True)}, lambda values, where: Until(kind, values[key]))


UNTIL: Forms[Until] = Forms({key: _until(key) for key in UNTIL_KEYS})

MOVE: Table[Move] = Table(
    {
        "task": Key(Text(60, "the name of a task"), 'who goes on; "the clock" moves the time', required=True),
        "until": Key(
            UNTIL, "until it is about to do that: { acquire = LOCK }, { notify = CONDITION }, { line = TEXT }…"
        ),
        "steps": Key(Whole(1, 1_000), "for so many scheduling points; without both, until it must wait"),
    },
    lambda values, where: Move(values["task"], values.get("steps"), values.get("until")),
    rules=_one_end,
    ruled={"not": {"required": ["until", "steps"]}},
    short="task",
)


GLOSS: Table[Gloss] = Table(
    {
        "line": Key(Text(200, "some source text"), "some text of the line", required=True),
        "in": Key(Choice("faulty", "sound"), "the source that it is about, if not both"),
        "says": Key(Text(80, "a few words"), "what it does, or why it matters", required=True),
    },
    lambda values, where: Gloss(values["line"], values["says"], values.get("in", "")),
)


def _one_scenario(keys: Collection[str], where: Where) -> None:
    if not {"scenario", "variant"} & set(keys):
        where.report('has neither "scenario" nor "variant"; write what is to be seen')


LESSON_KEYS = {
    "title": Key(Text(60, "a few words"), "one line: what it is about", required=True),
    "learn": Key(SENTENCE, "what one knows after it", required=True),
    "variant": Key(Choice(*VARIANTS), "the faulty queue that is looked at"),
    "goal": Key(GOAL, "{ break = NAME } or { keep = NAME, in = PROGRAM, bound = N }", required=True),
    "hints": Key(Several(WORDS, 0, 9, "a list of sentences"), "shown one by one, on request"),
    "missed": Key(WORDS, "what an attempt that comes to rest unbroken has missed"),
    "gloss": Key(Several(GLOSS, 0, 20, "a list of { line, in, says }"), "a word on the lines of source that decide"),
    "solution": Key(Several(MOVE, 1, 200, "a list of tasks"), "who goes on, in turn, until the goal is reached"),
    "card": Key(Several(CARD, 1, MOST_CARDS, "tables that begin with [[card]]"), "what is read", required=True),
}


def lesson_table(scenario: Shape[Any]) -> Table[dict[str, Any]]:
    """A whole file, with a ``scenario`` of that shape."""
    about = "a bundled scenario, a file beside this one, a program of the checker, or a table as a scenario file"
    return Table({"scenario": Key(scenario, about)} | LESSON_KEYS, lambda values, where: values, rules=_one_scenario)
