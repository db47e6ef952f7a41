"""The values of the functions that an expression can call, taken from the state of a queue."""

from collections.abc import Callable

from msgmux.scenario.expect.expression import Answer, Call
from msgmux.state import ConsumerState, ProducerState, QueueState


def answers(state: QueueState, rate: Callable[[int], float]) -> Answer:
    """A function that gives the value of a call in ``state``; it raises :class:`LookupError` for an unregistered name.

    ``rate(id)`` gives the messages a second of the producer or consumer with that registration id.
    """

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
