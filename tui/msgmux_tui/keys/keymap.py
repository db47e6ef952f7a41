"""Which keys each action has in the end: those of the table, or the user's own.

Textual could lay a map over its bindings (``App.set_keymap``), but it drops the action that loses a clash without a
word, moves what was remapped to the end of the footer, and can't take a key away. So the map is decided here, before
the app starts; bindings, footer, help, palette and all words that name a key are made from it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from msgspec.structs import replace

from msgmux.documents.problems import suggestion
from msgmux_tui.keys.action import Action, Where
from msgmux_tui.keys.actions import DIALOG, FORM, GROUPS, LESSON, TIMELINES, TOUR

_NAMED = {"enter", "tab", "escape", "backspace", "space"}
_MODIFIABLE = {"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"}
_MODIFIABLE |= {f"f{number}" for number in range(1, 25)}
_ALSO = {"esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown"}
_MODIFIERS = ("ctrl", "alt", "shift")
_SENT_FOR = {"ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+j": "enter", "ctrl+m": "enter"}
"""What terminals can't tell apart: they send the same for both."""

_ANY_PANE = frozenset({"app", "session", "pane"})
_DIALOGS = frozenset({"dialog", "form", "tour", "lesson"})
_SPECIFIC = frozenset(get_args(Where)) - _ANY_PANE - _DIALOGS
"""Places of which only one has the focus."""

QUIT = "leave"
"""The command of the actions that quit, of which one must keep a key."""

_NAME = re.compile(r"<([a-z]+\.[a-z0-9_]+)>")


class Keymap:
    """All actions with their final keys. ``overrides``: keys by action id, for those that differ from the table."""

    def __init__(self, overrides: Mapping[str, tuple[str, ...]] | None = None) -> None:
        given = overrides or {}
        table = {a.id: replace(a, keys=given.get(a.id, a.keys)) for group in GROUPS.values() for a in group}
        # What closes, quits or helps also closes a dialog: there, these keys have nothing else to do.
        closing = [key for id in ("screen.close", "app.quit", "screen.help") for key in table[id].keys]
        dialog = {a.id: a for a in (*DIALOG, *TIMELINES, *FORM, *TOUR, *LESSON)}
        taken = {key for a in dialog.values() if a.id != "dialog.no" for key in a.keys}
        no = tuple(dict.fromkeys(["escape", *[key for key in closing if key not in taken]]))
        dialog["dialog.no"] = replace(dialog["dialog.no"], keys=no)
        self._actions: dict[str, Action] = table | dialog
        self._actions = {id: replace(a, tooltip=self.fill(a.tooltip)) for id, a in self._actions.items()}
        self.dialogs = tuple([self[id] for id in dialog])
        self.groups = {title: tuple([self[a.id] for a in group]) for title, group in GROUPS.items()}

    def __getitem__(self, id: str) -> Action:
        return self._actions[id]

    def __contains__(self, id: object) -> bool:
        return id in self._actions

    def __iter__(self) -> Iterator[Action]:
        """All actions but those of dialogs, as the help screen lists them."""
        return iter([action for group in self.groups.values() for action in group])

    def key(self, id: str) -> str:
        """The key to name in a sentence; for an action without a key, what the command palette calls it."""
        action = self[id]
        return action.first_key or f'"{action.title}"'

    def fill(self, words: str) -> str:
        """``"<cast.undo> brings it back"`` with the key of that action: ``"u brings it back"``."""
        return _NAME.sub(lambda found: self.key(found[1]) if found[1] in self else found[0], words)


def remapped(overrides: Mapping[str, tuple[str, ...]]) -> tuple[Keymap, dict[str, str]]:
    """The map with these overrides, without those that clash; and for each of these, by action id, why not.

    Of two overrides that want one key, the earlier has it. An action that keeps its own key goes before an override.
    """
    accepted, refused = dict(overrides), dict[str, str]()
    # Each refusal gives an action its own keys back, which may take them from another override.
    while (found := _clash(accepted) or _no_way_out(accepted)) is not None:
        id, refused[id] = found
        del accepted[id]
    return Keymap(accepted), refused


def read_key(text: str) -> str:
    """A key in plain spelling (``p``, ``+``, ``ctrl+x``, ``F2``, ``space``) as the table spells it.

    Raises :class:`ValueError`, saying what is wrong and what would be right.
    """
    if len(text) == 1:
        if text.isprintable() and not text.isspace():
            return text
        raise ValueError("is no key that can be named so; write " + ('"space"' if text == " " else "its name"))
    *modifiers, name = [part.strip().lower() for part in text.split("+")]
    name = _ALSO.get(name, name)
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            raise ValueError(f"is no key: {modifier!a} is no modifier; {suggestion(modifier, _MODIFIERS)}")
    held = sorted(set(modifiers))
    key = "+".join([*held, name])
    if name in _MODIFIABLE or (name in _NAMED and not held) or key == "shift+tab":
        return key
    if name in _NAMED:
        raise ValueError(f'is a key that terminals can\'t tell from "{name}"; leave the modifier out')
    if len(name) != 1 or not name.isascii() or not name.isalnum():
        if name[0:1] == "f" and name[1:].isdecimal():
            raise ValueError("is no key; function keys are F1 to F24")
        near = suggestion(name, sorted(_NAMED | _MODIFIABLE)) if len(name) > 1 else ""
        near = near if near.startswith("did you") else 'write a character, or one like "space", "F2", "ctrl+x"'
        raise ValueError(f"is no key; {near}")
    return _with_letter(held, name)


def _with_letter(held: list[str], name: str) -> str:
    key = "+".join([*held, name])
    if held == ["shift"]:
        if name.isalpha():
            return name.upper()
        raise ValueError("is a key that differs from keyboard to keyboard; write the character that it gives")
    if "shift" in held:
        plain = "+".join([held[0], name])
        raise ValueError(f'is a key that most terminals send as "{plain}"; leave shift out')
    if "ctrl" in held and (held != ["ctrl"] or not name.isalpha()):
        raise ValueError("is a key that most terminals don't send; ctrl goes with one letter and nothing else")
    if key in _SENT_FOR:
        raise ValueError(f'is what terminals send for "{_SENT_FOR[key]}"; choose another key')
    return key


def _clash(overrides: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    """The first override that wants a key of an action before it, or of one that keeps its own keys; and why not."""
    keymap = Keymap(overrides)
    settled = [*keymap.dialogs, *[action for action in keymap if action.id not in overrides]]
    for id in overrides:
        action = keymap[id]
        for other in settled:
            shared = [key for key in action.keys if key in other.keys]
            if shared and _overlap(action, other):
                return id, _is_taken(shared[0], other)
        settled.append(action)
    return None


def _is_taken(key: str, other: Action) -> str:
    if other.priority:
        return f'"{key}" means "{other.id}" ({other.title.lower()}) wherever you are; choose another key'
    return f'"{key}" is the key of "{other.id}" ({other.title.lower()}); choose another one, or give that another one'


def _no_way_out(overrides: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    """The last override that takes the last key that quits."""
    quits = [action for action in Keymap(overrides) if action.command == QUIT]
    if any([action.keys for action in quits]):
        return None
    id = [id for id in overrides if id in {action.id for action in quits}][-1]
    names = " or ".join([f'"{action.id}"' for action in quits])
    return id, f"leaves no key that quits; give {names} one"


def _overlap(one: Action, other: Action) -> bool:
    """Is there a moment when a key can mean either?"""
    places = {one.where, other.where}
    if "lesson" in places and len(places) > 1:
        # A lesson's cards go before whatever the same key means elsewhere.
        return False
    if one.priority or other.priority or len(places) == 1:
        return True
    return not places & _DIALOGS and not places <= _SPECIFIC


DEFAULT = Keymap()
"""The keys of the table."""
