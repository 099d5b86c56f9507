"""V8: does each observed curve lie in its own predictive band, and what does leaving patients out say?"""

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base.array import array_stats
from scipy.special import logsumexp

from analysis.validation import drawing
from analysis.validation.fits import base_fit, built
from analysis.validation.simulated_patients import censoring_times
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from digitized.curve import Floats, PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from models.prediction import predict_arm
from models.survival import SurvivalModel
from models.survival_predictor import effect_design, log_mixture_density, weighted_sum
from models.time_grid import grid_patients

# METHODS section 8: share of grid times inside the 95 % band.
LEAST_COVERED = 0.90
LANDMARK = 12.0
REPLICATES = 400
PARETO_K_LIMIT = 0.7


def band_coverage(
    survival: SurvivalModel, posterior: xr.Dataset, position: int, rng: np.random.Generator
) -> float:
    """Share of grid times at which the observed curve lies in the 95 % band of replicated trials.

    A replicate draws the arm's patients anew from one posterior draw's curve, censored like the arm.
    """
    patients = survival.arms[position].ipd[0]
    last = float(patients.time[patients.event].max())
    times = survival.grid.edges[(survival.grid.edges > 0) & (survival.grid.edges <= last)]
    fine = np.linspace(0, float(patients.time.max()), 400)
    step = max(1, posterior.sizes["chain"] * posterior.sizes["draw"] // REPLICATES)
    curves = predict_arm(survival, posterior, position, fine)[::step]
    replicates = np.array([_replicate(curve, fine, patients, times, rng) for curve in curves])
    lower, upper = np.quantile(replicates, [0.025, 0.975], axis=0)
    observed = kaplan_meier(patients.time, patients.event).at(times)
    return float(np.mean((observed >= lower - 1e-12) & (observed <= upper + 1e-12)))


def landmark(survival: SurvivalModel, posterior: xr.Dataset, position: int) -> dict[str, float]:
    """S(12) of an arm: of its rebuilt patients, and the posterior median of the fit."""
    patients = survival.arms[position].ipd[0]
    fitted = predict_arm(survival, posterior, position, np.array([0.0, LANDMARK]))[:, 1]
    observed = kaplan_meier(patients.time, patients.event).at(LANDMARK)
    return {"s12_observed": float(observed), "s12_fitted": float(np.median(fitted))}


def leave_one_out(survival: SurvivalModel, posterior: xr.Dataset, position: int) -> dict[str, float]:
    """PSIS-LOO of one arm (Vehtari, Gelman & Gabry 2017): sum over its patients, and of the arm as one.

    Patients of one cell and status share one density, so each cell is weighed once and counted often.
    """
    patients = survival.arms[position].ipd[0]
    cells = grid_patients([patients], survival.grid)
    density = log_density(survival, posterior, position)
    weights, k = array_stats.psislw(-density.T)
    elpd = logsumexp(np.asarray(weights) + density.T, axis=1)
    lppd = logsumexp(density.T, axis=1) - np.log(len(density))
    _, k_arm = array_stats.psislw(-(density @ cells.weight))
    return {
        "elpd_loo": float(elpd @ cells.weight),
        "p_loo": float((lppd - elpd) @ cells.weight),
        "worst_k_patient": float(np.max(k)),
        "patients_k_above_0_7": float(cells.weight[np.asarray(k) > PARETO_K_LIMIT].sum()),
        "k_arm": float(k_arm),
    }


def log_density(survival: SurvivalModel, posterior: xr.Dataset, position: int) -> Floats:
    """Log density (D, R) of each cell of an arm under each draw, with the arm's own trial terms."""
    drawn = posterior.stack(sample=("chain", "draw"))
    design = survival.design
    shifts = drawn["shift"].transpose("sample", "spread", "trial").to_numpy()
    offset = (shifts * np.stack((design.trial[position], design.ici_trial[position]))).sum(axis=(1, 2))
    if design.single_arm_trials:
        single = (drawn["c_sat"] + drawn["e_sat"]).transpose("sample", ...).to_numpy()
        offset = offset + weighted_sum(design.single_arm[position], single)
    effects = drawn["effects"].transpose("sample", ...).to_numpy()
    log_ratio = weighted_sum(effect_design(design)[position], effects[:, None, :]) + offset[:, None]
    proportion = np.exp(drawn["log_proportion"].transpose("sample", "arm", "stratum").to_numpy()[:, position])
    parameters = drawn[survival.baseline.parameter].transpose("sample", ...).to_numpy()
    cells = grid_patients([survival.arms[position].ipd[0]], survival.grid)
    size = len(offset)
    density = log_mixture_density(
        proportion,
        log_ratio,
        np.repeat(np.arange(size), len(cells.time)),
        survival.baseline.log_hazard(parameters, cells.time, np).ravel(),
        survival.baseline.cumulative_hazard(parameters, cells.time, np).ravel(),
        np.tile(cells.event, size),
        np,
    )
    return np.asarray(density).reshape(size, -1)


def check(study: Study) -> CheckResult:
    """V8: coverage of every curve, the index arm first, with PSIS-LOO by arm."""
    fits = study.results("base fits", [base_fit(study, endpoint) for endpoint in ENDPOINTS])
    rng = np.random.default_rng([study.seed, 8])
    rows: list[dict[str, object]] = []
    for endpoint, posterior in zip(ENDPOINTS, fits, strict=True):
        survival = built(study.arms(endpoint))
        for position, arm in enumerate(survival.arms):
            rows.append(
                {
                    "endpoint": endpoint,
                    "trial": arm.trial,
                    "arm": arm.arm,
                    "index": arm.index,
                    "n": arm.ipd[0].n,
                    "events": arm.ipd[0].events,
                    "covered": band_coverage(survival, posterior, position, rng),
                    **landmark(survival, posterior, position),
                    **leave_one_out(survival, posterior, position),
                }
            )
    table = pd.DataFrame(rows).sort_values("index", ascending=False, kind="stable", ignore_index=True)
    value = {
        f"{r['endpoint']} {r['trial']} {r['arm']}": float(r["covered"]) for r in table.to_dict("records")
    }
    limit = {name: Bounds(at_least=LEAST_COVERED) for name in value}
    value["patients with k > 0.7"] = float(table["patients_k_above_0_7"].sum())
    index = ", ".join(
        f"{r['endpoint']} {r['covered']:.0%} (S(12) {r['s12_observed']:.3f} observed, {r['s12_fitted']:.3f} fitted)"
        for r in table[table["index"]].to_dict("records")
    )
    low = [name for name in limit if value[name] < LEAST_COVERED]
    sentence = (
        f"index arm, share of grid times inside its 95 % band: {index}; {len(limit) - len(low)} of {len(limit)} "
        f"arms reach 90 %{f' (not: {", ".join(low)})' if low else ''}; PSIS-LOO: worst k of a patient "
        f"{table['worst_k_patient'].max():.2f}, of a whole arm {table['k_arm'].max():.2f} (above 0.7 an "
        "arm's own deletion needs a refit: V1)."
    )
    return CheckResult(Verdict("V8", value, limit, sentence), table, drawing.band_coverage)


def _replicate(
    curve: Floats, fine: Floats, patients: PseudoIPD, times: Floats, rng: np.random.Generator
) -> Floats:
    uniform = rng.uniform(size=patients.n)
    # S falls, so -S rises: the time at which S reaches the uniform number; never within follow-up otherwise.
    event_time = np.interp(-uniform, -curve, fine, right=np.inf)
    censoring = censoring_times(patients, rng)
    return kaplan_meier(np.minimum(event_time, censoring), event_time <= censoring).at(times)
