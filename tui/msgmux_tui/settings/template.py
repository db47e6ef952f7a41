"""The configuration file that ``msgmux-tui config --default`` prints: every setting, explained, as it is without one.

Made from the tables that the program itself goes by, so it always tells what there is.
"""

import json
from collections.abc import Iterable

import msgspec

from msgmux_tui.keys.action import Action
from msgmux_tui.keys.actions import GROUPS
from msgmux_tui.settings.config import AUTO, COLOURS, CUSTOM, MARKS
from msgmux_tui.theme.glyphs import UNICODE
from msgmux_tui.theme.palettes import DARK, PALETTES, PREFIX

HEAD = """\
# Settings of msgmux-tui. `msgmux-tui config` says where this file is looked for; --config FILE names another one.
# Every line that is commented out says what holds without it. What is wrong in here is told when the program ends,
# with its line, and is left out; `msgmux-tui config --check` tells it at once.
"""

GLYPHS = """\
# The marks that panes are drawn with. Each is one character that is one cell wide in the terminal, but for `corners`
# (four: top left, top right, bottom left, bottom right), `steps` (eight bars, lowest first) and `chip_end`, which may
# be empty. With plain ASCII characters, only replacements that are ASCII too are used.
"""

PALETTE = """\
# A theme of your own, called "custom": one of the others, with some colours replaced. Text is always moved towards
# black or white until it can be read on its ground. `hues` are the colours of producers, eight of them.
"""

KEYS = """\
# The keys of each action: one, or a list; [] for none. The first is the one that is shown. A key is a character ("p",
# "P", "+"), a name ("space", "enter", "tab", "escape", "up", "pageup", "F2", ...), or one of these with "ctrl+",
# "alt+" or "shift+" before it ("ctrl+x", "shift+tab"). What closes, quits or helps also closes a dialog.
"""


def default_text() -> str:
    """The whole file."""
    themes = [AUTO, *[name.removeprefix(PREFIX) for name in PALETTES], CUSTOM]
    parts = [
        HEAD,
        "\n".join(
            [
                f"# Colours: {', '.join(themes)}; auto lets the terminal decide.",
                _setting("theme", AUTO),
                "",
                "# Plain ASCII characters only: true or false. Without it, where the terminal can't do better.",
                _setting("ascii", False),
                "",
            ]
        ),
        "[glyphs]\n" + GLYPHS + _settings([(name, getattr(UNICODE, name)) for name in MARKS]),
        "[palette]\n" + PALETTE + _settings([("base", DARK.name.removeprefix(PREFIX)), *_colours()]),
        "[keys]\n" + KEYS.rstrip("\n"),
        *[f"# {title}\n" + _actions(actions) for title, actions in GROUPS.items()],
    ]
    return "\n".join(parts)


def _colours() -> list[tuple[str, object]]:
    values = msgspec.structs.asdict(DARK)
    return [*[(name, values[name]) for name in COLOURS], ("hues", list(DARK.hues))]


def _actions(actions: Iterable[Action]) -> str:
    rows = [(_setting(a.id, a.keys[0] if len(a.keys) == 1 else list(a.keys)), a.title) for a in actions]
    return "".join([f"{setting:<44}# {title}\n" for setting, title in rows])


def _settings(values: Iterable[tuple[str, object]]) -> str:
    return "".join([f"{_setting(name, value)}\n" for name, value in values])


def _setting(name: str, value: object) -> str:
    # JSON's strings, lists of strings and booleans are TOML's too.
    return f"# {name} = {json.dumps(value, ensure_ascii=False)}"
