"""One action of the app: its name, its keys, and its binding in Textual."""

import re
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from textual.binding import Binding

Where = Literal["app", "session", "pane", "list", "dialog", "form", "tour", "lesson"]


class Action(msgspec.Struct, frozen=True):
    """``keys`` are spelled plainly, and the first is the one shown; ``command`` is the Textual action that runs.

    ``footer`` is the action's short word in the footer; empty: it is not there. ``priority`` handles the keys before
    the focused widget does. ``series`` is a common title for neighbouring actions, which the help shows on one line.
    """

    id: str
    keys: tuple[str, ...]
    command: str
    title: str
    tooltip: str
    where: Where = "session"
    footer: str = ""
    priority: bool = False
    series: str = ""

    @property
    def shown_key(self) -> str:
        """All keys, for the help screen."""
        return ", ".join([shown(key) for key in self.keys])

    @property
    def first_key(self) -> str:
        """The key to name in a sentence; empty if the action has none."""
        return shown(self.keys[0]) if self.keys else ""

    @property
    def pressed(self) -> tuple[str, ...]:
        """Textual's names of the keys."""
        # Terminals with the newer keyboard protocol may send P as shift+p.
        also = [f"shift+{key.lower()}" for key in self.keys if len(key) == 1 and key.isupper()]
        return tuple([_SPELLED.get(key, key) for key in [*self.keys, *also]])

    def binding(self) -> "Binding":
        """The Textual binding of this action, which must have a key."""
        # Imported here because commands without a screen use the actions too, and must not load Textual.
        from textual.binding import Binding

        return Binding(
            ",".join(self.pressed),
            self.command,
            self.footer or self.title,
            show=bool(self.footer),
            key_display=self.first_key,
            priority=self.priority,
            tooltip=self.tooltip,
            id=self.id,
        )


def shown(key: str) -> str:
    """A key as it is displayed: ``F1`` for ``f1``."""
    return key.upper() if _FUNCTION_KEY.fullmatch(key) else key


_SPELLED = {",": "comma", "+": "plus", "=": "equals_sign", "-": "minus", ".": "full_stop", "?": "question_mark"}
_SPELLED |= {":": "colon", "/": "slash"}
_FUNCTION_KEY = re.compile(r"f\d+")
