"""Every faulty variant is found within the bound that it names; the sound queue passes the same exhaustive searches."""

import pytest

from msgmux.checker.bounding import Bounding
from msgmux.checker.harness import Harness
from msgmux.checker.harnesses import HARNESSES
from msgmux.checker.harnesses.parts import PARTS, RINGING
from msgmux.checker.harnesses.whole import WHOLE
from msgmux.checker.trial import Result, Trial
from msgmux.checker.variants import VARIANTS
from msgmux.queue import MessageQueue
from msgmux.runtime.scheduler import CarrierName
from msgmux.runtime.strategies import Strategy
from support.effort import IS_QUICK

BOUND = 2 if IS_QUICK else 3
"""The bound, in delays, up to which every harness of the whole queue is searched exhaustively."""
PREEMPTIONS = 1 if IS_QUICK else 2
"""The bound, in preemptions, up to which the harnesses of its parts are searched exhaustively."""


def run(
    harness: str,
    strategy: Strategy,
    queue_class: type[MessageQueue] = MessageQueue,
    carrier: CarrierName = "greenlet",
) -> Result:
    with Trial(HARNESSES[harness], strategy, queue_class=queue_class, carrier=carrier) as trial:
        return trial.run()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_found_at_its_bound_and_breaks_what_it_says(name: str) -> None:
    variant = VARIANTS[name]
    search = Bounding(variant.kind, variant.bound)
    schedules = 0
    for strategy in search:
        schedules += 1
        result = run(variant.harness, strategy, variant.queue_class)
        if result.failures:
            break
    else:
        pytest.fail(f"not found in {schedules} schedules")
    assert result.breaks(variant.breaks), result.failures
    assert (-1 if search.exhausted is None else search.exhausted) == variant.bound - 1, "found below its bound"
    assert schedules <= variant.schedules
    again = run(variant.harness, type(strategy)(strategy.deviations), variant.queue_class, carrier="thread")
    assert (again.failures, again.schedule) == (result.failures, result.schedule), "the same on both carriers"


@pytest.mark.parametrize("name", VARIANTS)
def test_the_sound_source_and_the_faulty_one_can_be_read_side_by_side(name: str) -> None:
    sound, faulty = VARIANTS[name].snippets()
    assert sound.text.startswith("def ")
    # The same function, or a part of it that is a function of its own in the sound source.
    assert faulty.text.partition("(")[0].removeprefix("def ") in sound.text.partition("(")[0]
    assert sound.text != faulty.text
    assert len(faulty.text.splitlines()) <= 25


@pytest.mark.parametrize("harness", [*WHOLE, RINGING], ids=lambda harness: harness.name)
def test_the_sound_queue_passes_every_schedule_up_to_the_bound(harness: Harness) -> None:
    search = Bounding("delay", BOUND)
    for strategy in search:
        result = run(harness.name, strategy)
        assert not result.failures, (strategy.deviations, result.failures)
        assert not result.unknown
    assert search.exhausted == BOUND


@pytest.mark.parametrize("harness", PARTS, ids=lambda harness: harness.name)
def test_the_channels_and_the_list_pass_every_schedule_of_their_lines_up_to_the_bound(harness: Harness) -> None:
    search = Bounding("preemption", PREEMPTIONS)
    for strategy in search:
        result = run(harness.name, strategy)
        assert not result.failures, (strategy.deviations, result.failures)
    assert search.exhausted == PREEMPTIONS


@pytest.mark.soak
def test_a_channel_that_two_put_into_while_it_is_closed_passes_preemption_bound_4() -> None:
    for strategy in Bounding("preemption", 4):
        result = run("putters", strategy)
        assert not result.failures, (strategy.deviations, result.failures)
