"""The command that each key gives. A screen gives it for the selected producer or consumer, a lesson without a screen
for the one that the lesson names.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from msgmux.commands import (
    AddConsumer,
    AddProducer,
    Adjust,
    AnyCommand,
    Burst,
    Capabilities,
    Command,
    Configure,
    Crash,
    Mark,
    PauseTime,
    RemoveConsumer,
    RemoveProducer,
    Resume,
    ResumeTime,
    Retain,
    Selection,
    SetConsumer,
    SetProducer,
    SetSpeed,
    Stall,
    Step,
    Undo,
)
from msgmux.state import QueueState

Whom = Literal["producer", "consumer", "either"]
"""Whom a command needs: one of that role; the selected one, of either."""

Kinds = tuple[type[Command], ...]


class Giving(msgspec.Struct, frozen=True):
    """``whom`` the command is about, if anybody; ``make`` makes it, from the state and who that is."""

    kinds: Kinds
    make: Callable[[QueueState, Selection], AnyCommand]
    whom: Whom | None = None


def _stall_or_resume(state: QueueState, who: Selection) -> AnyCommand:
    consumer = state.consumers.get(who.name)
    return Resume(who.name) if consumer is not None and consumer.status != "running" else Stall(who.name)


NOBODY = Selection("queue", "")
"""For a command that is about nobody."""

GIVING: dict[str, Giving] = {
    "producer.add": Giving((AddProducer,), lambda state, who: AddProducer()),
    "producer.remove": Giving((RemoveProducer,), lambda state, who: RemoveProducer(who.name), "producer"),
    "producer.burst": Giving((Burst,), lambda state, who: Burst(who.name), "producer"),
    "consumer.add": Giving((AddConsumer,), lambda state, who: AddConsumer()),
    "consumer.remove": Giving((RemoveConsumer,), lambda state, who: RemoveConsumer(who.name), "consumer"),
    "consumer.stall": Giving((Stall, Resume), _stall_or_resume, "consumer"),
    "consumer.crash": Giving((Crash,), lambda state, who: Crash(who.name), "consumer"),
    "cast.undo": Giving((Undo,), lambda state, who: Undo()),
    "cast.quicken": Giving((Adjust,), lambda state, who: Adjust(who, 1), "either"),
    "cast.slow": Giving((Adjust,), lambda state, who: Adjust(who, -1), "either"),
    "queue.retain_longer": Giving((Retain,), lambda state, who: Retain(1)),
    "queue.retain_shorter": Giving((Retain,), lambda state, who: Retain(-1)),
    "session.mark": Giving((Mark,), lambda state, who: Mark()),
    "time.pause": Giving((PauseTime,), lambda state, who: PauseTime()),
    "time.step": Giving((Step,), lambda state, who: Step()),
}
"""By action. What is done with time by a key depends on whether it stands; then a screen makes the command."""

_BY_OTHER_WAYS: dict[str, Kinds] = {
    "cast.add": (AddProducer, AddConsumer),
    "cast.edit": (SetProducer, SetConsumer, Configure),
    "cast.edit.one": (SetProducer, SetConsumer),
    "queue.edit": (Configure,),
    "time.pause": (PauseTime, ResumeTime),
    "time.step_far": (Step,),
    "time.slower": (SetSpeed,),
    "time.faster": (SetSpeed,),
}
"""Commands that a form or a screen makes."""


def is_taken(action: str, capabilities: Capabilities) -> bool:
    """Whether a session with these capabilities takes the action's command. True if it gives no command."""
    kinds = _BY_OTHER_WAYS.get(action) or (GIVING[action].kinds if action in GIVING else ())
    return not kinds or any([kind in capabilities for kind in kinds])


def command_of(action: str, state: QueueState, name: str) -> AnyCommand | None:
    """What the key gives, about the producer or consumer of that name; None where it only shows something."""
    giving = GIVING.get(action)
    if giving is None:
        return None
    role = giving.whom if giving.whom in ("producer", "consumer") else None
    who = Selection(role or ("consumer" if name in state.consumers else "producer"), name)
    return giving.make(state, who if giving.whom is not None else NOBODY)
