"""An exact run is the same on every supported Python, and over any length of time."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from msgmux.scenario import parse, perform

SAMPLE = Path(__file__).parents[3] / "tui/msgmux_tui/scenarios/sample.toml"
DIGEST = "ad1d075f0b373a7446bad9a72ed0da894923be08759aa183473990edf62cca80"
"""SHA-256 of the sample scenario's events as JSON Lines. It changes with the scenario and the queue's behaviour."""


def test_the_sample_scenario_has_the_same_events_on_every_python() -> None:
    digest = hashlib.sha256()
    perform(parse(SAMPLE.read_text("utf-8")), on_event=lambda event: digest.update(msgspec.json.encode(event) + b"\n"))
    assert digest.hexdigest() == DIGEST


def test_ten_virtual_minutes_of_three_producers_and_three_consumers_are_counted_to_the_message() -> None:
    producers = "".join([f'[[producer]]\nname = "p{n}"\nrate = "20/s"\n' for n in range(3)])
    consumers = "".join([f'[[consumer]]\nname = "c{n}"\n' for n in range(3)])
    scenario = parse(f'title = "long"\nduration = "10m"\n{producers}{consumers}')
    outcome = perform(scenario)
    assert outcome.elapsed == pytest.approx(600.0)
    assert sum(outcome.sent.values()) == pytest.approx(36_000, rel=0.01)
