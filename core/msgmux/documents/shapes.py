"""Shapes: declarations of what a value in a file may be. A shape *reads* a value into a typed object, or reports what
is wrong and what would be right; and it gives the *JSON Schema* of such a value. Both follow from one declaration.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from msgmux.documents.problems import MOST_PROBLEMS, FileError, Lines, Path, Problem, dotted, in_order, suggestion

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Schema = dict[str, Any]


class Rejected(Exception):
    """A value could not be read. Its problems have been reported to the :class:`Where`."""


class Names:
    """The names of producers and consumers in a file, against which references to them are checked.

    ``of`` maps "producer", "consumer" and "either" to their names, in the order of the file.
    """

    def __init__(self, producers: Iterable[str], consumers: Iterable[str]) -> None:
        self.of: dict[str, dict[str, None]] = {
            "producer": dict.fromkeys(producers),
            "consumer": dict.fromkeys(consumers),
        }
        self.of["either"] = self.of["producer"] | self.of["consumer"]


class Where:
    """A place in a file, to which a shape reports the problems of the value there."""

    def __init__(self, file: str, lines: Lines, names: Names, problems: list[Problem], path: Path = ()) -> None:
        self.file = file
        self._lines = lines
        self._problems = problems
        self.names = names
        self.path = path

    def at(self, *keys: str | int) -> "Where":
        """The place of a value inside of this one."""
        return Where(self.file, self._lines, self.names, self._problems, (*self.path, *keys))

    def report(self, text: str) -> None:
        """Add a problem and return, so that the rest of the file is checked as well.

        Raises :class:`FileError` with all problems if there are more than :data:`MOST_PROBLEMS`.
        """
        if len(self._problems) == MOST_PROBLEMS:
            last = Problem(self.file, None, "", f"has more than {MOST_PROBLEMS} problems; mend these first")
            raise FileError([*in_order(self._problems), last])
        self._problems.append(Problem(self.file, self._lines[self.path], dotted(self.path), text))

    def reject(self, text: str) -> NoReturn:
        """Add a problem and raise :class:`Rejected`, since the value cannot be used."""
        self.report(text)
        raise Rejected


class Shape(Protocol[T_co]):
    """The interface of all shapes."""

    def read(self, value: object, where: Where) -> T_co:
        """The typed value. If it is wrong, reports all its problems to ``where`` and raises :class:`Rejected`."""

    def schema(self) -> Schema:
        """The JSON Schema of such a value."""


_CONTROLS = r"\u0000-\u001f\u007f-\u009f"


class Text:
    """Printable text of 1 to ``most`` characters; each run of white space, also with line breaks, becomes one space.

    ``check`` may report further problems. ``unlike``: a pattern for the schema that matches what ``check`` refuses.
    """

    def __init__(
        self,
        most: int,
        what: str = "a text",
        check: Callable[[str, Where], None] | None = None,
        unlike: str | None = None,
    ) -> None:
        self._most = most
        self._what = what
        self._check = check
        self._unlike = unlike

    def read(self, value: object, where: Where) -> str:
        if not isinstance(value, str):
            where.reject(f"{shown(value)} is not {self._what}; write it in quotes")
        text = one_line(value)
        if not text:
            where.reject(f"is empty; write {self._what}")
        if len(text) > self._most:
            where.reject(f"has {len(text)} characters; write at most {self._most}")
        if not text.isprintable():
            where.reject("has control characters; write printable text")
        if self._check is not None:
            self._check(text, where)
        return text

    def schema(self) -> Schema:
        # When read, a run of white space counts as one character. No pattern can count so; here it counts as none.
        text = {"type": "string", "pattern": rf"^(?:\s*[^\s{_CONTROLS}]){{1,{self._most}}}\s*$"}
        return text if self._unlike is None else text | {"not": {"pattern": self._unlike}}


class Choice:
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def read(self, value: object, where: Where) -> str:
        if not isinstance(value, str) or value not in self._words:
            word = value if isinstance(value, str) else ""
            where.reject(f"{shown(value)} is not known here; {suggestion(word, self._words)}")
        return value

    def schema(self) -> Schema:
        return {"enum": list(self._words)}


class Whole:
    """A whole number within bounds."""

    def __init__(self, least: int, most: int, what: str = "a whole number") -> None:
        self._least = least
        self._most = most
        self._what = what

    def read(self, value: object, where: Where) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            where.reject(f"{shown(value)} is not {self._what}; write one from {self._least} to {self._most}")
        if not self._least <= value <= self._most:
            where.reject(f"{shown(value)} is out of range; write {self._what} from {self._least} to {self._most}")
        return value

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self._least, "maximum": self._most}


class Measure:
    """A quoted number with a unit, or a bare number in the base unit; from ``least`` to ``most`` in that unit.

    ``read_text`` parses the quoted form (it raises :class:`ValueError`), ``write`` is its inverse, ``pattern`` its
    regular expression for the schema. ``instead``: the rest of the message for a wrong value.
    """

    def __init__(
        self,
        least: float,
        most: float,
        read_text: Callable[[str], float],
        write: Callable[[float], str],
        pattern: str,
        instead: str,
    ) -> None:
        self._least = least
        self._most = most
        self._read_text = read_text
        self._write = write
        self._pattern = pattern
        self._instead = instead

    def read(self, value: object, where: Where) -> float:
        if isinstance(value, str):
            try:
                number = self._read_text(value)
            except ValueError:
                where.reject(f"{shown(value)} {self._instead}")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = value
        else:
            where.reject(f"{shown(value)} {self._instead}")
        # Written so that a NaN is out of range: every comparison with it is false.
        if not self._least <= number <= self._most:
            where.reject(
                f"{shown(value)} is out of range; it can be {self._write(self._least)} to {self._write(self._most)}"
            )
        return float(number)

    def schema(self) -> Schema:
        return {
            "anyOf": [
                {"type": "string", "pattern": self._pattern},
                {"type": "number", "minimum": self._least, "maximum": self._most},
            ]
        }


class Yes:
    """``true`` and nothing else: for a key that is either there or left out."""

    def read(self, value: object, where: Where) -> bool:
        if value is not True:
            where.reject(f"{shown(value)} means nothing here; write true, or leave the key out")
        return True

    def schema(self) -> Schema:
        return {"const": True}


class Or(Generic[T]):
    """The constant ``word`` (such as ``"keep"`` or ``true``), read as ``meaning``, or a value of another shape."""

    def __init__(self, word: str | bool, meaning: T, other: Shape[T]) -> None:
        self._word = word
        self._meaning = meaning
        self._other = other

    def read(self, value: object, where: Where) -> T:
        # The types are compared as well, since 1 == True.
        said = type(value) is type(self._word) and value == self._word
        return self._meaning if said else self._other.read(value, where)

    def schema(self) -> Schema:
        return {"anyOf": [{"const": self._word}, self._other.schema()]}


class Either:
    """A whole number of one shape, or else a text of another."""

    def __init__(self, text: Shape[str], number: Shape[int]) -> None:
        self._text = text
        self._number = number

    def read(self, value: object, where: Where) -> str | int:
        number = isinstance(value, int) and not isinstance(value, bool)
        return self._number.read(value, where) if number else self._text.read(value, where)

    def schema(self) -> Schema:
        return {"anyOf": [self._text.schema(), self._number.schema()]}


class Made(Generic[T]):
    """A value of another shape, converted by ``make``, which may report problems and raise :class:`Rejected`."""

    def __init__(self, other: Shape[Any], make: Callable[[Any, Where], T]) -> None:
        self._other = other
        self._make = make

    def read(self, value: object, where: Where) -> T:
        return self._make(self._other.read(value, where), where)

    def schema(self) -> Schema:
        return self._other.schema()


class Several(Generic[T]):
    """An array of ``least`` to ``most`` values of one shape; ``what`` names them in messages."""

    def __init__(self, item: Shape[T], least: int, most: int, what: str) -> None:
        self._item = item
        self._least = least
        self._most = most
        self._what = what

    def read(self, value: object, where: Where) -> tuple[T, ...]:
        if not isinstance(value, list):
            where.reject(f"{shown(value)} is not a list; write {self._what}")
        if not self._least <= len(value) <= self._most:
            number = f"{self._least} to {self._most}" if self._least < self._most else f"{self._least}"
            where.reject(f"has {len(value)} of them; write {number}")
        items: list[T] = []
        for index, item in enumerate(value):
            try:
                items.append(self._item.read(item, where.at(index)))
            except Rejected:
                # The item's problems are reported; check the other items as well.
                continue
        if len(items) < len(value):
            raise Rejected
        return tuple(items)

    def schema(self) -> Schema:
        return {
            "type": "array",
            "items": self._item.schema(),
            "minItems": self._least,
            "maxItems": self._most,
        }


class Key:
    """A key of a table: the shape of its value. ``about``: its description for authors of files (in the schema)."""

    def __init__(self, shape: Shape[Any], about: str = "", *, required: bool = False) -> None:
        self.shape = shape
        self.about = about
        self.required = required


class Table(Generic[T]):
    """A table of known keys. ``make`` converts the values by key, in the order written; it may report problems and
    raise :class:`Rejected`.

    ``rules`` reports wrong combinations of keys, whatever their values; ``ruled`` is the same as JSON Schema.
    ``short``: a bare string is read as a table with only that key.
    """

    def __init__(
        self,
        keys: Mapping[str, Key],
        make: Callable[[dict[str, Any], Where], T],
        *,
        rules: Callable[[Collection[str], Where], None] | None = None,
        ruled: Schema | None = None,
        short: str | None = None,
    ) -> None:
        self.keys = keys
        self._make = make
        self._rules = rules
        self._ruled = ruled or {}
        self._short = short

    def read(self, value: object, where: Where) -> T:
        if self._short is not None and isinstance(value, str):
            value = {self._short: value}
        if not isinstance(value, dict):
            where.reject(f"{shown(value)} is not a table; write the keys {', '.join(self.keys)}")
        values: dict[str, Any] = {}
        wrong = False
        for name, inner in value.items():
            key = self.keys.get(name)
            try:
                if key is None:
                    where.at(name).reject(f"is not a key here; {suggestion(name, self.keys)}")
                values[name] = key.shape.read(inner, where.at(name))
            except Rejected:
                wrong = True
        for name, key in self.keys.items():
            if key.required and name not in value:
                where.report(f'"{name}" is missing; it is needed here')
                wrong = True
        if self._rules is not None:
            self._rules(value.keys(), where)
        if wrong:
            raise Rejected
        return self._make(values, where)

    def schema(self) -> Schema:
        properties = {
            name: key.shape.schema() | ({"description": key.about} if key.about else {})
            for name, key in self.keys.items()
        }
        table: Schema = {"type": "object", "properties": properties, "additionalProperties": False} | self._ruled
        required = [name for name, key in self.keys.items() if key.required]
        if required:
            table["required"] = required
        if self._short is None:
            return table
        return {"anyOf": [properties[self._short], table]}


class Forms(Generic[T]):
    """One of several kinds of tables, or a value that is no table, of the shape ``plain``.

    A table is of the first kind whose key in ``tables`` it contains.
    """

    def __init__(self, tables: Mapping[str, Table[Any]], plain: Shape[T] | None = None) -> None:
        self._tables = tables
        self._plain = plain

    def read(self, value: object, where: Where) -> T:
        if not isinstance(value, dict):
            if self._plain is not None:
                return self._plain.read(value, where)
            where.reject(f"{shown(value)} is not a table; write one with {self._choices()}")
        for key, table in self._tables.items():
            if key in value:
                result: T = table.read(value, where)
                return result
        near = {key: said for key in value if (said := suggestion(key, self._tables)).startswith("did you mean")}
        for key in near or value:
            where.at(key).report(f"is not known here; {suggestion(key, self._tables)}")
        if not value:
            where.report(f"is empty; write {self._choices()}")
        raise Rejected

    def _choices(self) -> str:
        return " or ".join([f'"{key}"' for key in self._tables])

    def schema(self) -> Schema:
        forms = [table.schema() for table in self._tables.values()]
        return {"anyOf": [*([self._plain.schema()] if self._plain is not None else []), *forms]}


def one_line(text: str) -> str:
    """The text with each run of white space replaced by one space, and none at its ends."""
    return " ".join(text.split())


_PLAIN = re.compile(r"^[ -~]{0,60}$")


def shown(value: object) -> str:
    """A value as messages show it: short and printable; of tables and lists only the kind."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 10**18:
        return "a number of more than 18 digits"
    if isinstance(value, str) and not _PLAIN.match(value):
        return ascii(value[:40]) + ("…" if len(value) > 40 else "")
    return f'"{value}"' if isinstance(value, str) else str(value)
