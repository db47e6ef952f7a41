"""Plots of a recording's series, as one SVG that stands in a page: the same bytes each time."""

import io
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgmux_tui.export.options import ExportError
from msgmux_tui.export.series import Series
from msgmux_tui.narration.pieces import REASONS
from msgmux_tui.system.messages import printable
from msgmux_tui.theme.palettes import Palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES = ("-", "--", ":", "-.")
"""Told apart by more than colour."""
LEAST_SPAN = 0.001
"""Seconds from the left to the right of a plot, at least."""
LONGEST_LABEL = 40
"""Characters: a longer one would leave no room for the plot."""


def plots(found: Series, colours: Palette) -> str:
    """Length, lag of each consumer, rate of each producer and evictions, one below the other over the same time.

    Raises :class:`ExportError` where the extra ``export`` is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise ExportError("plots need matplotlib: pip install 'msgmux-tui[export]'") from None
    times = found.times
    plain = (colours.ink, colours.warn, colours.soft)
    # Text stays text, which can be read aloud and searched; ids do not depend on chance.
    with (
        warnings.catch_warnings(),
        rc_context({"svg.fonttype": "none", "svg.hashsalt": "msgmux", "font.size": 9.0, "axes.titlelocation": "left"}),
    ):
        figure = Figure(figsize=(10, 9), layout="constrained", facecolor=colours.ground)
        length, lag, rate, evicted = figure.subplots(4, 1, sharex=True)
        length.plot(times, found.lengths, color=colours.ink)
        length.set_title("Length of the list (messages)", color=colours.ink)
        for n, lags in enumerate(found.lags.values()):
            # Hues are the producers'; consumers are told apart by their dashes, as they have no hue on the screen.
            lag.plot(times, _gaps(lags), color=plain[n // 4 % 3], linestyle=DASHES[n % 4])
        lag.set_title("Lag of each consumer (messages)", color=colours.ink)
        for n, puts in enumerate(found.rates.values()):
            rate.plot(
                times,
                _gaps(puts),
                color=colours.hues[n % 8],
                linestyle=DASHES[n // 8 % 4],
            )
        rate.set_title("Messages put a second, by each producer", color=colours.ink)
        for n, counts in enumerate(found.evicted.values()):
            evicted.step(times, counts, where="post", color=plain[n // 4 % 3], linestyle=DASHES[n % 4])
        evicted.set_title("Messages evicted so far", color=colours.ink)
        evicted.set_xlabel("seconds")
        for axes in (length, lag, rate, evicted):
            _dress(axes, colours)
            axes.set_xlim(times[0], max(times[-1], times[0] + LEAST_SPAN))
        for axes, names in ((lag, found.lags), (rate, found.puts), (evicted, [REASONS[why] for why in found.evicted])):
            _explain(axes, list(names), colours)
        content = io.StringIO()
        # Text is not drawn here but by the browser, whose fonts have more glyphs than the one that it is measured with.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.draw_without_rendering()
        box = length.get_position()
        figure.savefig(content, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    svg = content.getvalue()
    # In a page there is no prologue, and its style says how wide it is.
    svg = svg[svg.index("<svg") :]
    # Where time begins and ends in the picture, as parts of its width, for a line that moves over it.
    places = f'data-left="{box.x0:.4f}" data-right="{box.x1:.4f}" '
    return re.sub(r'(<svg [^>]*?)width="[^"]*" height="[^"]*"', rf"\1{places}", svg, count=1)


def _dress(axes: "Axes", colours: Palette) -> None:
    axes.set_facecolor(colours.raised)
    axes.set_ylim(bottom=0)
    axes.grid(color=colours.line, linewidth=0.5)
    axes.tick_params(colors=colours.soft)
    axes.xaxis.label.set_color(colours.soft)
    for spine in axes.spines.values():
        spine.set_color(colours.line)


def _explain(axes: "Axes", names: Sequence[str], colours: Palette) -> None:
    """Add a legend. ``names``: those of the lines, in order."""
    if not names:
        return
    # As labels, names that begin with "_" would be left out, and a "$" would begin a formula.
    numbers = [str(n) for n in range(len(names))]
    legend = axes.legend(
        axes.get_lines(),
        numbers,
        loc="upper left",
        fontsize=8,
        facecolor=colours.ground,
        edgecolor=colours.line,
        labelcolor=colours.ink,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        label = printable(name)
        text.set_text(label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…")


def _gaps(column: list[int | None] | list[float | None]) -> list[float]:
    """The column with NaN for None, so that no line is drawn where nobody was registered."""
    return [float("nan") if value is None else float(value) for value in column]
