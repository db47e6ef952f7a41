"""What an expectation can ask of a queue, and the answers."""

from collections import deque
from collections.abc import Callable

from msgmux.scenario.expect.expression import Answer, Call
from msgmux.state import ConsumerState, ProducerState, QueueState

WINDOW = 2.0
"""Seconds that ``rate(name)`` looks back over."""


class RateMeter:
    """Messages a second that producers put and consumers were delivered, of late. Feed it at least twice a window."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, dict[int, int]]] = deque()

    def look(self, now: float, state: QueueState) -> None:
        """Take in what ``state`` counts at the time ``now``."""
        counts = {producer.id: producer.put for producer in state.producers.values()}
        counts.update({consumer.id: consumer.delivered for consumer in state.consumers.values()})
        self._looks.append((now, counts))
        # The oldest look stays until the next one is a window old as well.
        while len(self._looks) > 2 and self._looks[1][0] <= now - WINDOW:
            self._looks.popleft()

    def rate(self, id: int) -> float:
        """Messages a second of the registration ``id`` over the window, or since it came."""
        looks = [(time, counts[id]) for time, counts in self._looks if id in counts]
        if len(looks) < 2 or looks[-1][0] == looks[0][0]:
            return 0.0
        return (looks[-1][1] - looks[0][1]) / (looks[-1][0] - looks[0][0])


def answers(state: QueueState, rate: Callable[[int], float]) -> Answer:
    """Answers questions from ``state``; ``rate`` tells the messages a second of a registration id."""

    def consumer(name: str) -> ConsumerState:
        if name not in state.consumers:
            raise LookupError(f"no consumer named {name!a} is registered then")
        return state.consumers[name]

    def producer(name: str) -> ProducerState:
        if name not in state.producers:
            raise LookupError(f"no producer named {name!a} is registered then")
        return state.producers[name]

    def answer(call: Call) -> float | str:
        name = call.name
        match call.function:
            case "lag":
                return consumer(name).lag
            case "delivered":
                return consumer(name).delivered
            case "skipped":
                return consumer(name).skipped
            case "put":
                return producer(name).put
            case "rate":
                return rate(consumer(name).id if name in state.consumers else producer(name).id)
            case "state":
                return _condition(state, name)
            case "length":
                return state.length
            case "evicted":
                return state.cleaner.total
        raise LookupError(f"{call.function} cannot be answered")

    return answer


def _condition(state: QueueState, name: str) -> str:
    """One of :data:`~msgmux.scenario.expect.expression.STATES`; of a consumer, if both roles have one of that name."""
    if name in state.consumers:
        return state.consumers[name].status
    if name in state.producers:
        return "blocked" if state.producers[name].blocked else state.producers[name].status
    return "gone"
