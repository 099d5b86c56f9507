from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from digitized.errors import InputError
from models.bivariate import TrialEffects, build_bivariate, correlated_log_ratio, trial_effects
from models.fitting import Sampler, compile_model

SEED = 20241127
PD1 = frozenset({"pd1"})


def _trials(correlation, size=40):
    """Precise trials with spread 0.3 on both endpoints and the given correlation between them."""
    rng = np.random.default_rng(SEED)
    covariance = 0.3**2 * np.array([[1, correlation], [correlation, 1]])
    theta = rng.multivariate_normal([-0.4, -0.5], covariance, size)
    return TrialEffects(tuple(map(str, range(size))), theta, np.full((size, 2), 0.05))


def test_log_density_is_the_marginal_bivariate_normal():
    effects = _trials(0.5, size=3)
    model = build_bivariate(effects)
    point = model.initial_point()
    without = build_bivariate(TrialEffects((), np.empty((0, 2)), np.empty((0, 2))))
    found = model.compile_logp(mode="FAST_COMPILE")(point) - without.compile_logp(mode="FAST_COMPILE")(point)
    tau = np.exp(point["tau_log__"])
    rho = 2 / (1 + np.exp(-point["rho_share_logodds__"])) - 1
    rho_within = 2 / (1 + np.exp(-point["rho_within_share_logodds__"])) - 1
    shared = 0.999 * (rho * tau[0] * tau[1] + rho_within * 0.05**2)
    covariance = np.array([[tau[0] ** 2 + 0.05**2, shared], [shared, tau[1] ** 2 + 0.05**2]])
    expected = stats.multivariate_normal(point["beta"], covariance).logpdf(effects.log_hazard_ratio).sum()
    assert found == pytest.approx(expected)


def test_effects_come_from_trials_that_report_both_endpoints(template_arms):
    both = [*template_arms, *(replace(arm, endpoint="PFS") for arm in template_arms[:-4])]
    found = trial_effects(both, PD1)
    assert found.trials == tuple(f"rct-{position}" for position in range(5))
    np.testing.assert_array_equal(found.log_hazard_ratio[:, 0], found.log_hazard_ratio[:, 1])
    with pytest.raises(InputError, match="0 randomised trials report both"):
        trial_effects(template_arms, PD1)


def test_weight_is_the_ratio_of_the_two_densities():
    first, second, rho = np.array([0.5, -1.2]), np.array([0.9, 0.4]), np.array([0.6, -0.3])
    found = correlated_log_ratio(first, second, rho)
    for position, value in enumerate(found):
        pair = [first[position], second[position]]
        r = 0.999 * rho[position]
        together = stats.multivariate_normal([0, 0], [[1, r], [r, 1]]).logpdf(pair)
        assert value == pytest.approx(together - stats.norm.logpdf(pair).sum())


def test_no_correlation_weighs_nothing():
    draws = np.random.default_rng(SEED).normal(size=(2, 50))
    np.testing.assert_array_equal(correlated_log_ratio(*draws, np.zeros(50)), 0)


@pytest.mark.slow
def test_correlation_is_recovered_and_its_absence_too():
    sampler = Sampler(draws=500, tune=500, chains=2, target_accept=0.9, seed=SEED)
    compiled = compile_model(build_bivariate(_trials(0.8)))
    found = {}
    for truth in (0.8, 0.0):
        effects = _trials(truth)
        fit = compiled.fit(
            sampler,
            {"log_hazard_ratio": effects.log_hazard_ratio, "standard_error": effects.standard_error},
        )
        found[truth] = np.quantile(fit.posterior["rho_pfs_os"], [0.025, 0.5, 0.975])
    assert found[0.8][0] < 0.8 < found[0.8][2]
    assert found[0.8][0] > 0.3
    assert found[0.0][0] < 0.0 < found[0.0][2]
