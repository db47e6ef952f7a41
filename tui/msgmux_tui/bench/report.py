"""The result of a benchmark run as plain tables, which are printed, stored as JSON, drawn and compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

FORMAT = "msgmux bench"
VERSION = 1

Cells = tuple[float | None, ...]


class Table(msgspec.Struct, frozen=True):
    """Figures of one unit. ``rows`` has one figure for each of ``columns``; None: not measured, or not applicable.

    ``goals``: for a row, the figures to reach (``better`` = "more") or not to exceed (``better`` = "less").
    """

    name: str
    title: str
    unit: str
    better: Literal["more", "less"]
    columns: tuple[str, ...]
    rows: dict[str, Cells]
    goals: dict[str, Cells] = {}
    note: str = ""
    plotted: bool = False


class Report(msgspec.Struct, frozen=True):
    """One run of the suite. ``left_out`` names the peers that are not installed; ``quick`` runs are only a glance."""

    made: str
    python: str
    machine: str
    cores: int
    program: str
    quick: bool
    left_out: tuple[str, ...]
    tables: tuple[Table, ...]
    format: str = FORMAT
    version: int = VERSION


class ReportError(ValueError):
    """The file holds no report of this format."""


def write(report: Report, path: Path) -> None:
    """Store a report as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def read(path: Path) -> Report:
    """Read a stored report. Raises :class:`ReportError` and :class:`OSError`."""
    try:
        report = msgspec.json.decode(path.read_bytes(), type=Report)
    except msgspec.DecodeError as error:
        raise ReportError(f"{path}: is no stored benchmark ({error}); make one with `bench --json FILE`") from None
    if report.format != FORMAT or report.version != VERSION:
        raise ReportError(
            f"{path}: format {report.format!r} version {report.version}; this program reads {FORMAT!r} version "
            f"{VERSION}"
        )
    return report


def changes(new: Table, old: Table) -> dict[str, Cells]:
    """The factor by which each figure has become better (above 1) or worse (below 1); None unless both runs have it."""
    found: dict[str, Cells] = {}
    for row, cells in new.rows.items():
        before = _by_column(old, row)
        found[row] = tuple(
            [_gain(new.better, cell, before.get(column)) for column, cell in zip(new.columns, cells, strict=True)]
        )
    return {row: cells for row, cells in found.items() if any([cell is not None for cell in cells])}


def _by_column(table: Table, row: str) -> Mapping[str, float | None]:
    cells: Sequence[float | None] = table.rows.get(row, ())
    return dict(zip(table.columns, cells, strict=False))


def _gain(better: Literal["more", "less"], new: float | None, old: float | None) -> float | None:
    if not new or not old:
        return None
    return new / old if better == "more" else old / new
