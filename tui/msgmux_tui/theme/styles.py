"""Names of styles, as panes use them, and what each looks like in a palette.

- ``text strong soft faint line focus title title.focus ok warn alarm link``: on the pane's ground.
- ``raised raised.soft raised.ok …``: on the header's and the caption's ground.
- ``fill.live fill.paused fill.replay fill.alarm fill.badge``: letters cut out of a colour.
- ``p0`` to ``p7``: a producer's hue. With ``.chip``: a block of the list; ``.at``: one that a cursor stands at;
  ``.new``: linked a moment ago; ``.had``: everybody has had it; ``.picked``: selected; each also with ``.edge``, its
  left edge. ``.gone``: evicted.
- ``code code.keyword code.string code.comment code.number code.name``: source text. It borrows hues of producers: where
  source is shown they are far away, and nothing but its grammar is said by them.
- ``@`` after any of them: the same on the ground of a selected row.

Every text is moved towards black or white until its contrast is what the palette promises.
"""

from functools import cached_property

from rich.style import Style

from msgmux_tui.theme.colour import mix, readable
from msgmux_tui.theme.palettes import Palette

HUES = 8
"""So many producers have a hue of their own; beyond, hues repeat and the tag tells them apart."""

_BOLD = {"strong", "title.focus", "ok", "warn", "alarm", "live"}


def hue(tag: str) -> str:
    """The style name of a producer's hue, by its tag: ``P1`` is ``p0``, ``P9`` too."""
    digits = tag[1:]
    return f"p{(int(digits) - 1) % HUES}" if digits.isdigit() else "p7"


class Styles:
    """The styles of one palette, made when first asked for."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._made: dict[str, Style] = {}

    def __getitem__(self, name: str) -> Style:
        style = self._made.get(name)
        if style is None:
            style = self._made[name] = self._make(name)
        return style

    @cached_property
    def ground(self) -> Style:
        """The pane's ground, under cells that hold nothing."""
        return self["text"]

    def _make(self, name: str) -> Style:
        if name.endswith("@"):
            return self._on_picked(name[:-1])
        head, _, rest = name.partition(".")
        if head in self._hue_names:
            return self._ansi_block(head, rest) if self.palette.ansi else self._block(head, rest)
        if head == "raised":
            return self._text(rest or "text", self.palette.raised)
        if head == "fill":
            return self._fill(rest)
        if head == "code":
            return self._style(self._of_code[rest], self.palette.ground, bold=rest == "keyword")
        return self._text(name, self.palette.ground)

    @cached_property
    def _of_code(self) -> dict[str, str]:
        p = self.palette
        hues = p.hues
        named = {"keyword": hues[2], "string": hues[3], "number": hues[1], "name": hues[0]}
        return {"": p.ink, "comment": p.faint, **named}

    @cached_property
    def _hue_names(self) -> dict[str, str]:
        return {f"p{n}": colour for n, colour in enumerate(self.palette.hues)}

    def _style(self, text: str, ground: str, *, bold: bool = False, struck: bool = False, under: bool = False) -> Style:
        p = self.palette
        if not p.ansi:
            text = readable(text, ground, p.contrast)
        bold = bold or p.heavy
        return Style(color=text, bgcolor=ground, bold=bold or None, strike=struck or None, underline=under or None)

    def _text(self, name: str, ground: str) -> Style:
        p = self.palette
        if name == "line" and not p.ansi:
            # Frames and rails are no text: they may be as quiet as the palette likes.
            return Style(color=p.line, bgcolor=ground)
        role = {"text": "ink", "strong": "ink", "title": "soft", "title.focus": "focus", "link": "faint"}.get(
            name, name
        )
        if role not in _ROLES:
            raise KeyError(f"no style is called {name!r}")
        return self._style(getattr(p, role), ground, bold=name in _BOLD)

    def _fill(self, name: str) -> Style:
        p = self.palette
        colour = {"live": p.live, "paused": p.warn, "replay": p.ink, "alarm": p.alarm, "badge": p.soft}[name]
        if p.ansi:
            return Style(color=colour, bgcolor="default", bold=True, reverse=True)
        return self._style(p.cut, colour, bold=True)

    def _on_picked(self, name: str) -> Style:
        style, p = self[name], self.palette
        if p.ansi:
            return style + Style(reverse=True)
        text = style.color.name if style.color is not None else p.ink
        return style + Style(color=readable(text, p.picked, p.contrast), bgcolor=p.picked)

    def _block(self, head: str, part: str) -> Style:
        p, colour = self.palette, self._hue_names[head]
        if part == "":
            return self._style(colour, p.ground, bold=True)
        if part == "gone":
            return self._style(p.faint, p.ground, struck=True)
        if part == "picked" or part == "picked.edge":
            return self._style(p.ground, p.ink, bold=True)
        tint = {"chip": p.tint, "at": 0.0, "new": p.tint - 0.28, "had": p.tint + (1 - p.tint) * 0.45}[
            part.removesuffix(".edge")
        ]
        body = mix(colour, p.ground, tint)
        if part.endswith(".edge"):
            # The edge is a stroke, not text; where the body is the hue itself it must still be told apart from it.
            return Style(color=mix(colour, p.ink, 0.55) if tint == 0.0 else colour, bgcolor=body)
        if tint == 0.0:
            return self._style(p.cut, body, bold=True)
        return self._style(mix(colour, p.ink, 0.72 if part != "had" else 0.5), body, bold=part == "new")

    def _ansi_block(self, head: str, part: str) -> Style:
        colour = self._hue_names[head]
        if part.endswith(".edge"):
            return Style(color=colour, bgcolor="default")
        if part.startswith(("at", "picked")):
            under = part.startswith("picked")
            return Style(color=colour, bgcolor="default", bold=True, reverse=True, underline=under or None)
        if part == "gone":
            return Style(color="default", bgcolor="default", strike=True)
        return Style(color=colour, bgcolor="default", bold=part in ("", "new") or None)


_ROLES = frozenset({"ink", "soft", "faint", "line", "focus", "ok", "warn", "alarm", "live"})
