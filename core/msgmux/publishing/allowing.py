"""Which commands a published queue takes from viewers, named by a few short words."""

from collections.abc import Iterable

from msgmux.commands import (
    AnyCommand,
    Clean,
    Command,
    Configure,
    Mark,
    Outcome,
    QueueCommand,
    RemoveConsumer,
    RemoveProducer,
    Retain,
)
from msgmux.errors import MsgmuxError
from msgmux.performing import change_queue
from msgmux.queue import MessageQueue
from msgmux.reporting import Reporter

ALLOWED: dict[str, tuple[type[Command], ...]] = {
    "retention": (Retain, Configure),
    "bounds": (Configure,),
    "clean": (Clean,),
    "mark": (Mark,),
    "close_producer": (RemoveProducer,),
    "close_consumer": (RemoveConsumer,),
}
"""The kinds of commands that each word of ``msgmux.publish(…, allow=[…])`` allows."""
SETTINGS: dict[str, frozenset[str]] = {
    "retention": frozenset({"retention", "clean_every"}),
    "bounds": frozenset({"max_messages", "overflow"}),
}
"""The settings that a :class:`Configure` may change if these words are allowed."""


class Allowed:
    """The commands allowed by ``words``, keys of :data:`ALLOWED`. Raises :class:`MsgmuxError` for an unknown word.

    ``kinds``: the classes of commands; ``takes``: their names on the wire, sorted.
    """

    def __init__(self, words: Iterable[str]) -> None:
        if isinstance(words, str):
            words = (words,)
        self.words = tuple(dict.fromkeys(words))
        for word in self.words:
            if word not in ALLOWED:
                known = ", ".join(ALLOWED)
                raise MsgmuxError(f"allow names {word!r}, which is nothing that can be allowed; there are: {known}")
        self.kinds = frozenset([kind for word in self.words for kind in ALLOWED[word]])
        self.takes = tuple(sorted([tag_of(kind) for kind in self.kinds]))
        self._settings: frozenset[str] = frozenset().union(*[SETTINGS.get(word, frozenset()) for word in self.words])

    def refusal(self, command: AnyCommand) -> str:
        """Why this command is not allowed; empty if it is."""
        words = [word for word, kinds in ALLOWED.items() if type(command) in kinds]
        if isinstance(command, Configure):
            outside = [key for key in command.changes if key not in self._settings]
            words = [word for word in words if not outside or SETTINGS[word].intersection(outside)]
            if not outside and command.changes and self._settings:
                return ""
        elif type(command) in self.kinds:
            return ""
        what = tag_of(type(command)).replace("_", " ")
        if not words:
            return f"a program that is watched takes no {what!r} from outside"
        would = f"msgmux.publish(queue, allow=[{words[0]!r}])"
        return f"this program does not allow {what!r} from outside; {would} would"


def tag_of(kind: type[Command]) -> str:
    """The name of a kind of command on the wire, such as ``remove_consumer``."""
    return str(kind.__struct_config__.tag)


def perform(queue: MessageQueue, allowed: Allowed, command: AnyCommand, who: str) -> Outcome:
    """Do it to the queue, if it is allowed, and tell in its log that ``who`` wanted it. Waits for the queue's lock."""
    refusal = allowed.refusal(command)
    if refusal:
        return Outcome(refusal, ok=False)
    try:
        outcome = _perform(queue, command)
    except (MsgmuxError, ValueError) as error:
        outcome = Outcome(str(error), ok=False)
    Reporter(queue).commanded(command, outcome.ok, outcome.text, who, None)
    return outcome


def _perform(queue: MessageQueue, command: AnyCommand) -> Outcome:
    match command:
        case RemoveProducer(name):
            queue.unregister_producer(name)
            return Outcome(f"producer {name} is closed; what it has put stays")
        case RemoveConsumer(name):
            queue.unregister_consumer(name)
            return Outcome(f"consumer {name} is closed")
        case Configure() | Retain() | Clean() | Mark():
            known: QueueCommand = command
            return change_queue(queue, known)
        case _:
            raise MsgmuxError("a program that is watched does no such thing")
