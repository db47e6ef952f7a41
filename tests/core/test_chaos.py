"""Stress tests with all workloads and faults at once (see ``support.chaos``), and their report: nothing is lost."""

import os
from pathlib import Path

import pytest

from support.chaos import Report, storms

# Two minutes in CI on the main Python; less for developers, and on the other Python versions.
SLICE = 120.0 if os.environ.get("CI") and os.environ.get("HYPOTHESIS_PROFILE") != "quick" else 20.0
"""Seconds of stress in every run of the suite."""
FAULTS = {
    "consumers crashed and came back",
    "consumers stalled",
    "consumers that came and went",
    "interrupts of a waiting main thread",
    "messages told as skipped",
    "meddling: clean",
    "meddling: limit",
    "meddling: pause",
    "meddling: retention",
    "meddling: speed",
    "meddling: step",
    "meddling: structure",
    "meddling: throw out",
    "payloads that could not be copied",
    "producers closed by others",
    "producers crashed",
    "puts refused",
    "recordings",
}


def check(report: Report) -> None:
    print(report)
    assert report.problems == [], str(report)
    assert set(report.faults) >= FAULTS, "everything that can go wrong has gone wrong"
    assert report.accepted > 10_000
    assert report.bytes > 1_000_000_000
    # The number of allocated blocks shows leaks exactly; resident memory also depends on the allocator and the system.
    assert max(report.blocks) < report.blocks[0] + 2_000, report.blocks
    assert max(report.memory) < report.memory[0] + 100_000_000, report.memory


@pytest.mark.alone
def test_a_slice_of_chaos(tmp_path: Path) -> None:
    check(storms(SLICE, seed=1, folder=tmp_path))


@pytest.mark.soak
def test_chaos_for_as_long_as_was_asked_for(tmp_path: Path) -> None:
    """``make soak MINUTES=60``"""
    minutes = float(os.environ.get("SOAK_MINUTES") or 10)
    check(storms(minutes * 60, seed=1_000, folder=tmp_path, each=5.0))
