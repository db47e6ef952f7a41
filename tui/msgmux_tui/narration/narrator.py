"""Events as sentences, one short sentence each: for the events pane, the printed trace and screen readers.

A sentence depends only on the event and on earlier events (tags, the head of the list, the settings), not on a clock
or a queue. The same events always give the same sentences.
"""

import msgspec

from msgmux import events as ev
from msgmux.commands import Mark, Role
from msgmux.pacing import Sending
from msgmux.settings import Settings
from msgmux.state import QueueState
from msgmux.units import seconds_text
from msgmux_tui.narration.feed import span_text
from msgmux_tui.narration.pieces import REASONS

SOME = 3
"""A sentence names at most this many consumers; of more it gives the number."""
PLAIN_NOTES = frozenset({"say", "end", "burst"})
"""Notes that are shown as they are; other notes are prefixed by their topic."""


class Sentence(msgspec.Struct, frozen=True, gc=False):
    """The sentence for one event. ``text`` begins with the actor's name, unless the name is its tag; it has no tag."""

    time: float
    actor_tag: str
    role: Role
    text: str
    kind: str
    event_number: int

    @property
    def words(self) -> str:
        """The whole sentence: ``C2 billing gets 41–44``."""
        return f"{self.actor_tag} {self.text}" if self.actor_tag else self.text


class Narrator:
    """Turns events into sentences: called with the events in order, it returns the :class:`Sentence` of each.

    ``start`` is the state before the first event; it gives the tags of those already registered. Events may be
    missing; sentences then leave out what is unknown. Samples of channel levels have no sentence.
    """

    def __init__(self, start: QueueState | None = None) -> None:
        self._tags: dict[Role, dict[str, str]] = {"producer": {}, "consumer": {}, "queue": {}}
        # The seq of the oldest message; None if unknown, after missing events that may have changed it.
        self._head: int | None = 1
        self._settings: Settings | None = None
        self._event = 0
        if start is not None:
            self.learn(start)

    def learn(self, state: QueueState) -> None:
        """Take tags, head and settings from ``state``: at the start, and after missing events."""
        self._tags["producer"] = {name: producer.tag for name, producer in state.producers.items()}
        self._tags["consumer"] = {name: consumer.tag for name, consumer in state.consumers.items()}
        self._head = state.head_seq
        self._settings = state.settings
        self._event = state.event

    def __call__(self, event: ev.Event) -> Sentence | None:
        """The sentence for ``event``; None if it has none."""
        if event.number != self._event + 1:
            self._head = None
        self._event = event.number
        match event:
            case ev.Put():
                return self._producer(event, event.producer, _put(event))
            case ev.Delivered():
                return self._consumer(event, event.consumer, f"gets {span_text(event.first, event.last)}")
            case ev.Levels():
                return None
            case ev.Evicted():
                self._head = event.last + 1
                who = "cleaner" if event.reason == "expired" else "queue"
                text = f"{who} evicts {span_text(event.first, event.last)} ({REASONS[event.reason]})"
                return self._queue(event, text)
            case ev.CleanerPass():
                return self._queue(event, self._pass(event))
            case ev.Blocked():
                return self._producer(event, event.producer, "is blocked: its channel is full")
            case ev.Unblocked():
                return self._producer(event, event.producer, "goes on")
            case ev.Skipped():
                text = f"misses {span_text(event.first, event.last)}: evicted before it had them"
                return self._consumer(event, event.consumer, text)
            case ev.Stalled():
                return self._consumer(event, event.consumer, "stops reading")
            case ev.Resumed():
                return self._consumer(event, event.consumer, "reads again")
        return self._rare(event)

    def _rare(self, event: ev.Event) -> Sentence | None:
        match event:
            case ev.ProducerRegistered():
                self._tags["producer"][event.name] = event.tag
                return self._producer(event, event.name, f"joins, with room for {event.capacity:,} in its channel")
            case ev.ConsumerRegistered():
                self._tags["consumer"][event.name] = event.tag
                return self._consumer(event, event.name, f"joins, to get all from #{event.cursor + 1} on")
            case ev.ProducerUnregistered():
                told = self._producer(event, event.name, f"leaves; it has put {event.put:,}")
                self._tags["producer"].pop(event.name, None)
                return told
            case ev.ConsumerUnregistered():
                told = self._consumer(event, event.name, f"leaves; its cursor stood at #{event.cursor}")
                self._tags["consumer"].pop(event.name, None)
                return told
            case ev.Failed(role=role):
                text = f"has died of {event.error}"
                if role == "queue":
                    return self._queue(event, f"the thread {event.name} {text}")
                return self._told(event, role, event.name, text)
            case ev.Paced(role=role):
                return self._told(event, role, event.name, _pace(event))
            case ev.SettingsChanged():
                return self._queue(event, self._change(event))
            case ev.QueueClosed():
                return self._queue(event, "queue closes" + (", all delivered" if event.drain else ""))
            case ev.Note():
                plain = event.about in PLAIN_NOTES
                return self._queue(event, event.text if plain else f"{event.about}: {event.text}")
            case ev.Commanded(command=Mark()):
                # A marker also publishes a note, which has the sentence.
                return None
            case ev.Commanded():
                refused = "" if event.ok else "refused: "
                return self._queue(event, f"{event.who}: {refused}{event.text}")
            case ev.Expected():
                return self._queue(event, f"{'as expected' if event.met else 'NOT as expected'}: {event.expression}")
            case ev.Violation():
                return self._queue(event, f"VIOLATED: {event.invariant}: {event.detail}")
        return None

    # Actors

    def _producer(self, event: ev.Event, name: str, text: str) -> Sentence:
        return self._told(event, "producer", name, text)

    def _consumer(self, event: ev.Event, name: str, text: str) -> Sentence:
        return self._told(event, "consumer", name, text)

    def _queue(self, event: ev.Event, text: str) -> Sentence:
        return Sentence(event.time, "", "queue", text, event.kind, event.number)

    def _told(self, event: ev.Event, role: Role, name: str, text: str) -> Sentence:
        tag = self._tags[role].get(name, "")
        return Sentence(event.time, tag, role, text if name == tag else f"{name} {text}", event.kind, event.number)

    def _named(self, name: str) -> str:
        """The words for a consumer that is not the subject of the sentence."""
        tag = self._tags["consumer"].get(name, "")
        return name if tag in ("", name) else f"{tag} {name}"

    # Predicates

    def _pass(self, event: ev.CleanerPass) -> str:
        head = "the head" if self._head is None else f"#{self._head}"
        match event.stop:
            case "empty":
                return "cleaner finds the list empty"
            case "kept":
                return "cleaner lets all stay: there is no retention time"
            case "age":
                seconds = event.seconds or 0.0
                # A head that is old enough by now has become so since the pass began.
                left = f"it stays {seconds:.1f} s more" if seconds >= 0.05 else "its time is up just now"
                return f"cleaner stops at {head}: {left}"
        names = event.consumers
        who = f"{len(names)} consumers" if len(names) > SOME else " and ".join([self._named(name) for name in names])
        return f"cleaner stops at {head}: {who} {'has' if len(names) == 1 else 'have'} not had it"

    def _change(self, event: ev.SettingsChanged) -> str:
        """The settings that changed; all settings if the earlier ones are unknown."""
        old = self._settings
        new = self._settings = Settings(event.retention, event.clean_every, event.max_messages, event.overflow)
        kept = "for good" if new.retention is None else f"at least {seconds_text(new.retention)}"
        bound = "has no bound" if new.max_messages is None else f"holds at most {new.max_messages:,}"
        changes = [
            (old is None or old.retention != new.retention, f"keeps messages {kept}"),
            (old is None or old.clean_every != new.clean_every, f"cleans every {seconds_text(new.clean_every)}"),
            (old is None or old.max_messages != new.max_messages, bound),
            (old is None or old.overflow != new.overflow, f'goes by "{new.overflow}" at its bound'),
        ]
        return "queue " + (", ".join([text for changed, text in changes if changed]) or "stays as it was set")


def _put(event: ev.Put) -> str:
    if event.count == 1:
        return f'puts {event.seq}: "{event.preview}"'
    return f'puts {span_text(event.seq, event.seq + event.count - 1)}, the first: "{event.preview}"'


def _pace(event: ev.Paced) -> str:
    if isinstance(event.pace, Sending):
        return "has sent all" if event.pace.done else f"sends {event.pace}"
    work = str(event.pace).removeprefix("work ")
    return "needs no time for a message" if work == "0s" else f"needs {work} for a message"
