"""Two stages instead of one posterior (SA19), and each single arm against its prediction.

Stage one: the randomised trials alone. Stage two: the single arms' own terms, given every draw of stage one,
without feeding back ("cut", Plummer 2015). An arm of the single-arm trials informs stage two only through
its total log hazard ratio x to what stage one expects of its cell: the likelihood of x is taken on a grid and
summed up as a normal, which 20 events make close enough, and the terms behind x are normal a priori.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Line
from analysis.sensitivity.refits import Fitted, Titled
from analysis.sensitivity.variant import FitPlan, Variant
from digitized.curve import Floats, Ints
from models.priors import SingleArmShift
from models.survival import SurvivalModel
from models.survival_predictor import (
    FIXED_EFFECTS,
    TARGET,
    effect_design,
    log_mixture_density,
    weighted_sum,
)
from models.time_grid import grid_patients

# Stage-two effects; all others are stage one's.
OWN_EFFECTS = ("bme_dev", "delta_anlo", "gamma")
GRID = np.linspace(-2.5, 2.0, 91)
MOST_DRAWS = 800


@dataclass(frozen=True)
class SingleArms:
    """What stage two knows of A single arms, a row a draw of stage one.

    Attributes
    ----------
    names : tuple of str
    estimate, variance : (D, A) float
        Of the total log hazard ratio x, from the arm's own patients.
    mean, covariance : (A,), (D, A, A) float
        Of x before they are seen.
    delta_covariance : (A,) float
        Between Delta and x before.
    delta_mean, delta_variance : float
        Of Delta before.
    """

    names: tuple[str, ...]
    estimate: Floats
    variance: Floats
    mean: Floats
    covariance: Floats
    delta_covariance: Floats
    delta_mean: float
    delta_variance: float


def stage_one(base: BaseCase, plan: FitPlan, endpoint: str) -> Titled:
    """SA19: the fit of the randomised trials alone."""
    single = {arm.trial for arm in plan.arms if arm.endpoint == endpoint and not arm.randomised}
    return {"cut: single arms do not feed back": Variant(endpoint, without=tuple(sorted(single)))}


def cut_lines(base: BaseCase, fitted: Fitted, endpoint: str) -> list[Line]:
    """Delta of the two-stage analysis."""
    heading = base.heading("SA19", endpoint)
    rng = np.random.default_rng([base.seed, 19])
    return [
        heading.ratio(cut_delta(single_arms(fitted, variant), rng), title, "fit, then normal update")
        for title, variant in stage_one(base, fitted.plan, endpoint).items()
    ]


def cut_delta(arms: SingleArms, rng: np.random.Generator) -> Floats:
    """One draw of Delta a draw of stage one: the normal update of Delta by the observed x."""
    total = arms.covariance + arms.variance[:, :, None] * np.eye(len(arms.names))
    gain = np.linalg.solve(total, np.broadcast_to(arms.delta_covariance[:, None], (*total.shape[:2], 1)))[
        ..., 0
    ]
    mean = arms.delta_mean + np.sum(gain * (arms.estimate - arms.mean), axis=1)
    variance = arms.delta_variance - gain @ arms.delta_covariance
    return np.asarray(mean + rng.normal(size=mean.size) * np.sqrt(variance))


def conflict_table(base: BaseCase, fitted: Fitted, endpoint: str) -> pd.DataFrame:
    """z of each single arm: its x against what the randomised trials and the priors predict of it."""
    rows = []
    for variant in stage_one(base, fitted.plan, endpoint).values():
        arms = single_arms(fitted, variant)
        for position, name in enumerate(arms.names):
            observed = arms.estimate[:, position]
            predicted = float(arms.covariance[:, position, position].mean())
            spread = np.sqrt(predicted + float(arms.variance[:, position].mean()) + float(observed.var()))
            z = float((observed.mean() - arms.mean[position]) / spread)
            rows.append(
                {
                    "endpoint": endpoint,
                    "arm": name,
                    "c_prior": variant.shift.on_ratio_scale,
                    "observed_ratio": float(np.exp(observed.mean())),
                    "predicted_ratio": float(np.exp(arms.mean[position])),
                    "z": z,
                    "verdict": "conflict with its prior prediction" if abs(z) > 1.96 else "no conflict",
                }
            )
    return pd.DataFrame(rows)


def single_arms(fitted: Fitted, variant: Variant) -> SingleArms:
    """Stage two's summaries for every draw (thinned to `MOST_DRAWS`) of stage one."""
    survival = fitted.plan.model(variant)
    drawn = fitted.posteriors[variant].stack(sample=("chain", "draw"))
    drawn = drawn.isel(sample=slice(None, None, max(1, drawn.sizes["sample"] // MOST_DRAWS)))
    own = [fitted.plan.present(variant, arm) and not arm.randomised for arm in survival.arms]
    positions = np.flatnonzero(own)
    summaries = [_total_log_ratio(survival, drawn, int(position)) for position in positions]
    tau_u = drawn["tau"].sel(spread="tau_u").to_numpy()
    mean, covariance, delta_covariance = _prior_of_total(survival, positions, tau_u, variant.shift)
    delta, gamma = survival.priors.delta_anlo, survival.priors.gamma
    return SingleArms(
        names=tuple(survival.design.arms[position] for position in positions),
        estimate=np.column_stack([estimate for estimate, _ in summaries]),
        variance=np.column_stack([variance for _, variance in summaries]),
        mean=mean,
        covariance=covariance,
        delta_covariance=delta_covariance,
        delta_mean=delta.mu + gamma.mu,
        delta_variance=delta.sd**2 + gamma.sd**2,
    )


def _total_log_ratio(survival: SurvivalModel, drawn: xr.Dataset, position: int) -> tuple[Floats, Floats]:
    """Mean and variance (D,) of the arm's likelihood of x, x measured from stage one's expectation."""
    patients = grid_patients([survival.arms[position].ipd[0]], survival.grid)
    parameters = drawn[survival.baseline.parameter].transpose("sample", ...).to_numpy()
    log_hazard = survival.baseline.log_hazard(parameters, patients.time, np)
    cumulative = survival.baseline.cumulative_hazard(parameters, patients.time, np)
    known = np.array([name not in OWN_EFFECTS for name in FIXED_EFFECTS])
    effects = drawn["effects"].transpose("sample", "effect").to_numpy() * known
    log_ratio = weighted_sum(effect_design(survival.design)[position], effects[:, None, :])
    proportion = np.exp(drawn["log_proportion"].transpose("sample", "arm", "stratum").to_numpy()[:, position])
    row, size = np.tile(np.arange(GRID.size), (patients.time.size, 1)).T.ravel(), GRID.size
    found = np.empty((len(log_ratio), 2))
    for draw in range(len(log_ratio)):
        density = log_mixture_density(
            np.tile(proportion[draw], (size, 1)),
            log_ratio[draw] + GRID[:, None],
            row,
            np.tile(log_hazard[draw], size),
            np.tile(cumulative[draw], size),
            np.tile(patients.event, size),
            np,
        )
        log_likelihood = density.reshape(size, -1) @ patients.weight
        weight = np.exp(log_likelihood - log_likelihood.max())
        weight /= weight.sum()
        mean = float(weight @ GRID)
        found[draw] = mean, float(weight @ (GRID - mean) ** 2)
    return found[:, 0], found[:, 1]


def _prior_of_total(
    survival: SurvivalModel, positions: Ints, tau_u: Floats, shift: SingleArmShift
) -> tuple[Floats, Floats, Floats]:
    """Prior mean (A,) and covariance (D, A, A) of x, and its covariance (A,) with Delta."""
    design, priors = survival.design, survival.priors
    terms = effect_design(design)[positions, 0][:, [FIXED_EFFECTS.index(name) for name in OWN_EFFECTS]]
    own = [getattr(priors, name) for name in OWN_EFFECTS]
    variance = np.array([prior.sd**2 for prior in own])
    target = TARGET[[FIXED_EFFECTS.index(name) for name in OWN_EFFECTS]]
    single = design.single_arm[positions]
    own_shift = shift.covariance(single.shape[1]) + priors.e_sat.sd**2 * np.eye(single.shape[1])
    fixed = (terms * variance) @ terms.T + single @ own_shift @ single.T
    trial = design.trial[positions]
    covariance = fixed + tau_u[:, None, None] ** 2 * (trial @ trial.T)
    mean = terms @ [prior.mu for prior in own] + shift.mu
    return mean, covariance, (terms * variance) @ target
