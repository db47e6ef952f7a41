"""One line of text about a message, a producer or a consumer, for copying and inspecting."""

from bisect import bisect_right
from collections.abc import Callable
from typing import TypeVar

from msgmux.commands import Selection
from msgmux.state import QueueState

T = TypeVar("T", int, float)
UNKNOWN = "?"
"""What stands for a value that is unknown: a state holds None for it, never 0."""


def known(value: T | None, text: Callable[[T], str] = str) -> str:
    """A value as ``text`` writes it; :data:`UNKNOWN` for None."""
    return UNKNOWN if value is None else text(value)


def named(tag: str, name: str) -> str:
    """Tag and name, ``C2 billing``; only the tag if the name equals it."""
    return tag if name == tag else f"{tag} {name}"


def about_message(state: QueueState, seq: int, now: float) -> str:
    """The message's producer and age, which consumers have got it, and which have not."""
    index = bisect_right(state.nodes, seq, key=lambda node: node.seq) - 1
    if index < 0 or seq > state.nodes[index].last:
        return f"#{seq} is not in the list any more" if seq < state.head_seq else f"#{seq} is too far back to be shown"
    node = state.nodes[index]
    had = [consumer.tag for consumer in state.consumers.values() if consumer.cursor >= seq]
    waits = [named(consumer.tag, name) for name, consumer in state.consumers.items() if consumer.cursor < seq]
    text = f"#{seq} of {named(node.tag, node.producer)}, {max(0.0, now - node.timestamp):.1f} s old"
    if seq == node.seq and node.preview:
        text += f', "{node.preview}"'
    if waits:
        return f"{text}: {', '.join(waits)} {'has' if len(waits) == 1 else 'have'} not had it"
    if not had:
        return f"{text}: nobody is there to have it"
    retention = state.settings.retention
    if retention is None:
        return f"{text}: all have had it, and everything is kept"
    left = node.timestamp + retention - now
    return f"{text}: all have had it; " + (f"kept {left:.1f} s more" if left > 0 else "the next pass may take it")


def about(state: QueueState, who: Selection) -> str:
    """The producer's or consumer's row in the panes, as text."""
    if who.role == "producer" and who.name in state.producers:
        producer = state.producers[who.name]
        text = f"{named(producer.tag, who.name)} has put {producer.put:,}"
        text += f", set to {producer.pace}" if producer.pace else ""
        text += f"; {known(producer.level)} of {producer.capacity} wait in its channel"
        return text + ("; it is blocked" if producer.blocked else "")
    if who.role == "consumer" and who.name in state.consumers:
        consumer = state.consumers[who.name]
        text = f"{named(consumer.tag, who.name)} {consumer.status}, cursor #{consumer.cursor}, {consumer.lag} behind"
        text += f", {known(consumer.level)} of {consumer.capacity} in its channel"
        text += f", {consumer.pace}" if consumer.pace else ""
        return text + (f", {consumer.skipped:,} skipped" if consumer.skipped else "")
    return f"{who.name} is not here any more"
