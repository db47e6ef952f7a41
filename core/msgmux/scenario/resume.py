"""How a scenario goes on from a recorded state: the steps that are still due, and the pace of those who are there."""

from math import floor

from msgspec.structs import replace

from msgmux.commands import ConsumerSpec, ProducerSpec, Resume, Stall
from msgmux.scenario.model import Scenario, Step
from msgmux.state import ConsumerState, ProducerState, QueueState


def remainder(scenario: Scenario, state: QueueState, elapsed: float) -> Scenario:
    """The part of ``scenario`` that is still due ``elapsed`` seconds after its start, with times counted from then.

    It has the settings of ``state`` and no producers or consumers, since these are restored from ``state``.
    """
    steps: list[Step] = []
    for step in scenario.steps:
        if step.at > elapsed:
            steps.append(replace(step, at=step.at - elapsed))
            continue
        begun = step.at
        if step.every is not None:
            begun += floor((elapsed - step.at) / step.every) * step.every
            steps.append(replace(step, at=begun + step.every - elapsed))
        for action in step.actions:
            # A stall that has begun becomes a step that ends it at its time.
            if isinstance(action, Stall) and action.seconds is not None and begun + action.seconds > elapsed:
                consumer = state.consumers.get(action.name)
                if consumer is not None and consumer.status == "stalled":
                    steps.append(Step(step.index, begun + action.seconds - elapsed, None, (Resume(action.name),)))
    left = None if scenario.duration is None or scenario.duration <= elapsed else scenario.duration - elapsed
    return replace(
        scenario,
        duration=left,
        queue=state.settings,
        producers=(),
        consumers=(),
        steps=tuple(sorted(steps, key=lambda step: step.at)),
    )


def as_it_put(spec: ProducerSpec, seen: ProducerState) -> ProducerSpec:
    """The specification of a producer that goes on as it was in ``seen``, with the messages it has left; values that
    ``seen`` does not have are those of ``spec``.
    """
    told = seen.pace
    rate, payload, messages = (
        (spec.rate, spec.payload, spec.messages) if told is None else (told.rate, told.payload, told.messages)
    )
    if told is not None and told.done:
        messages = 0
    elif messages is not None:
        messages = max(0, messages - seen.put - (seen.level or 0))
    return replace(spec, rate=rate, payload=payload, capacity=seen.capacity, messages=messages)


def as_it_worked(spec: ConsumerSpec, seen: ConsumerState) -> ConsumerSpec:
    """The specification of a consumer that goes on as it was in ``seen``; its work is that of ``spec`` if unknown."""
    return replace(spec, work=seen.pace or spec.work, capacity=seen.capacity)
