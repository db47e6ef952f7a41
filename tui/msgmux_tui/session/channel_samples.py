"""Replace the sampled channel levels of a state, which events bring at most every 50 ms, by the current ones."""

from collections.abc import Mapping

from msgspec.structs import replace

from msgmux.queue import MessageQueue
from msgmux.state import QueueState


def with_levels(queue: MessageQueue, state: QueueState) -> QueueState:
    """``state`` with the current channel levels and taken counts of ``queue``. Takes no lock."""
    filled, waiting = queue.levels()
    return _with_samples(
        state,
        {name: level for name, level in filled.items() if name in state.producers},
        {
            name: max(0, state.consumers[name].delivered - level)
            for name, level in waiting.items()
            if name in state.consumers
        },
    )


def with_samples_of(before: QueueState, state: QueueState) -> QueueState:
    """``state`` with the channel levels and taken counts of the earlier state ``before``."""
    producers = {name: producer.level for name, producer in before.producers.items() if name in state.producers}
    consumers = {name: consumer.taken for name, consumer in before.consumers.items() if name in state.consumers}
    return _with_samples(state, producers, consumers)


def _with_samples(state: QueueState, levels: Mapping[str, int | None], taken: Mapping[str, int | None]) -> QueueState:
    """``state`` with these channel levels by producer and these counts of taken messages by consumer."""
    producers = {
        name: replace(state.producers[name], level=level)
        for name, level in levels.items()
        if state.producers[name].level != level
    }
    consumers = {
        name: replace(state.consumers[name], taken=count)
        for name, count in taken.items()
        if state.consumers[name].taken != count
    }
    if not producers and not consumers:
        return state
    return replace(state, producers={**state.producers, **producers}, consumers={**state.consumers, **consumers})
