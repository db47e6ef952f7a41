"""The series of a recording as a table: one row a moment, for spreadsheets and notebooks."""

import csv
from pathlib import Path

from msgmux_tui.export.series import Series


def write_csv(path: Path, found: Series) -> None:
    """Columns: time and length, what was evicted for each reason; each consumer's lag, level and deliveries; each
    producer's puts and messages a second. Cells are empty where there was nobody, and where a level is
    unknown.
    """
    columns: dict[str, list[int] | list[int | None] | list[float] | list[float | None]] = {
        "time": [round(time, 6) for time in found.times],
        "length": found.lengths,
    }
    columns |= {f"evicted.{reason}": counts for reason, counts in found.evicted.items()}
    for what, by_name in (("lag", found.lags), ("level", found.levels), ("delivered", found.delivered)):
        columns |= {f"{what}.{name}": counts for name, counts in by_name.items()}
    for name, counts in found.puts.items():
        columns[f"put.{name}"] = counts
        columns[f"rate.{name}"] = [None if rate is None else round(rate, 6) for rate in found.rates[name]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
