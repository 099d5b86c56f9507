"""Forest of subgroups: what the trials published beside what the model implies for the same patients."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.journal import current
from analysis.figures.run_data import RunData
from analysis.figures.style import BLACK, BLUE, new_figure, row_heading
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.subgroups import SubgroupRow, subgroup_pair, subgroup_rows
from digitized.curve import Floats
from digitized.errors import InputError
from models.subgroups import implied_log_ratio
from models.survival_predictor import FIXED_EFFECTS

TICKS = (0.3, 0.5, 0.7, 1.0, 1.4, 2.0)


def subgroups(run: RunData, evidence: Path | None = None) -> tuple[Figure, pd.DataFrame, str]:
    """Published hazard ratios of the partner by subgroup, and the model's in the same mix of patients."""
    table = subgroup_table(BaseCase(run.folder, evidence))
    if table.empty:
        raise InputError(
            "subgroups: no trial of the evidence has a subgroup hazard ratio with an interval; expected one, e.g. "
            "population 'liver metastases: yes'"
        )
    endpoints = list(dict.fromkeys(table["endpoint"]))
    heights = [int((table["endpoint"] == endpoint).sum()) + 1 for endpoint in endpoints]
    figure = new_figure(7.2, 0.34 * sum(heights) + 0.9)
    grid = figure.subplots(len(endpoints), 1, squeeze=False, height_ratios=heights, sharex=True)[:, 0]
    for axes, endpoint in zip(grid, endpoints, strict=True):
        rows = table[table["endpoint"] == endpoint].to_dict("records")
        for position, row in enumerate(rows):
            published, implied = (
                [row["lower"], row["upper"]],
                [row["model_lower"], row["model_upper"]],
            )
            axes.plot(published, [position - 0.15] * 2, color=BLACK, linewidth=1.3)
            axes.plot(row["hazard_ratio"], position - 0.15, "s", color=BLACK, markersize=5,
                      label="published" if position == 0 else None)  # fmt: skip
            axes.plot(implied, [position + 0.2] * 2, color=BLUE, linewidth=1.3, linestyle=(0, (3, 1)))
            axes.plot(row["model_median"], position + 0.2, "o", markersize=5, markerfacecolor="white",
                      markeredgecolor=BLUE, label="model" if position == 0 else None)  # fmt: skip
            text = (
                f"{row['hazard_ratio']:.2f} ({row['lower']:.2f}-{row['upper']:.2f})\n"
                f"{row['model_median']:.2f} ({row['model_lower']:.2f}-{row['model_upper']:.2f})"
            )
            axes.text(1.02, position, text, transform=axes.get_yaxis_transform(), va="center", fontsize=6.5)
        names = [f"{row['trial']}\n{row['population']}, {row['analysis']}" for row in rows]
        axes.set_yticks(range(len(rows)), names, fontsize=6.5)
        axes.set_ylim(len(rows) - 0.4, -0.7)
        axes.axvline(1.0, color="black", linewidth=0.8)
        axes.set_xscale("log")
        ticks = TICKS[1::2] if current().narrow else TICKS
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        row_heading(axes, "published, model")
        axes.set_title(f"{endpoint}: hazard ratio, partner + backbone against backbone", loc="left")
    grid[-1].set_xlabel("Hazard ratio (log scale)")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=7)
    caption = (
        "Published subgroup hazard ratios (squares, with their 95 % intervals) and the model's for the same subgroup "
        "(circles: posterior median and 95 % interval of the base scenario at the mean over trials, for that "
        "trial's region and backbone and the subgroup's liver metastases and PD-L1 mapped through its assay). "
        "The model's figures use the trial's patients where the trial is in the network: agreement is no "
        f"independent check. {run.counts_sentence(endpoints)}; prior of c "
        f"{', '.join(f'{e}: {run.c_prior(e, "base")}' for e in endpoints)}."
    )
    return figure, table, caption


def subgroup_table(base: BaseCase) -> pd.DataFrame:
    """One row a published subgroup with an interval: hazard ratios as printed and as the model has them."""
    rows = []
    for endpoint in base.endpoints:
        effects = np.column_stack([base.draws(endpoint, name) for name in FIXED_EFFECTS])
        for item in subgroup_rows(base, endpoint):
            if item.row.lower is None or item.row.upper is None:
                continue
            lower, median, upper = np.quantile(_implied(item, effects), [0.025, 0.5, 0.975])
            rows.append(
                {
                    "endpoint": endpoint,
                    "trial": item.trial.id,
                    "population": item.row.population,
                    "analysis": item.row.analysis,
                    "hazard_ratio": item.row.value,
                    "lower": item.row.lower,
                    "upper": item.row.upper,
                    "model_median": median,
                    "model_lower": lower,
                    "model_upper": upper,
                    "source": item.row.source,
                }
            )
    table = pd.DataFrame(rows)
    # Two reports of one analysis are one line.
    return (
        table.drop_duplicates(["endpoint", "trial", "population", "analysis"], ignore_index=True)
        if rows
        else table
    )


def _implied(item: SubgroupRow, effects: Floats) -> Floats:
    """(D,) hazard ratio that the model has for the patients of one subgroup."""
    both = implied_log_ratio(subgroup_pair(item, item), effects)
    own: Floats = np.exp(both[:, 0 if item.upper_half else 1])
    return own
