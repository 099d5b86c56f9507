import numpy as np
import pytest

from analysis.sensitivity.new_prior import independent, normal_update, with_likelihood, with_prior

SEED = 20241123
DRAWS = 20_000
# y = delta + gamma + noise: one datum, two unknowns, so that the prior matters.
DATUM, NOISE = -0.6, 0.2


def _posterior(gamma_mean, gamma_sd):
    """Exact joint normal posterior (mean, covariance) of (Delta, gamma) with delta ~ N(0, .35)."""
    prior_mean = np.array([gamma_mean, gamma_mean])
    prior = np.array([[0.35**2 + gamma_sd**2, gamma_sd**2], [gamma_sd**2, gamma_sd**2]])
    gain = prior[:, 0] / (prior[0, 0] + NOISE**2)
    return prior_mean + gain * (DATUM - prior_mean[0]), prior - np.outer(gain, prior[0])


@pytest.fixture(scope="module")
def draws():
    rng = np.random.default_rng(SEED)
    return rng.multivariate_normal(*_posterior(0.0, 0.2), size=DRAWS)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.1), (0.0, 0.4), (0.1, 0.15), (0.0, 0.0)])
def test_normal_update_is_exact_for_a_normal_posterior(draws, mean, sd):
    wanted = independent([mean], [sd])
    moved = normal_update(draws[:, 0], draws[:, 1:], independent([0.0], [0.2]), wanted)
    expected_mean, expected_covariance = _posterior(mean, max(sd, 1e-4))
    assert moved.mean() == pytest.approx(expected_mean[0], abs=0.01)
    assert moved.std() == pytest.approx(np.sqrt(expected_covariance[0, 0]), rel=0.03)


def test_the_same_prior_moves_nothing(draws):
    same = independent([0.0], [0.2])
    np.testing.assert_allclose(normal_update(draws[:, 0], draws[:, 1:], same, same), draws[:, 0], atol=1e-6)


@pytest.mark.parametrize(("sd", "method"), [(0.1, "importance weights"), (0.0, "normal update")])
def test_both_routes_reach_the_exact_answer(draws, sd, method):
    answered = with_prior(
        draws[:, 0],
        draws[:, 1:],
        independent([0.0], [0.2]),
        independent([0.0], [sd]),
        np.random.default_rng(SEED),
    )
    expected_mean, expected_covariance = _posterior(0.0, max(sd, 1e-4))
    assert answered.method == method
    assert answered.delta.mean() == pytest.approx(expected_mean[0], abs=0.02)
    assert answered.delta.std() == pytest.approx(np.sqrt(expected_covariance[0, 0]), rel=0.05)


def test_a_far_prior_is_not_left_to_importance_weights(draws):
    answered = with_prior(
        draws[:200, 0],
        draws[:200, 1:],
        independent([0.0], [0.2]),
        independent([2.0], [0.02]),
        np.random.default_rng(SEED),
    )
    assert answered.method == "normal update"


def test_a_likelihood_weights_to_the_conjugate_answer(draws):
    delta = draws[:, 0]
    answered = with_likelihood(delta, -0.5 * ((0.1 - delta) / 0.3) ** 2, np.random.default_rng(SEED))
    precision = 1 / delta.var() + 1 / 0.3**2
    assert answered.delta.mean() == pytest.approx(
        (delta.mean() / delta.var() + 0.1 / 0.3**2) / precision, abs=0.02
    )
    assert answered.delta.std() == pytest.approx(precision**-0.5, rel=0.05)


def test_weights_that_rest_on_a_few_draws_are_said_to_be_doubtful():
    delta = np.random.default_rng(SEED).normal(0.0, 0.3, 4000)
    answered = with_likelihood(delta, -0.5 * ((2.5 - delta) / 0.05) ** 2, np.random.default_rng(SEED))
    assert answered.pareto_k >= 0.7
    assert "doubtful" in answered.method
