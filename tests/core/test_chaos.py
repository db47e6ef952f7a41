"""Stress tests with all workloads and faults at once (see ``support.chaos``), and their report: nothing is lost."""

import os
from pathlib import Path

import pytest

from support.chaos import Report, storms
from support.patience import PATIENCE

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


def everything_happened(report: Report) -> bool:
    """Return whether every fault has occurred, in at least three storms: one of three has the hasty switch interval."""
    return (
        report.storms >= 3 and set(report.faults) >= FAULTS and report.accepted > 10_000 and report.bytes > 100_000_000
    )


def check(report: Report) -> None:
    print(report)
    assert report.problems == [], str(report)
    assert everything_happened(report), f"never happened: {sorted(FAULTS - set(report.faults))}\n{report}"
    # The number of allocated blocks shows leaks exactly; resident memory also depends on the allocator and the system.
    assert max(report.blocks) < report.blocks[0] + 2_000, report.blocks
    assert max(report.memory) < report.memory[0] + 100_000_000, report.memory


@pytest.mark.alone
def test_a_slice_of_chaos(tmp_path: Path) -> None:
    """As many storms as it takes, because a slow machine needs more of them than a fast one."""
    check(storms(PATIENCE, seed=1, folder=tmp_path, enough=everything_happened))


@pytest.mark.soak
def test_chaos_for_as_long_as_was_asked_for(tmp_path: Path) -> None:
    """``make soak MINUTES=60``"""
    minutes = float(os.environ.get("SOAK_MINUTES") or 10)
    check(storms(minutes * 60, seed=1_000, folder=tmp_path, each=5.0))
