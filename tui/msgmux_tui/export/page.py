"""A report as one web page that needs nothing from elsewhere: the screen under a slider, plots, events in words."""

import html
import json
from collections.abc import Sequence
from pathlib import Path

from rich.style import Style
from textual.strip import Strip

from msgmux.recording import Timeline
from msgmux_tui.export.gif import STRUCK, look
from msgmux_tui.export.options import Stretch
from msgmux_tui.export.plots import plots
from msgmux_tui.export.series import series
from msgmux_tui.narration.narrator import Narrator
from msgmux_tui.system.messages import printable
from msgmux_tui.theme.palettes import Palette

MOST_LINES = 2_000
"""Events that are told; of a longer stretch the last ones are left out, and their number is said."""
MOST_FRAMES = 150
POINTS = 600
"""Moments in the plots, at most."""

STYLE = """
body {{ background: {ground}; color: {ink}; font: 16px/1.5 sans-serif; margin: 0 auto;
  padding: 1rem }}
h1 {{ font-size: 1.4rem }} h2 {{ font-size: 1.1rem; margin-top: 2rem }}
pre {{ font: 13px/1.25 'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace; overflow-x: auto; margin: 0;
  padding: .5rem; border: 1px solid {line} }}
svg {{ width: 100%; height: auto; display: block }}
figure {{ position: relative; margin: 0 }}
#cursor {{ position: absolute; top: 0; bottom: 0; width: 2px; background: {ink}; opacity: .6 }}
tr[data-time] {{ cursor: pointer }} tr[data-time]:hover td {{ text-decoration: underline }}
input[type=range] {{ width: 100%; accent-color: {ink} }}
table {{ border-collapse: collapse; font-size: 14px }}
td, th {{ padding: .1rem .8rem .1rem 0; text-align: left; vertical-align: top }}
td:first-child {{ color: {soft}; font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap }}
.log {{ max-height: 30rem; overflow: auto; border: 1px solid {line}; padding: .5rem }}
.soft {{ color: {soft} }}
"""
SCRIPT = """
const slider = document.getElementById('slider'), screen = document.getElementById('screen');
const time = document.getElementById('time');
function show() {
  const n = +slider.value;
  screen.innerHTML = FRAMES[n].map(row => ROWS[row]).join('\\n');
  time.textContent = TIMES[n].toFixed(2) + ' s';
  slider.setAttribute('aria-valuetext', time.textContent);
  const last = TIMES.length - 1, part = (TIMES[n] - TIMES[0]) / (TIMES[last] - TIMES[0] || 1);
  const {left, right} = document.querySelector('figure svg').dataset;
  document.getElementById('cursor').style.left = 100 * (+left + part * (right - left)) + '%';
}
show();
document.querySelector('.log').addEventListener('click', event => {
  const row = event.target.closest('tr[data-time]');
  if (!row) return;
  const n = TIMES.findIndex(time => time >= +row.dataset.time);
  slider.value = n < 0 ? TIMES.length - 1 : n;
  show();
});
slider.addEventListener('input', show);
let playing = 0;
document.getElementById('play').addEventListener('click', event => {
  if (playing) { clearInterval(playing); playing = 0; event.target.textContent = 'play'; return; }
  event.target.textContent = 'pause';
  playing = setInterval(() => { slider.value = (+slider.value + 1) % FRAMES.length; show(); }, 200);
});
"""


class Film:
    """Frames for a page, as they come: each different row of the screen is kept once."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.frames: list[list[int]] = []
        self._rows: dict[str, int] = {}

    def add(self, time: float, rows: Sequence[Strip]) -> None:
        """The screen at that time of the recording, without its last row: the footer has keys, and a page has none."""
        rows = rows[:-1]
        self.times.append(round(time, 3))
        self.frames.append([self._rows.setdefault(_row(strip), len(self._rows)) for strip in rows])

    @property
    def rows(self) -> list[str]:
        """The rows that frames name by number, as HTML."""
        return list(self._rows)


def write_page(path: Path, timeline: Timeline, wanted: Stretch, film: Film, colours: Palette) -> None:
    """Write the page with these frames. Raises :class:`ExportError` where the extra ``export`` is not installed."""
    header = timeline.header
    span = wanted.end - wanted.begin
    moments = [wanted.begin + span * n / POINTS for n in range(POINTS + 1)]
    drawn = plots(series(timeline, moments), colours)
    rows, times = film.rows, film.times
    first = "\n".join([rows[row] for row in film.frames[0]])
    title = html.escape(printable(header.title) or path.stem)
    how = f"exact run, seed {header.seed}" if header.runtime == "virtual" else "on real threads"
    look_of = {"ground": colours.ground, "ink": colours.ink, "soft": colours.soft, "line": colours.line}
    data = f"const ROWS = {_safe(rows)};\nconst FRAMES = {_safe(film.frames)};\nconst TIMES = {_safe(times)};"
    path.write_text(
        f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE.format(**look_of)}</style>
</head>
<body>
<h1>{title}</h1>
<p class="soft">{_stretch(wanted)}, {how}.</p>
<h2>The queue</h2>
<p><label for="slider">Moment: <output id="time">{times[0]:.2f} s</output></label> <button id="play">play</button></p>
<input id="slider" type="range" min="0" max="{len(times) - 1}" value="0" step="1">
<pre id="screen">{first}</pre>
<h2>Over time</h2>
<figure role="img" aria-label="Length of the list, lag of consumers, messages put a second, evictions">
{drawn}<div id="cursor" aria-hidden="true"></div></figure>
<h2>What happened</h2>
<div class="log" tabindex="0"><table>
<thead><tr><th>seconds</th><th>event</th></tr></thead>
<tbody>
{_log(timeline, wanted)}
</tbody></table></div>
<script>
{data}
{SCRIPT}
</script>
</body>
</html>
""",
        encoding="utf-8",
    )


def _stretch(wanted: Stretch) -> str:
    begins = "" if wanted.begin == 0 else f" from {wanted.begin:.1f} s on"
    return f"{wanted.end - wanted.begin:.1f} s{begins}"


def _log(timeline: Timeline, wanted: Stretch) -> str:
    first, last = timeline.event_at_time(wanted.begin), timeline.event_at_time(wanted.end)
    if wanted.begin <= timeline.begin:
        first = timeline.first
    narrate = Narrator(timeline.state_at(first))
    lines: list[str] = []
    upto = first
    while upto < last and len(lines) < MOST_LINES:
        for event in timeline.events_between(upto, min(upto + 500, last)):
            upto = event.number
            sentence = narrate(event)
            if sentence is not None:
                words = html.escape(printable(sentence.words))
                lines.append(f'<tr data-time="{event.time:.6f}"><td>{event.time:.3f}</td><td>{words}</td></tr>')
    if upto < last:
        lines.append(f"<tr><td></td><td>… and {last - upto:,} events more</td></tr>")
    return "\n".join(lines)


def _row(strip: Strip) -> str:
    """One row of the screen as spans, equal neighbours joined."""
    parts: list[tuple[str, str]] = []
    for text, style, _ in strip:
        ink, ground, bold, line = look(style or Style())
        css = f"color:#{bytes(ink).hex()};background:#{bytes(ground).hex()}"
        css += ";font-weight:bold" if bold else ""
        css += f";text-decoration:{'line-through' if line == STRUCK else 'underline'}" if line else ""
        if parts and parts[-1][0] == css:
            parts[-1] = css, parts[-1][1] + text
        else:
            parts.append((css, text))
    return "".join([f'<span style="{css}">{html.escape(text)}</span>' for css, text in parts])


def _safe(value: object) -> str:
    """JSON that may stand in a script: nothing in it ends the script."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
