"""Steps that can never happen, or never do what they say, although the file is valid: for warnings of ``validate``.

These are no errors, because a live session goes on after the scenario's duration, and a person may add who is missing.
"""

from collections.abc import Iterator

from msgmux import commands
from msgmux.documents.problems import Lines, Problem, dotted
from msgmux.scenario import model
from msgmux.scenario.model import Action, Scenario, Step


def warnings(scenario: Scenario) -> list[Problem]:
    """What never happens, in the order of the file: steps after the end, and steps about somebody who is not there."""
    lines = Lines(scenario.source)
    found = [*_too_late(scenario), *_about_nobody(scenario)]
    return [
        Problem(scenario.file, lines[("step", index)], dotted(("step", index)), text) for index, text in sorted(found)
    ]


def _too_late(scenario: Scenario) -> Iterator[tuple[int, str]]:
    stop = min([step.at for step in scenario.steps if model.Stop() in step.actions], default=None)
    for step in scenario.steps:
        if stop is not None and step.at > stop:
            yield step.index, f"never happens: it is due at {step.at:g} s, and a step stops the scenario at {stop:g} s"
        elif scenario.duration is not None and step.at > scenario.duration:
            text = f"never happens in a run, which ends at {scenario.duration:g} s: it is due at {step.at:g} s"
            yield step.index, text


def _about_nobody(scenario: Scenario) -> Iterator[tuple[int, str]]:
    """Steps about a producer or consumer that is not there at that time, or is there already when it is added."""
    there = {("producer", spec.name) for spec in scenario.producers}
    there |= {("consumer", spec.name) for spec in scenario.consumers}
    # Who has been removed so far, with the time.
    left: dict[tuple[str, str], float] = {}
    ordered = sorted(scenario.steps, key=lambda step: (step.at, step.index))
    for number, step in enumerate(ordered):
        for action in step.actions:
            added, removed, about = _added(action), _removed(action), _about(action)
            if added is not None:
                if added in there and step.every is None:
                    yield step.index, f"{added[0]} {added[1]!a} is there already at {step.at:g} s, so it is not added"
                there.add(added)
            elif about is not None and about not in there and not (step.every and _comes(about, ordered[number:])):
                how = _why_absent(about, left.get(about), ordered[number:])
                yield step.index, f"does nothing at {step.at:g} s: {about[0]} {about[1]!a} {how}"
            if removed is not None and removed in there:
                # A repeated step may remove whom a later one adds again; here only the first time counts.
                there.discard(removed)
                left[removed] = step.at


def _why_absent(about: tuple[str, str], left: float | None, later: list[Step]) -> str:
    if left is not None:
        return f"was removed at {left:g} s"
    comes = next((step.at for step in later for action in step.actions if _added(action) == about), None)
    return "is never added before" if comes is None else f"is added only at {comes:g} s"


def _comes(about: tuple[str, str], later: list[Step]) -> bool:
    return any([_added(action) == about for step in later for action in step.actions])


def _added(action: Action) -> tuple[str, str] | None:
    match action:
        case commands.AddProducer(commands.ProducerSpec() as spec):
            return "producer", spec.name
        case commands.AddConsumer(commands.ConsumerSpec() as spec):
            return "consumer", spec.name
        case _:
            return None


def _removed(action: Action) -> tuple[str, str] | None:
    match action:
        case commands.RemoveProducer(name):
            return "producer", name
        case commands.RemoveConsumer(name):
            return "consumer", name
        case _:
            return None


def _about(action: Action) -> tuple[str, str] | None:
    """The producer or consumer that must be there for the action; None if it needs nobody."""
    match action:
        case commands.SetProducer(name) | commands.Burst(name):
            return "producer", name
        case commands.SetConsumer(name) | commands.Stall(name) | commands.Resume(name) | commands.Crash(name):
            return "consumer", name
        case _:
            return _removed(action)
