"""What waits in the channels right now: of that the events have samples only, and a session can do better."""

from msgspec.structs import replace

from msgmux.queue import MessageQueue
from msgmux.state import QueueState


def with_levels(queue: MessageQueue, state: QueueState) -> QueueState:
    """The state with the channels of ``queue`` as they are now. Takes no lock."""
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
    """The state with what was known of the channels before."""
    producers = {name: producer.level for name, producer in before.producers.items() if name in state.producers}
    consumers = {name: consumer.taken for name, consumer in before.consumers.items() if name in state.consumers}
    return _with_samples(state, producers, consumers)


def _with_samples(state: QueueState, levels: dict[str, int], taken: dict[str, int]) -> QueueState:
    """The state with these levels of producers' channels, and counts of what consumers have taken."""
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
