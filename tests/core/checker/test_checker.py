"""The checker: its report, what the report must mention, and the counterexamples that it saves."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from msgmux import MsgmuxError, ReplayDivergence
from msgmux.checker import HARNESSES, VARIANTS, Program, SearchOptions, check, reproduce, save
from msgmux.checker.counterexample import counterexample
from msgmux.checker.harness import Bench, Harness
from msgmux.checker.search import Search
from msgmux.checker.trial import Trial
from msgmux.events import Violation
from msgmux.recording import read_recording
from msgmux.runtime.strategies import RandomWalk

SCENARIO = """
title = "small"
duration = "30ms"
[[producer]]
name = "p"
rate = "100/s"
messages = 2
[[consumer]]
name = "c"
"""


def test_a_sound_queue_is_valid_when_the_bound_is_exhausted() -> None:
    report = check(Program(harness="single"), SearchOptions(bound=2, seconds=600.0))
    assert (report.verdict, report.exhausted) == ("valid", 2)
    assert report.bound_words == f"all {report.bounded:,} schedules with up to 2 delays were tried (bound exhausted)"
    assert report.sampled >= 200, "and chance has looked beyond"


def test_what_is_not_exhausted_is_unknown_and_says_so() -> None:
    report = check(Program(harness="pairs"), SearchOptions(bound=3, schedules=100, seconds=600.0))
    assert (report.verdict, report.exhausted) == ("unknown", 1)
    assert (
        report.bound_words
        == "not every schedule with up to 3 delays was tried; all with up to 1 delay were: 100 schedules "
        "(bound not exhausted)"
    )


def test_a_run_that_takes_too_many_points_is_unknown_and_never_valid() -> None:
    def spin(bench: Bench) -> None:
        bench.does("spin", lambda: [bench.runtime.sleep(0) for _ in range(1_000)])

    with Trial(Harness("spin", "", spin, max_points=100)) as trial:
        result = trial.run()
    assert "100" in result.unknown
    assert not result.failures


def test_two_processes_find_and_exhaust_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgmux.checker.checking.HERE", 20)
    alone, together = (
        check(Program(harness="cleaned"), SearchOptions(bound=2, seconds=600.0), workers=n) for n in (1, 2)
    )
    assert (together.verdict, together.exhausted, together.workers) == ("valid", 2, 2)
    assert together.bounded == alone.bounded
    found = check(Program(harness="cleaned", variant="lost-update"), SearchOptions(bound=2, seconds=600.0), workers=2)
    assert found.verdict == "violated"
    assert found.counterexample is not None
    assert (found.counterexample.preemptions, found.counterexample.choices) == (1, 2), "shrunk as far, whoever found it"


def test_a_scenario_is_checked_with_all_its_threads() -> None:
    report = check(Program(scenario=SCENARIO, file="small.toml"), SearchOptions(bound=1, seconds=600.0))
    assert (report.verdict, report.exhausted) == ("valid", 1)
    broken = check(Program(scenario=SCENARIO, file="small.toml", variant="lost-wakeup"), SearchOptions(seconds=600.0))
    assert broken.verdict == "violated"
    with pytest.raises(MsgmuxError, match=r"endless\.toml: duration: is missing"):
        Program(scenario='[[producer]]\nname = "p"', file="endless.toml").trial()


def test_wrong_names_are_reported_with_those_that_there_are() -> None:
    with pytest.raises(MsgmuxError, match="no harness 'pears'; there are: pairs"):
        check(Program(harness="pears"))
    with pytest.raises(MsgmuxError, match="no variant 'x'; there are: lost-update"):
        check(Program(harness="pairs", variant="x"))


def test_what_chance_has_found_is_shrunk_to_the_fewest_preemptions_and_choices() -> None:
    program = Program(harness="single", variant="lost-wakeup")
    for seed in range(1_000):
        with program.trial(RandomWalk(seed)) as trial:
            result = trial.run()
        if result.failures and result.preemptions > 3:
            break
    else:
        pytest.fail("chance has found nothing")
    found = counterexample(program, result)
    assert (found.failure.invariant, found.preemptions, found.choices) == ("lost", 1, 1)


def test_a_story_says_who_did_what_in_turn() -> None:
    report = check(Program(harness="single", variant="lost-wakeup"))
    assert report.counterexample is not None
    assert [str(turn) for turn in report.counterexample.story][-3:] == [
        "C1: next: take the lock C1.channel",
        "P1: links #1 of P1, sends C1 #1; has ended",
        "C1: waits on C1.arrival",
    ]


def test_a_deadlock_names_its_holders_and_lines() -> None:
    report = check(Program(harness="stalled", variant="lock-held-while-sending"))
    assert report.counterexample is not None
    failure = report.counterexample.failure
    assert failure.invariant == "deadlock"
    waits = {wait.task: wait for wait in failure.waits}
    assert (waits["receiver"].wants, waits["receiver"].holder) == ("queue", "quick")
    assert waits["quick"].holds == ("queue",)
    assert waits["quick"].place.startswith("waiting.py:")


def test_a_cycle_of_locks_is_told_as_one() -> None:
    report = check(Program(harness="leaving", variant="lock-order"))
    assert report.counterexample is not None
    failure = report.counterexample.failure
    assert failure.detail.startswith("leave waits for C1 waits for leave\n")
    assert [(wait.task, wait.holds, wait.wants, wait.holder) for wait in failure.waits] == [
        ("leave", ("queue",), "C1.channel", "C1"),
        ("C1", ("C1.channel",), "queue", "leave"),
    ]


@pytest.mark.parametrize("name", ["check-then-act", "lock-order", "cleaner-ignores-cursors", "if-for-while"])
def test_a_saved_counterexample_is_a_recording_and_breaks_the_same_again(name: str, tmp_path: Path) -> None:
    variant = VARIANTS[name]
    report = check(Program(harness=variant.harness, variant=name), SearchOptions(bound=variant.bound, seconds=600.0))
    found = report.counterexample
    assert found is not None
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    save(first, found)
    save(second, found)
    assert first.read_bytes() == second.read_bytes()
    save(tmp_path / "small.jsonl.gz", found)
    assert reproduce(tmp_path / "small.jsonl.gz").story == found.story
    recording = read_recording(first)
    assert recording.cut is None
    assert recording.schedule == found.schedule
    assert isinstance(recording.events[-1], Violation)
    again = reproduce(first)
    assert (again.story, again.preemptions, again.points) == (found.story, found.preemptions, found.points)
    assert again.failure.invariant == found.failure.invariant == recording.events[-1].invariant


def test_a_counterexample_to_code_that_was_repaired_since_is_a_divergence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = check(Program(harness="single", variant="lost-wakeup")).counterexample
    assert found is not None
    save(tmp_path / "found.jsonl", found)
    from msgmux.queue import MessageQueue

    repaired = msgspec.structs.replace(VARIANTS["lost-wakeup"], queue_class=MessageQueue)
    monkeypatch.setitem(VARIANTS, "lost-wakeup", repaired)
    with pytest.raises(ReplayDivergence, match="the code has changed"):
        reproduce(tmp_path / "found.jsonl")


def test_the_same_seed_gives_the_same_search() -> None:
    def tally(seed: int) -> tuple[dict[str, Any], bool]:
        search = Search(Program(harness="shared"), SearchOptions(bound=1, seed=seed))
        search.go(500, 60.0)
        return msgspec.structs.asdict(search.tally), search.over

    assert tally(3) == tally(3)
    assert tally(3)[1], "bound 1 is exhausted, and chance had its part"


def test_every_harness_says_in_a_line_what_it_is() -> None:
    for name, harness in HARNESSES.items():
        assert harness.name == name
        assert 10 < len(harness.title) < 100
