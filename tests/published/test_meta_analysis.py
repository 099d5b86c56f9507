"""Eight schools (Rubin 1981) as bayesmeta analyses them: the random-effects likelihood under two priors of tau."""

import numpy as np
import pytest
from scipy.stats import halfcauchy, norm

from analysis.validation.random_effects import fit_at, restricted_log_likelihood, studies

ESTIMATES = np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16])
ERRORS = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6])
# tau = 25 u / (1 - u): even steps in u reach far into the tails of both priors.
UNIT = (np.arange(2500) + 0.5) / 2500
TAU = 25 * UNIT / (1 - UNIT)
STEP = 25 / (1 - UNIT) ** 2


def _posterior(ratios, log_prior):
    """Weights of `TAU`, and mean and sd of the pooled effect at each."""
    log_weight = np.array([restricted_log_likelihood(tau, ratios) for tau in TAU]) + log_prior + np.log(STEP)
    weight = np.exp(log_weight - log_weight.max())
    fits = [fit_at(tau, ratios) for tau in TAU]
    mean = np.array([fit.coefficients[0] for fit in fits])
    return weight / weight.sum(), mean, np.array([fit.covariance[0, 0] for fit in fits]) ** 0.5


def _moments(weight, mean, sd):
    overall = weight @ mean
    return overall, np.sqrt(weight @ (sd**2 + (mean - overall) ** 2))


def test_half_cauchy_prior():
    """bayesmeta 3.4, vignette: mu ~ N(0, 50), tau ~ half-Cauchy(25). Tolerance .001 (.003 on sds)."""
    ratios = studies(ESTIMATES, ERRORS).with_prior(0.0, 50.0)
    weight, mean, sd = _posterior(ratios, halfcauchy.logpdf(TAU, scale=25))
    assert weight @ TAU == pytest.approx(5.884511, abs=1e-3)
    assert np.sqrt(weight @ TAU**2 - (weight @ TAU) ** 2) == pytest.approx(4.869904, abs=3e-3)
    assert weight[TAU < 4.758539].sum() == pytest.approx(0.5, abs=1e-3)
    assert weight[TAU < 18.0531718].sum() == pytest.approx(0.975, abs=1e-3)
    overall, spread = _moments(weight, mean, sd)
    assert overall == pytest.approx(7.985729, abs=1e-3)
    assert spread == pytest.approx(4.995762, abs=1e-3)
    assert weight @ norm.sf(0, mean, sd) == pytest.approx(0.9487521, abs=1e-4)
    # A new school: the same mean, with tau on top.
    assert _moments(weight, mean, np.hypot(sd, TAU))[1] == pytest.approx(9.126767, abs=3e-3)


def test_uniform_prior():
    """bayesmeta 3.4, vignette: uniform tau, flat mu. The tail beyond the grid's last step is below .001."""
    weight, mean, sd = _posterior(studies(ESTIMATES, ERRORS), np.zeros(len(TAU)))
    assert weight @ TAU == pytest.approx(6.585992, abs=2e-3)
    assert weight[TAU < 5.227732].sum() == pytest.approx(0.5, abs=1e-3)
    overall, spread = _moments(weight, mean, sd)
    assert (overall, spread) == (pytest.approx(8.092138, abs=2e-3), pytest.approx(5.246683, abs=5e-3))


def test_another_prior_is_another_answer():
    """Negative control: half the scale of the half-Cauchy moves the mean of tau by far more than the tolerance."""
    ratios = studies(ESTIMATES, ERRORS).with_prior(0.0, 50.0)
    weight, _, _ = _posterior(ratios, halfcauchy.logpdf(TAU, scale=12.5))
    assert abs(weight @ TAU - 5.884511) > 0.3
