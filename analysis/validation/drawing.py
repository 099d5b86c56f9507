"""Figures of the checks, each drawn from the check's own table."""

from typing import Any

import numpy as np
import pandas as pd

# Ticks of a hazard ratio's axis.
RATIOS = (0.5, 0.7, 1.0, 1.4, 2.0)
COLOURS = {"OS": "#0072B2", "PFS": "#D55E00", "ORR": "#009E73"}


def reconstruction_errors(figure: Any, table: pd.DataFrame) -> None:
    """V6: errors of each kind with their limits."""
    kinds = list(table.dropna(subset=["limit"])["quantity"].unique())
    columns = 3
    axes = figure.subplots(max(1, -(-len(kinds) // columns)), columns, squeeze=False).ravel()
    for axis in axes[len(kinds) :]:
        axis.remove()
    for axis, kind in zip(axes, kinds, strict=False):
        part = table[table["quantity"] == kind]
        limit = float(part["limit"].iloc[0])
        axis.axhspan(-limit, limit, color="0.9")
        for endpoint, rows in part.groupby("endpoint"):
            axis.plot(
                range(len(rows)), rows["error"], "o", ms=3, color=COLOURS[str(endpoint)], label=endpoint
            )
        axis.set_title(f"{kind.replace('_', ' ')} (limit ±{limit:g})", fontsize=9)
        axis.set(xticks=[], ylabel="rebuilt minus published")
    axes[0].legend(frameon=False)


def computed_against_expected(figure: Any, table: pd.DataFrame) -> None:
    """V9: distance from each published number in units of its tolerance."""
    axis = figure.subplots()
    tolerance = table["tolerance"].clip(lower=1e-9)
    distance = (table["computed"] - table["expected"]) / tolerance
    colours = np.where(table["met"], "0.4", "#D55E00")
    axis.axhspan(-1, 1, color="0.9")
    axis.scatter(range(len(table)), distance.clip(-3, 3), s=8, c=colours)
    axis.set(
        xlabel="published number, in the order of the table", ylabel="computed minus expected, tolerances"
    )


def contractions(figure: Any, table: pd.DataFrame) -> None:
    """V10: contraction of each parameter, with the banner's line."""
    axis = figure.subplots()
    labels = [f"{row.endpoint} {row.parameter}" for row in table.itertuples()]
    colours = [COLOURS[endpoint] for endpoint in table["endpoint"]]
    axis.barh(labels, table["contraction"], color=colours)
    axis.axvline(0.25, color="0.3", ls="--", lw=1)
    axis.invert_yaxis()
    axis.set(xlabel="1 − posterior sd / prior sd (left of the line: prior-driven)")


def errors_with_intervals(figure: Any, table: pd.DataFrame) -> None:
    """V1: log hazard ratio of observed to predicted with its 95 and 50 % predictive ranges about 0."""
    axes = figure.subplots(1, table["endpoint"].nunique(), sharex=True, squeeze=False)[0]
    for axis, (endpoint, part) in zip(axes, table.groupby("endpoint"), strict=True):
        place = np.arange(len(part))
        axis.hlines(place, part["lower95"], part["upper95"], color="0.75", lw=3)
        axis.hlines(place, part["lower50"], part["upper50"], color="0.45", lw=5)
        axis.plot(part["log_hazard_ratio"], place, "o", color=COLOURS[str(endpoint)])
        axis.set(yticks=place, title=endpoint, xlabel="log hazard, observed against predicted")
        axis.set_yticklabels([f"{row.trial} {row.arm}" for row in part.itertuples()], fontsize=7)
        axis.axvline(0, color="0.3", lw=0.8)
        axis.invert_yaxis()


def intervals(figure: Any, table: pd.DataFrame) -> None:
    """V2, V3: exp(Delta) with 95 % intervals by prior of c; the truth is the vertical line."""
    axis = figure.subplots()
    place = np.arange(len(table))
    colours = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(table["scenario"]))}
    for name, colour in colours.items():
        rows = (table["scenario"] == name).to_numpy()
        axis.hlines(place[rows], table["lower"][rows], table["upper"][rows], color=colour, label=name)
        axis.plot(table["median"][rows], place[rows], "o", ms=3, color=colour)
    for truth in table["truth"].unique():
        axis.axvline(truth, color="0.3", lw=0.8)
    axis.set(xscale="log", xlabel="exp(Delta), hazard ratio", yticks=place)
    axis.set_xticks(RATIOS, [f"{ratio:g}" for ratio in RATIOS])
    axis.set_xticks([], minor=True)
    axis.set_yticklabels([f"{row.endpoint} {row.label}" for row in table.itertuples()], fontsize=6)
    axis.invert_yaxis()
    axis.legend(frameon=False, fontsize=7)


def rates(figure: Any, table: pd.DataFrame) -> None:
    """V5: mean P(Delta < 1) with its Monte Carlo range, naive against base."""
    axis = figure.subplots()
    labels = [f"{row.endpoint} {row.scenario}" for row in table.itertuples()]
    axis.errorbar(table["p_benefit"], labels, xerr=1.96 * table["monte_carlo_error"], fmt="o", color="0.2")
    axis.set(xlim=(0, 1), xlabel="mean P(Delta < 1) when Delta = 0 and c = log 0.74")
    axis.invert_yaxis()


def rank_histograms(figure: Any, table: pd.DataFrame) -> None:
    """V4: ranks of the truth among posterior draws; flat when the machine is calibrated."""
    panels = list(table.groupby(["endpoint", "parameter"], sort=False))
    columns = 4
    axes = figure.subplots(int(np.ceil(len(panels) / columns)), columns, squeeze=False)
    for axis in axes.ravel()[len(panels) :]:
        axis.remove()
    for axis, ((endpoint, parameter), part) in zip(axes.ravel(), panels, strict=False):
        axis.hist(part["rank"], bins=10, range=(0, 1), color=COLOURS[str(endpoint)])
        axis.axhline(len(part) / 10, color="0.3", lw=0.8)
        axis.set_title(f"{endpoint} {parameter}", fontsize=7)
        axis.tick_params(labelsize=6)


def sampler_lines(figure: Any, table: pd.DataFrame) -> None:
    """V7: R-hat and least effective sample size of each base fit."""
    left, right = figure.subplots(1, 2)
    left.barh(table["model"], table["rhat"] - 1, color="0.5")
    left.axvline(0.01, color="#D55E00", lw=1)
    left.set(xlabel="worst R-hat − 1")
    right.barh(table["model"], np.minimum(table["ess_bulk"], table["ess_tail"]), color="0.5")
    right.axvline(400, color="#D55E00", lw=1)
    right.set(xlabel="least effective sample size", yticks=[])


def band_coverage(figure: Any, table: pd.DataFrame) -> None:
    """V8: share of each curve inside its 95 % predictive band, index arm first."""
    axis = figure.subplots()
    labels = [f"{row.endpoint} {row.trial} {row.arm}" for row in table.itertuples()]
    axis.barh(labels, table["covered"], color=[COLOURS[endpoint] for endpoint in table["endpoint"]])
    axis.axvline(0.9, color="0.3", ls="--", lw=1)
    axis.tick_params(axis="y", labelsize=6)
    axis.invert_yaxis()
    axis.set(xlabel="share of grid times inside the 95 % predictive band", xlim=(0, 1))
