"""``msgmux-tui run``: a scenario performed without a screen, told as a trace, summed up, recorded."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Literal

import click
import msgspec

from msgmux.checker import Invariants
from msgmux.errors import MsgmuxError
from msgmux.events import Event
from msgmux.message import Message
from msgmux.recording import Header, Recorder
from msgmux.runtime import SteerableClock, ThreadRuntime
from msgmux.runtime.virtual import VirtualRuntime
from msgmux.scenario import Outcome, Scenario, perform
from msgmux.state import QueueState
from msgmux_tui.narration.feed import REASONS
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.narration.trace import Trace
from msgmux_tui.system.signals import endings
from msgmux_tui.theme.glyphs import UNICODE, Glyphs

FLUSH_SECONDS, FLUSH_BYTES = 0.5, 1 << 20
"""How much of a recording may be lost when the machine fails."""
SAFE_NAME = re.compile(r"[^A-Za-z0-9._-]")


class Wanted(msgspec.Struct, frozen=True):
    """What was asked for on the command line."""

    seed: int | None = None
    realtime: bool = False
    record: Path | None = None
    out: Path | None = None
    form: Literal["trace", "json", "quiet"] = "trace"
    glyphs: Glyphs = UNICODE


class Unwritable(MsgmuxError):
    """A file that was asked for can't be written."""


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Within, the error of a file that can't be written names it. Raises :class:`Unwritable`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unwritable(f"{path}: cannot be written: {reason}; choose another place for it") from None


class Outputs:
    """One file per consumer with the payloads that it got, one a line. A context manager that closes them."""

    def __init__(self, folder: Path) -> None:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, IO[str]] = {}
        # Guards the choice of a file's name, and the dict above.
        self._opening = Lock()

    def write(self, name: str, message: Message) -> None:
        """Called in the thread of the consumer of that name, which alone writes to its file."""
        file = self._files.get(name) or self._open(name)
        with writing(file.name):
            file.write(f"{message.payload}\n")

    def _open(self, name: str) -> IO[str]:
        with self._opening:
            # No name leads out of the folder, nor two names to one file.
            safe = SAFE_NAME.sub("_", name).lstrip(".") or "_"
            while (path := self._folder / f"{safe}.txt") in {Path(file.name) for file in self._files.values()}:
                safe += "_"
            with writing(path):
                self._files[name] = path.open("w", encoding="utf-8")
            return self._files[name]

    def __enter__(self) -> "Outputs":
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as closing:
            for file in self._files.values():
                closing.enter_context(writing(file.name))
                closing.callback(file.close)


def perform_headless(scenario: Scenario, wanted: Wanted) -> int:
    """Perform it and print what was wanted. Returns the exit code. Unwritable paths are told before it begins."""
    seed = scenario.seed if wanted.seed is None else wanted.seed
    narrator = Narrator()
    trace = Trace(len(scenario.actors()), wanted.glyphs)
    recorder: Recorder | None = None
    flushed = time.monotonic()
    invariants: Invariants
    with ExitStack() as files:
        outputs = files.enter_context(Outputs(wanted.out)) if wanted.out is not None else None
        signals = files.enter_context(endings())
        runtime = (
            ThreadRuntime(SteerableClock(), seed=seed)
            if wanted.realtime
            else files.enter_context(VirtualRuntime(seed=seed))
        )
        if wanted.record is not None:
            with writing(wanted.record):
                wanted.record.open("ab").close()

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
            # What is compressed depends on where it is flushed, so that of an exact run is so by its size.
            exact = wanted.record is not None and wanted.record.suffix == ".gz" and not wanted.realtime
            due = recorder.unflushed >= FLUSH_BYTES if exact else time.monotonic() >= flushed + FLUSH_SECONDS
            if due:
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
            click.echo(f"problem: {problem}", err=True)
    sound = not any([verdict.violation for verdict in invariants.reports()])
    if recorder is not None and recorder.problem:
        return 2
    return 0 if outcome.met and sound else 1


def complain(problem: str) -> None:
    """Told at once, while the run goes on."""
    click.echo(f"msgmux-tui: {problem}", err=True)


def summary(outcome: Outcome) -> dict[str, object]:
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


def table(outcome: Outcome) -> list[str]:
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
