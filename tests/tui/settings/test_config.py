"""The configuration file: its settings; errors are reported by line, the wrong setting is ignored, the rest applies."""

import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from msgmux.documents.problems import FileError
from msgmux_tui.keys.actions import ACTIONS
from msgmux_tui.keys.keymap import DEFAULT, Keymap, read_key, remapped
from msgmux_tui.settings import template as config_default
from msgmux_tui.settings.config import COLOURS, MARKS, Config, load, parse
from msgmux_tui.settings.paths import config_file
from msgmux_tui.settings.template import default_text
from msgmux_tui.theme.glyphs import ASCII, UNICODE, Glyphs
from msgmux_tui.theme.palettes import DARK, LIGHT


def problems(text: str) -> list[str]:
    """The errors of ``text``, each as a text without the file's name."""
    return [str(problem).removeprefix("c.toml:") for problem in parse(text, "c.toml").problems]


def keys(config: Config | Keymap) -> dict[str, tuple[str, ...]]:
    keymap = config.keymap if isinstance(config, Config) else config
    return {action.id: action.keys for action in keymap}


# Its location


def test_it_is_looked_for_where_xdg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_file() == tmp_path / "msgmux" / "config.toml"


@pytest.mark.parametrize("folder", ["", "not/absolute"])
def test_without_xdg_it_is_looked_for_below_the_home_folder(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/you")
    monkeypatch.setenv("XDG_CONFIG_HOME", folder)
    assert config_file() == Path("/home/you/.config/msgmux/config.toml")


def test_without_a_file_everything_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = load()
    assert config == Config()
    assert keys(config) == {action.id: action.keys for action in ACTIONS}
    assert config.notice == ""


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_named_file_must_be_toml(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('theme = "dark"\nascii = yes\n')
    with pytest.raises(FileError, match=r"c\.toml:2: is not TOML at column 9"):
        load(tmp_path / "c.toml")


def test_the_default_file_stops_nothing_even_if_it_is_no_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "msgmux").mkdir()
    path = tmp_path / "msgmux" / "config.toml"
    path.write_text("theme = \n")
    config = load()
    assert [str(problem) for problem in config.problems] == [
        f"{path}:1: is not TOML at column 9: invalid value; check quotes and brackets"
    ]
    assert config.notice.startswith("ignored: config.toml:1: is not TOML")
    assert keys(config) == keys(DEFAULT)


# Valid settings


def test_a_theme_by_its_name() -> None:
    assert parse('theme = "projector"', "c.toml").theme == "projector"
    assert parse('theme = "auto"', "c.toml").theme is None


@pytest.mark.parametrize(
    ("text", "encoding", "asked", "expected"),
    [
        ("ascii = true", "utf-8", False, ASCII),
        ("ascii = false", "utf-8", False, UNICODE),
        ("ascii = false", "utf-8", True, ASCII),
        ("ascii = false", "latin-1", False, ASCII),
    ],
    ids=["true", "false", "the command line goes before", "what the encoding can't say"],
)
def test_plain_ascii(text: str, encoding: str, asked: bool, expected: Glyphs) -> None:
    assert parse(text, "c.toml").glyphs(encoding, ascii=asked) == expected


def test_ascii_false_is_for_a_terminal_that_is_thought_too_poor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    assert Config().glyphs("utf-8") == ASCII
    assert parse("ascii = false", "c.toml").glyphs("utf-8") == UNICODE


def test_single_glyphs_are_replaced() -> None:
    config = parse('[glyphs]\nslot = "#"\nflag = "↑"\ncorners = "┌┐└┘"\nchip_end = "▐"\n', "c.toml")
    assert config.problems == ()
    used = asdict(config.glyphs("utf-8"))
    assert {name: mark for name, mark in used.items() if mark != getattr(UNICODE, name)} == {
        "slot": "#",
        "flag": "↑",
        "corners": "┌┐└┘",
        "chip_end": "▐",
    }
    assert config.glyphs("utf-8", ascii=True).flag == ASCII.flag, "no fancy mark where plain ones are asked for"


def test_keys_in_every_way_that_toml_can_write_them() -> None:
    text = """
[keys]
producer.add = "ä"
"producer.remove" = ["Ä", "F2"]
[keys.cast]
undo = "F6"
"""
    config = parse(text, "c.toml")
    assert config.problems == ()
    changed = {id: new for id, new in keys(config).items() if new != DEFAULT[id].keys}
    assert changed == {"producer.add": ("ä",), "producer.remove": ("Ä", "f2"), "cast.undo": ("f6",)}


def test_a_palette_based_on_another() -> None:
    own = parse('theme = "custom"\n[palette]\nbase = "light"\nink = "#003300"\n', "c.toml").own
    assert own is not None
    assert (own.name, own.ink, own.ground, own.hues) == ("msgmux-custom", "#003300", LIGHT.ground, LIGHT.hues)
    assert not own.dark
    black = parse('[palette]\nbase = "light"\nground = "#000000"\n', "c.toml").own
    assert black is not None
    assert black.dark, "which Textual must know of its ground"


# Keys


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("p", "p"),
        ("P", "P"),
        ("shift+p", "P"),
        ("+", "+"),
        ("ö", "ö"),
        ("space", "space"),
        ("Esc", "escape"),
        ("F2", "f2"),
        ("Ctrl+X", "ctrl+x"),
        ("alt+x", "alt+x"),
        ("shift+ctrl+up", "ctrl+shift+up"),
        ("Shift+Tab", "shift+tab"),
        ("PgUp", "pageup"),
    ],
)
def test_keys_in_plain_spelling(written: str, key: str) -> None:
    assert read_key(written) == key


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", 'is no key; write a character, or one like "space"'),
        (" ", 'write "space"'),
        ("spcae", 'did you mean "space"?'),
        ("crtl+x", "'crtl' is no modifier; did you mean \"ctrl\"?"),
        ("F25", "is no key; function keys are F1 to F24"),
        ("ctrl+i", 'is what terminals send for "tab"'),
        ("ctrl+m", 'is what terminals send for "enter"'),
        ("ctrl+enter", 'can\'t tell from "enter"; leave the modifier out'),
        ("ctrl+shift+p", 'most terminals send as "ctrl+p"; leave shift out'),
        ("ctrl+1", "ctrl goes with one letter"),
        ("shift+1", "write the character that it gives"),
        ("pp", "is no key"),
        ("ctrl+", "is no key"),
    ],
)
def test_an_invalid_key_is_reported_with_valid_ones(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read_key(written)


def test_two_actions_can_change_their_keys() -> None:
    config = parse('[keys]\nproducer.add = "c"\nconsumer.add = "p"\n', "c.toml")
    assert config.problems == ()
    assert (keys(config)["producer.add"], keys(config)["consumer.add"]) == (("c",), ("p",))


def test_a_key_that_another_action_has_is_refused_and_both_keep_theirs() -> None:
    text = '[keys]\n\nsession.mark = "p"\n'
    assert problems(text) == [
        (
            '3: keys.session.mark: "p" is the key of "producer.add" (add a producer); '
            "choose another one, or give that another one"
        )
    ]
    assert keys(parse(text, "c.toml")) == keys(DEFAULT)


def test_if_two_actions_want_one_key_the_first_in_the_file_gets_it() -> None:
    text = '[keys]\nsession.mark = "ö"\nproducer.add = ["ä", "ö"]\ncast.undo = "ü"\n'
    config = parse(text, "c.toml")
    assert [problem.line for problem in config.problems] == [3]
    assert '"session.mark"' in str(config.problems[0])
    changed = {id: new for id, new in keys(config).items() if new != DEFAULT[id].keys}
    assert changed == {"session.mark": ("ö",), "cast.undo": ("ü",)}


def test_a_refused_key_restores_the_default_which_may_take_it_from_another_action() -> None:
    text = '[keys]\nsession.mark = "p"\nproducer.add = "z"\n'
    config = parse(text, "c.toml")
    assert [(problem.line, problem.key) for problem in config.problems] == [
        (2, "keys.session.mark"),
        (3, "keys.producer.add"),
    ]
    assert keys(config) == keys(DEFAULT)


@pytest.mark.parametrize("id", ["cast.undo", "pane.up", "list.older", "screen.theme"])
def test_no_key_shadows_one_that_goes_before_all_others(id: str) -> None:
    (problem,) = problems(f'[keys]\n{id} = "ctrl+c"\n')
    assert problem.startswith(f'2: keys.{id}: "ctrl+c" means "app.interrupt"')
    assert "wherever you are" in problem


def test_a_key_that_goes_before_all_others_takes_none_from_a_dialog() -> None:
    text = '[keys]\npane.inspect = "ä"\napp.quit_now = "enter"\n'
    (problem,) = problems(text)
    assert problem.startswith('3: keys.app.quit_now: "enter" is the key of "dialog.yes"')


def test_a_key_that_quits_is_left() -> None:
    config = parse("[keys]\napp.quit = []\napp.quit_now = []\n", "c.toml")
    assert [str(problem) for problem in config.problems] == [
        'c.toml:3: keys.app.quit_now: leaves no key that quits; give "app.quit" or "app.quit_now" one'
    ]
    assert (keys(config)["app.quit"], keys(config)["app.quit_now"]) == ((), ("ctrl+q",))


def test_an_action_may_do_without_a_key() -> None:
    config = parse("[keys]\nsession.mark = []\n", "c.toml")
    assert config.problems == ()
    assert config.keymap.fill("<session.mark> marks") == '"Leave a marker" marks'


def test_no_key_of_the_table_clashes() -> None:
    for action in ACTIONS:
        text = f"[keys]\n{action.id} = [{', '.join([repr(key) for key in action.keys])}]\n"
        assert problems(text) == [], action.id


def test_what_closes_quits_or_helps_closes_a_dialog() -> None:
    keymap = parse('[keys]\napp.quit = "Ö"\nscreen.help = "F3"\n', "c.toml").keymap
    assert keymap["dialog.no"].keys == ("escape", "Ö", "f3")


KEYS = st.sampled_from(sorted({key for action in ACTIONS for key in action.keys} | {"ä", "ö", "f9", "ctrl+x"}))
OVERRIDES = st.dictionaries(
    st.sampled_from([action.id for action in ACTIONS]), st.lists(KEYS, max_size=2, unique=True).map(tuple), max_size=12
)


@given(OVERRIDES)
def test_in_every_configuration_keys_are_unique_and_one_quits(overrides: dict[str, Any]) -> None:
    keymap, refused = remapped(overrides)
    for one, other in combinations(keymap, 2):
        if {one.where, other.where} & {"app", "session", "pane"} or one.where == other.where:
            assert not set(one.keys) & set(other.keys), (one, other)
    assert any(action.keys for action in keymap if action.command == "leave")
    for id, wanted in overrides.items():
        assert keymap[id].keys == (DEFAULT[id].keys if id in refused else wanted)
    assert refused.keys() <= overrides.keys()


# Errors


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('teme = "dark"', '1: teme: is not known here; did you mean "theme"?'),
        ('theme = "drak"', '1: theme: "drak" is no theme; did you mean "dark"?'),
        (
            "theme = 3",
            '1: theme: 3 is no theme; it can be "auto", "dark", "light", "projector", "colour-blind", "ansi", "custom"',
        ),
        (
            'theme = "custom"',
            '1: theme: "custom" is the theme of a [palette], and there is none; write one, or choose another theme',
        ),
        ('\nascii = "yes"', '2: ascii: "yes" is neither true nor false; write one of them, without quotes'),
        ('[glyphs]\nslt = "x"', '2: glyphs.slt: is no glyph; did you mean "slot"?'),
        ('[glyphs]\nxyzzy = "x"', "2: glyphs.xyzzy: is no glyph; msgmux-tui config --default lists all"),
        ("[glyphs]\nslot = 1", "2: glyphs.slot: 1 is no mark; write it in quotes"),
        ('[glyphs]\nslot = "ab"', '2: glyphs.slot: "ab" is too long; write one character'),
        ('[glyphs]\nslot = ""', '2: glyphs.slot: "" is too short; write one character'),
        ('[glyphs]\ncorners = "+"', '2: glyphs.corners: "+" is too short; write 4 characters'),
        (
            '[glyphs]\nslot = "字"',
            "2: glyphs.slot: '\\u5b57' is not one cell wide in a terminal; choose a narrow character",
        ),
        (
            '[glyphs]\nslot = "\\u0301"',
            "2: glyphs.slot: '\\u0301' is not one cell wide in a terminal; choose a narrow character",
        ),
        (
            '[glyphs]\nslot = "\\u001b"',
            "2: glyphs.slot: '\\x1b' is not one cell wide in a terminal; choose a narrow character",
        ),
        (
            'ascii = true\n[glyphs]\nslot = "▪"',
            "3: glyphs.slot: '\\u25aa' is not ASCII, and ascii = true asks for that; choose another, or leave one out",
        ),
        (
            '[palette]\nbase = "ansi"',
            (
                '2: palette.base: "ansi" is no palette to begin with; '
                'it can be "dark", "light", "projector", "colour-blind"'
            ),
        ),
        ('[palette]\ninc = "#000000"', '2: palette.inc: is no colour of a palette; did you mean "ink"?'),
        ('[palette]\nink = "red"', '2: palette.ink: "red" is no colour; write it as "#rrggbb", such as "#58b6f2"'),
        (
            '[palette]\nhues = ["#000000"]',
            "2: palette.hues: a list is no list of 8 colours; each producer's hue is needed",
        ),
        ('[keys]\ncast.und = "U"', '2: keys.cast.und: is no action; did you mean "cast.undo"?'),
        ('[keys]\nfrobnicate = "U"', "2: keys.frobnicate: is no action; msgmux-tui config --default lists all"),
        ('[keys]\ncast.undo = "spcae"', '2: keys.cast.undo: "spcae" is no key; did you mean "space"?'),
        (
            "[keys]\ncast.undo = 7",
            '2: keys.cast.undo: 7 is neither a key nor a list of keys; write it as "p" or ["p", "F2"]',
        ),
        ('[keys]\ncast.undo = "ü"\n"cast.undo" = "ä"', "3: keys.cast.undo: is given twice; leave one out"),
        (
            'keys = "p"',
            '1: keys: "p" is no table; write [keys] on a line of its own, and below it what belongs there',
        ),
    ],
)
def test_what_is_wrong_is_named_by_line_with_what_would_be_right(text: str, told: str) -> None:
    assert problems(text) == [told]


def test_one_bad_key_leaves_the_others_alone() -> None:
    text = """
theme = "light"
ascii = 3
[glyphs]
slot = "▪"
room = "wide"
[keys]
cast.undo = "ü"
cast.und = "x"
"""
    config = parse(text, "c.toml")
    assert [problem.line for problem in config.problems] == [3, 6, 9]
    assert config.theme == "light"
    assert config.ascii is None
    assert dict(config.marks) == {"slot": "▪"}
    assert keys(config)["cast.undo"] == ("ü",)
    assert config.notice == (
        "c.toml:3: ascii: 3 is neither true nor false; write one of them, without quotes "
        "(and 2 more: all are told at the end)"
    )


# The documented file


def test_the_default_file_says_what_holds_without_it() -> None:
    assert problems(default_text()) == []
    settings = re.sub(r"(?m)^# ([a-z_.]+ = )", r"\1", default_text())
    config = parse(settings, "c.toml")
    assert config.problems == ()
    assert keys(config) == keys(DEFAULT)
    assert config.theme is None
    assert config.glyphs("utf-8") == UNICODE
    assert config.own is not None
    assert {name: getattr(config.own, name) for name in (*COLOURS, "hues")} == {
        name: getattr(DARK, name) for name in (*COLOURS, "hues")
    }


def test_the_default_file_names_every_action_and_every_glyph() -> None:
    text = default_text()
    for name in [*[action.id for action in ACTIONS], *MARKS, *COLOURS]:
        assert f"\n# {name} = " in text, name
    for action in ACTIONS:
        assert f"# {action.title}\n" in text


def test_every_key_that_words_name_is_one_of_an_action() -> None:
    source = Path(config_default.__file__).parents[1]
    named = {
        (file.name, id)
        for file in source.rglob("*.py")
        for id in re.findall(r"<([a-z]+\.[a-z_]+)>", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert [name for name in sorted(named) if name[1] not in DEFAULT] == []


# The command line


def program(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "msgmux_tui", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=60,
        env={**os.environ, "PYTHONUTF8": "1"} | ({"XDG_CONFIG_HOME": str(folder)} if folder else {}),
        check=False,
    )


def test_config_prints_the_path_and_the_documented_file(tmp_path: Path) -> None:
    done = program("config", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'msgmux' / 'config.toml'}\n")
    assert program("config", "--default").stdout == default_text()


def test_config_checks_a_file(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('theme = "light"\n')
    assert program("config", "--check", "--config", str(path)).stdout == f"{path}: fine\n"
    path.write_text('theme = "lihgt"\n')
    done = program("config", "--check", "--config", str(path))
    assert done.returncode == 2
    assert done.stderr == f'{path}:1: theme: "lihgt" is no theme; did you mean "light"?\n'


def test_a_run_without_a_screen_tells_at_once_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "msgmux").mkdir()
    path = tmp_path / "msgmux" / "config.toml"
    path.write_text('ascii = true\nteme = "dark"\n')
    done = program("run", "sample", folder=tmp_path)
    assert done.returncode == 0
    assert done.stderr == f'msgmux-tui: {path}:2: teme: is not known here; did you mean "theme"?\n'
    assert done.stdout.isascii()


@pytest.mark.parametrize("arguments", [("run", "sample"), (), ("play", "sample")])
@pytest.mark.parametrize("before", [True, False])
def test_a_named_file_that_is_not_there_is_bad_usage(arguments: tuple[str, ...], before: bool) -> None:
    option = ("--config", "no/such/file.toml")
    done = program(*option, *arguments) if before else program(*arguments, *option)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "no/such/file.toml: cannot be read: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr
