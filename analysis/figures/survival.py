"""Survival: the model's bands for the triple and its comparator over the Kaplan-Meier curves."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.journal import current
from analysis.figures.run_data import RunData
from analysis.figures.style import BLACK, BLUE, HALF_YEAR, VERMILION, month_axis, new_figure

SURVIVAL_NAMES = {"OS": "Overall survival", "PFS": "Progression-free survival"}
# Months drawn beyond the index trial's follow-up.
AHEAD = 6.0
RISK_TIMES = np.arange(0, 61, HALF_YEAR)


def survival(run: RunData, endpoint: str) -> tuple[Figure, pd.DataFrame, str]:
    """Bands of triple and comparator in the primary population, observed curves, numbers at risk below."""
    population = run.manifest["populations"][0]
    scenario = headline_scenario(run)
    curves = run.table("target_curves")
    curves = curves[
        (curves["endpoint"] == endpoint)
        & (curves["scenario"] == scenario)
        & (curves["population"] == population["id"])
        & curves["arm"].isin(["triple", "comparator"])
    ]
    observed = run.table("observed_curves")
    observed = observed[observed["endpoint"] == endpoint]
    index = run.manifest["index"]["trial"]
    figure = new_figure(6.8, 5.2)
    axes, below = figure.subplots(2, 1, height_ratios=[4.2, 1], sharex=True)
    others = _ici_arms(run, endpoint)
    for number, (trial, arm) in enumerate(others):
        line = observed[(observed["trial"] == trial) & (observed["arm"] == arm)]
        label = "randomised arms of partner + backbone, observed" if number == 0 else None
        axes.step(line["time"], line["survival"], where="post", color="0.65", linewidth=0.7, label=label)
    own = observed[observed["trial"] == index]
    axes.step(
        own["time"], own["survival"], where="post", color=BLACK, linewidth=1.6, label="index arm, observed"
    )
    styles = {"triple": (BLUE, "-", "triple, model"), "comparator": (VERMILION, "--", "comparator, model")}
    for arm, (colour, line_style, label) in styles.items():
        band = curves[curves["arm"] == arm]
        seen = band[~band["extrapolated"]]
        axes.fill_between(band["time"], band["lower"], band["upper"], color=colour, alpha=0.16, linewidth=0)
        axes.plot(
            seen["time"], seen["median"], color=colour, linestyle=line_style, linewidth=1.8, label=label
        )
        beyond = band[band["time"] >= seen["time"].max()]
        axes.plot(beyond["time"], beyond["median"], color=colour, linestyle=":", linewidth=1.2, alpha=0.8)
    last = float(own["time"].max())
    axes.axvspan(last, float(curves["time"].max()), color="0.94", zorder=0)
    end = min(float(curves["time"].max()), last + AHEAD)
    words, style = "beyond the index\ntrial's follow-up", {"fontsize": 7, "va": "top"}
    if current().narrow:  # the grey area is too narrow for words that lie
        axes.text((last + end) / 2, 0.97, words.replace("\n", " "), rotation=90, ha="center", **style)
    else:
        axes.text(last + 0.2, 0.97, words, **style)
    axes.set_ylim(0, 1)
    month_axis(below, end)
    axes.set_ylabel(SURVIVAL_NAMES.get(endpoint, endpoint))
    if current().narrow:
        figure.legend(loc="outside lower center", fontsize=7.5)
    else:
        axes.legend(loc="upper right", fontsize=7.5, bbox_to_anchor=(1.0, 0.9))
    prior = run.c_prior(endpoint, scenario)
    axes.set_title(f"{endpoint}, {scenario} scenario, {prior}; population: {population['label']}", loc="left")
    _at_risk(run, below, endpoint, [(index, run.manifest["index"]["arm"]), *others])
    caption = (
        f"{endpoint}: median and 95 % band of the model for the triple and its hypothetical comparator (same partner "
        f"and backbone without the added component) under {prior}, at trial effects of 0, over Kaplan-Meier curves of "
        f"the rebuilt patients. The index arm's own curve carries c and its trial's terms, which the model's triple "
        f"leaves out: the gap between them is what the model puts down to the single arm. Numbers at risk of rebuilt "
        f"patients below; grey area: beyond the index trial's "
        f"follow-up, extrapolated, medians dotted. {run.index_counts(endpoint)}."
    )
    return figure, curves, caption


def headline_scenario(run: RunData) -> str:
    """Base case where it was run, else the last rung."""
    names = [item["id"] for item in run.manifest["scenarios"]]
    return "base" if "base" in names else str(names[-1])


def _ici_arms(run: RunData, endpoint: str) -> list[tuple[str, str]]:
    observed = run.table("arms")
    covered = observed[(observed["endpoint"] == endpoint) & (observed["ici"]) & (observed["randomised"])]
    return list(zip(covered["trial"], covered["arm"], strict=True))


def _at_risk(run: RunData, axes: Axes, endpoint: str, arms: list[tuple[str, str]]) -> None:
    table = run.table("at_risk")
    table = table[table["endpoint"] == endpoint]
    shown = RISK_TIMES[axes.get_xlim()[1] >= RISK_TIMES]
    for position, (trial, arm) in enumerate(arms):
        rows = table[(table["trial"] == trial) & (table["arm"] == arm)]
        name = "index arm" if position == 0 else trial
        axes.text(
            -0.08 if current().narrow else -0.04,
            -position,
            name,
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=6.5,
        )
        # A row ends where the curve does.
        for time, left in rows[rows["time"].isin(shown)][["time", "n_risk"]].itertuples(index=False):
            axes.text(time, -position, f"{left:.0f}", ha="center", va="center", fontsize=6.5)
    axes.set_ylim(-len(arms) + 0.3, 0.9)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_title("Number at risk", loc="left", fontsize=7.5)
