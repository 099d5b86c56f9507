"""What a run prints at its end: the ladder, each rung with its prior of c."""

import json
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table


def show_summary(folder: Path, console: Console) -> None:
    """Print the ladder of a finished run and where everything lies."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    ladder = pd.read_csv(folder / "tables" / "ladder.csv")
    if manifest["hypothetical"]:
        console.print(f"HYPOTHETICAL: {'; '.join(manifest['hypothetical'])}", style="bold")
    table = Table(title="Increment of the added component, exp(Delta), with its prior on c (HR; OR for ORR)")
    for column in (
        "endpoint",
        "scenario",
        "prior of c",
        "median",
        "95 % interval",
        "P(benefit)",
        "P(HR < 0.8)",
    ):
        table.add_column(column)
    for row in ladder.to_dict("records"):
        below = "" if pd.isna(row["p_hr_below_0_8"]) else f"{row['p_hr_below_0_8']:.2f}"
        interval = f"{row['lower']:.2f} to {row['upper']:.2f}"
        table.add_row(
            row["endpoint"],
            row["scenario"],
            row["c_prior"],
            f"{row['median']:.2f}",
            interval,
            f"{row['p_benefit']:.2f}",
            below,
        )
    console.print(table)
    faults = pd.read_csv(folder / "tables" / "diagnostics.csv")["faults"].dropna()
    if len(faults):
        console.print(f"{len(faults)} fits have sampler warnings; see tables/diagnostics.csv")
    console.print(f"{folder / 'report.html'}")
