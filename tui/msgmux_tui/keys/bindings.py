"""Replaces the default keys in a node's bindings, which Textual makes once for a class, by those of the keymap."""

from collections.abc import Iterable

from textual.binding import BindingsMap, BindingType
from textual.dom import DOMNode

from msgmux_tui.keys.keymap import Keymap


def rebind(nodes: Iterable[DOMNode], keymap: Keymap) -> None:
    """Give the nodes the keys of ``keymap`` for the actions that they have; other bindings stay as they are."""
    for node in nodes:
        # A map of its own, as Textual gives it to every node for App.bind().
        before = [binding for _, binding in node._bindings]
        ids = dict.fromkeys([binding.id for binding in before if binding.id is not None and binding.id in keymap])
        if ids:
            kept: list[BindingType] = [binding for binding in before if binding.id not in ids]
            node._bindings = BindingsMap([*[keymap[id].binding() for id in ids if keymap[id].keys], *kept])
