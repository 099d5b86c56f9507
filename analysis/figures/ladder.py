"""The ladder: how far the increment moves with the prior on the single-arm shift."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.run_data import RunData
from analysis.figures.style import SCENARIO_COLOURS, SCENARIO_MARKERS, new_figure


def ladder(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """Forest of exp(Delta) by scenario, one panel an endpoint, the prior of c written on each line."""
    table = run.table("ladder")
    endpoints = list(dict.fromkeys(table["endpoint"]))
    heights = [int((table["endpoint"] == endpoint).sum()) + 1 for endpoint in endpoints]
    figure = new_figure(7.2, 0.45 * sum(heights) + 0.7)
    panels = figure.subplots(len(endpoints), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, endpoint in zip(panels, endpoints, strict=True):
        rows = table[table["endpoint"] == endpoint].reset_index(drop=True)
        for position, row in rows.iterrows():
            colour = SCENARIO_COLOURS[row["scenario"]]
            axes.plot([row["lower"], row["upper"]], [position, position], color=colour, linewidth=2)
            axes.plot(row["median"], position, SCENARIO_MARKERS[row["scenario"]], color=colour, markersize=7)
            text = f"{row['median']:.2f} ({row['lower']:.2f}-{row['upper']:.2f})  P {row['p_benefit']:.2f}"
            axes.text(1.02, position, text, transform=axes.get_yaxis_transform(), va="center")
        axes.axvline(1.0, color="black", linewidth=0.8)
        axes.set_xscale("log")
        ticks = [0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        low, high = float(rows["lower"].min()), float(rows["upper"].max())
        axes.set_xlim(min(0.3, 0.9 * low), max(2.0, 1.1 * high))
        labels = [f"{s}\n{c}" for s, c in zip(rows["scenario"], rows["c_prior"], strict=True)]
        axes.set_yticks(np.arange(len(rows)), labels)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        measure = (
            "odds ratio (above 1 favours adding)"
            if endpoint == "ORR"
            else "hazard ratio (below 1 favours adding)"
        )
        axes.set_title(f"{endpoint}: {measure}", loc="left")
    caption = (
        "Increment of the added component, exp(Delta), median and 95 % interval, each line with its prior on the "
        f"single-arm shift c; P is P(benefit). {run.counts_sentence()}. The data identify Delta + c, not Delta: "
        "the spread of this ladder is the price of a single arm."
    )
    return figure, table, caption
