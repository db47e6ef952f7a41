"""The program to be checked, as a record that can be sent to another process and written into a file."""

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
"""Longest run of a scenario without a duration, in seconds of virtual time."""
MOST_POINTS = 200_000
"""Scheduling points that a run of a scenario may take; a run that takes more is *unknown*."""


class Program(msgspec.Struct, frozen=True):
    """What is to be checked.

    ``harness``: the name of a bundled harness. Without one, ``scenario`` is the text of a scenario and ``file`` the
    name that its errors show. ``variant``: the name of a faulty queue; empty for the correct one. ``clock`` and
    ``early_ticks`` (as for :class:`VirtualRuntime`) override those of the harness.
    """

    harness: str = ""
    scenario: str = ""
    file: str = ""
    variant: str = ""
    clock: Clock | None = None
    early_ticks: int | None = None

    @property
    def title(self) -> str:
        """One line that says what is checked. Raises :class:`MsgmuxError` as :meth:`resolved` does."""
        what = self.resolved().title or self.file
        return what + (f", with the fault {self.variant!r}" if self.variant else "")

    def resolved(self) -> Harness:
        """The harness, made from the scenario if need be.

        Raises :class:`MsgmuxError` if no harness has that name, or the scenario is wrong or never ends.
        """
        return _resolve(self)

    def trial(self, strategy: Strategy | None = None, *, carrier: CarrierName = "greenlet") -> Trial:
        """A new run, set up and not yet started. Raises :class:`MsgmuxError` if the program is wrong."""
        return Trial(self.resolved(), strategy, queue_class=self.queue_class(), carrier=carrier)

    def stepwise(self, early_ticks: int) -> "Program":
        """The same program with an explored clock, which may be moved ``early_ticks`` times while a task can go on."""
        return msgspec.structs.replace(self, clock="explored", early_ticks=early_ticks)

    def queue_class(self) -> type[MessageQueue]:
        """The class of the correct queue, or of the variant. Raises :class:`MsgmuxError` for an unknown variant."""
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
    """``known[name]``. Raises :class:`MsgmuxError` with the known names; ``what`` is the word for one of them."""
    found = known.get(name)
    if found is None:
        raise MsgmuxError(f"there is no {what} {name!a}; there are: {', '.join(known)}")
    return found


def of_scenario(scenario: Scenario) -> Harness:
    """A harness that performs the scenario with all its threads, for the scenario's duration.

    Raises :class:`MsgmuxError` if the scenario never ends: no duration, and a producer without a number of messages.
    """
    endless = [producer.name for producer in scenario.producers if producer.messages is None]
    if scenario.duration is None and endless:
        raise MsgmuxError(
            f"{scenario.file}: duration: is missing, and producer {endless[0]!a} never ends; write how long a run lasts"
        )

    def begin(bench: Bench) -> None:
        director = Director(scenario, bench.runtime, queue_class=bench.queue_class)
        bench.watch(director.queue)
        director.start()
        # The scenario's own tasks are daemons, and a run ends when only daemons are left. This task is not a daemon: it
        # keeps the run going until the scenario is over.
        longest = MOST_SECONDS if scenario.duration is None else scenario.duration + 1
        bench.does("curtain", lambda: director.wait(longest))

    return Harness(scenario.file, scenario.title, begin, max_points=MOST_POINTS)
