"""What of a scenario is still to come at some moment of its run, and how those who are there then go on."""

from math import floor

from msgspec.structs import replace

from msgmux.scenario.model import ConsumerSpec, ProducerSpec, Resume, Scenario, Stall, Step
from msgmux.state import ConsumerState, ProducerState, QueueState
from msgmux.workload import Bursts, Constant, Exponential, Fixed, OnOff, Poisson, Uniform, pace_of


def remainder(scenario: Scenario, state: QueueState, elapsed: float) -> Scenario:
    """``scenario`` from ``elapsed`` seconds on, with times from there; who is there is known by ``state``."""
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
            # A stall that was begun ends in its time.
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
    """The producer as it went when it was ``seen``: at the pace shown, with as many messages left."""
    sent = seen.put + seen.level
    left = None if spec.messages is None else max(0, spec.messages - sent)
    rate = spec.rate
    if seen.pace == "done":
        left = 0
    elif seen.pace != str(spec.rate):
        pace = pace_of(seen.pace)
        rate = pace if isinstance(pace, Constant | Poisson | Bursts | OnOff) else rate
    return replace(spec, rate=rate, capacity=seen.capacity, messages=left)


def as_it_worked(spec: ConsumerSpec, seen: ConsumerState) -> ConsumerSpec:
    """The consumer as it went when it was ``seen``."""
    pace = pace_of(seen.pace) if seen.pace != str(spec.work) else None
    work = pace if isinstance(pace, Fixed | Exponential | Uniform) else spec.work
    return replace(spec, work=work, capacity=seen.capacity)
