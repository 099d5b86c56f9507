"""V8: does each observed curve lie in its own predictive band, and what does leaving patients out say?"""

import numpy as np
import pandas as pd
import xarray as xr

from analysis.validation import drawing
from analysis.validation.fits import base_fit, built
from analysis.validation.simulated_patients import censoring_times
from analysis.validation.study import ENDPOINTS, Study
from analysis.validation.verdict import Bounds, CheckResult, Verdict
from digitized.curve import Floats, PseudoIPD
from digitized.kaplan_meier import kaplan_meier
from models.pointwise import leave_one_out, log_density
from models.prediction import predict_arm
from models.survival import SurvivalModel

# METHODS section 8: share of grid times inside the 95 % band.
LEAST_COVERED = 0.90
LANDMARK = 12.0
REPLICATES = 1000


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


def left_out(survival: SurvivalModel, posterior: xr.Dataset, position: int) -> dict[str, float]:
    """PSIS leave-one-out of one arm: over its patients, and of the arm as one."""
    density = log_density(survival, posterior, position, survival.arms[position].ipd[0])
    patients, whole = leave_one_out(density), leave_one_out(density.sum(axis=1, keepdims=True))
    return {
        "elpd_loo": float(patients.elpd.sum()),
        "p_loo": float((patients.lppd - patients.elpd).sum()),
        "worst_k_patient": float(patients.pareto_k.max()),
        "patients_k_above_0_7": float(patients.rejected),
        "k_arm": float(whole.pareto_k.max()),
    }


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
                    **left_out(survival, posterior, position),
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
