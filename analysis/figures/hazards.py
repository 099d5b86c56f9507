"""Hazards over time of the triple and its comparator."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.run_data import RunData
from analysis.figures.style import BLUE, VERMILION, month_axis, panels
from analysis.figures.survival import headline_scenario
from analysis.figures.target_draws import population_survival, thinned_posterior
from trials.covariates import TargetPopulation

DRAWS = 400
STEP = 1.0
LONGEST = 36.0
ARMS = (("triple", BLUE, "-"), ("comparator", VERMILION, "--"))


def hazards(run: RunData) -> tuple[Figure, pd.DataFrame, str]:
    """Monthly hazard of the primary population under the headline scenario, median and 95 % band."""
    scenario = headline_scenario(run)
    population = TargetPopulation(**run.manifest["populations"][0])
    table = pd.concat(
        [hazard_table(run, endpoint, scenario, population) for endpoint in run.survival_endpoints],
        ignore_index=True,
    )
    figure, grid = panels(len(run.survival_endpoints), 3.2)
    for axes, endpoint in zip(grid, run.survival_endpoints, strict=True):
        rows = table[table["endpoint"] == endpoint]
        for arm, colour, line in ARMS:
            own = rows[rows["arm"] == arm]
            hazard_band(axes, own, colour, line, f"{arm}, model")
        beyond = rows.loc[rows["extrapolated"], "time"]
        if len(beyond):
            axes.axvspan(beyond.min() - STEP / 2, rows["time"].max() + STEP / 2, color="0.94", zorder=0)
        axes.set(ylabel="Hazard per month", ylim=(0, None))
        month_axis(axes, rows["time"].max() + STEP / 2)
        axes.set_title(f"{endpoint}, {run.c_prior(endpoint, scenario)}", loc="left")
        axes.legend(fontsize=7)
    caption = (
        f"Hazard per month of the triple and its comparator in the population {population.label}, {scenario} "
        f"scenario ({run.c_priors(run.survival_endpoints, scenario)}), median and 95 % band, at trial effects of "
        "0; grey area: beyond the index trial's follow-up, extrapolated. "
        f"{run.counts_sentence(run.survival_endpoints)}."
    )
    return figure, table, caption


def hazard_band(axes: Axes, own: pd.DataFrame, colour: str, line: Any, label: str) -> None:
    """Median and band of one arm's hazard, a step a month: the model's hazard is constant between its knots."""
    axes.fill_between(
        own["time"], own["lower"], own["upper"], step="mid", color=colour, alpha=0.16, linewidth=0
    )
    axes.plot(own["time"], own["median"], drawstyle="steps-mid", color=colour, linestyle=line, label=label)


def hazard_table(run: RunData, endpoint: str, scenario: str, population: TargetPopulation) -> pd.DataFrame:
    """Hazard of the mix by month: the fall of log S over each month, at its middle."""
    curves = run.table("target_curves")
    curves = curves[curves["endpoint"] == endpoint]
    observed = float(curves.loc[~curves["extrapolated"], "time"].max())
    edges = np.arange(0, min(LONGEST, float(curves["time"].max())) + STEP / 2, STEP)
    posterior = thinned_posterior(run, endpoint, scenario, DRAWS)
    survival = population_survival(posterior, endpoint, population, edges)
    hazard = -np.diff(np.log(survival), axis=-1) / STEP
    lower, median, upper = np.quantile(hazard, [0.025, 0.5, 0.975], axis=0)
    middle = edges[:-1] + STEP / 2
    frames = [
        pd.DataFrame(
            {
                "endpoint": endpoint,
                "scenario": scenario,
                "c_prior": run.c_prior(endpoint, scenario),
                "population": population.id,
                "arm": arm,
                "time": middle,
                "median": median[position],
                "lower": lower[position],
                "upper": upper[position],
                "extrapolated": middle > observed,
            }
        )
        for position, (arm, _, _) in enumerate(ARMS)
    ]
    return pd.concat(frames, ignore_index=True)
