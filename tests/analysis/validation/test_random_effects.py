import numpy as np
import pytest
from scipy.integrate import quad

from analysis.validation.random_effects import dersimonian_laird, reml, restricted_log_likelihood

# Rubin 1981, eight schools: estimates and standard errors.
SCHOOLS = np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16])
ERRORS = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6])
# Crins et al. 2014, acute rejection, log odds ratios and variances as `escalc` gives them
# (bayesmeta 3.4, vignette).
CRINS = np.array([-2.3097, -0.4595, -2.3026, -1.7579, -1.2585, -2.4179])
CRINS_VARIANCE = np.array([0.3594, 0.3096, 0.775, 0.2078, 0.4122, 2.3373])


def test_restricted_likelihood_reproduces_bayesmeta_under_a_uniform_prior():
    """bayesmeta 3.4, eight schools, uniform tau: median 5.227732, mean 6.585992, mu 8.092138 (sd 5.246683)."""

    def density(tau):
        return np.exp(restricted_log_likelihood(tau, SCHOOLS, ERRORS))

    def mean_and_variance(tau):
        weight = 1 / (ERRORS**2 + tau**2)
        return np.sum(weight * SCHOOLS) / weight.sum(), 1 / weight.sum()

    total = quad(density, 0, 500, limit=500)[0]
    mean_tau = quad(lambda tau: tau * density(tau), 0, 500, limit=500)[0] / total
    assert mean_tau == pytest.approx(6.585992, abs=2e-3)
    assert quad(density, 0, 5.227732, limit=500)[0] / total == pytest.approx(0.5, abs=1e-3)
    mu = quad(lambda tau: mean_and_variance(tau)[0] * density(tau), 0, 500, limit=500)[0] / total
    second = quad(
        lambda tau: (mean_and_variance(tau)[0] ** 2 + mean_and_variance(tau)[1]) * density(tau),
        0, 500, limit=500,
    )[0] / total  # fmt: skip
    assert mu == pytest.approx(8.092138, abs=2e-3)
    assert (second - mu**2) ** 0.5 == pytest.approx(5.246683, abs=5e-3)


def test_no_heterogeneity_is_found_where_there_is_none():
    """Eight schools: Q is below its degrees of freedom, so both methods give the fixed-effect answer."""
    fixed = np.average(SCHOOLS, weights=ERRORS**-2.0)
    for pooled in (reml(SCHOOLS, ERRORS), dersimonian_laird(SCHOOLS, ERRORS)):
        assert pooled.tau == 0
        assert pooled.estimate == pytest.approx(fixed)
        assert pooled.standard_error == pytest.approx(np.sum(ERRORS**-2.0) ** -0.5)


def test_reml_solves_its_score_equation_and_moments_match_q():
    """Crins: at the REML tau the derivative vanishes; at the moment tau, by construction, E[Q] is Q."""
    errors = np.sqrt(CRINS_VARIANCE)
    found = reml(CRINS, errors)
    step = 1e-4
    slope = restricted_log_likelihood(found.tau + step, CRINS, errors) - restricted_log_likelihood(
        found.tau - step, CRINS, errors
    )
    assert found.tau > 0
    assert slope / (2 * step) == pytest.approx(0, abs=1e-4)
    moment = dersimonian_laird(CRINS, errors)
    weight = 1 / CRINS_VARIANCE
    q = np.sum(weight * (CRINS - np.average(CRINS, weights=weight)) ** 2)
    expected = len(CRINS) - 1 + moment.tau**2 * (weight.sum() - np.sum(weight**2) / weight.sum())
    assert q == pytest.approx(expected)


def test_equal_errors_give_the_sample_variance():
    """With one common error REML's tau^2 is the sample variance less the error's square."""
    values = np.array([-0.9, -0.2, 0.1, 0.4, 1.3])
    errors = np.full(5, 0.3)
    assert reml(values, errors).tau ** 2 == pytest.approx(values.var(ddof=1) - 0.09, rel=1e-5)
    assert dersimonian_laird(values, errors).tau ** 2 == pytest.approx(values.var(ddof=1) - 0.09)
