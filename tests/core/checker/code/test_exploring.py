"""Exploring a user's file: what is found, how it is reported, and the verdict."""

from pathlib import Path

import pytest

from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.report import CodeReport
from msgmux.checker.code.searching import explore_program
from msgmux.checker.code.words import in_words

HEAD = "import threading, time, queue\nfrom msgmux import explore\n"
RUN = """
threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def explored(path: Path, text: str, **wanted: object) -> CodeReport:
    file = path / "mine.py"
    file.write_text(HEAD + text)
    return explore_program(CodeProgram(str(file)), Exploring(**{"seconds": 120.0, **wanted}))  # type: ignore[arg-type]


LOST_UPDATE = (
    """
class Counter:
    value = 0
counter = Counter()
def work(number):
    counter.value += 1
"""
    + RUN
)
ABBA = (
    """
a = threading.Lock()
b = threading.Lock()
def work(number):
    first, second = (a, b) if number else (b, a)
    with first:
        with second:
            pass
"""
    + RUN
)
LOST_WAKEUP = (
    """
ready = False
condition = threading.Condition()
def work(number):
    global ready
    if number:
        if not ready:
            with condition:
                condition.wait()
    else:
        ready = True
        with condition:
            condition.notify()
"""
    + RUN
)
CHECK_THEN_ACT = (
    """
cache = {}
computed = []
def work(number):
    if "key" not in cache:
        computed.append(number)
        cache["key"] = number
"""
    + RUN
)
PUBLISHED_EARLY = (
    """
class Config:
    instance = None
    def load(self):
        self.value = 42
def work(number):
    if Config.instance is None:
        Config.instance = Config()
        Config.instance.load()
    assert Config.instance.value == 42
"""
    + RUN
)
FLAG_TOO_EARLY = (
    """
ready, data = False, None
def produce():
    global ready, data
    ready = True
    data = 42
def consume():
    if ready:
        assert data == 42
def work(number):
    (produce, consume)[number]()
"""
    + RUN
)
NEVER_GIVEN_BACK = (
    """
lock = threading.Lock()
def work(number):
    lock.acquire()
"""
    + RUN
)
PETERSON = (
    """
wants, turn, inside = [False, False], 0, []
def work(number):
    global turn
    turn = 1 - number
    wants[number] = True
    while wants[1 - number] and turn == 1 - number:
        pass
    inside.append(number)
    assert len(inside) == 1
    inside.remove(number)
    wants[number] = False
"""
    + RUN
)


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        (PUBLISHED_EARLY, "exception", "published too early."),
        (FLAG_TOO_EARLY, "assert", "published too early."),
        (NEVER_GIVEN_BACK, "deadlock", "has never given lock back, for which Thread-2 waits."),
        (LOST_UPDATE + "assert counter.value == 2", "assert", "a lost update."),
        (ABBA, "deadlock", "the locks are taken in different orders."),
        (LOST_WAKEUP, "hang", "a lost wake-up."),
        (CHECK_THEN_ACT + "assert len(computed) == 1", "assert", "check-then-act."),
    ],
    ids=[
        "an object",
        "a flag",
        "never given back",
        "lost update",
        "lock order",
        "lost wake-up",
        "check-then-act",
    ],
)
def test_known_faults_are_found_and_named(tmp_path: Path, text: str, kind: str, why: str) -> None:
    report = explored(tmp_path, text)
    assert (report.verdict, report.every) == ("violated", True)
    found = report.counterexample
    assert found is not None
    assert found.kind == kind
    assert found.why.endswith(why)
    assert found.preemptions <= 1


def test_what_is_changed_inside_a_critical_section_is_not_published_by_it(tmp_path: Path) -> None:
    found = explored(tmp_path, PETERSON).counterexample
    assert found is not None
    assert found.why.endswith("check-then-act.")


def test_a_counterexample_shows_what_was_read_and_written(tmp_path: Path) -> None:
    found = explored(tmp_path, LOST_UPDATE + "assert counter.value == 2, 'one is lost'").counterexample
    assert found is not None
    assert (found.detail, found.place) == ("one is lost", "mine.py:13")
    told = [(line.code, line.did[0]) for line in found.story if line.code]
    assert ("counter.value += 1", "reads 0") in told
    assert any(["← over Thread-" in did for line in found.story for did in line.did])
    assert "GIL" in found.note


def test_where_a_call_lies_between_the_gil_may_switch_too(tmp_path: Path) -> None:
    text = LOST_UPDATE.replace("counter.value += 1", "counter.value = int(counter.value) + 1")
    found = explored(tmp_path, text + "assert counter.value == 2", gil=True).counterexample
    assert found is not None
    assert not found.note
    # Without a call in the statement, the GIL can't be released in the middle of it.
    assert explored(tmp_path, LOST_UPDATE + "assert counter.value == 2", gil=True).verdict == "valid"


def test_with_a_lock_every_schedule_is_run(tmp_path: Path) -> None:
    text = "n = 0\nlock = threading.Lock()\ndef work(number):\n    global n\n    with lock:\n        n += 1\n"
    report = explored(tmp_path, text + RUN + "assert n == 2")
    assert (report.verdict, report.every, report.schedules, report.races) == ("valid", True, 2, ())


def test_without_any_assert_the_outcomes_are_counted(tmp_path: Path) -> None:
    report = explored(tmp_path, LOST_UPDATE + "print(counter.value)")
    assert report.verdict == "valid"
    assert {outcome.outcome: outcome.serial for outcome in report.outcomes} == {"1": False, "2": True}
    assert [(race.what, race.first) for race in report.races] == [("Counter.value", "mine.py:8")]


def test_the_table_of_outcomes_says_that_runs_which_fail_are_not_in_it(tmp_path: Path) -> None:
    text = "import random\n" + LOST_UPDATE + "first = explore.choose(2)\nprint(first)\nassert counter.value == 2"
    report = explored(tmp_path, text)
    assert report.failing > 0
    assert f"what the {report.failing:,} that fail would come to is not here" in "\n".join(in_words(report))


def test_what_is_not_scheduled_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("from multiprocessing import cpu_count\n")
    report = explored(tmp_path, "import asyncio\nfrom asyncio import sleep\nimport other\n")
    assert report.verdict == "valid"
    assert [note.partition(":")[0] + note.partition(" imports ")[2].partition(":")[0] for note in report.notes] == [
        "mine.pyasyncio",
        "other.pymultiprocessing",
    ]
    assert "note: mine.py:3 imports asyncio: its coroutines are not scheduled" in "\n".join(in_words(report))


def test_an_outcome_can_be_said(tmp_path: Path) -> None:
    report = explored(tmp_path, "explore.outcome(explore.choose(3))")
    assert sorted([outcome.outcome for outcome in report.outcomes]) == ["0", "1", "2"]


def test_an_invariant_is_looked_at_where_no_lock_is_held(tmp_path: Path) -> None:
    money = """
lock = threading.Lock()
money = {"a": 1, "b": 1}
def invariant():
    return sum(money.values()) == 2
def work(number):
    with lock:
        money["a"] -= 1
        money["b"] += 1
"""
    assert explored(tmp_path, money + RUN).verdict == "valid"
    broken = explored(tmp_path, money.replace("with lock:", "if True:") + RUN).counterexample
    assert broken is not None
    assert broken.kind == "invariant"


def test_what_is_atomic_is_one_step(tmp_path: Path) -> None:
    text = LOST_UPDATE.replace("    counter.value += 1", "    with explore.atomic():\n        counter.value += 1")
    assert explored(tmp_path, text + "assert counter.value == 2").verdict == "valid"


def test_timeouts_pass_in_virtual_time(tmp_path: Path) -> None:
    text = """
done = threading.Event()
def work(number):
    if number:
        time.sleep(3600)
        done.set()
    else:
        assert not done.wait(60)
        assert done.wait(3600 * 24)
"""
    assert explored(tmp_path, text + RUN).verdict == "valid"


def test_a_spin_lock_is_decided(tmp_path: Path) -> None:
    text = (
        "flags = [False, False]\nturn = 0\ninside = 0\n"
        """
def work(me):
    global turn, inside
    flags[me] = True
    turn = 1 - me
    while flags[1 - me] and turn == 1 - me:
        pass
    inside += 1
    assert inside == 1
    inside -= 1
    flags[me] = False
"""
    )
    report = explored(tmp_path, text + RUN)
    assert (report.verdict, report.every) == ("valid", True)
    swapped = text.replace("    flags[me] = True\n    turn = 1 - me\n", "    turn = 1 - me\n    flags[me] = True\n")
    assert explored(tmp_path, swapped + RUN).verdict == "violated"


def test_queues_and_executors_are_ours(tmp_path: Path) -> None:
    text = """
jobs = queue.Queue(1)
got = []
def work(number):
    if number:
        for job in range(2): jobs.put(job)
    else:
        for _ in range(2): got.append(jobs.get())
"""
    report = explored(tmp_path, text + RUN + "assert got == [0, 1]")
    assert (report.verdict, report.every) == ("valid", True)
    pool = "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(1) as pool:\n"
    report = explored(tmp_path, pool + "    assert pool.submit(int, '7').result() == 7\n")
    assert (report.verdict, report.every) == ("valid", True)


def test_a_nondeterministic_program_is_reported(tmp_path: Path) -> None:
    text = (
        "import json\njson.times = getattr(json, 'times', 0) + 1\nx = 0\n"
        """
def work(number):
    global x
    if json.times % 2:
        x += 1
    x += 2
"""
    )
    report = explored(tmp_path, text + RUN)
    assert report.verdict == "unknown"
    assert "not the same program each time" in report.unknown


def test_a_bound_is_said_to_be_one(tmp_path: Path) -> None:
    report = explored(tmp_path, LOST_UPDATE, bound=1)
    assert (report.verdict, report.every, report.exhausted) == ("valid", False, 1)
    assert report.words.startswith("not every schedule; delay bound 1 exhausted")


def test_both_carriers_give_the_same_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(HEAD + LOST_UPDATE)
    program = CodeProgram(str(file), points="all")
    seen = []
    for carrier in ("greenlet", "thread"):
        steps: list[str] = []
        with program.trial(
            carrier=carrier,
            observer=lambda task, operation: steps.append(f"{task.id} {operation}"),  # noqa: B023
        ) as trial:
            trial.run()
        seen.append(steps)
    assert seen[0] == seen[1]
    assert len(seen[0]) > 5
