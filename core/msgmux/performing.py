"""What commands to a queue itself do, whoever works at it."""

from typing import assert_never

from msgmux.commands import Clean, Configure, Mark, Outcome, QueueCommand, Retain
from msgmux.errors import MsgmuxError
from msgmux.queue import MessageQueue
from msgmux.reporting import Reporter
from msgmux.units import seconds_text

RETENTIONS: tuple[float | None, ...] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, None)
"""What :class:`~msgmux.commands.Retain` steps through: seconds; None keeps everything."""


def change_queue(queue: MessageQueue, command: QueueCommand) -> Outcome:
    """Do it, and tell what came of it. Raises :class:`MsgmuxError` and :class:`ValueError`; then nothing has changed.

    Waits for the queue's lock.
    """
    match command:
        case Configure(changes):
            queue.configure(**changes)
            return Outcome(f"the queue is set: {', '.join([key.replace('_', ' ') for key in changes])}")
        case Retain(direction):
            before = queue.settings.retention
            after = retention_rung(before, direction)
            if after == before:
                raise MsgmuxError(f"{_retained(before)}: {no_further(direction)}")
            queue.configure(retention=after)
            return Outcome(_retained(after))
        case Clean():
            count = queue.clean()
            return Outcome(f"a pass of the cleaner: {'1 message goes' if count == 1 else f'{count:,} messages go'}")
        case Mark(text):
            Reporter(queue).note(text, "marker")
            return Outcome(f"marked: {text}")
        case _:
            assert_never(command)


def retention_rung(retention: float | None, direction: int) -> float | None:
    """The next longer or shorter retention; the same again where there is none."""
    if direction > 0:
        if retention is None:
            return None
        return next(rung for rung in RETENTIONS if rung is None or rung > retention)
    shorter = [rung for rung in RETENTIONS if rung is not None and (retention is None or rung < retention)]
    return shorter[-1] if shorter else retention


def no_further(direction: int) -> str:
    """Why there is no next one."""
    return "it can't be more" if direction > 0 else "it can't be less"


def _retained(retention: float | None) -> str:
    if retention is None:
        return "retention off: every message is kept"
    if retention == 0:
        return "retention 0: a message may go as soon as everybody has had it"
    return f"retention {seconds_text(retention)}: no message goes before"
