"""What is checked, as a record that can be sent to another process and written into a file."""

from functools import lru_cache
from typing import TypeVar

import msgspec

from msgmux.checker.harness import Bench, Harness
from msgmux.checker.harnesses import HARNESSES
from msgmux.checker.trial import Trial
from msgmux.checker.variants import VARIANTS, Variant
from msgmux.errors import MsgmuxError
from msgmux.queue import MessageQueue
from msgmux.runtime.scheduler import CarrierName, Clock
from msgmux.runtime.strategies import Strategy
from msgmux.scenario import Director, Scenario, parse

T = TypeVar("T")

MOST_SECONDS = 3600.0
"""Virtual seconds after which a scenario that has no duration is over."""
MOST_POINTS = 200_000
"""Scheduling points that a run of a scenario may take; a run that takes more is *unknown*."""


class Program(msgspec.Struct, frozen=True):
    """A bundled harness by name, or else the text of a scenario; and the variant of the queue, if not the sound one.

    ``clock`` and ``early_ticks`` are those of the harness unless given: as for :class:`VirtualRuntime`.
    """

    harness: str = ""
    scenario: str = ""
    file: str = ""
    variant: str = ""
    clock: Clock | None = None
    early_ticks: int | None = None

    @property
    def title(self) -> str:
        """One line of what is checked."""
        what = self.resolved().title or self.file
        return what + (f", with the fault {self.variant!r}" if self.variant else "")

    def resolved(self) -> Harness:
        """The harness. Raises :class:`MsgmuxError` where there is none of that name, or the scenario is wrong."""
        return _resolve(self)

    def trial(self, strategy: Strategy | None = None, *, carrier: CarrierName = "greenlet") -> Trial:
        """A run of it, ready to go."""
        return Trial(self.resolved(), strategy, queue_class=self.queue_class(), carrier=carrier)

    def stepwise(self, early_ticks: int) -> "Program":
        """The same with a clock that may be moved by hand, that many times although a task can go on."""
        return msgspec.structs.replace(self, clock="explored", early_ticks=early_ticks)

    def queue_class(self) -> type[MessageQueue]:
        """The sound queue, or the variant."""
        return self.found_variant.queue_class if self.variant else MessageQueue

    @property
    def found_variant(self) -> Variant:
        return named("variant", VARIANTS, self.variant)


@lru_cache(maxsize=16)
def _resolve(program: Program) -> Harness:
    if program.harness:
        harness = named("harness", HARNESSES, program.harness)
    else:
        harness = of_scenario(parse(program.scenario, program.file))
    return msgspec.structs.replace(
        harness,
        clock=harness.clock if program.clock is None else program.clock,
        early_ticks=harness.early_ticks if program.early_ticks is None else program.early_ticks,
    )


def named(what: str, known: dict[str, T], name: str) -> T:
    """The one of that name. Raises :class:`MsgmuxError` with the names that there are."""
    found = known.get(name)
    if found is None:
        raise MsgmuxError(f"there is no {what} {name!a}; there are: {', '.join(known)}")
    return found


def of_scenario(scenario: Scenario) -> Harness:
    """A scenario as a harness: all its threads, for as long as it lasts."""
    endless = [producer.name for producer in scenario.producers if producer.messages is None]
    if scenario.duration is None and endless:
        raise MsgmuxError(
            f"{scenario.file}: duration: is missing, and producer {endless[0]!a} never ends; write how long a run lasts"
        )

    def begin(bench: Bench) -> None:
        director = Director(scenario, bench.runtime, queue_class=bench.queue_class)
        bench.watch(director.queue)
        director.start()
        # The scenario's own tasks are daemons. This one is none, so the run goes on until the scenario is over.
        longest = MOST_SECONDS if scenario.duration is None else scenario.duration + 1
        bench.does("curtain", lambda: director.wait(longest))

    return Harness(scenario.file, scenario.title, begin, max_points=MOST_POINTS)
