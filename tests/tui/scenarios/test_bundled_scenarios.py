"""Each bundled scenario meets its expectations, and its texts fit the smallest screen."""

from typing import Any

import pytest

from msgmux.checker import Invariants
from msgmux.events import Event
from msgmux.scenario import STATES, json_schema, model, parse, perform, warnings
from msgmux.scenario.expect.expression import FUNCTIONS
from msgmux.state import QueueState, fold
from msgmux_tui import scenarios

WIDTH = 76
"""The width of the caption at 80 columns, in characters."""
LESSONS = {
    "sample",
    "one-to-many",
    "many-to-many",
    "slow-consumer",
    "backpressure",
    "evict-oldest",
    "late-joiner",
    "churn",
    "burst-and-drain",
    "short-retention",
    "producer-order",
    "failing-consumer",
    "rush-hour",
}


def test_there_are_thirteen_and_the_one_that_the_session_opens_with() -> None:
    assert set(scenarios.names()) == LESSONS | {"default"}


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("name", scenarios.names())
def test_its_expectations_come_true_whatever_the_seed(name: str, seed: int | None) -> None:
    outcome = perform(scenarios.read(name), seed=seed)
    assert [found for found in outcome.expectations if not found.met] == []
    assert outcome.problems == ()
    assert outcome.expectations


@pytest.mark.parametrize("name", scenarios.names())
def test_every_invariant_holds_and_the_events_add_up_to_the_queue(name: str) -> None:
    starts: list[QueueState] = []
    events: list[Event] = []
    outcome = perform(scenarios.read(name), on_start=starts.append, on_event=events.append)
    invariants = Invariants(starts[0])
    for event in events:
        invariants.look(event)
    assert [verdict for verdict in invariants.reports() if verdict.violation or verdict.unknown] == []
    assert fold(starts[0], events).without_samples() == outcome.state.without_samples()


@pytest.mark.parametrize("name", scenarios.names())
def test_its_words_fit_and_say_what_to_look_at(name: str) -> None:
    scenario = scenarios.read(name)
    said = [action.text for action in scenario.actions() if isinstance(action, model.Say)]
    assert len(said) >= 4
    assert [text for text in said if len(text) > WIDTH] == []
    assert len(scenario.title) <= 62, "the list of scenarios has 80 columns"


def test_hundreds_join_and_leave_in_churn() -> None:
    events: list[Event] = []
    perform(scenarios.read("churn"), on_event=events.append)
    kinds = [event.kind for event in events]
    assert kinds.count("consumer_registered") > 150
    assert kinds.count("consumer_unregistered") > 150
    assert kinds.count("producer_registered") > 50


def test_the_template_is_a_scenario_without_warnings_that_has_every_key_and_every_question() -> None:
    text = scenarios.template()
    assert warnings(parse(text)) == []
    schema = json_schema()
    keys = [*schema["properties"], *schema["properties"]["step"]["items"]["properties"]]
    for table in ("queue", "producer", "consumer"):
        properties = schema["properties"][table].get("items", schema["properties"][table])
        keys += _own_keys(properties)
    assert [key for key in keys if key not in text] == []
    assert [name for name in FUNCTIONS if f"{name}(" not in text] == []
    assert [state for state in STATES if f"'{state}'" not in text] == []


def _own_keys(schema: Any) -> list[str]:
    if "properties" in schema:
        return list(schema["properties"])
    return [key for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())) for key in _own_keys(part)]
