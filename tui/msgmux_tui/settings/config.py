"""Finding, reading and checking the user's configuration file. ``msgmux-tui config`` says where it is.

A wrong entry becomes a problem with its line and is ignored; the others take effect. This module must not import
Textual: commands without a screen use it.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from msgmux.documents.problems import FileError, Lines, Problem, suggestion
from msgmux.documents.shapes import Names, Rejected, Where, shown
from msgmux.documents.toml import parse_toml, read_text
from msgmux_tui.keys.keymap import DEFAULT, Keymap, read_key, remapped
from msgmux_tui.settings.paths import config_file
from msgmux_tui.theme.colour import luminance
from msgmux_tui.theme.glyphs import Glyphs, glyphs_for
from msgmux_tui.theme.palettes import DARK, PALETTES, PREFIX, Palette

KEYS = ("theme", "ascii", "glyphs", "keys", "palette")
"""What stands at the top of the file."""
AUTO, CUSTOM = "auto", "custom"
"""Themes beside the named palettes: the terminal decides; the user's own."""

MARKS = tuple([name for name in Glyphs.__struct_fields__ if name != "name"])
"""The glyphs that can be replaced."""
LETTERS = {"corners": 4, "steps": 8}
"""Of how many letters these consist. Others are one; ``chip_end`` may also be none."""
COLOURS = tuple([name for name, value in msgspec.structs.asdict(DARK).items() if str(value).startswith("#")])
"""The fields of a palette that are one colour."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ALL = "msgmux-tui config --default lists all"


class Config(msgspec.Struct, frozen=True):
    """What the file says, as far as it can be used, and what is wrong with the rest of it.

    ``theme``: None lets the terminal decide; so does ``ascii``. ``marks``: glyphs by name. ``own``: the user's palette.
    """

    theme: str | None = None
    ascii: bool | None = None
    marks: Mapping[str, str] = {}
    own: Palette | None = None
    keymap: Keymap = DEFAULT
    problems: tuple[Problem, ...] = ()

    def glyphs(self, encoding: str | None, *, ascii: bool = False) -> Glyphs:
        """The set for this terminal, with the user's marks. ``ascii``: asked for on the command line."""
        glyphs = glyphs_for(encoding, asked=True if ascii else self.ascii)
        return replace(
            glyphs, **{name: mark for name, mark in self.marks.items() if mark.isascii() or not glyphs.ascii}
        )

    @property
    def notice(self) -> str:
        """What is wrong, in one line; empty where nothing is."""
        if not self.problems:
            return ""
        first = self.problems[0]
        told = str(replace(first, file=os.path.basename(first.file)))
        others = len(self.problems) - 1
        return f"{told} (and {others} more: all are told at the end)" if others else f"ignored: {told}"


def load(named: Path | None = None) -> Config:
    """The configuration of the file that was ``named``, else of the default one, if it is there.

    Raises :class:`FileError` where a named file is not there or is no TOML. The default file only gives problems.
    """
    if named is not None:
        return parse(read_text(named), str(named))
    path = config_file()
    if not os.path.lexists(path):
        return Config()
    try:
        return parse(read_text(path), str(path))
    except FileError as error:
        return Config(problems=error.problems)


def parse(text: str, file: str) -> Config:
    """What ``text`` says; ``file`` is what problems call it. Raises :class:`FileError` where it is no TOML."""
    content = parse_toml(text, file)
    lines = Lines(text)
    problems: list[Problem] = []
    where = Where(file, lines, Names((), ()), problems)
    for key in content:
        if key not in KEYS:
            where.at(key).report(f"is not known here; {suggestion(key, KEYS)}")
    own = _palette(content, where.at("palette"))
    plain = _ascii(content, where.at("ascii"))
    config = Config(
        _theme(content, where.at("theme"), own),
        plain,
        _marks(content, where.at("glyphs"), plain is True),
        own,
        _keymap(content, where.at("keys"), lines),
    )
    return replace(config, problems=tuple(sorted(problems, key=lambda problem: problem.line or 0)))


def _theme(content: Mapping[str, Any], where: Where, own: Palette | None) -> str | None:
    name = content.get("theme", AUTO)
    names = [AUTO, *[name.removeprefix(PREFIX) for name in PALETTES], CUSTOM]
    if name not in names:
        where.report(f"{shown(name)} is no theme; {suggestion(str(name), names)}")
    elif name == CUSTOM and own is None:
        where.report('"custom" is the theme of a [palette], and there is none; write one, or choose another theme')
    elif name != AUTO:
        return str(name)
    return None


def _ascii(content: Mapping[str, Any], where: Where) -> bool | None:
    value = content.get("ascii")
    if value is None or isinstance(value, bool):
        return value
    where.report(f"{shown(value)} is neither true nor false; write one of them, without quotes")
    return None


def _marks(content: Mapping[str, Any], where: Where, plain: bool) -> dict[str, str]:
    # Rich knows how wide a letter is in a terminal. Not above: most files replace none.
    from rich.cells import cell_len

    marks: dict[str, str] = {}
    for name, mark in _table(content, "glyphs", where):
        place = where.at(name)
        letters = LETTERS.get(name, 1)
        if name not in MARKS:
            place.report(f"is no glyph; {_near(name, MARKS)}")
        elif not isinstance(mark, str):
            place.report(f"{shown(mark)} is no mark; write it in quotes")
        elif not (len(mark) == letters or (name == "chip_end" and not mark)):
            number = "one character" if letters == 1 else f"{letters} characters"
            place.report(f"{shown(mark)} is too {'long' if len(mark) > letters else 'short'}; write {number}")
        elif not all([letter.isprintable() and cell_len(letter) == 1 for letter in mark]):
            wide = " and ".join([shown(letter) for letter in mark if not letter.isprintable() or cell_len(letter) != 1])
            place.report(f"{wide} is not one cell wide in a terminal; choose a narrow character")
        elif plain and not mark.isascii():
            place.report(
                f"{shown(mark)} is not ASCII, and ascii = true asks for that; choose another, or leave one out"
            )
        else:
            marks[name] = mark
    return marks


def _palette(content: Mapping[str, Any], where: Where) -> Palette | None:
    """The user's own, based on one of ours."""
    table = list(_table(content, "palette", where))
    if not table:
        return None
    bases = {name.removeprefix(PREFIX): palette for name, palette in PALETTES.items() if not palette.ansi}
    base, given = DARK, dict[str, Any]()
    for name, value in table:
        place = where.at(name)
        try:
            if name == "base":
                if not isinstance(value, str) or value not in bases:
                    place.reject(f"{shown(value)} is no palette to begin with; {suggestion(str(value), bases)}")
                base = bases[value]
            elif name == "hues":
                given[name] = _hues(value, place)
            elif name in COLOURS:
                given[name] = _colour(value, place)
            else:
                place.report(f"is no colour of a palette; {_near(name, ['base', *COLOURS, 'hues'])}")
        except Rejected:
            # Reported: this one stays as it is in the base.
            continue
    own = replace(base, name=PREFIX + CUSTOM, **given)
    return replace(own, dark=luminance(own.ground) < 0.18)


def _hues(value: object, place: Where) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) != len(DARK.hues):
        place.reject(f"{shown(value)} is no list of {len(DARK.hues)} colours; each producer's hue is needed")
    hues = tuple([_colour(colour, place) for colour in value])
    if len(set(hues)) != len(hues):
        place.reject("has a colour twice; two producers would look the same")
    return hues


def _colour(value: object, place: Where) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        place.reject(f'{shown(value)} is no colour; write it as "#rrggbb", such as "{DARK.hues[0]}"')
    return value.lower()


def _keymap(content: Mapping[str, Any], where: Where, lines: Lines) -> Keymap:
    given: dict[str, tuple[str, ...]] = {}
    places: dict[str, Where] = {}
    # In the order of the file, which decides who has a key that two want. Dotted keys of one table may stand apart.
    rows = sorted(_flat(_table(content, "keys", where)), key=lambda row: lines[("keys", *row[0])] or 0)
    for path, value in rows:
        id, place = ".".join(path), where.at(*path)
        if id not in [action.id for action in DEFAULT]:
            place.report(f"is no action; {_near(id, [action.id for action in DEFAULT])}")
        elif id in given:
            place.report("is given twice; leave one out")
        else:
            try:
                given[id] = _keys(value, place)
                places[id] = place
            except Rejected:
                # Reported: the action keeps its keys.
                continue
    keymap, refused = remapped(given)
    for id, reason in refused.items():
        places[id].report(reason)
    return keymap


def _keys(value: object, place: Where) -> tuple[str, ...]:
    """One key or a list of them, none for an action that is to have no key."""
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not all([isinstance(key, str) for key in written]):
        place.reject(f'{shown(value)} is neither a key nor a list of keys; write it as "p" or ["p", "F2"]')
    keys: list[str] = []
    for key in written:
        try:
            keys.append(read_key(key))
        except ValueError as error:
            place.reject(f"{shown(key)} {error}")
    return tuple(dict.fromkeys(keys))


def _table(content: Mapping[str, Any], name: str, where: Where) -> Iterable[tuple[str, Any]]:
    value = content.get(name, {})
    if isinstance(value, dict):
        return value.items()
    where.report(f"{shown(value)} is no table; write [{name}] on a line of its own, and below it what belongs there")
    return ()


def _flat(table: Iterable[tuple[str, Any]], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The entries with their key paths. In TOML ``producer.add = "p"`` is a table in a table, and
    ``"producer.add" = "p"`` is not; both are accepted.
    """
    for key, value in table:
        if isinstance(value, dict):
            yield from _flat(value.items(), (*path, key))
        else:
            yield (*path, key), value


def _near(word: str, known: Iterable[str]) -> str:
    """The near miss; for the rest there are too many to name."""
    near = suggestion(word, known)
    return near if near.startswith("did you mean") else _ALL
