"""Scenarios: TOML files that declare producers and consumers, what happens at which time, and what is expected.

One file serves a live demonstration, a headless test, a recording and a picture. :func:`load` and :func:`parse` read a
file, :class:`Director` performs it on any runtime, :func:`perform` does so from start to end without a terminal.
"""

from msgmux.commands import Changes, ConsumerSpec, ProducerSpec
from msgmux.documents.problems import Problem, ScenarioError
from msgmux.scenario.director import Director
from msgmux.scenario.expect.expression import STATES, ExpressionError, evaluate, parse_expression
from msgmux.scenario.expect.judge import Expectation
from msgmux.scenario.model import Scenario, Step
from msgmux.scenario.never import warnings
from msgmux.scenario.performance import RunResult, perform
from msgmux.scenario.reading import json_schema, load, parse

__all__ = [
    "STATES",
    "Changes",
    "ConsumerSpec",
    "Director",
    "Expectation",
    "ExpressionError",
    "Problem",
    "ProducerSpec",
    "RunResult",
    "Scenario",
    "ScenarioError",
    "Step",
    "evaluate",
    "json_schema",
    "load",
    "parse",
    "parse_expression",
    "perform",
    "warnings",
]
