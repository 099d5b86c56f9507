"""Every arm of the network: the model's band over the Kaplan-Meier curve of its rebuilt patients."""

import math

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.journal import current
from analysis.figures.run_data import RunData
from analysis.figures.style import BLACK, BLUE, new_figure
from analysis.figures.survival import headline_scenario

COLUMNS = 4
LAST = 36


def arms_fit(run: RunData, endpoint: str) -> tuple[Figure, pd.DataFrame, str]:
    """One small panel an arm, the index arm first."""
    fitted = run.table("fitted_curves")
    fitted = fitted[fitted["endpoint"] == endpoint]
    observed = run.table("observed_curves")
    observed = observed[observed["endpoint"] == endpoint]
    described = run.table("arms")
    described = described[described["endpoint"] == endpoint].set_index(["trial", "arm"])
    index = run.manifest["index"]["trial"]
    names = list(dict.fromkeys(zip(fitted["trial"], fitted["arm"], strict=True)))
    names.sort(key=lambda name: name[0] != index)
    columns = min(COLUMNS, 2 * current().panels_across)
    rows = math.ceil(len(names) / columns)
    figure = new_figure(7.4, 1.75 * rows + 0.5)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axes, (trial, arm) in zip(panels, names, strict=False):
        band = fitted[(fitted["trial"] == trial) & (fitted["arm"] == arm)]
        line = observed[(observed["trial"] == trial) & (observed["arm"] == arm)]
        axes.fill_between(band["time"], band["lower"], band["upper"], color=BLUE, alpha=0.25, linewidth=0)
        axes.plot(band["time"], band["median"], color=BLUE, linewidth=1.0, linestyle="--")
        axes.step(line["time"], line["survival"], where="post", color=BLACK, linewidth=0.9)
        beyond = band.loc[band["extrapolated"].astype(bool), "time"]
        if len(beyond):
            axes.axvspan(float(beyond.min()), LAST, color="0.94", linewidth=0, zorder=0)
        row = described.loc[(trial, arm)]
        axes.set_title(f"{trial}\n{arm}", fontsize=6.5)
        kind = "rebuilt events" if pd.isna(row["events_published"]) else "events"
        text = f"n = {row['n']:.0f}, {row['events']:.0f} {kind}\n{row['grade']}"
        axes.text(0.97, 0.96, text, transform=axes.transAxes, fontsize=6, va="top", ha="right")
        axes.set(xlim=(0, LAST), ylim=(0, 1))
        axes.set_xticks([0, 12, 24, LAST])
    # The last row may be short: months stand under the lowest panel of every column.
    for axes in panels[max(0, len(names) - columns) : len(names)]:
        axes.tick_params(labelbottom=True)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    figure.supxlabel("Months", fontsize=8)
    figure.supylabel(endpoint, fontsize=8)
    scenario = headline_scenario(run)
    caption = (
        f"{endpoint} of every arm: Kaplan-Meier curve of one reconstruction (black steps), median (dashed) and 95 % "
        f"band of the model's curve for that arm with its own trial effects, {scenario} scenario "
        f"({run.c_prior(endpoint, scenario)}). The band is of the curve, not of new patients; "
        "grey area: beyond the arm's own follow-up, extrapolated. Panels give n, events and the grade of the curve. "
        f"{run.index_counts(endpoint)}."
    )
    return figure, fitted, caption
