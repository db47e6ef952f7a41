"""All facts about one message, producer or consumer, and one sentence that explains its state."""

from bisect import bisect_right
from typing import ClassVar

from textual.binding import BindingType

from msgmux.rates import Rate
from msgmux.state import ConsumerState, NodeState, ProducerState, QueueState
from msgmux.units import seconds_text
from msgmux_tui.keys import actions as keymap
from msgmux_tui.narration.describe import known, named
from msgmux_tui.panes.facts import Fact, sheet
from msgmux_tui.theme.glyphs import Glyphs
from msgmux_tui.theme.styles import hue
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Cell, Drawing, clock, count, rate, seconds
from msgmux_tui.widgets.pane import SheetPane


def draw(view: View, width: int, height: int, glyphs: Glyphs) -> Drawing:
    """The facts about the inspected message, or about the selected producer or consumer."""
    if view.inspected == "message":
        return _message(view, width, glyphs)
    who, state = view.selected, view.state
    if who is not None and who.role == "producer" and who.name in state.producers:
        return _producer(view, state.producers[who.name], width, glyphs)
    if who is not None and who.role == "consumer" and who.name in state.consumers:
        return _consumer(view, state.consumers[who.name], width, glyphs)
    return Drawing("inspector", "", [[Cell(" nothing is selected", "soft")]])


# A message


def _message(view: View, width: int, glyphs: Glyphs) -> Drawing:
    state, seq = view.state, view.selected_seq
    if seq is None:
        words = "The list is empty." if not state.length else "No message is selected: arrows, or a click, select one."
        return Drawing("message", "", [[Cell(f" {words}", "soft")]])
    node = _node(state, seq)
    if node is None:
        words = (
            f"#{seq} is not in the list any more: everybody had it and its time was up, or room was needed."
            if seq < state.head_seq
            else f"#{seq} is in a part of the list that is only counted here."
        )
        return Drawing("message", f"#{count(seq)}", sheet([Fact("", words, "soft")], width, glyphs))
    age = max(0.0, view.now - node.timestamp)
    first = seq == node.seq
    words = node.preview if first else f'one of the {node.count} of this node; the first is "{node.preview}"'
    facts = [
        Fact("payload", f'"{words}"' if first else words, "strong" if first else "text"),
        Fact(
            "from", f"{named(node.tag, node.producer)}, its message number {count(node.producer_seq + seq - node.seq)}"
        ),
        Fact("place", _place(state, node, seq)),
        Fact("age", f"linked at {clock(node.timestamp)}, so {seconds(age)} old; {_time_left(state, age)}"),
        *_readers(state, seq),
        Fact("", ""),
        Fact("why here", why_here(state, seq, view.now), "strong"),
    ]
    drawing = sheet(facts, width, glyphs)
    drawing[0][0] = Cell(drawing[0][0].text, hue(node.tag))
    return Drawing("message", f"#{count(seq)} of {named(node.tag, node.producer)}", drawing)


def _node(state: QueueState, seq: int) -> NodeState | None:
    index = bisect_right(state.nodes, seq, key=lambda node: node.seq) - 1
    return state.nodes[index] if index >= 0 and seq <= state.nodes[index].last else None


def _place(state: QueueState, node: NodeState, seq: int) -> str:
    before = seq - state.head_seq
    where = "at the head" if not before else f"{count(before)} before it in the list"
    where += ", the tail" if seq == state.tail_seq else ""
    if node.count == 1:
        return f"{where}; alone in its node"
    return f"{where}; {seq - node.seq + 1} of {node.count} in its node, which were linked at one moment"


def _time_left(state: QueueState, age: float) -> str:
    retention = state.settings.retention
    if retention is None:
        return "retention is off"
    if age >= retention:
        return f"its retention of {seconds_text(retention)} is over"
    return f"retention keeps it {seconds(retention - age)} more"


def _readers(state: QueueState, seq: int) -> list[Fact]:
    """The consumers that have taken the message, have it waiting in their channel, or have not got it."""
    had, channel, unknown, not_yet = [], [], [], []
    for name, consumer in state.consumers.items():
        who = named(consumer.tag, name)
        if consumer.cursor < seq:
            before = seq - consumer.cursor - 1
            not_yet.append(f"{who} ({f'{count(before)} come first' if before else 'it is next'})")
        elif consumer.level is None:
            unknown.append(who)
        elif seq > consumer.cursor - consumer.level:
            channel.append(who)
        else:
            had.append(who)
    nobody = known(None) if unknown else "nobody"
    facts = [Fact("read by", ", ".join(had) or nobody, "text" if had else "soft")]
    if channel:
        facts.append(Fact("delivered", f"to {', '.join(channel)}: it waits in the channel"))
    if unknown:
        facts.append(Fact("delivered", f"to {', '.join(unknown)}; unknown whether it still waits in the channel"))
    facts.append(Fact("not had by", ", ".join(not_yet) or "nobody", "warn" if not_yet else "soft"))
    return facts


def why_here(state: QueueState, seq: int, now: float) -> str:
    """Why the message is still in the list, and when it may be evicted."""
    node = _node(state, seq)
    if node is None:
        return f"#{seq} is not in the list"
    retention = state.settings.retention
    left = None if retention is None else node.timestamp + retention - now
    waits = [named(consumer.tag, name) for name, consumer in state.consumers.items() if consumer.cursor < seq]
    if waits:
        who = waits[0] if len(waits) == 1 else f"{', '.join(waits[:-1])} and {waits[-1]}"
        text = f"{who} {'has' if len(waits) == 1 else 'have'} not had it"
        if left is None:
            return f"{text}; and retention is off, so it stays even then"
        if left > 0:
            return (
                f"{text}; even then it stays until it is {seconds_text(retention or 0.0)} old, {seconds(left)} from now"
            )
        return f"{text}; the cleaner may take it at its first pass after that"
    had = "Everybody has had it" if state.consumers else "Nobody is registered, so age alone decides"
    if left is None:
        return f"{had}; retention is off, so it stays for good"
    if left > 0:
        return f"{had}; the cleaner may take it {seconds(left)} from now"
    if seq > state.head_seq and _held_before(state, seq):
        return f"{had} and its time is up; but the cleaner goes from the head, and an older one must stay"
    due = state.cleaner.due
    return f"{had} and its time is up: the next pass takes it" + (f", in {seconds(max(0.0, due - now))}" if due else "")


def _held_before(state: QueueState, seq: int) -> bool:
    return state.slowest < seq


# A producer, a consumer


def _producer(view: View, producer: ProducerState, width: int, glyphs: Glyphs) -> Drawing:
    state, speed = view.state, view.producer_rates.get(producer.name, Rate())
    kept = sum(
        [node.count for node in state.nodes if node.producer_id == producer.id and node.producer == producer.name]
    )
    facts = [
        Fact("is to put", str(producer.pace) if producer.pace is not None else "what its thread wants"),
        Fact("puts", f"{rate(speed.now)} now, {rate(speed.average)} since it has joined"),
        Fact("has put", f"{count(producer.put)}, of which {count(kept)} are still in the list"),
        Fact("channel", f"{known(producer.level)} of {producer.capacity} wait to be linked"),
        Fact("", ""),
        Fact("why", _why_producer(state, producer), "warn" if producer.blocked else "strong"),
    ]
    return Drawing("producer", named(producer.tag, producer.name), sheet(facts, width, glyphs))


def _why_producer(state: QueueState, producer: ProducerState) -> str:
    bound = state.settings.max_messages
    if producer.status == "failed":
        return "Its thread has died of an error; what it had put stays."
    if not producer.blocked:
        return (
            "done: it has put all it was to put"
            if producer.pace is not None and producer.pace.done
            else "It puts whenever it wants to: its channel has room."
            if producer.level is not None
            else "It is not blocked; how full its channel is, is unknown."
        )
    if bound is not None and state.length >= bound:
        slow = [named(c.tag, name) for name, c in state.consumers.items() if c.cursor == state.slowest]
        return (
            f"It is blocked in put: its channel is full, since the list is at its bound of {count(bound)}, "
            f"since {' and '.join(slow) or 'nobody'} has not had the oldest. This is backpressure."
        )
    return "It is blocked in put: its channel is full until the queue has linked some."


def _consumer(view: View, consumer: ConsumerState, width: int, glyphs: Glyphs) -> Drawing:
    state, speed = view.state, view.consumer_rates.get(consumer.name, Rate())
    work = str(consumer.pace).removeprefix("work ")
    slow = consumer.status != "running" or consumer.full
    facts = [
        Fact("cursor", f"#{count(consumer.cursor)}: all up to it was delivered"),
        Fact(
            "behind",
            f"{count(consumer.lag)} in the list and {known(consumer.level)} in its channel of {consumer.capacity}",
        ),
        Fact("gets", f"{rate(speed.now)} now, {rate(speed.average)} since it has joined"),
        Fact("work", f"{work} on each message" if consumer.pace is not None else "its own"),
        Fact(
            "had",
            f"{count(consumer.delivered)} delivered, "
            f"{known(consumer.taken, count)} read, {count(consumer.skipped)} skipped",
        ),
        Fact("holds", _holds(state, consumer)),
        Fact("", ""),
        Fact("why", view.keymap.fill(_why_consumer(consumer)), "warn" if slow else "strong"),
    ]
    return Drawing("consumer", named(consumer.tag, consumer.name), sheet(facts, width, glyphs))


def _holds(state: QueueState, consumer: ConsumerState) -> str:
    """What this consumer alone keeps in the list."""
    others = [other.cursor for other in state.consumers.values() if other.name != consumer.name]
    first = max(consumer.cursor + 1, state.head_seq)
    last = min(others, default=state.tail_seq)
    if first > last:
        return "nothing that somebody else doesn't hold too" if consumer.lag else "nothing: it has had everything"
    return f"alone #{count(first)} to #{count(last)}: they could go sooner without it"


def _why_consumer(consumer: ConsumerState) -> str:
    if consumer.status == "failed":
        text = "Its thread has crashed. It is still registered, so the list keeps everything for it."
        return f"{text} <consumer.stall> starts it again."
    if consumer.status == "stalled":
        return "It has stopped reading: its channel filled, and now its cursor stands. <consumer.stall> lets it go on."
    if consumer.full:
        return "Its channel is full, so nothing more is delivered to it: it reads more slowly than the producers put."
    if consumer.full is None:
        return "How full its channel is, is unknown: so is whether it has read everything."
    if consumer.lag:
        return "It is behind, and gets what it has missed as fast as it can."
    return "It has had everything there is."


class InspectorPane(SheetPane):
    """The inspector's sheet; it is updated while it is open."""

    BINDINGS: ClassVar[list[BindingType]] = keymap.bindings("list")

    def draw(self, view: View, width: int, height: int) -> Drawing:
        return draw(view, width, height, self.glyphs)

    def move(self, step: int) -> None:
        self.action_step_message(step)

    def action_step_message(self, step: int) -> None:
        if self.view is not None and self.view.inspected == "message" and self.view.selected_seq is not None:
            state = self.view.state
            seq = min(max(self.view.selected_seq + step, state.head_seq), state.tail_seq)
            self.post_message(self.MessagePicked(seq))
