"""Draws for the report's sliders: enough to reweight the prior of c and remix the population in a browser."""

import numpy as np
import xarray as xr

from analysis.figures.run_data import RunData
from models.baseline import PiecewiseExponential
from models.covariate_mix import STRATA
from models.prediction import target_arms
from models.survival_predictor import FIXED_EFFECTS, effect_design, marginal_survival, weighted_sum
from models.time_grid import default_knots
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
    path = run.folder / "posterior" / f"{endpoint}_{scenario['id']}.nc"
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        posterior = tree["posterior"].to_dataset().load().stack(sample=("chain", "draw"))
    kept = posterior.isel(sample=slice(None, None, max(1, posterior.sizes["sample"] // DRAWS)))
    population = run.manifest["populations"][0]
    arms = target_arms(TargetPopulation(**population))
    end = float(run.table("at_risk").query("endpoint == @endpoint and n_risk > 0")["time"].max())
    times = np.arange(0, min(end, 30.0) + STEP, STEP)
    baseline = PiecewiseExponential(default_knots(endpoint))
    parameters = kept[baseline.parameter].transpose("sample", ...).to_numpy()
    cumulative = baseline.cumulative_hazard(parameters, times, np)
    effects = np.stack([kept[name].to_numpy() for name in FIXED_EFFECTS], axis=-1)
    ratio = weighted_sum(effect_design(arms), effects[:, None, None, :])
    # A mix of one stratum alone gives that stratum's survival.
    pure = np.eye(len(STRATA))
    by_stratum = [
        np.stack([marginal_survival(share, ratio[:, arm, :], cumulative, np) for share in pure], axis=1)
        for arm in (0, 1)
    ]
    return {
        "endpoint": endpoint,
        "scenario": scenario["id"],
        "mu": scenario["mu"],
        "sd": scenario["sd"],
        "correlation": scenario["correlation"],
        "c": np.round(kept["c_sat"].transpose("sample", ...).to_numpy(), 4).tolist(),
        "delta": np.round(kept["Delta"].to_numpy(), 4).tolist(),
        "times": times.tolist(),
        "triple": np.round(by_stratum[0], 3).tolist(),
        "comparator": np.round(by_stratum[1], 3).tolist(),
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
