"""Draws for the report's sliders: enough to reweight the prior of c and remix the population in a browser."""

import numpy as np

from analysis.figures.run_data import RunData
from analysis.figures.target_draws import stratum_survival, thinned_posterior
from trials.covariates import TargetPopulation

DRAWS = 400
STEP = 1.5


def explorer(run: RunData, endpoint: str) -> dict[str, object]:
    """Thinned draws of one survival endpoint with the survival of each stratum of triple and comparator.

    Returns
    -------
    dict
        `c` (D, K) shifts, `delta` (D,), `times` (T,), `triple` and `comparator` (D, 4, T) survival by stratum,
        `mu`, `sd`, `correlation` of the prior they were drawn under. Strata in the order of `STRATA`.
    """
    scenario = widest_scenario(run, endpoint)
    kept = thinned_posterior(run, endpoint, str(scenario["id"]), DRAWS)
    population = run.manifest["populations"][0]
    end = float(run.table("at_risk").query("endpoint == @endpoint and n_risk > 0")["time"].max())
    times = np.arange(0, min(end, 30.0) + STEP, STEP)
    by_stratum = stratum_survival(kept, endpoint, TargetPopulation(**population), times)
    return {
        "endpoint": endpoint,
        "scenario": scenario["id"],
        "mu": scenario["mu"],
        "sd": scenario["sd"],
        "correlation": scenario["correlation"],
        "c": np.round(kept["c_sat"].transpose("sample", ...).to_numpy(), 4).tolist(),
        "delta": np.round(kept["Delta"].to_numpy(), 4).tolist(),
        "times": times.tolist(),
        "triple": np.round(by_stratum[:, 0], 3).tolist(),
        "comparator": np.round(by_stratum[:, 1], 3).tolist(),
        "liver": population["liver"],
        "pdl1": population["pdl1_high"],
    }


def widest_scenario(run: RunData, endpoint: str) -> dict[str, object]:
    """The scenario whose prior of c is widest: the best proposal for every other prior."""
    scenarios = [
        {"id": item["id"], **item["shift"][endpoint]}
        for item in run.manifest["scenarios"]
        if not item["class_benchmark"] and item["shift"][endpoint]["sd"] > 0
    ]
    return max(scenarios, key=lambda item: float(item["sd"]))
