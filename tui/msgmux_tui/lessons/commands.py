"""What a key does to a session, for whoever has no keyboard: a lesson that is performed without a screen."""

from collections.abc import Callable

from msgmux_tui.session import Session
from msgmux_tui.session.records import Selection

Deed = Callable[[Session, str], None]


def _stall(session: Session, name: str) -> None:
    runs = session.poll().state.consumers[name].status == "running"
    (session.stall if runs else session.resume_consumer)(name)


DEEDS: dict[str, Deed] = {
    "producer.add": lambda session, name: session.add_producer(),
    "producer.remove": lambda session, name: session.remove_producer(name),
    "producer.burst": lambda session, name: session.burst(name),
    "consumer.add": lambda session, name: session.add_consumer(),
    "consumer.remove": lambda session, name: session.remove_consumer(name),
    "consumer.stall": _stall,
    "consumer.crash": lambda session, name: session.crash(name),
    "cast.undo": lambda session, name: session.undo(),
    "cast.quicken": lambda session, name: session.quicken(_who(session, name), 1),
    "cast.slow": lambda session, name: session.quicken(_who(session, name), -1),
    "queue.retain_longer": lambda session, name: session.retention(1),
    "queue.retain_shorter": lambda session, name: session.retention(-1),
    "time.pause": lambda session, name: session.pause(),
    "time.step": lambda session, name: session.step(),
}
"""By action. Those that are not here only show something."""


def do(action: str, session: Session, name: str) -> None:
    """Do that, to the producer or consumer of that name."""
    deed = DEEDS.get(action)
    if deed is not None:
        deed(session, name)


def _who(session: Session, name: str) -> Selection:
    return Selection("consumer" if name in session.poll().state.consumers else "producer", name)
