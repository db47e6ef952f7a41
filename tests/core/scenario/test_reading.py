"""Reading a scenario file gives the records that it describes."""

from pathlib import Path

import pytest

from msgmux import commands
from msgmux.documents.problems import Lines
from msgmux.scenario import ConsumerSpec, ProducerSpec, load, model, parse
from msgmux.settings import Settings
from msgmux.workload import Bursts, Constant, Exponential, Fixed, OnOff, Poisson, Uniform

EXAMPLE = """
title = "A slow consumer holds the list"
duration = "30s"
seed = 7
[queue]
retention = "5s"
clean_every = "1s"
max_messages = 500
overflow = "block"
[[producer]]
name = "orders"
rate = "40/s"
payload = "order {n} from {name}"
capacity = 16
[[consumer]]
name = "billing"
start = "oldest"
work = "200ms"
capacity = 2
[[step]]
at = "8s"
say = "Watch the head of the list: who holds it?"
[[step]]
at = "9s"
add_consumer = { name = "late", start = "newest" }
[[step]]
at = "10s"
stall = "billing"
for = "6s"
[[step]]
at = "11s"
set = { producer = "orders", rate = "60/s" }
[[step]]
at = "12s"
expect = "lag('billing') > 100 and length() <= 500"
within = "2s"
"""


def test_the_example_of_the_design_reads_as_it_says() -> None:
    scenario = parse(EXAMPLE, "example.toml")
    assert (scenario.file, scenario.title) == ("example.toml", "A slow consumer holds the list")
    assert (scenario.duration, scenario.seed) == (30.0, 7)
    assert scenario.queue == Settings(5.0, 1.0, 500, "block")
    assert scenario.producers == (ProducerSpec("orders", Constant(40.0), "order {n} from {name}", 16),)
    assert scenario.consumers == (ConsumerSpec("billing", "oldest", Fixed(0.2), 2),)
    assert [step.at for step in scenario.steps] == [8.0, 9.0, 10.0, 11.0, 12.0]
    say, add, stall, change, expect = scenario.actions()
    assert say == model.Say("Watch the head of the list: who holds it?")
    assert add == commands.AddConsumer(ConsumerSpec("late", "newest"))
    assert stall == commands.Stall("billing", 6.0)
    assert change == commands.SetProducer("orders", Constant(60.0))
    assert isinstance(expect, model.Expect)
    assert (expect.expression.text, expect.within) == ("lag('billing') > 100 and length() <= 500", 2.0)


def test_a_file_is_read_as_its_text_is(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(EXAMPLE)
    assert load(path) == parse(EXAMPLE, str(path))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"40/s"', Constant(40.0)),
        ("2", Constant(2.0)),
        ('"0/s"', Constant(0.0)),
        ('{ poisson = "20/s" }', Poisson(20.0)),
        ('{ bursts = 10, every = "2s" }', Bursts(10, 2.0)),
        ('{ on = "2s", off = "5s", rate = "40/s" }', OnOff(40.0, 2.0, 5.0)),
    ],
)
def test_arrivals(written: str, meant: object) -> None:
    assert parse(f'[[producer]]\nname = "p"\nrate = {written}').producers[0].rate == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"200ms"', Fixed(0.2)),
        ("1.5", Fixed(1.5)),
        ('{ exponential = "50ms" }', Exponential(0.05)),
        ('{ uniform = ["50ms", 1] }', Uniform(0.05, 1.0)),
    ],
)
def test_service_times(written: str, meant: object) -> None:
    assert parse(f'[[consumer]]\nname = "c"\nwork = {written}').consumers[0].work == meant


def test_the_queue_can_keep_for_good_and_have_no_bound() -> None:
    queue = parse('[queue]\nretention = "keep"\nmax_messages = "none"\n[[consumer]]\nname = "c"').queue
    assert (queue.retention, queue.max_messages) == (None, None)


def test_a_consumer_can_start_at_a_seq() -> None:
    assert parse('[[consumer]]\nname = "c"\nstart = 17').consumers[0].start == 17


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('say = "one\\n  two"', [model.Say("one two")]),
        ("pause = true", [model.Pause("pause")]),
        ('pause = "Look"', [model.Pause("Look")]),
        (
            'ask = "Who?"\nchoices = ["a", "b"]\nanswer = "b"\nwhy = "so"',
            [model.Ask("Who?", ("a", "b"), 1, "so")],
        ),
        ('ask = "Who?"\nchoices = ["a", "b"]\nanswer = 1', [model.Ask("Who?", ("a", "b"), 0)]),
        ('add_producer = "late"', [commands.AddProducer(ProducerSpec("late"))]),
        ('add_consumer = "late"', [commands.AddConsumer(ConsumerSpec("late"))]),
        ('add_producer = { name = "q", rate = 3 }', [commands.AddProducer(ProducerSpec("q", Constant(3.0)))]),
        ('remove_producer = "p"', [commands.RemoveProducer("p")]),
        ('remove_consumer = "c"', [commands.RemoveConsumer("c")]),
        ('set = { producer = "p", payload = "x" }', [commands.SetProducer("p", payload="x")]),
        ('set = { consumer = "c", work = "1s" }', [commands.SetConsumer("c", Fixed(1.0))]),
        ('set = { queue = { retention = "2s" } }', [commands.Configure({"retention": 2.0})]),
        ('set = { queue = { retention = "keep" } }', [commands.Configure({"retention": None})]),
        ('stall = "c"', [commands.Stall("c")]),
        ('resume = "c"', [commands.Resume("c")]),
        ('fail = "c"', [commands.Crash("c")]),
        ('burst = "p"', [commands.Burst("p", 10)]),
        ('burst = { producer = "p", count = 3 }', [commands.Burst("p", 3)]),
        ('screenshot = "full"', [model.Screenshot("full")]),
        ('marker = "here"', [commands.Mark("here")]),
        ("stop = true", [model.Stop()]),
        ('resume = "c"\nsay = "first resume, then say"', [commands.Resume("c"), model.Say("first resume, then say")]),
        ('say = "first say"\nresume = "c"', [model.Say("first say"), commands.Resume("c")]),
    ],
)
def test_verbs_stand_in_the_order_written(written: str, meant: list[object]) -> None:
    names = '[[producer]]\nname = "p"\n[[consumer]]\nname = "c"\n'
    assert list(parse(f"{names}[[step]]\nat = 1\n{written}").actions()) == meant


def test_after_counts_from_the_step_before_and_every_repeats() -> None:
    steps = parse("""
        step = [
            { after = "2s", say = "2" },
            { after = "3s", say = "5" },
            { at = "1s", say = "1" },
            { after = "1s", every = "4s", say = "2, 6, 10 …" },
            { every = "12s", say = "12, 24 …" },
            { at = "4s", every = "12s", say = "4, 16 …" },
        ]""").steps
    assert [(step.at, step.every) for step in steps] == [
        (2.0, None),
        (5.0, None),
        (1.0, None),
        (2.0, 4.0),
        (12.0, 12.0),
        (4.0, 12.0),
    ]


def test_lines_are_found_across_comments_strings_and_lists() -> None:
    text = '''title = "a # no comment"   # [[step]] no header
say = """
[[step]]
key = "in a string"
"""
list = [
  1, # ]
  2,
]
[queue]
retention = 1
[[ step ]]
at = 1
"a b" . 'c' = 2
[[step]]
set = { queue = { retention = 1 } }
'''
    lines = Lines(text)
    found = {
        path: lines[path]
        for path in [
            ("title",),
            ("list", 1),
            ("queue", "retention"),
            ("step", 0),
            ("step", 0, "at"),
            ("step", 0, "a b", "c"),
            ("step", 1, "set", "queue", "retention"),
            ("nowhere",),
        ]
    }
    assert list(found.values()) == [1, 6, 11, 12, 13, 14, 16, None]
