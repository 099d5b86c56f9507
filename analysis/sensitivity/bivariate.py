"""OS informed by PFS and PFS by OS (SA21): one correlation of trial-level effects for both (`models.bivariate`).

The base case fits the endpoints apart. Here a draw of OS is paired with a draw of PFS, and the pair weighs what
the correlated prior of (delta, gamma) gives it above the independent one. The correlation is that of the ICI
effects of the randomised trials: that it holds for the added component is an assumption, printed with the
line. That the same patients feed both endpoints is left out, so the two move each other a little too much.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from analysis.run.fits import FitStore, clean_fit, fit_seed
from analysis.sensitivity.base import BaseCase
from analysis.sensitivity.line import Line
from analysis.sensitivity.new_prior import with_likelihood
from analysis.sensitivity.variant import FitPlan
from digitized.curve import Floats
from models.bivariate import ENDPOINTS, build_bivariate, correlated_log_ratio, trial_effects
from models.fitting import compile_model
from models.priors import BASE

# Effects of the added component that the correlation ties.
TIED = ("delta_anlo", "gamma")
NAME = "OS-PFS"
LEAST_DRAWS = 1000
# Parameter name of the register of published quantities (priors.toml).
PUBLISHED_R2 = "rho_pfs_os"


def applies(base: BaseCase) -> bool:
    """Whether the run has both endpoints."""
    return set(ENDPOINTS) <= set(base.endpoints)


def trial_level_fit(plan: FitPlan, store: FitStore) -> xr.Dataset:
    """Draws of the trial-level model, kept like every other fit."""
    path = store.path(NAME, 0, BASE)
    tree = store.load(path)
    if tree is None:
        store.end_with_owner()
        compiled = compile_model(build_bivariate(trial_effects(plan.arms, plan.contrast.partner)))
        draws = max(LEAST_DRAWS, plan.sampler.draws)
        sampler = replace(plan.sampler, draws=draws, tune=draws, seed=fit_seed(plan.seed, NAME, 0))
        tree = clean_fit(compiled, sampler, {}).tree
        store.save(path, tree)
    return tree["posterior"].to_dataset()


def joint_answer(
    base: BaseCase, plan: FitPlan, store: FitStore
) -> tuple[list[Line], dict[str, pd.DataFrame]]:
    """Lines of both endpoints, and the table `os_pfs_correlation`."""
    posterior = trial_level_fit(plan, store)
    return joint_lines(base, posterior), {"os_pfs_correlation": correlation_table(plan, posterior)}


def joint_lines(base: BaseCase, posterior: xr.Dataset) -> list[Line]:
    """Delta of both endpoints under the correlated prior: rho as the trials leave it, and as published."""
    rng = np.random.default_rng([base.seed, 21])
    rho = posterior["rho_pfs_os"].to_numpy().ravel()
    lower, middle, upper = np.quantile(rho, [0.025, 0.5, 0.975])
    title = (
        f"OS and PFS effects correlated, rho {middle:.2f} ({lower:.2f} to {upper:.2f}) from the ICI trials"
    )
    lines = _tied_lines(base, rho, title, rng)
    for row in base.evidence.prior_evidence:
        if row.parameter == PUBLISHED_R2:
            published = float(np.sqrt(row.value))
            title = f"OS and PFS effects correlated, rho {published:.2f} from the published R2 {row.value:g}"
            lines += _tied_lines(base, np.array([published]), title, rng)
    return lines


def _tied_lines(base: BaseCase, rho: Floats, title: str, rng: np.random.Generator) -> list[Line]:
    drawn = {endpoint: _tied_draws(base, endpoint, rng) for endpoint in ENDPOINTS}
    size = min(len(draws) for draws in drawn.values())
    correlation = rng.choice(rho, size)
    pairs = [drawn[endpoint][:size] for endpoint in ENDPOINTS]
    standard = [_standardised(base, name, pair) for name, pair in zip(ENDPOINTS, pairs, strict=True)]
    log_weight = np.zeros(size)
    for first, second in zip(standard[0].T, standard[1].T, strict=True):
        log_weight += correlated_log_ratio(first, second, correlation)
    lines = []
    for endpoint, pair in zip(ENDPOINTS, pairs, strict=True):
        answered = with_likelihood(pair.sum(axis=1), log_weight, np.random.default_rng(base.seed))
        lines.append(base.heading("SA21", endpoint).ratio(answered.delta, title, answered.method))
    return lines


def correlation_table(plan: FitPlan, posterior: xr.Dataset) -> pd.DataFrame:
    """The trials' pairs of hazard ratios, and what they say of the correlations and spreads."""
    effects = trial_effects(plan.arms, plan.contrast.partner)
    rows: list[dict[str, object]] = []
    for column, endpoint in enumerate(ENDPOINTS):
        for trial, value, error in zip(
            effects.trials,
            effects.log_hazard_ratio[:, column],
            effects.standard_error[:, column],
            strict=True,
        ):
            ratio, *limits = np.exp(value + error * np.array([0.0, -1.96, 1.96]))
            rows.append(_row(f"HR of {trial}", endpoint, ratio, *limits))
        for name in ("beta", "tau"):
            draws = posterior[name].sel(endpoint=endpoint).to_numpy().ravel()
            rows.append(_row(name, endpoint, *np.quantile(draws, [0.5, 0.025, 0.975])))
    for name in ("rho_pfs_os", "rho_within"):
        rows.append(_row(name, "both", *np.quantile(posterior[name], [0.5, 0.025, 0.975])))
    return pd.DataFrame(rows)


def _row(quantity: str, endpoint: str, value: float, lower: float, upper: float) -> dict[str, object]:
    return {"quantity": quantity, "endpoint": endpoint, "value": value, "lower": lower, "upper": upper}


def _tied_draws(base: BaseCase, endpoint: str, rng: np.random.Generator) -> Floats:
    """Draws (D, 2) of delta and gamma in random order: the endpoints are independent in the base case."""
    draws = np.column_stack([base.draws(endpoint, name) for name in TIED])
    return rng.permutation(draws, axis=0)


def _standardised(base: BaseCase, endpoint: str, draws: Floats) -> Floats:
    priors = [getattr(base.priors(endpoint), name) for name in TIED]
    return (draws - [prior.mu for prior in priors]) / [prior.sd for prior in priors]
