"""``msgmux-tui run``: performs a scenario without a screen; prints a trace or a summary, and can record it."""

import re
import time
from collections import OrderedDict
from contextlib import ExitStack, nullcontext
from pathlib import Path
from threading import Lock
from typing import IO, Literal

import click
import msgspec

from msgmux.checker import Invariants
from msgmux.events import Event
from msgmux.message import Message
from msgmux.recording import Header, Recorder
from msgmux.runtime import SteerableClock, ThreadRuntime
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.scenario import RunResult, Scenario, perform
from msgmux.state import QueueState
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.narration.pieces import REASONS
from msgmux_tui.narration.trace import Trace
from msgmux_tui.system.files import check_target, check_writable, writing
from msgmux_tui.system.messages import complain
from msgmux_tui.system.signals import endings
from msgmux_tui.theme.glyphs import UNICODE, Glyphs

FLUSH_SECONDS, FLUSH_BYTES = 0.5, 1 << 20
"""A recording is flushed after so many seconds or bytes: as much may be lost if the machine fails."""
OPEN_FILES = 16
SAFE_NAME = re.compile(r"[^A-Za-z0-9._-]")


class RunOptions(msgspec.Struct, frozen=True):
    """The command line's options."""

    seed: int | None = None
    realtime: bool = False
    record: Path | None = None
    out: Path | None = None
    form: Literal["trace", "json", "quiet"] = "trace"
    glyphs: Glyphs = UNICODE
    overwrite: bool = False


class Outputs:
    """One file per consumer with the payloads that it got, one a line. A context manager that closes them.

    At most :data:`OPEN_FILES` are open at a time, as a process may have few; another one is closed for the next.
    """

    def __init__(self, folder: Path) -> None:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._paths: dict[str, Path] = {}
        self._open: OrderedDict[str, IO[str]] = OrderedDict()
        # Guards both fields above and all writing: each consumer calls from its own thread.
        self._lock = Lock()

    def write(self, name: str, message: Message) -> None:
        """Append the payload of a message that the consumer of that name got. Raises :class:`OSError`."""
        with self._lock, writing(self._path(name)):
            file = self._open.get(name)
            if file is None:
                file = self._opened(name)
            self._open.move_to_end(name)
            file.write(f"{message.payload}\n")

    def _path(self, name: str) -> Path:
        if name in self._paths:
            return self._paths[name]
        # A consumer's name must not lead out of the folder, nor two names to the same file.
        safe, taken = SAFE_NAME.sub("_", name).lstrip(".") or "_", set(self._paths.values())
        while (path := self._folder / f"{safe}.txt") in taken:
            safe += "_"
        return path

    def _opened(self, name: str) -> IO[str]:
        path = self._path(name)
        mode = "a" if name in self._paths else "w"
        while len(self._open) >= OPEN_FILES:
            _, oldest = self._open.popitem(last=False)
            with writing(oldest.name):
                oldest.close()
        file = self._open[name] = path.open(mode, encoding="utf-8")
        self._paths[name] = path
        return file

    def __enter__(self) -> "Outputs":
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as closing:
            for file in self._open.values():
                closing.enter_context(writing(file.name))
                closing.callback(file.close)


def perform_headless(scenario: Scenario, wanted: RunOptions) -> int:
    """Perform a scenario and print what the options ask for. Returns the exit code.

    Raises :class:`Unwritable` before the run if a file cannot be written.
    """
    seed = scenario.seed if wanted.seed is None else wanted.seed
    narrator = Narrator()
    trace = Trace(len(scenario.actors()), wanted.glyphs)
    recorder: Recorder | None = None
    flushed = time.monotonic()
    invariants: Invariants
    with ExitStack() as files:
        outputs = files.enter_context(Outputs(wanted.out)) if wanted.out is not None else None
        if wanted.record is not None:
            # Before signals are stored instead of raised, so that the program can be ended here if something blocks.
            check_target(wanted.record, overwrite=wanted.overwrite, source=Path(scenario.file), recordings=True)
            if not wanted.record.is_fifo():  # whose reader would take a second opening for a second writer
                check_writable(wanted.record)
        signals = files.enter_context(endings())
        runtime = (
            ThreadRuntime(SteerableClock(), seed=seed)
            if wanted.realtime
            else files.enter_context(VirtualRuntime(seed=seed))
        )
        piped = wanted.record is not None and wanted.record.exists() and not wanted.record.is_file()

        def begin(start: QueueState) -> None:
            nonlocal recorder, invariants
            invariants = Invariants(start)
            narrator.learn(start)
            if wanted.record is not None:
                kind: Literal["threads", "virtual"] = "threads" if wanted.realtime else "virtual"
                header = Header(start, scenario.title, scenario.source, seed, kind)
                with writing(wanted.record):
                    recorder = files.enter_context(Recorder(wanted.record, header, complain))

        def tell(event: Event) -> None:
            invariants.look(event)
            if recorder is not None:
                # The reader of a pipe may have stopped reading; then only a signal can end the write.
                with signals.at_once() if piped else nullcontext():
                    recorder.events((event,))
            if wanted.form == "trace":
                line = trace.line(event, narrator(event))
                if line is not None:
                    with signals.at_once():
                        click.echo(line)

        def turn() -> None:
            nonlocal flushed
            signals.look()
            if recorder is None:
                return
            # Compressed bytes depend on where the stream is flushed. For an exact run, which must give equal files, it
            # is flushed by size instead of time.
            exact = wanted.record is not None and wanted.record.suffix == ".gz" and not wanted.realtime
            due = recorder.unflushed >= FLUSH_BYTES if exact else time.monotonic() >= flushed + FLUSH_SECONDS
            if due:
                with signals.at_once() if piped else nullcontext():
                    if wanted.realtime and not recorder.unflushed:
                        # So that the clock of whoever follows the file goes on. An exact run's file has only what is
                        # the same in every such run.
                        recorder.tick(runtime.now())
                    recorder.flush()
                flushed = time.monotonic()

        outcome = perform(
            scenario,
            runtime=runtime,
            seed=seed,
            on_start=begin,
            on_event=tell,
            on_message=outputs.write if outputs is not None else None,
            on_turn=turn,
        )
        if recorder is not None and isinstance(runtime, VirtualRuntime):
            recorder.schedule(runtime.schedule)
        elif recorder is not None:
            recorder.end(f"{scenario.title or scenario.file} has ended")
    if wanted.form == "json":
        click.echo(msgspec.json.encode(summary(outcome)))
    elif wanted.form == "trace":
        click.echo("\n" + "\n".join(table(outcome)))
    if wanted.form != "json":
        for expectation in outcome.expectations:
            if not expectation.met:
                detail = f" ({expectation.detail})" if expectation.detail else ""
                click.echo(f"failed at {expectation.time:.3f} s: {expectation.expression}{detail}")
        for verdict in invariants.reports():
            if verdict.violation:
                click.echo(f"violated: {verdict.name}: {verdict.violation}")
        for problem in outcome.problems:
            complain(problem, about="problem")
    sound = not any([verdict.violation for verdict in invariants.reports()])
    if recorder is not None and recorder.problem:
        return 2
    return 0 if outcome.met and sound else 1


def summary(outcome: RunResult) -> dict[str, object]:
    """The run as one JSON object."""
    state = outcome.state
    return {
        "ended": outcome.ended,
        "seconds": outcome.elapsed,
        "seed": outcome.seed,
        "put": outcome.sent,
        "taken": outcome.taken,
        "queue": {
            "head_seq": state.head_seq,
            "tail_seq": state.tail_seq,
            "length": state.length,
            "evicted": state.cleaner.evicted,
            "cleaner_passes": state.cleaner.passes,
        },
        "expectations": outcome.expectations,
        "problems": outcome.problems,
    }


def table(outcome: RunResult) -> list[str]:
    """The run as a table of fixed columns."""
    state = outcome.state
    lines = [f"{'producer':<24}{'put':>10}"]
    lines += [f"{name:<24}{count:>10,}" for name, count in outcome.sent.items()]
    lines += ["", f"{'consumer':<24}{'taken':>10}{'skipped':>10}{'lag':>10}"]
    for name, count in outcome.taken.items():
        consumer = state.consumers.get(name)
        skipped, lag = (f"{consumer.skipped:,}", f"{consumer.lag:,}") if consumer is not None else ("", "left")
        lines.append(f"{name:<24}{count:>10,}{skipped:>10}{lag:>10}")
    evicted = ", ".join([f"{count:,} {REASONS[reason]}" for reason, count in state.cleaner.evicted.items()]) or "none"
    met = sum([expectation.met for expectation in outcome.expectations])
    lines += [
        "",
        f"queue     {state.length:,} messages left, {state.tail_seq:,} put in all; evicted: {evicted}",
        f"cleaner   {state.cleaner.passes:,} passes in {outcome.elapsed:.3f} s",
        f"expected  {met} of {len(outcome.expectations)} expectations met",
    ]
    return lines
