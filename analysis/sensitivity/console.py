"""What a sensitivity job prints: its lines, each with its prior of c, and where everything lies."""

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

HEADINGS = ("id", "endpoint", "variant", "prior of c", "measure", "median (95 % interval)", "P(benefit)")


def show_lines(lines: pd.DataFrame, out: Path, console: Console) -> None:
    """Print the lines of sensitivity.csv."""
    table = Table(title="Sensitivity of the increment")
    for heading in HEADINGS:
        table.add_column(heading)
    for row in lines.to_dict("records"):
        table.add_row(
            str(row["id"]),
            str(row["endpoint"]),
            str(row["variant"]),
            str(row["c_prior"]),
            str(row["measure"]),
            f"{row['median']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})",
            f"{row['p_benefit']:.2f}",
        )
    console.print(table)
    console.print(f"{out / 'sensitivity.csv'}")
