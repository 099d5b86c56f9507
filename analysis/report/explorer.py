"""Draws for the report's sliders: enough to reweight the prior of c and remix the population in a browser."""

import math
from typing import Any

import numpy as np
import pandas as pd

from analysis.figures.run_data import RunData
from analysis.figures.survival import headline_scenario
from analysis.figures.target_draws import stratum_survival, thinned_posterior
from trials.covariates import TargetPopulation

DRAWS = 800
STEP, LONGEST = 1.5, 30.0
# Survival is embedded in thousandths: whole numbers are short.
SCALE = 1000
# Reach of the sliders; a run's own priors and mix widen it.
MEANS, SDS, LIVER = (0.60, 1.10), (0.05, 0.40), 60


def explorer(run: RunData, endpoint: str) -> dict[str, Any]:
    """Thinned draws of one survival endpoint with the survival of each stratum of triple and comparator.

    Returns
    -------
    dict
        `c` (D, K) shifts, `delta` (D,), `times` (T,) months that hold `tau`, `triple` and `comparator` (D, 4, T)
        survival by stratum in thousandths, `mu`, `sd`, `correlation` of the prior they were drawn under; strata in
        the order of `STRATA`. `rungs` are the run's own priors with what its tables say under each.
    """
    scenario = widest_scenario(run, endpoint)
    kept = thinned_posterior(run, endpoint, scenario["id"], DRAWS)
    population = run.manifest["populations"][0]
    tau = float(run.manifest["horizons"][endpoint]["tau"])
    end = min(
        LONGEST, float(run.table("at_risk").query("endpoint == @endpoint and n_risk > 0")["time"].max())
    )
    times = np.unique([*np.arange(0, end + 1e-9, STEP), tau])
    by_stratum = stratum_survival(kept, endpoint, TargetPopulation(**population), times)
    thousandths = np.rint(SCALE * by_stratum).astype(int)
    rungs = [rung(run, endpoint, item) for item in _with_spread(run, endpoint)]
    start = next((item for item in rungs if item["id"] == headline_scenario(run)), rungs[0])
    means, sds = ([item[name] for item in rungs] for name in ("mean", "sd"))
    return {
        "endpoint": endpoint,
        "scenario": scenario["id"],
        "mu": scenario["mu"],
        "sd": scenario["sd"],
        "correlation": scenario["correlation"],
        "c": np.round(kept["c_sat"].transpose("sample", ...).to_numpy(), 4).tolist(),
        "delta": np.round(kept["Delta"].to_numpy(), 4).tolist(),
        "times": times.tolist(),
        "tau": tau,
        "scale": SCALE,
        "triple": thousandths[:, 0].tolist(),
        "comparator": thousandths[:, 1].tolist(),
        "liver": population["liver"],
        "pdl1": population["pdl1_high"],
        "start": start,
        "rungs": rungs,
        "limits": {
            "mean": [min(*MEANS, *means), max(*MEANS, *means)],
            "sd": [min(*SDS, *sds), max(*SDS, *sds)],
            "liver": max(LIVER, math.ceil(100 * population["liver"])),
        },
    }


def rung(run: RunData, endpoint: str, scenario: dict[str, Any]) -> dict[str, Any]:
    """One of the run's own priors of c as the sliders hold it, and the numbers of the run's tables under it."""
    ladder = run.table("ladder").set_index(["endpoint", "scenario"]).loc[(endpoint, scenario["id"])]
    key = (endpoint, scenario["id"], run.manifest["populations"][0]["id"], "RMST_difference")
    rmst = (
        run.table("increment").set_index(["endpoint", "scenario", "population", "measure"]).loc[[key]].iloc[0]
    )
    return {
        "id": scenario["id"],
        "mean": round(math.exp(scenario["mu"]), 2),
        "sd": round(scenario["sd"], 2),
        "ratio": _to(ladder),
        "benefit": f"{ladder['p_benefit']:.2f}",
        "rmst": _to(rmst),
    }


def _to(row: "pd.Series[float]") -> str:
    return f"{row['median']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"


def widest_scenario(run: RunData, endpoint: str) -> dict[str, Any]:
    """The scenario whose prior of c is widest: the best proposal for every other prior."""
    return max(_with_spread(run, endpoint), key=lambda item: float(item["sd"]))


def _with_spread(run: RunData, endpoint: str) -> list[dict[str, Any]]:
    """Scenarios whose prior of c has a spread and that no benchmark pulls: those that weights can reach."""
    return [
        {"id": item["id"], **item["shift"][endpoint]}
        for item in run.manifest["scenarios"]
        if not item["class_benchmark"] and item["shift"][endpoint]["sd"] > 0
    ]
