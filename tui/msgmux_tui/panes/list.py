"""The list's pane: the chain of blocks, with the ledger below if there is room, or the ledger alone when maximised."""

from typing import ClassVar

from textual.binding import BindingType

from msgmux_tui.keys import actions as keymap
from msgmux_tui.panes import chain, ledger, together
from msgmux_tui.panes.blocks import grid
from msgmux_tui.panes.stretches import node_at
from msgmux_tui.viewmodel.view import View
from msgmux_tui.widgets.drawing import Drawing
from msgmux_tui.widgets.pane import Pane


class ListPane(Pane):
    """The linked list."""

    HELP = """\
# The list

Each block is one message, kept **once** however many consumers there are. It carries the tag of its producer and its
number. The oldest is at the head (top left), the newest at the tail; `▸` at the end of a row goes on in the next.

A flag `▲C2 18+2` under a block is a **cursor**: everything up to this block was sent to consumer C2. 18 more wait for
it in the list, 2 wait in its channel. `✓` means that it has everything.

The mark in a block: `✓` everybody has had it, `¹` only one consumer has not. A broken left edge `┊` means that its
time (the *retention*) is up: the cleaner takes it as soon as everybody has had it. `×` was just taken.

The bar above shows the whole list at once, with every cursor where it stands.

Arrows or a click select a message, `<pane.inspect>` tells all about it, and why it is still here. `<list.follow>`
changes what is kept in sight: both ends and every cursor, the tail, the slowest consumer, or the selected message.
`<cast.edit>` sets the queue.

`<pane.maximise>` shows the list alone, as a table: a row for each message, how old it is, how long it must still stay,
and a tick for everybody who has had it. The line of a consumer runs down from the head as far as it has come. On a
screen of 45 rows this table stands under the blocks; one of 200 columns also shows the way of a message, from the
producers' channels through receiver, list and sender to the consumers' channels.
"""
    BINDINGS: ClassVar[list[BindingType]] = keymap.bindings("list")

    @property
    def ledger(self) -> bool:
        """Whether the pane draws the ledger (it is maximised) instead of the chain."""
        return self.has_class("-zoomed")

    def draw(self, view: View, width: int, height: int) -> Drawing:
        large = self.app.size.height >= together.SCREEN_FROM
        draw = ledger.draw if self.ledger else together.draw if large else chain.draw
        return draw(view, width, height, self.glyphs)

    def move(self, step: int) -> None:
        """Select a message ``step`` rows down (negative: up). A row is a node in the ledger, several in the chain."""
        if self.view is not None:
            self._pick_message(step if self.ledger else step * self._slots(self.view))

    def _slots(self, view: View) -> int:
        """The number of blocks in a row of the chain."""
        width = self.size.width - 4
        return grid(view.state, width, 1 if width < 90 else 2, self.glyphs).slots

    @property
    def page(self) -> int:
        return super().page if self.ledger else max(1, (self.size.height - 3) // 2)

    def action_end(self, direction: int) -> None:
        if self.view is not None and self.view.state.nodes:
            nodes = self.view.state.nodes
            self.post_message(self.MessagePicked(nodes[0].seq if direction < 0 else nodes[-1].seq))

    def action_step_message(self, step: int) -> None:
        self._pick_message(step)

    def _pick_message(self, step: int) -> None:
        if self.view is None or not self.view.state.nodes:
            return
        state, selected = self.view.state, self.view.selected_seq
        if selected is None:
            index = node_at(state, state.head_seq if step > 0 else state.tail_seq)
        else:
            index = node_at(state, selected) + step
        node = state.nodes[min(max(index, 0), len(state.nodes) - 1)]
        self.post_message(self.MessagePicked(node.seq))
