"""Prior against posterior, the restricted mean by horizon, and the arms' covariates."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import stats

from analysis.figures.journal import current
from analysis.figures.run_data import RunData
from analysis.figures.style import (
    BLUE,
    ORANGE,
    SCENARIO_COLOURS,
    SCENARIO_LINES,
    VERMILION,
    month_axis,
    new_figure,
    panels,
)
from analysis.figures.survival import headline_scenario

TITLES = {
    "delta_anlo": "delta: added, on the backbone",
    "gamma": "gamma: interaction with partner",
    "c_sat": "c: single-arm shift, index trial",
    "Delta": "Delta = delta + gamma",
}
# Under this contraction the posterior is the prior's (METHODS V10).
PRIOR_DRIVEN = 0.25


def prior_posterior(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """Prior and posterior density of delta, gamma, c and Delta, with contraction, base scenario."""
    scenario = headline_scenario(run)
    endpoints = run.survival_endpoints or run.manifest["endpoints"]
    density, priors = run.table("density"), run.table("priors")
    # In a narrow column the parameters stand below each other.
    tall = current().panels_across < len(TITLES)
    shape = (len(TITLES), len(endpoints)) if tall else (len(endpoints), len(TITLES))
    figure = new_figure(7.2, (1.5 if tall else 1.9) * shape[0] + 0.6)
    cells = figure.subplots(*shape, squeeze=False, sharex=True)
    grid_of_panels = cells.T if tall else cells
    kept = density[(density["scenario"] == scenario) & density["endpoint"].isin(endpoints)]
    grid = np.linspace(-1.6, 1.6, 400)
    for row, endpoint in zip(grid_of_panels, endpoints, strict=True):
        for axes, (name, title) in zip(row, TITLES.items(), strict=True):
            drawn = kept[(kept["endpoint"] == endpoint) & (kept["parameter"] == name)]
            prior = priors[
                (priors["endpoint"] == endpoint)
                & (priors["scenario"] == scenario)
                & (priors["parameter"] == name)
            ].iloc[0]
            believed = stats.norm.pdf(grid, prior["prior_mean"], prior["prior_sd"])
            axes.plot(grid, believed, color=ORANGE, linestyle="--", label="prior")
            axes.fill_between(drawn["value"], drawn["density"], color=BLUE, alpha=0.3, linewidth=0)
            axes.plot(drawn["value"], drawn["density"], color=BLUE, linewidth=1, label="posterior")
            axes.axvline(0, color="black", linewidth=0.6)
            contraction = prior["contraction"]
            axes.set_title(f"{title}\ncontraction {contraction_words(contraction)}", fontsize=6.8)
            axes.set_xlim(-1.6, 1.6)
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
        if tall:
            row[0].set_title(f"{endpoint}\n{row[0].get_title()}", fontsize=6.8)
        else:
            row[0].set_ylabel(endpoint)
    handles, labels = cells[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2, fontsize=7)
    figure.supxlabel("log hazard ratio", fontsize=8)
    caption = (
        f"Prior (dashed) and posterior of the increment's parts, {scenario} scenario "
        f"({run.c_priors(endpoints, scenario)}). Contraction is 1 - posterior sd / prior sd; under 25 % the answer "
        f"is the prior's. {run.counts_sentence(endpoints)}."
    )
    return figure, kept, caption


def contraction_words(contraction: float) -> str:
    """A contraction in percent and by the rule: printed so that it stands on its own side of the limit."""
    driven = contraction < PRIOR_DRIVEN
    for digits in range(4):
        text = f"{100 * contraction:.{digits}f}"
        if (float(text) < 100 * PRIOR_DRIVEN) == driven:
            break
    return f"{text} %: {'prior-driven' if driven else 'partly informed'}"


def rmst_by_horizon(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """Difference in restricted mean survival against its horizon, one line a scenario."""
    table = run.table("rmst_by_horizon")
    endpoints = run.survival_endpoints
    figure, grid = panels(len(endpoints), 3.2)
    for axes, endpoint in zip(grid, endpoints, strict=True):
        for scenario, rows in table[table["endpoint"] == endpoint].groupby("scenario", sort=False):
            colour, line = SCENARIO_COLOURS[str(scenario)], SCENARIO_LINES[str(scenario)]
            label = f"{scenario}: {rows['c_prior'].iloc[0]}".replace(" + ", "\n+ ")
            axes.plot(rows["horizon_months"], rows["median"], color=colour, linestyle=line, label=label)
            if scenario == headline_scenario(run):
                axes.fill_between(
                    rows["horizon_months"],
                    rows["lower"],
                    rows["upper"],
                    color=colour,
                    alpha=0.15,
                    linewidth=0,
                )
        axes.axhline(0, color="black", linewidth=0.6)
        tau = run.manifest["horizons"][endpoint]["tau"]
        axes.axvline(tau, color="0.5", linewidth=0.8, linestyle=":")
        axes.set_ylabel("RMST difference (months)")
        month_axis(axes, float(table["horizon_months"].max()), "Horizon (months)")
        axes.set_title(
            f"{endpoint}; dotted line: tau = {tau:g} months, set before the fit", loc="left", fontsize=8
        )
        # Where tau is short the legend stands on its line.
        axes.legend(fontsize=6, loc="upper left", frameon=True, framealpha=0.9, edgecolor="none")
    caption = (
        "Difference in restricted mean survival time, triple less comparator, by horizon: medians of each scenario, "
        f"95 % band of the {headline_scenario(run)} scenario; the legend names each prior of c. The reported horizon "
        f"is tau ({', '.join(f'{e} {run.manifest["horizons"][e]["tau"]:g} months' for e in endpoints)}), set before "
        f"the fit by the numbers at risk. {run.counts_sentence(endpoints)}."
    )
    return figure, table, caption


def covariates(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """The question's covariates of every arm, in percent; hollow where the evidence assumes a share."""
    table = run.table("covariates")
    if "assumed" not in table:  # earlier runs did not keep it
        table["assumed"] = ""
    columns = {"liver": "liver", "pdl1": "pdl1_high", "tp": "tp", "asia": "asia"}
    names = {columns[key]: text.replace(" ", "\n", 1) for key, text in run.covariates.items()}
    figure = new_figure(7.4, 0.28 * len(table) + 1.2, least_mm=140)
    grid = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    positions = np.arange(len(table))
    index = (table["trial"] == run.manifest["index"]["trial"]).to_numpy()
    for axes, (column, title) in zip(grid, names.items(), strict=True):
        values = table[column].to_numpy(dtype=float)
        known = ~np.isnan(values)
        assumed = (
            table["assumed"].fillna("").str.split("; ").map(lambda names, c=column: c in names).to_numpy()
        )
        axes.hlines(positions[known], 0, 100 * values[known], color="0.8")
        for mine, colour, marker in ((~index, BLUE, "o"), (index, VERMILION, "D")):
            for mask, filling in ((known & ~assumed, colour), (known & assumed, "white")):
                if not (mask & mine).any():  # an empty line that is not clipped upsets the layout
                    continue
                axes.plot(
                    100 * values[mask & mine],
                    positions[mask & mine],
                    marker,
                    color=colour,
                    markerfacecolor=filling,
                    markersize=5,
                    clip_on=False,
                    zorder=3,
                )
        for position in positions[~known]:
            axes.text(2, position, "not published", fontsize=6, va="center", color="0.4")
        axes.set(xlim=(-3, 104), xlabel="%")
        axes.set_title(title, fontsize=8)
    labels = [f"{t} {a}" for t, a in zip(table["trial"], table["arm"], strict=True)]
    grid[0].set_yticks(positions, labels, fontsize=6.5)
    grid[0].invert_yaxis()
    handles = [
        Line2D(
            [], [], marker="o", linestyle="", color=BLUE, markerfacecolor=filling, markersize=5, label=label
        )
        for filling, label in ((BLUE, "published"), ("white", "assumed, nobody published it"))
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2, fontsize=7)
    caption = (
        "Covariate mix of every arm as published (diamond: index arm); hollow: nobody published the share, the "
        "evidence assumes it. A class that is read "
        f"by an assay is on each trial's own scale and cut (tables/covariates.csv). {run.counts_sentence()}."
    )
    return figure, table, caption
