"""Draws a report as SVG: one panel of horizontal bars for each suitable table."""

from html import escape
from pathlib import Path

from msgmux_tui.bench.report import Report, Table
from msgmux_tui.bench.tables import number
from msgmux_tui.theme.palettes import LIGHT

WIDTH, LEFT, BAR, GAP, TOP = 920, 210, 13, 8, 60
INK, FAINT, GROUND = LIGHT.ink, LIGHT.faint, LIGHT.ground
OURS, THEIRS = LIGHT.hues[0], LIGHT.line


def draw(report: Report, path: Path) -> None:
    """Write the picture. Our own rows are dark, the others grey; every bar says its figure."""
    parts: list[str] = []
    y = TOP
    for table in report.tables:
        if table.plotted:
            y = _panel(table, parts, y)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="msgmux beside its peers">'
        f'<rect width="100%" height="100%" fill="{GROUND}"/>'
    )
    machine = f"msgmux {report.program}, Python {report.python}, {report.machine}, {report.cores} cores, {report.made}"
    parts.insert(0, _text(16, 28, machine, FAINT))
    path.write_text("\n".join([head, *parts, "</svg>\n"]), encoding="utf-8")


def _panel(table: Table, parts: list[str], y: int) -> int:
    """One table's bars from ``y`` down. Returns where the next panel may begin."""
    most = max([cell for cells in table.rows.values() for cell in cells if cell is not None], default=1.0)
    scale = (WIDTH - LEFT - 120) / most
    parts.append(
        f'<text x="16" y="{y}" fill="{INK}" font-size="15">{escape(table.title)} ({escape(table.unit)})</text>'
    )
    y += 12
    for name, cells in table.rows.items():
        colour = OURS if name.startswith("msgmux") else THEIRS
        parts.append(_text(16, y + BAR, name))
        for column, cell in zip(table.columns, cells, strict=True):
            if cell is None:
                continue
            width = max(1.0, cell * scale)
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 1}" fill="{colour}"/>')
            parts.append(_text(LEFT + width + 5, y + BAR - 2, f"{column}: {number(cell)}", FAINT))
            y += BAR
        y += GAP
    return y + 30


def _text(x: float, y: float, words: str, colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="{colour}">{escape(words)}</text>'
