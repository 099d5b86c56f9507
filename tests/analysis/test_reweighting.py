import numpy as np
import pytest
import xarray as xr
from scipy import stats

from analysis.reweighting import WIDE, class_log_likelihood, reweight
from models.departure import Departure
from models.priors import BASE, NAIVE, PESSIMISTIC, Normal, SingleArmShift
from models.survival import ClassBenchmark
from models.survival_predictor import FIXED_EFFECTS

SEED = 20241106
BENCHMARK = ClassBenchmark("leap-014", float(np.log(0.92)), (480.0, 640.0))
APART = Departure(
    trials=("anlo", "index"),
    effects=("delta_anlo", "gamma"),
    loading=np.array([[1.0, 0.0], [1.0, 1.0]]),
    effect_priors=(Normal(0.0, 0.35), Normal(0.0, 0.20)),
    e_sd=0.10,
)
TAU = 0.15
# Parts: c, e and u of the two trials, then delta and gamma; rows of PARTS_OF_S add up to the departures.
PARTS_OF_S = np.hstack((np.eye(2), np.eye(2), np.eye(2), APART.loading))
OBSERVED, ERROR = np.array([-0.30, -0.50]), np.array([0.25, 0.18])


def exact(shift):
    """Mean and covariance of the parts, given normal estimates of both departures (a linear normal model)."""
    prior_mean = np.r_[np.full(2, shift.mu), np.zeros(6)]
    variance = np.zeros((8, 8))
    variance[:2, :2] = shift.sd**2 * np.array([[1, shift.correlation], [shift.correlation, 1]])
    variance[2:, 2:] = np.diag(np.r_[[0.10**2] * 2, [TAU**2] * 2, 0.35**2, 0.20**2])
    gain = variance @ PARTS_OF_S.T @ np.linalg.inv(PARTS_OF_S @ variance @ PARTS_OF_S.T + np.diag(ERROR**2))
    return prior_mean + gain @ (OBSERVED - PARTS_OF_S @ prior_mean), variance - gain @ PARTS_OF_S @ variance


def exact_delta(shift):
    """Mean and sd of Delta = delta + gamma."""
    mean, covariance = exact(shift)
    return mean[-2:].sum(), float(np.sqrt(covariance[-2:, -2:].sum()))


@pytest.fixture
def wide_draws():
    """Draws of the exact posterior under the wide prior: the shape of the real problem."""
    rng = np.random.default_rng(SEED)
    parts = rng.multivariate_normal(*exact(WIDE), size=(4, 2000))
    effects, shift = np.zeros((4, 2000, len(FIXED_EFFECTS))), np.zeros((4, 2000, 2, 3))
    effects[..., [FIXED_EFFECTS.index(name) for name in APART.effects]] = parts[..., 6:]
    shift[..., 0, 1:] = parts[..., 4:6]
    return xr.Dataset(
        {
            "effects": (("chain", "draw", "effect"), effects),
            "shift": (("chain", "draw", "spread", "trial"), shift),
            "tau": (("chain", "draw", "spread"), np.full((4, 2000, 2), TAU)),
            "c_sat": (("chain", "draw", "single_arm_trial"), parts[..., :2]),
            "e_sat": (("chain", "draw", "single_arm_trial"), parts[..., 2:4]),
            "Delta": (("chain", "draw"), parts[..., 6:].sum(axis=-1)),
        },
        coords={
            "chain": range(4),
            "draw": range(2000),
            "effect": list(FIXED_EFFECTS),
            "spread": ["tau_u", "tau_ici"],
            "trial": ["rct", "anlo", "index"],
            "single_arm_trial": ["anlo", "index"],
        },
    )


def reweighted(draws, shift, benchmark=None):
    return reweight(draws, APART, WIDE, shift, benchmark, np.random.default_rng(SEED))


@pytest.mark.parametrize(
    "shift",
    [NAIVE, BASE, PESSIMISTIC, SingleArmShift("wider than fitted", 0.5, 0.8)],
    ids=lambda shift: shift.name,
)
def test_reweighted_draws_are_the_posterior_under_the_prior_asked_for(wide_draws, shift):
    drawn = reweighted(wide_draws, shift)
    assert drawn.pareto_k < 0.7
    mean, covariance = exact(shift)
    delta_mean, delta_sd = exact_delta(shift)
    assert float(drawn.posterior["Delta"].mean()) == pytest.approx(delta_mean, abs=0.015)
    assert float(drawn.posterior["Delta"].std()) == pytest.approx(delta_sd, rel=0.05)
    c = drawn.posterior["c_sat"].isel(single_arm_trial=1)
    assert float(c.mean()) == pytest.approx(mean[1], abs=0.015)
    assert float(c.std()) == pytest.approx(np.sqrt(covariance[1, 1]), rel=0.05)


def test_draws_as_they_came_are_not_the_naive_posterior(wide_draws):
    """Negative control: without weights and new parts the mean is off by many times the tolerance above."""
    assert abs(float(wide_draws["Delta"].mean()) - exact_delta(NAIVE)[0]) > 0.1


def test_the_less_is_known_of_c_the_less_is_known_of_delta(wide_draws):
    """Many draws, because a run at preset smoke has too few to compare widths."""
    tight = SingleArmShift("tight", BASE.mu, 0.05)
    spread = [float(reweighted(wide_draws, s).posterior["Delta"].std()) for s in (tight, BASE, PESSIMISTIC)]
    assert spread[0] < spread[1] < spread[2]


def test_a_prior_far_from_the_draws_is_caught(wide_draws):
    """Negative control: a known shift that the single arms flatly contradict needs departures nobody drew."""
    far = SingleArmShift("far", 4.0, 0.0)
    assert reweighted(wide_draws, far).pareto_k > 0.7


def test_class_benchmark_pulls_towards_its_hazard_ratio(wide_draws):
    without = reweighted(wide_draws, PESSIMISTIC).posterior["Delta"]
    with_class = reweighted(wide_draws, PESSIMISTIC, BENCHMARK).posterior["Delta"]
    # Normal updating: precision-weighted mean of the two.
    variance = 0.2**2 + 4 / 555
    weight = (1 / variance) / (1 / variance + 1 / float(without.var()))
    expected = weight * np.log(0.92) + (1 - weight) * float(without.mean())
    assert float(with_class.mean()) == pytest.approx(expected, abs=0.02)
    assert float(with_class.std()) < float(without.std())


def test_class_density_is_that_of_scipy():
    narrow = ClassBenchmark("x", 0.0, (559.9, 560.1))
    assert class_log_likelihood(np.array([0.1]), narrow)[0] == pytest.approx(
        stats.norm.logpdf(0.0, 0.1, np.sqrt(0.04 + 4 / 560)), abs=1e-5
    )


def test_same_prior_returns_the_same_draws(wide_draws):
    assert reweighted(wide_draws, WIDE).posterior is wide_draws
