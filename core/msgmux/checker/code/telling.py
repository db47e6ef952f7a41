"""Records the values of accesses and the current shared variables. Used only where a story is told."""

from collections.abc import Hashable

from msgspec.structs import replace

from msgmux.checker.code.records import Site, Touch
from msgmux.checker.records import SharedView

LONGEST = 24
"""Characters of a value that are shown."""


def preview(value: object) -> str:
    """A value in a few characters. Of objects of the user's only the type: nothing of theirs runs here."""
    kind = type(value)
    if kind in (int, float, bool, type(None)):
        text = repr(value)
    elif kind in (str, bytes):
        assert isinstance(value, str | bytes)
        text = ascii(value[:LONGEST])
    elif kind in (list, tuple, set, frozenset, dict) or kind.__name__ in ("deque", "OrderedDict", "defaultdict"):
        assert isinstance(value, list | tuple | set | frozenset | dict) or hasattr(value, "__len__")
        plain = isinstance(value, list | tuple) and len(value) <= 4
        if plain and all([type(one) in (int, float, bool, type(None)) for one in value]):  # type: ignore[attr-defined]
            text = repr(value)
        elif not value:
            text = "empty"
        else:
            text = f"{kind.__name__} of {len(value)}"  # type: ignore[arg-type]
    elif isinstance(value, type):
        text = value.__name__
    else:
        text = f"a {kind.__name__}"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


class Telling:
    """The accesses of one run."""

    def __init__(self) -> None:
        self.touches: list[Touch] = []
        # For each variable: how often it was written, the last writer, its place and value, and who read since.
        self._last: dict[tuple[int, Hashable], tuple[int, int, str, str]] = {}
        # For each variable and task: the count of writes when the task last read it.
        self._seen: dict[tuple[int, Hashable], dict[int, int]] = {}
        # The variables as they are now, the one that was accessed last at the end; and where each is accessed, the one
        # that was accessed first at the beginning.
        self._views: dict[tuple[int, Hashable], SharedView] = {}
        self._sites: dict[tuple[int, Hashable], set[str]] = {}

    def add(
        self,
        task: int,
        who: str,
        point: int,
        thing: object,
        name: Hashable,
        wrote: bool,
        site: str,
        value: object,
    ) -> None:
        from msgmux.checker.code.accesses import described

        key, text = (id(thing), name), preview(value)
        what = described(thing, name, Site.of(site))
        count, writer, writer_name, _ = self._last.get(key, (0, 0, "", ""))
        seen = self._seen.setdefault(key, {})
        over = ""
        if wrote:
            if writer and writer != task and task in seen and seen[task] < count:
                over = writer_name
            count += 1
            self._last[key] = (count, task, who, text)
        seen[task] = count
        self.touches.append(Touch(task, who, point, site, wrote, text, what, over))
        view = self._views.pop(key, SharedView(what, "", "", "", ()))
        if wrote:
            view = SharedView(what, text, who, Site.of(site).place, ())
        else:
            readers = view.readers if who in view.readers else (*view.readers, who)
            view = SharedView(what, text, view.writer, view.place, readers)
        self._views[key] = view
        self._sites.setdefault(key, set()).add(site)

    def shared(self, racing: frozenset[str]) -> tuple[SharedView, ...]:
        """The variables that were accessed, the last one first. ``racing``: the sites at which accesses race."""
        # Variables of the same name, of different objects, are numbered in the order of their first access.
        names: dict[tuple[int, Hashable], str] = {}
        count: dict[str, int] = {}
        for key in self._sites:
            name = self._views[key].name
            count[name] = count.get(name, 0) + 1
            names[key] = name if count[name] == 1 else f"{name} #{count[name]}"
        return tuple(
            [
                replace(view, name=names[key], races=not racing.isdisjoint(self._sites[key]))
                for key, view in reversed(list(self._views.items()))
            ]
        )
