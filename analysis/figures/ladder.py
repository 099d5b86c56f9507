"""The ladder: how far the increment moves with the prior on the single-arm shift."""

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.run_data import RunData
from analysis.figures.style import SCENARIO_COLOURS, SCENARIO_MARKERS, interval_rows, new_figure


def ladder(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """Forest of exp(Delta) by scenario, one panel an endpoint, the prior of c written on each line."""
    table = run.table("ladder")
    endpoints = list(dict.fromkeys(table["endpoint"]))
    heights = [int((table["endpoint"] == endpoint).sum()) + 1 for endpoint in endpoints]
    figure = new_figure(7.2, 0.45 * sum(heights) + 0.7)
    panels = figure.subplots(len(endpoints), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, endpoint in zip(panels, endpoints, strict=True):
        rows = table[table["endpoint"] == endpoint]
        interval_rows(
            axes,
            rows,
            names=[f"{s}\n{c}" for s, c in zip(rows["scenario"], rows["c_prior"], strict=True)],
            colours=[SCENARIO_COLOURS[name] for name in rows["scenario"]],
            markers=[SCENARIO_MARKERS[name] for name in rows["scenario"]],
        )
        axes.set_title(panel_title(endpoint), loc="left")
    caption = (
        "Increment of the added component, exp(Delta), median and 95 % interval, each line with its prior on the "
        f"single-arm shift c; P is P(benefit). {run.counts_sentence()}. The data identify Delta + c, not Delta: "
        "the spread of this ladder is the price of a single arm."
    )
    return figure, table, caption


def panel_title(endpoint: str) -> str:
    """The measure of an endpoint's increment and its direction."""
    if endpoint == "ORR":
        return f"{endpoint}: odds ratio (above 1 favours adding)"
    return f"{endpoint}: hazard ratio (below 1 favours adding)"
