"""The nearest classical figure beside each Bayesian headline, and the table of shifted nulls.

The twin adjusts for nothing (no liver, PD-L1, backbone, region): where the two differ, the difference is the
adjustment, the priors, or both, and the column `why_they_differ` says so.
"""

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from analysis.validation import response_twin
from analysis.validation.base_fits import RESPONSE, base_fits
from analysis.validation.random_effects import Pooled, dersimonian_laird, reml
from analysis.validation.study import ENDPOINTS, Study
from digitized.kaplan_meier import cox_two_arms
from models.priors import BASE
from models.response import RESPONSE_BASE, clopper_pearson
from trials.network import ResponseArm, SurvivalArm

SHIFTED_BY_HAND = "the same less the mean of c, its sd added to the error"
SHIFTED_NULLS = (1.0, 0.9, 0.8, 0.7)


def twin_table(study: Study) -> pd.DataFrame:
    """Rows: quantity, the Bayesian figure with its 95 % interval, the classical one with its method."""
    fits = base_fits(study)
    rows: list[dict[str, object]] = []
    for endpoint in ENDPOINTS:
        arms, posterior = study.arms(endpoint), fits[endpoint]
        rows += _ici_rows(arms, posterior) + _triple_rows(arms, posterior)
    if RESPONSE in fits:
        rows += _response_rows(study.response_arms, fits[RESPONSE])
    return pd.DataFrame(rows)


def shifted_nulls(study: Study) -> pd.DataFrame:
    """P(Delta < null) for each null on the hazard-ratio scale, Bayesian beside a normal approximation.

    The classical column is the one-sided coverage probability of the crude comparison with a normal shift
    prior folded in by hand: log HR ~ N(crude - mean of c, se^2 + sd of c squared).
    """
    fits = base_fits(study)
    rows = []
    for endpoint in ENDPOINTS:
        delta = fits[endpoint]["Delta"].to_numpy().ravel()
        crude, error = index_against_ici(study.arms(endpoint))
        for null in SHIFTED_NULLS:
            distance = np.log(null) - (crude - BASE.mu)
            rows.append(
                {
                    "endpoint": endpoint,
                    "c_prior": BASE.on_ratio_scale,
                    "null_hazard_ratio": null,
                    "p_delta_below_null": float(np.mean(delta < np.log(null))),
                    "p_normal_approximation": float(norm.cdf(distance / np.hypot(error, BASE.sd))),
                }
            )
    return pd.DataFrame(rows)


def cox_of_trials(arms: tuple[SurvivalArm, ...]) -> pd.DataFrame:
    """Cox log hazard ratio of ICI + chemotherapy against chemotherapy within each randomised trial."""
    rows = []
    for trial in dict.fromkeys(arm.trial for arm in arms if arm.randomised):
        members = sorted((arm for arm in arms if arm.trial == trial), key=lambda arm: len(arm.components))
        control, ici = members[0].ipd[0], members[-1].ipd[0]
        cox = cox_two_arms(control.time, control.event, ici.time, ici.event)
        rows.append({"trial": trial, "estimate": cox.log_hazard_ratio, "error": cox.standard_error})
    return pd.DataFrame(rows)


def index_against_ici(arms: tuple[SurvivalArm, ...]) -> tuple[float, float]:
    """Crude log hazard ratio of the index arm to a new trial's ICI arm, with its standard error.

    Cox of the index arm against each randomised ICI arm, pooled by REML; the index arm is common to all, so
    its own variance 1 / events is taken out before pooling and put back after, with tau for the new trial.
    """
    index = next(arm for arm in arms if arm.index).ipd[0]
    pairs = [
        (
            cox_two_arms(arm.ipd[0].time, arm.ipd[0].event, index.time, index.event).log_hazard_ratio,
            arm.ipd[0].events,
        )
        for arm in arms
        if arm.randomised and len(arm.components) > 1
    ]
    estimates, events = np.array(pairs, dtype=float).T
    pooled = reml(estimates, events**-0.5)
    return pooled.estimate, float(np.sqrt(pooled.standard_error**2 + pooled.tau**2 + 1 / index.events))


def _ici_rows(arms: tuple[SurvivalArm, ...], posterior: xr.Dataset) -> list[dict[str, object]]:
    trials = cox_of_trials(arms)
    estimates, errors = trials["estimate"].to_numpy(), trials["error"].to_numpy()
    bayesian = np.exp(posterior["effects"].sel(effect="beta_ici").to_numpy().ravel())
    why = "Bayesian: reference cell (TP, Asia, liver-free, PD-L1 low); classical: every trial's own mix"
    return [
        _row(arms[0].endpoint, "ICI + chemo against chemo, HR", bayesian, pooled, method, why)
        for method, pooled in {
            f"Cox in each of {len(trials)} trials, REML": reml(estimates, errors),
            f"Cox in each of {len(trials)} trials, DerSimonian-Laird": dersimonian_laird(estimates, errors),
        }.items()
    ]


def _triple_rows(arms: tuple[SurvivalArm, ...], posterior: xr.Dataset) -> list[dict[str, object]]:
    index = next(arm.trial for arm in arms if arm.index)
    shift = posterior["c_sat"].sel(single_arm_trial=index)
    crude, error = index_against_ici(arms)
    as_observed = np.exp((posterior["Delta"] + shift).to_numpy().ravel())
    corrected = np.exp(posterior["Delta"].to_numpy().ravel())
    endpoint = arms[0].endpoint
    return [
        _row(
            endpoint,
            "triple against ICI + chemo as observed, exp(Delta + c)",
            as_observed,
            Pooled(crude, error, 0.0),
            "Cox of the index arm against each ICI arm, REML, prediction for a new trial",
            "Bayesian: adjusted for mix, backbone and region, and shrunk by the priors of delta and gamma",
        ),
        _row(
            endpoint,
            f"Delta, {BASE.on_ratio_scale}",
            corrected,
            Pooled(crude - BASE.mu, float(np.hypot(error, BASE.sd)), 0.0),
            SHIFTED_BY_HAND,
            "as above",
        ),
    ]


def _response_rows(arms: tuple[ResponseArm, ...], posterior: xr.Dataset) -> list[dict[str, object]]:
    index = next(arm for arm in arms if arm.index)
    shift = posterior["c_sat"].sel(single_arm_trial=index.trial)
    crude, error = response_twin.index_against_ici(arms)
    lower, upper = clopper_pearson(index.responders, index.n)
    why = "Bayesian: reference cell (TP, PD-L1 low), shrunk by its priors; classical: every trial's own mix"
    adjusted = "Bayesian: adjusted for backbone and PD-L1, and shrunk by the priors of delta and gamma"
    beta = np.exp(posterior["effects"].sel(effect="beta_ici").to_numpy().ravel())
    as_observed = np.exp((posterior["Delta"] + shift).to_numpy().ravel())
    corrected = np.exp(posterior["Delta"].to_numpy().ravel())
    shifted = Pooled(crude - RESPONSE_BASE.mu, float(np.hypot(error, RESPONSE_BASE.sd)), 0.0)
    method = "log odds of the index arm against the ICI arms, REML, prediction for a new trial"
    ici = "ICI + chemo against chemo, OR"
    observed = "triple against ICI + chemo as observed, OR, exp(Delta + c)"
    delta = f"Delta, OR, {RESPONSE_BASE.on_ratio_scale}"
    return [
        _row(RESPONSE, ici, beta, response_twin.ici_against_chemo(arms), "log odds ratios, REML", why),
        _row(RESPONSE, observed, as_observed, Pooled(crude, error, 0.0), method, adjusted),
        _row(RESPONSE, delta, corrected, shifted, SHIFTED_BY_HAND, "as above"),
        {
            "endpoint": RESPONSE,
            "quantity": f"response rate of the index arm, {index.responders}/{index.n}",
            "classical": index.responders / index.n,
            "classical_lower": lower,
            "classical_upper": upper,
            "classical_method": "Clopper-Pearson",
            "why_they_differ": "no Bayesian figure: the observed rate is reported as it is",
        },
    ]


def _row(
    endpoint: str, quantity: str, bayesian: np.ndarray, classical: Pooled, method: str, why: str
) -> dict[str, object]:
    lower, median, upper = np.quantile(bayesian, [0.025, 0.5, 0.975])
    low, high = classical.interval()
    return {
        "endpoint": endpoint,
        "quantity": quantity,
        "bayesian": float(median),
        "bayesian_lower": float(lower),
        "bayesian_upper": float(upper),
        "classical": float(np.exp(classical.estimate)),
        "classical_lower": float(np.exp(low)),
        "classical_upper": float(np.exp(high)),
        "classical_tau": classical.tau,
        "classical_method": method,
        "why_they_differ": why,
    }
