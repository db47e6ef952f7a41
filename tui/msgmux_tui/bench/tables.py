"""Prints the tables of a report to the terminal."""

from rich.console import Console
from rich.table import Table as Grid

from msgmux_tui.bench.report import Cells, Report, Table, changes


def show(report: Report, before: Report | None, console: Console) -> None:
    """Print every table, with the changes since the earlier report ``before``, if there is one."""
    console.print(
        f"msgmux {report.program}, Python {report.python}, {report.machine}, {report.cores} cores", style="bold"
    )
    if report.left_out:
        console.print(f"left out, not installed: {', '.join(report.left_out)} (pip install 'msgmux-tui\\[bench]')")
    if report.quick:
        console.print("a quick run: a glance, nothing to quote")
    earlier = {table.name: table for table in before.tables} if before else {}
    for table in report.tables:
        console.print(f"\n{table.title} ({table.unit})", style="bold")
        console.print(_grid(table))
        if table.note:
            console.print(table.note, style="italic")
        if table.name in earlier:
            console.print("against the earlier run (above 1: better)")
            console.print(_comparison(table, earlier[table.name]))
    if before is not None and (before.machine, before.python) != (report.machine, report.python):
        console.print(f"\nthe earlier run was on Python {before.python}, {before.machine}: compare ratios only")


def _grid(table: Table) -> Grid:
    grid = Grid("")
    for column in table.columns:
        grid.add_column(column, justify="right")
    for name, cells in table.rows.items():
        goals = table.goals.get(name, (None,) * len(cells))
        grid.add_row(name, *[_cell(table, *pair) for pair in zip(cells, goals, strict=True)])
    return grid


def _cell(table: Table, figure: float | None, goal: float | None) -> str:
    if figure is None or goal is None:
        return number(figure)
    met = figure >= goal if table.better == "more" else figure <= goal
    return f"{number(figure)} {'≥' if table.better == 'more' else '≤'}{number(goal)} {'✓' if met else '✗'}"


def _comparison(new: Table, old: Table) -> Grid:
    grid = Grid("")
    for column in new.columns:
        grid.add_column(column, justify="right")
    gains: dict[str, Cells] = changes(new, old)
    for name, cells in gains.items():
        grid.add_row(name, *["" if cell is None else f"×{cell:.2f}" for cell in cells])
    return grid


def number(figure: float | None) -> str:
    """A figure with three significant digits; None as a dash."""
    if figure is None:
        return "–"
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}" if abs(figure) >= 0.1 else f"{figure:.3g}"
