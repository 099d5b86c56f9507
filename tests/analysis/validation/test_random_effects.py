import numpy as np
import pytest
from scipy.stats import norm

from analysis.validation.random_effects import (
    Contrast,
    cochran_q,
    component_network,
    dersimonian_laird,
    fit_at,
    moment_tau,
    reml,
    restricted_log_likelihood,
    restricted_tau,
    studies,
)
from digitized.errors import InputError

# Rubin 1981, eight schools: estimates and standard errors.
SCHOOLS = np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16])
ERRORS = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6])
# Crins et al. 2014, acute rejection, log odds ratios and variances as `escalc` gives them
# (bayesmeta 3.4, vignette).
CRINS = np.array([-2.3097, -0.4595, -2.3026, -1.7579, -1.2585, -2.4179])
CRINS_VARIANCE = np.array([0.3594, 0.3096, 0.775, 0.2078, 0.4122, 2.3373])
A, B, AB, NONE = frozenset("a"), frozenset("b"), frozenset("ab"), frozenset[str]()


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
    ratios = studies(CRINS, errors)
    found = restricted_tau(ratios)
    step = 1e-4
    slope = restricted_log_likelihood(found + step, ratios) - restricted_log_likelihood(found - step, ratios)
    assert found > 0
    assert slope / (2 * step) == pytest.approx(0, abs=1e-4)
    weight = 1 / CRINS_VARIANCE
    q = np.sum(weight * (CRINS - np.average(CRINS, weights=weight)) ** 2)
    assert cochran_q(ratios) == (pytest.approx(q), len(CRINS) - 1)
    expected = len(CRINS) - 1 + moment_tau(ratios) ** 2 * (weight.sum() - np.sum(weight**2) / weight.sum())
    assert q == pytest.approx(expected)


def test_equal_errors_give_the_sample_variance():
    """With one common error REML's tau^2 is the sample variance less the error's square."""
    values = np.array([-0.9, -0.2, 0.1, 0.4, 1.3])
    errors = np.full(5, 0.3)
    assert reml(values, errors).tau ** 2 == pytest.approx(values.var(ddof=1) - 0.09, rel=1e-5)
    assert dersimonian_laird(values, errors).tau ** 2 == pytest.approx(values.var(ddof=1) - 0.09)


def test_a_prior_is_a_row_without_heterogeneity():
    """The normal update of a mean: precisions add, whatever tau."""
    prior_mean, prior_sd, tau = 2.0, 3.0, 5.0
    fitted = fit_at(tau, studies(SCHOOLS, ERRORS).with_prior(prior_mean, prior_sd))
    weight = 1 / (ERRORS**2 + tau**2)
    precision = weight.sum() + prior_sd**-2
    assert fitted.covariance[0, 0] == pytest.approx(1 / precision)
    expected = (np.sum(weight * SCHOOLS) + prior_mean * prior_sd**-2) / precision
    assert fitted.coefficients[0] == pytest.approx(expected)


def test_restricted_likelihood_integrates_the_mean_out():
    """Ratio at two taus, against a numerical integral of the joint density over the mean."""
    grid = np.linspace(-400, 400, 20001)

    def integrated(tau):
        joint = norm.logpdf(SCHOOLS, grid[:, None], np.sqrt(ERRORS**2 + tau**2)).sum(axis=1)
        return np.log(np.trapezoid(np.exp(joint), grid))

    ratios = studies(SCHOOLS, ERRORS)
    found = restricted_log_likelihood(8.0, ratios) - restricted_log_likelihood(2.0, ratios)
    assert found == pytest.approx(integrated(8.0) - integrated(2.0))


def test_components_of_a_network_add_up():
    """a = -0.4, b = 0.1, printed without error by a three-arm and two two-arm trials; a+b is not printed."""
    contrasts = [
        Contrast("three", A, NONE, -0.4, 0.3),
        Contrast("three", B, NONE, 0.1, 0.25),
        Contrast("three", A, B, -0.5, 0.35),
        Contrast("two", AB, A, 0.1, 0.2),
        Contrast("other", NONE, AB, 0.3, 0.3),
    ]
    network = component_network(contrasts, ("a", "b"))
    np.testing.assert_allclose(fit_at(0.0, network).coefficients, [-0.4, 0.1])
    statistic, spare = cochran_q(network)
    assert (round(statistic, 9), spare) == (0, 2)
    # a + b = -0.3 is contradicted by a trial that prints -0.1: no longer without residual.
    contrasts[-1] = Contrast("other", NONE, AB, 0.1, 0.3)
    assert cochran_q(component_network(contrasts, ("a", "b")))[0] > 0.1


def test_arms_of_one_trial_share_errors_and_departure():
    contrasts = [
        Contrast("three", A, NONE, -0.4, 0.3),
        Contrast("three", B, NONE, 0.1, 0.25),
        Contrast("three", A, B, -0.5, 0.35),
    ]
    network = component_network(contrasts, ("a", "b"))
    common = (0.3**2 + 0.25**2 - 0.35**2) / 2
    np.testing.assert_allclose(network.covariance, [[0.3**2, common], [common, 0.25**2]])
    np.testing.assert_allclose(network.heterogeneity, [[1, 0.5], [0.5, 1]])


def test_a_trial_that_prints_some_of_its_contrasts_is_named():
    contrasts = [Contrast("three", A, NONE, -0.4, 0.3), Contrast("three", B, NONE, 0.1, 0.25)]
    with pytest.raises(InputError, match="three: 2 contrasts of 3 arms; expected all 3"):
        component_network(contrasts, ("a", "b"))
