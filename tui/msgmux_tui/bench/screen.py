"""The live session in a terminal: how fast it opens and answers keys, its CPU time, and its cost for the queue."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from msgmux.settings import Settings
from msgmux.state import NODES_SHOWN, CleanerState, ConsumerState, NodeState, ProducerState, QueueState
from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.report import Table
from msgmux_tui.bench.terminal import TimedProgram
from msgmux_tui.panes import chain, cleaner, consumers, events, ledger, producers
from msgmux_tui.theme.glyphs import UNICODE
from msgmux_tui.viewmodel.view import View

SIZES = ((80, 24), (120, 40), (200, 60))
ANSWERS = (
    b"the tail in sight",
    b"the slowest consumer in sight",
    b"the selected message in sight",
    b"every cursor in sight",
)
"""The texts that appear when the key f is pressed, alternately; f changes nothing but the screen."""

FULL_SPEED = """
title = "Full speed"
duration = "{seconds}s"
[queue]
retention = "0s"
clean_every = "100ms"
max_messages = 100000
""" + "".join(
    [f'[[producer]]\nname = "p{n}"\nrate = "100000/s"\ncapacity = 1024\n' for n in range(3)]
    + [f'[[consumer]]\nname = "c{n}"\ncapacity = 1024\n' for n in range(3)]
)
"""A scenario with three producers and three consumers at full speed."""

RETAINED = (1_000, 1_000_000)


def measure(effort: Effort, say: Say) -> list[Table]:
    """Opens the program again and again; nothing when this is no Linux."""
    if not Path("/proc/self/stat").exists():
        say("screen: left out, it needs Linux")
        return []
    columns = tuple([f"{width}x{height}" for width, height in SIZES])
    opening, working, paused, keys = [], [], [], []
    for width, height in SIZES:
        say(f"screen {width}x{height}")
        with TimedProgram((), width, height) as program:
            opening.append(program.wait_for(b"billing") - program.started)
            program.read(2.0)
            working.append(program.cpu_share(2.0 if effort.quick else 10.0))
            keys.append(_answers(program, effort))
            program.press(b" ")
            program.wait_for(b"PAUSED")
            program.read(1.0)
            paused.append(program.cpu_share(1.0 if effort.quick else 5.0))
    say("screen at full speed")
    busy, kept = _at_full_speed(effort)
    return [
        Table("screen-open", "From command to first paint", "s", "less", columns, {"live session": tuple(opening)},
              {"live session": (0.8,) * 3}),
        Table("screen-cpu", "CPU of the live session", "% of a core", "less", columns,
              {"default scenario": tuple(working), "paused": tuple(paused)},
              {"default scenario": (12.0,) * 3, "paused": (2.0,) * 3}),
        Table("screen-keys", "From key to paint", "ms", "less", ("p50", "p99"),
              {**{f"default, {size}": cells for size, cells in zip(columns, keys, strict=True)}, "full speed": busy},
              {**{f"default, {size}": (30.0, 60.0) for size in columns}, "full speed": (None, 150.0)}),
        Table("screen-queue", "Rate that the queue keeps under a live screen", "ratio", "more", ("3x3",),
              {"full speed": (kept,)}, {"full speed": (0.8,)}),
        _frames(effort),
    ]  # fmt: skip


def _answers(program: TimedProgram, effort: Effort) -> tuple[float, float]:
    """Return the milliseconds from a key press to its text on the screen: the median and the 99th percentile."""
    taken = []
    for number in range(12 if effort.quick else 100):
        # Keys come at any moment between two frames.
        program.read(0.05 + 0.0137 * (number % 7))
        began = time.perf_counter()
        program.press(b"f")
        taken.append(1000 * (program.wait_for(ANSWERS[number % len(ANSWERS)]) - began))
    return median(taken), quantiles(taken, n=100)[98]


def _at_full_speed(effort: Effort) -> tuple[tuple[float, float], float]:
    """The same times at full speed, and the queue's rate with the screen relative to its rate without."""
    seconds = 3 if effort.quick else 8
    with TemporaryDirectory() as folder:
        file = Path(folder) / "full.toml"
        file.write_text(FULL_SPEED.format(seconds=seconds), encoding="utf-8")
        command = [sys.executable, "-m", "msgmux_tui", "run", str(file), "--realtime", "--json"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        summary = json.loads(run.stdout.splitlines()[-1])
        alone = sum(summary["put"].values()) / summary["seconds"]
        with TimedProgram(("play", str(file)), 120, 40) as program:
            program.wait_for(b"LIVE")
            answers = _answers(program, effort)
            program.read(float(seconds))
            rates = re.findall(rb"([\d.,]+)(k?|M)/s in all", program.written)
    shown = [float(number.replace(b",", b"")) * {b"": 1, b"k": 1e3, b"M": 1e6}[unit] for number, unit in rates]
    return answers, median(shown[len(shown) // 2 :]) / alone


def _frames(effort: Effort) -> Table:
    """The cost of drawing all panes, with few and with many retained messages."""
    few, many = RETAINED
    cells = (_frame(few, 1, effort), _frame(many, 1, effort), _frame(many, 256, effort))
    return Table(
        "screen-frame", "Drawing all panes at 120x40", "CPU ms", "less",
        (f"{few:,} in nodes of 1", f"{many:,} in nodes of 1", f"{many:,} in nodes of 256"),
        {"all panes": cells}, {"all panes": (None, 2 * cells[0], 2 * cells[0])},
    )  # fmt: skip


def _frame(retained: int, each: int, effort: Effort) -> float:
    """Milliseconds of thread CPU time: the panes' alone, whatever else the machine does."""
    view = View(_state(retained, each), 1.0)
    taken = []
    for _ in range(9 if effort.quick else 51):
        began = time.thread_time()
        chain.draw(view, 116, 15, UNICODE)
        ledger.draw(view, 116, 34, UNICODE)
        for pane in (consumers, producers, cleaner, events):
            pane.draw(view, 56, 8, UNICODE)
        taken.append(1000 * (time.thread_time() - began))
    return median(taken)


def _state(retained: int, each: int) -> QueueState:
    """A list of so many messages, in nodes of ``each``, and three consumers: ahead, in the middle, behind."""
    count = retained // each
    first = max(0, count - NODES_SHOWN)
    nodes = [NodeState(1 + n * each, each, "orders", 1, "P1", 1 + n * each, 0.0, "x") for n in range(first, count)]
    tail = count * each
    cursors = {"ahead": tail, "middle": tail // 2, "behind": 0}
    return QueueState(
        event=1,
        head_seq=1,
        tail_seq=tail,
        producers={"orders": ProducerState("orders", 1, "P1", 8, put=tail)},
        consumers={
            name: ConsumerState(name, n, f"C{n}", 8, cursor, lag=tail - cursor)
            for n, (name, cursor) in enumerate(cursors.items(), 1)
        },
        settings=Settings(None, 1.0),
        cleaner=CleanerState(),
        nodes=tuple(nodes),
        node_count=count,
    )
