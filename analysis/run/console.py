"""What a run prints at its end: the ladder, each rung with its prior of c."""

import json
from pathlib import Path

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def show_summary(folder: Path, console: Console) -> None:
    """Print the ladder of a finished run and where everything lies."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    ladder = pd.read_csv(folder / "tables" / "ladder.csv")
    if manifest["hypothetical"]:
        console.print(f"HYPOTHETICAL: {'; '.join(manifest['hypothetical'])}", style="bold")
    table = Table(
        title="Increment of the added component with its prior on c: exp(Delta), HR or (ORR) OR",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    # Where the terminal is narrow only the prior is folded; a number never is.
    for column in ("", "scenario", "prior of c", "median (95 %)", "P(benefit)", "P(<0.8)"):
        table.add_column(column, no_wrap=column != "prior of c")
    for row in ladder.to_dict("records"):
        below = "" if pd.isna(row["p_hr_below_0_8"]) else f"{row['p_hr_below_0_8']:.2f}"
        table.add_row(
            row["endpoint"],
            row["scenario"],
            row["c_prior"],
            f"{row['median']:.2f} ({row['lower']:.2f}-{row['upper']:.2f})",
            f"{row['p_benefit']:.2f}",
            below,
        )
    console.print(table)
    fits = pd.read_csv(folder / "tables" / "diagnostics.csv").dropna(subset=["rhat"])
    missed = int(fits["faults"].notna().sum())
    if missed:
        console.print(
            f"{missed} of {len(fits)} fits miss a verdict on the sampler (tables/diagnostics.csv): "
            "for looking, not quoting"
        )
    console.print(f"{folder / 'report.html'}")
